"""Public test extracts with the contents that stand beside them put where a source would put them."""

import json
from base64 import b64decode

import pytest

from audit.row_security import rows_of
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import Document, Paper
from records.papers.held import with_papers
from records.papers.kinds import Handling
from tests.clock import NOW

BIRDI = "full-record/tc7-2021-06/9465700193_Birdi_full_20210602.json"


@pytest.fixture
def folder(shared):
    return shared / "gpc-structured-gp2gp"


@pytest.fixture
def birdi(folder):
    """A record of 33 documents of many kinds, four of them with their content, told by kind and size."""
    bundle = json.loads((folder / BIRDI).read_text())
    documents = [each["resource"] for each in bundle["entry"]]
    attached = [
        each["content"][0]["attachment"]
        for each in documents
        if each["resourceType"] == "DocumentReference"
    ]
    for path in sorted((folder / "documents").glob("binary_*.json")):
        binary = json.loads(path.read_text())
        told = binary["contentType"], len(b64decode(binary["content"]))
        address = next(
            each["url"] for each in attached if (each["contentType"], each["size"]) == told
        )
        bundle["entry"].append({"resource": binary | {"id": address.rsplit("/", 1)[1]}})
    return read(json.dumps(bundle).encode())


def test_the_contents_are_found_by_the_addresses_of_the_real_record(birdi):
    documents = [each for entry in birdi.entries for each in entry.documents]
    held = [each for each in documents if each.file]
    assert len(documents) == 33
    assert {each.content_type for each in held} == {
        "application/pdf",
        "image/png",
        "text/html",
        "text/plain",
    }
    # the size that the source gives is that of what it sent
    assert all(each.size == len(each.file.content) for each in held)
    assert not any(each.file.problem for each in held)


@pytest.mark.django_db
def test_a_real_record_with_contents_is_stored_and_stored_again(birdi, patient):
    for _ in range(2):
        store(birdi, patient, by=None, now=NOW)
    with rows_of(patient.pk):
        documents = with_papers(Document.objects.filter(paper_id__isnull=False))
        assert Paper.objects.count() == 4
    handled = {each.paper.kind_code: each.handling for each in documents}
    shown, kept = Handling.OPEN, Handling.DOWNLOAD
    assert handled == {"pdf": shown, "png": shown, "text": shown, "html": kept}
    assert not any(each.is_called_otherwise for each in documents)


@pytest.mark.parametrize(
    "file", ["9729649626_Reid_excel-attachment", "9729649839_Sheen_text-attachment", "Sudlow_text-attachment",
             "Bell_medicus-style"],
)  # fmt: skip
def test_extracts_that_name_contents_and_send_none_say_so(folder, file):
    """R6.9: each has its attachments, and none of them a content or a word that it is broken."""
    extract = read((folder / "documents" / f"{file}.json").read_bytes())
    documents = [each for entry in extract.entries for each in entry.documents]
    assert documents
    assert all(each.source_url and each.file is None for each in documents)
    assert not [each for each in extract.skipped if each.resource == "DocumentReference"]
