"""The attachments that an extract brings along: what the reader makes of them, without a database."""

from base64 import b64encode
from hashlib import sha256

import pytest

from records.importing.attached import digested, read_file
from records.importing.extract import ExtractedFile
from records.importing.rows import content_of
from tests.records.importing.extracts import attachment, entry
from tests.records.importing.gpconnect_resources import (
    NOPAT,
    extract_of,
    one,
    resource,
)
from tests.records.papers.files import PDF, TEXT

DATA = b64encode(PDF).decode()


def letter(*attachments, **more):
    content = [{"attachment": each} for each in attachments]
    return resource("DocumentReference", "d", status="current", content=content, **more)


def binary(id="b", **more):
    return resource("Binary", id, **{"contentType": "application/pdf", "content": DATA, **more})


@pytest.mark.parametrize(
    ("attached", "others"),
    [
        ({"data": DATA}, []),
        ({"data": "\n".join(DATA[n : n + 40] for n in range(0, len(DATA), 40))}, []),
        ({"url": "Binary/b"}, [binary()]),
        ({"url": "https://gp.example/STU3/1/gpconnect/documents/Binary/b"}, [binary()]),
        ({"url": "Binary/b"}, [binary(content=None, data=DATA)]),
        ({"url": "Binary/b/_history/1"}, [binary()]),
    ],
    ids=["inline", "in lines", "relative", "absolute", "as R4 has it", "of a version"],
)
def test_where_the_content_is_found(attached, others):
    """In the attachment itself, or in a resource to which its address leads."""
    extract = extract_of(letter(attached), *others)
    (document,) = one(extract, "d").documents
    assert document.file == ExtractedFile(PDF)
    assert extract.skipped == ()


def test_the_content_may_stand_inside_the_document():
    inside = letter({"url": "#b"}, contained=[binary()])
    assert one(extract_of(inside), "d").documents[0].file == ExtractedFile(PDF)


@pytest.mark.parametrize(
    ("attached", "others"),
    [({}, []), ({"url": "Binary/x"}, []), ({"url": "Patient/p"}, []), ({"data": ""}, [])],
)
def test_without_content_there_is_none(attached, others):
    extract = extract_of(letter(attached), *others)
    assert one(extract, "d").documents[0].file is None
    assert extract.skipped == ()


@pytest.mark.parametrize("data", ["not base64!", "AAAA===", DATA[:-3], "====", 7, {"a": 1}, "  "])
def test_a_content_that_cannot_be_read_is_reported_and_the_entry_stays(data):
    """R6.9, R7.3"""
    extract = extract_of(letter({"data": data, "title": "Letter"}))
    (document,) = one(extract, "d").documents
    assert document.file == ExtractedFile(problem="not-readable")
    (skipped,) = extract.skipped
    assert (skipped.resource, skipped.id) == ("DocumentReference", "d")
    assert "attachment 1: its content is no base64" in skipped.reason


def test_what_is_larger_than_the_limit_is_reported_and_not_unpacked(settings, monkeypatch):
    settings.DOCUMENT_MOST_BYTES = len(PDF)
    assert read_file(DATA) == ExtractedFile(PDF)
    settings.DOCUMENT_MOST_BYTES = len(PDF) - 1
    monkeypatch.setattr("records.importing.attached.base64.b64decode", None)
    extract = extract_of(letter({"data": DATA}))
    assert one(extract, "d").documents[0].file == ExtractedFile(problem="too-large")
    assert "larger than the limit" in extract.skipped[0].reason


LABEL = [{"coding": [{"code": "NOPAT"}]}]


@pytest.mark.parametrize(
    ("document", "others"),
    [
        (letter({"data": DATA}, securityLabel=LABEL), []),
        (letter({"url": "Binary/b"}), [binary(meta=NOPAT)]),
        (letter({"url": "#b"}, contained=[binary(meta=NOPAT)]), []),
    ],
    ids=["on the document", "on the content", "on a content inside"],
)
def test_a_label_withholds_the_content_wherever_it_stands(document, others):
    """R2.4: the entry shows, its content does not."""
    found = one(extract_of(document, *others), "d")
    assert found.unreleased_because == ""
    assert [each.withheld for each in found.documents] == [True]


def test_the_kind_that_is_claimed_may_stand_with_the_content():
    document = one(extract_of(letter({"url": "Binary/b"}), binary()), "d").documents[0]
    assert document.content_type == "application/pdf"


def test_an_entry_is_another_one_when_the_content_is():
    """So that a decision about it counts for what was read, and nothing is told anew that is the same (R7.3)."""
    values = {"section": "documents", "kind": "document"}

    def digest(file):
        content = content_of(entry(documents=(attachment(file=file),), **values), 0)
        return sha256(content).hexdigest()

    assert digest(ExtractedFile(PDF)) == digest(ExtractedFile(PDF))
    assert len({digest(ExtractedFile(PDF)), digest(ExtractedFile(TEXT)), digest(None)}) == 3
    # as every row that was loaded before attachments came along
    assert digest(None) == "100e17d257504169cfd80d4ca79dca680f2f3ee8e213427e7529560c9f1bd6cd"
    told = digested(entry(documents=(attachment(file=ExtractedFile(PDF * 99)),)))
    assert len(told.documents[0].file.content) == 32


def test_a_content_that_no_document_names_is_reported():
    """Nothing is dropped without a word."""
    extract = extract_of(letter({"url": "Binary/b"}), binary(), binary("lost"))
    assert [(each.resource, each.id) for each in extract.skipped] == [("Binary", "lost")]
