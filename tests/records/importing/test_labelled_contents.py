"""What is in a document that is labelled shows in no other document either (R2.4)."""

import base64

import pytest

from tests.records.importing import gpconnect_resources as stu3
from tests.records.importing import r4_resources as r4
from tests.records.importing.gpconnect_resources import coded, one

WORDS = base64.b64encode(b"What nobody may read").decode()
CONTENT_LABEL = {"securityLabel": [{"coding": stu3.NOPAT["security"]}]}
READ = {"stu3": stu3.extract_of, "r4": r4.extract_of}
BINARY = {"stu3": {"content": WORDS}, "r4": {"data": WORDS}}


def letter(id_, *attachments, **more):
    content = [{"attachment": each} for each in attachments]
    return stu3.resource(
        "DocumentReference", id_, status="current", type=coded(), content=content, **more
    )


def withheld(extract, id_="open"):
    return [each.withheld for each in one(extract, id_).documents]


@pytest.mark.parametrize("version", ["stu3", "r4"])
@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize(
    ("label", "is_kept_back"),
    [
        ({"meta": stu3.NOPAT}, True),
        ({"meta": stu3.NOPAT, "status": "superseded"}, True),
        ({"meta": stu3.NOPAT, "status": "entered-in-error"}, True),
        (CONTENT_LABEL, True),
        ({"status": "superseded"}, False),
        ({}, False),
    ],
)
def test_a_content_that_a_labelled_document_has_too_is_kept_back(
    version, label, is_named, is_kept_back
):
    """R2.4: whether the two name one content, or each has a copy of it; and nothing else that is attached."""
    attached = {"url": "Binary/b"} if is_named else {"data": WORDS}
    other = {"data": base64.b64encode(b"What anybody may read").decode()}
    extract = READ[version](
        letter("labelled", attached) | label,
        letter("open", attached, other),
        stu3.resource("Binary", "b", contentType="text/plain", **BINARY[version]),
    )
    assert one(extract, "open").unreleased_because == ""
    assert withheld(extract) == [is_kept_back, False]


@pytest.mark.parametrize("version", ["stu3", "r4"])
def test_a_labelled_document_that_cannot_be_read_keeps_its_content_back(version):
    broken = letter("labelled", {"url": "Binary/b"}, meta=stu3.NOPAT) | {"type": "broken"}
    binary = stu3.resource("Binary", "b", contentType="text/plain", **BINARY[version])
    extract = READ[version](broken, letter("open", {"url": "Binary/b"}), binary)
    assert [each.key.id for each in extract.entries] == ["open"]
    assert withheld(extract) == [True]


@pytest.mark.parametrize("version", ["stu3", "r4"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_label_on_the_content_of_one_of_two_with_the_same_id_holds_for_both(version, is_first):
    """R2.4: nobody can tell which of them holds."""
    both = [letter("d", {"data": WORDS}, **CONTENT_LABEL), letter("d", {"data": WORDS})]
    extract = READ[version](*(both if is_first else both[::-1]))
    entry = one(extract, "d")
    assert entry.unreleased_because or withheld(extract, "d") == [True]
