"""Keeping the attachments of an extract: once, apart from the rows, before the rows are final (R7.3, R7.4)."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from audit.row_security import rows_of
from records.grants import record_of
from records.importing.extract import ExtractedFile
from records.importing.load import Loading, load_bytes
from records.importing.store import store
from records.models import Document, Entry, Paper, StaffTask
from records.papers.finding import find_attachment
from records.papers.keeping import (
    NotKept,
    Unreadable,
    is_there,
    names_of,
    path_of,
    read,
    shelf,
    write,
)
from tests.cast import make_grant, read_all
from tests.clock import NOW
from tests.records.importing.extracts import attachment, entry, extract
from tests.records.importing.gpconnect_resources import as_bytes, resource
from tests.records.papers.files import PDF, TEXT
from tests.records.papers.made import kept_names

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def letter(content=PDF, id_="d1", *, entry_values=None, **values):
    file = ExtractedFile(content) if content else None
    document = {"section": "documents", "kind": "document", "level_needed": "documents"}
    documents = (attachment(file=file, **values),)
    return entry(id_, documents=documents, **document | (entry_values or {}))


def load(patient, *letters, now=NOW, **how):
    return store(extract(*letters, sections=["documents"]), patient, by=None, now=now, **how)


def papers(patient):
    with rows_of(patient.pk):
        return list(Paper.objects.order_by("kept_at", "size"))


def documents(patient):
    with rows_of(patient.pk):
        return list(Document.objects.order_by("entry_id", "position"))


def test_the_content_lies_apart_encrypted_and_under_a_name_that_tells_nothing(patient):
    load(patient, letter(title="../../Knee letter.pdf", source_url="https://gp.example/Binary/1"))
    [paper] = papers(patient)
    assert (paper.kind_code, paper.size) == ("pdf", len(PDF))
    assert documents(patient)[0].paper_id == paper.id
    with shelf().open(path_of(paper.name)) as file:
        sealed = file.read()
    assert b"PDF" not in sealed
    assert sealed.startswith(b"gAAAA")
    assert kept_names() == {paper.name}
    assert set(paper.name) <= set("0123456789abcdef")
    assert read(paper) == PDF


def test_the_same_content_has_another_name_for_another_patient(patient, other_patient):
    """Whoever reads the names of the files cannot tell who has the same letter, nor look for one that they know."""
    assert names_of(patient.pk, PDF) != names_of(other_patient.pk, PDF)
    load(patient, letter())
    load(other_patient, letter())
    assert len(kept_names()) == 2


def test_a_name_needs_the_key(patient, settings):
    before = names_of(patient.pk, PDF)
    settings.PORTAL_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert names_of(patient.pk, PDF) != before


def test_the_same_content_is_kept_once(patient, monkeypatch):
    """Twice in one extract, and in the next one; also where the files are on a slow store."""
    load(patient, letter(), letter(id_="d2"))
    assert len(papers(patient)) == len(kept_names()) == 1
    monkeypatch.setattr(shelf(), "_save", None)
    load(patient, letter(), letter(id_="d2"), letter(None, "d3"), now=LATER)
    assert len(papers(patient)) == len(kept_names()) == 1
    assert len({each.paper_id for each in documents(patient)} - {None}) == 1


def test_the_same_extract_again_brings_back_a_file_that_is_lost(patient):
    load(patient, letter())
    [paper] = papers(patient)
    shelf().delete(path_of(paper.name))
    assert load(patient, letter(), now=LATER).outcome == "unchanged"
    assert read(paper) == PDF


def test_half_a_file_is_written_anew(patient):
    """As a crash leaves it: told by its length."""
    name = names_of(patient.pk, PDF)[0]
    for size in range(70):
        write(name, bytes(size), is_new=True)
        assert is_there(name, size)
        assert not is_there(name, size + 16)
    assert write(name, PDF, is_new=False)
    assert not write(name, PDF, is_new=False)


@pytest.mark.parametrize(
    ("values", "entry_values"),
    [
        ({"withheld": True}, {}),
        ({}, {"unreleased_because": "source-withheld"}),
        ({}, {"unreleased_because": "not-reviewed"}),
    ],
)
def test_what_nobody_online_may_see_is_not_kept(patient, values, entry_values):
    """R2.4, R1.10: what is not here cannot be handed out by mistake; the next extract brings it, if it is released."""
    load(patient, letter(entry_values=entry_values, **values))
    assert papers(patient) == []
    assert kept_names() == set()
    load(patient, letter(), now=LATER)
    assert len(kept_names()) == 1


def test_content_that_is_replaced_or_taken_back_stays(patient):
    """ADR 7: nothing is deleted to take access away; the entry tells that it changed."""
    load(patient, letter(), letter(id_="d2"))
    load(patient, letter(TEXT), letter(id_="d2"), now=LATER)
    assert len(kept_names()) == 2
    with rows_of(patient.pk):
        changed = dict(Entry.objects.of(patient).values_list("source_id", "words_changed_at"))
    assert changed == {"d1": LATER, "d2": None}
    load(patient, letter(None), now=LATER + timedelta(days=1))
    assert len(kept_names()) == 2
    with rows_of(patient.pk):
        changed = Entry.objects.of(patient).get(source_id="d1")
        assert Document.objects.get(entry_id=changed.id).paper_id is None


@pytest.mark.parametrize(
    ("later", "stays"),
    [
        ({"source_url": "Binary/1", "size": 9}, True),
        ({"source_url": "Binary/2", "size": 9}, False),
        ({"source_url": "Binary/1", "size": 10}, False),
        ({"source_url": "", "size": 9}, False),
        ({"source_url": "Binary/1", "size": 9, "withheld": True}, False),
    ],
)
def test_a_content_that_is_not_sent_again_stays_with_what_is_the_same_attachment(
    patient, later, stays
):
    """R7.3: an extract without contents takes none back; another address, or none, does."""
    load(patient, letter(source_url="Binary/1", size=9))
    load(patient, letter(None, **later), now=LATER)
    [document] = documents(patient)
    assert (document.paper_id is not None) is stays


def test_a_store_that_does_not_take_them_stops_the_whole_extract(patient, monkeypatch):
    """R7.4: neither rows nor files."""
    real, calls = shelf()._save, []

    def fails_at_the_second(name, content):
        calls.append(name)
        if len(calls) > 1:
            raise OSError("no space left")
        return real(name, content)

    monkeypatch.setattr(shelf(), "_save", fails_at_the_second)
    with pytest.raises(NotKept, match="OSError"):
        load(patient, letter(), letter(TEXT, "d2"))
    assert papers(patient) == []
    assert documents(patient) == []
    assert kept_names() == set()


PERSON = resource(
    "Patient", "p", birthDate="1980-02-03", name=[{"use": "official", "family": "Testwell"}],
    identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
)  # fmt: skip


def bundle(data):
    attached = [{"attachment": {"title": "Letter", "data": data}}]
    return as_bytes(PERSON, resource("DocumentReference", "d", status="current", content=attached))


def test_a_dry_run_writes_no_file(patient):
    content = bundle(b64encode(PDF).decode())
    told = load_bytes(content, "a", Loading(patient.surgery, dry_run=True), now=NOW)
    assert told.outcome == "loaded"
    assert told.counts["sections"]["documents"]["added"] == 1
    assert kept_names() == set()
    assert papers(patient) == []
    load_bytes(content, "a", Loading(patient.surgery), now=NOW)
    assert len(kept_names()) == 1


def test_an_attachment_that_cannot_be_read_is_reported_and_its_entry_is_loaded(patient):
    told = load_bytes(bundle("not base64!"), "a", Loading(patient.surgery), now=NOW)
    assert (told.outcome, len(told.skipped)) == ("loaded", 1)
    assert json.dumps(told.as_json())
    assert documents(patient)[0].problem == "not-readable"
    assert kept_names() == set()


def test_a_store_that_fails_is_told_in_one_line(patient, monkeypatch):
    monkeypatch.setattr(shelf(), "_save", None)
    content = bundle(b64encode(PDF).decode())
    told = load_bytes(content, "a", Loading(patient.surgery), now=NOW)
    assert (told.outcome, told.reason) == (
        "refused",
        "the documents could not be stored (TypeError)",
    )
    assert documents(patient) == []


def test_a_file_of_somebody_else_is_not_taken_for_it(patient, other_patient):
    """Whoever can write to the store cannot put one patient's letter in the place of another's."""
    load(patient, letter())
    load(other_patient, letter(TEXT))
    [paper], [other] = papers(patient), papers(other_patient)
    with shelf().open(path_of(other.name)) as file:
        sealed = file.read()
    shelf().delete(path_of(paper.name))
    with shelf().open(path_of(paper.name), "wb") as file:
        file.write(sealed)
    with pytest.raises(Unreadable, match="another"):
        read(paper)


@pytest.fixture
def all_open(patient, patient_user):
    """A record of which all is open that is there, two documents without content among it."""
    values = {"recorded_at": NOW - timedelta(days=9000)}
    load(patient, letter(None), letter(None, "old", entry_values=values))
    make_grant(patient, historical="full", decided_at=NOW)
    read_all(patient)
    return patient


def seen(patient, user):
    """The documents that a patient sees, and whether there is something to open."""
    access = record_of(user, patient.pk, on=LATER.date())
    with rows_of(patient.pk):
        return {
            each.source_id: find_attachment(access, each.id, 0) is not None
            for each in Entry.objects.visible_to(access)
        }


def test_a_content_that_comes_late_to_an_older_document_is_closed_until_it_is_read(
    all_open, patient_user
):
    """R1.5: nobody who decided about the document could have read it; of a new one it shows at once."""
    patient = all_open
    assert seen(patient, patient_user) == {"d1": False, "old": False}
    values = {"recorded_at": NOW - timedelta(days=9000)}
    load(patient, letter(), letter(TEXT, "old", entry_values=values), now=LATER)
    assert seen(patient, patient_user) == {"d1": True}
    assert StaffTask.objects.filter(patient=patient, kind="late-history").exists()
    read_all(patient)
    assert seen(patient, patient_user) == {"d1": True, "old": True}
    load(patient, letter(), letter(TEXT, "old", entry_values=values), now=LATER + timedelta(days=1))
    load(patient, letter(), now=LATER + timedelta(days=2))
    assert seen(patient, patient_user) == {"d1": True}
