"""The extracts of a record at the desk: what each changed, and taking back one that was somebody else's."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Duty
from audit import log
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing.earlier import Came
from records.importing.extract import NOT_UNDERSTOOD
from records.importing.store import GONE, store
from records.models import Entry, ImportedExtract
from tests.cast import make_entry, make_grant, make_staff, sign_in
from tests.clock import NOW
from tests.records.importing.extracts import entry, extract, key

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def manager(client, surgery):
    return sign_in(client, make_staff(surgery, "m@example.test", Duty.MANAGE_SETTINGS))


@pytest.fixture
def loaded(patient, staff):
    """A right extract and a wrong one after it; the ids."""
    store(extract(entry(title="Right words")), patient, by=None, now=NOW, came=Came("right.json"))
    store(
        extract(entry(title="Wrong words"), entry("e2")), patient, by=staff.pk, now=LATER,
        came=Came("wrong.json"),
    )  # fmt: skip
    with rows_of(patient.pk):
        return [one.id for one in ImportedExtract.objects.standing()]


def address(name, patient, *more):
    return reverse(f"records:{name}", args=[patient.pk, *more])


def titles(patient):
    with rows_of(patient.pk):
        live = Entry.objects.of(patient).filter(withdrawn_at=None)
        return sorted(live.values_list("title", flat=True))


def test_each_extract_says_where_it_came_from_and_what_it_changed(manager, patient, staff, loaded):
    text = manager.get(address("desk-extracts", patient)).text
    assert text.index("wrong.json") < text.index("right.json")
    assert text.count("A file, by command") == 2
    assert text.count(">Loaded for<") == text.count(f">{staff.name or staff.email}</dd>") > 0
    assert ">Loaded<" not in text  # the heading of each says when
    row = "".join(text.split("Consultations and events")[1].split("</tr>")[0])
    assert [row.count(f"</span>{number}</td>") for number in (1, 0)] == [2, 2]
    assert text.count("Take this extract back") == 1
    assert address("desk-extract-undo", patient, loaded[1]) in text


def test_who_may_not_take_back_is_told_which_duty_it_takes(client, surgery, patient, loaded):
    sign_in(client, make_staff(surgery, "r@example.test", Duty.REVIEW_ENTRIES))
    text = client.get(address("desk-extracts", patient)).text
    assert "you need the duty “Manage the surgery’s settings”" in text
    assert "Take this extract back" not in text


def test_a_long_history_is_in_pages(manager, patient):
    with rows_of(patient.pk):
        for number in range(60):
            ImportedExtract.objects.create(
                patient=patient, content_hash=str(number), loaded_at=NOW + number * LATER.resolution,
                file_name=f"file-{number}.json",
            )  # fmt: skip
    first = manager.get(address("desk-extracts", patient)).text
    assert "file-59.json" in first
    assert "file-0.json" not in first
    assert "file-0.json" in manager.get(address("desk-extracts", patient) + "?page=99").text


def test_no_extract_is_no_error(manager, patient):
    assert "None was loaded" in manager.get(address("desk-extracts", patient)).text


def test_one_is_taken_back_in_two_steps_with_a_reason(manager, patient, patient_user, loaded):
    make_grant(patient)
    with rows_of(patient.pk):
        log.record("record opened", at=LATER, actor_id=patient_user.pk, patient_id=patient.pk)
    ask = address("desk-extract-undo", patient, loaded[1])
    assert "Why is this extract taken back?" in manager.get(ask).text
    shown = manager.post(ask, {"because": "Of another patient"})
    assert shown.status_code == 200
    assert "Check before you take it back" in shown.text
    assert "Of another patient" in shown.text
    assert "Pages that the patient read, searched or fetched: 1" in shown.text
    assert titles(patient) == ["Entry e2", "Wrong words"]  # nothing is done before
    act = address("desk-extract-take-back", patient, loaded[1])
    done = manager.post(act, {"because": "Of another patient"}, follow=True)
    assert "The extract is taken back" in done.text
    assert "Taken back" in done.text
    assert titles(patient) == ["Right words"]
    with rows_of(patient.pk):
        assert AuditEvent.objects.get(action="load undone").duty == Duty.MANAGE_SETTINGS


@pytest.mark.parametrize("name", ["desk-extract-undo", "desk-extract-take-back"])
def test_without_a_reason_nothing_is_done(manager, patient, loaded, name):
    answer = manager.post(address(name, patient, loaded[1]), {"because": "  "})
    assert answer.status_code == 422
    assert "Say why the extract is taken back" in answer.text
    assert titles(patient) == ["Entry e2", "Wrong words"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_last_one_can_be_taken_back(manager, patient, loaded, method):
    for name in ("desk-extract-undo", "desk-extract-take-back"):
        address_ = address(name, patient, loaded[0])
        if method == "get" and name == "desk-extract-take-back":
            assert manager.get(address_).status_code == 405
            continue
        answer = getattr(manager, method)(address_, {"because": "x"}, follow=True)
        assert "Only the extract that was loaded last can be taken back" in answer.text
    assert titles(patient) == ["Entry e2", "Wrong words"]


def test_of_two_staff_at_once_the_second_is_told(manager, patient, loaded):
    act = address("desk-extract-take-back", patient, loaded[1])
    manager.post(act, {"because": "x"})
    assert "was taken back already" in manager.post(act, {"because": "x"}, follow=True).text


def test_an_extract_of_another_patient_does_not_exist(manager, other_patient, patient, loaded):
    for name in ("desk-extract-undo", "desk-extract-take-back"):
        answer = manager.post(address(name, other_patient, loaded[1]), {"because": "x"})
        assert answer.status_code == 404


def test_the_patients_page_leads_there_and_says_what_was_taken_back(manager, patient, loaded):
    act = address("desk-extract-take-back", patient, loaded[1])
    manager.post(act, {"because": "x"})
    text = manager.get(address("desk-patient", patient)).text
    assert address("desk-extracts", patient) in text
    assert "The extract itself was taken back" in text


def test_what_came_with_it_is_marked_for_staff(manager, patient, loaded):
    manager.post(address("desk-extract-take-back", patient, loaded[1]), {"because": "x"})
    with rows_of(patient.pk):
        gone = Entry.objects.of(patient).get(source_id="e2")
    text = manager.get(address("desk-entry", patient, gone.id)).text
    assert "Loaded into the wrong record, and taken back" in text


@pytest.mark.parametrize("name", ["desk-extracts", "desk-record"])
def test_staff_are_told_of_what_nobody_can_understand_until_it_is_clear(manager, patient, name):
    """H104: an allergy that is shown to nobody is a risk, which whoever looks after the patient has to know of."""
    allergy = entry(
        "a", key=key("a", "AllergyIntolerance"), title="Penicillin", section="allergies", kind="allergy",
        level_needed="summary",
    )  # fmt: skip
    both = (entry(title="Reading"), allergy)
    store(extract(*both), patient, by=None, now=NOW)
    assert "nobody can tell" not in manager.get(address(name, patient)).text
    doubted = {"AllergyIntolerance/a": NOT_UNDERSTOOD, "Observation/e1": NOT_UNDERSTOOD}
    gone = {"withdrawn_at": LATER, "withdrawn_because": GONE}
    make_entry(patient, "gone", title="Gone for good", **gone)
    store(extract(sections=(), taken_back=doubted), patient, by=None, now=LATER)
    text = manager.get(address(name, patient)).text
    assert "The source sent 2 entries so that nobody can tell whether they are true" in text
    assert text.index("Penicillin") < text.index("Reading")
    assert (
        "Gone for good" not in text
    )  # of which the source says nothing that could be misunderstood
    with rows_of(patient.pk):
        assert address("desk-entry", patient, Entry.objects.get(source_id="a").id) in text
    store(extract(*both, sections=()), patient, by=None, now=LATER + timedelta(hours=1))
    assert "nobody can tell" not in manager.get(address(name, patient)).text
