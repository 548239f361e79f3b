"""A patient's page and their activity at the desk: what was decided, asked, hidden, loaded and looked at, and by whom."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit import log
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from records.activity_about import about_words
from records.models import (
    AccessRequest,
    ImportedExtract,
    PracticeChange,
    RequestStep,
    StaffTask,
    WarningAgreement,
)
from tests.cast import make_entry, make_grant, make_proxy_grant, make_staff, sign_in
from tests.clock import NOW
from tests.records.views.record import hide_from, reader

pytestmark = pytest.mark.django_db

FAR = date(2090, 1, 1)


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


def at(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


def page(client, patient, rest=""):
    response = client.get(at(patient, rest))
    assert response.status_code == 200
    return response.text


def test_a_decision_says_what_it_was_part_of(at_desk, surgery, staff, patient, patient_user):
    change = PracticeChange.objects.create(
        surgery=surgery, cohort={}, current_level="full", historical_level="none", reason="All",
        made_by=staff, made_at=NOW,
    )  # fmt: skip
    make_grant(patient, practice_change_id=change.pk, reason="Inside", reason_for_patient="Outside")
    answer = make_grant(patient, decided_by=staff)
    asked = AccessRequest.objects.create(
        patient=patient, asked_by=patient_user, asked_at=NOW, state="granted", state_at=NOW,
        due_on=date(2024, 7, 1),
    )  # fmt: skip
    RequestStep.objects.create(
        request=asked, state="granted", by=staff, at=NOW, grant=answer, reason="x",
        reason_for_patient="y",
    )  # fmt: skip
    text = page(at_desk, patient)
    assert "Part of a change for many patients, 3 June 2024" in text
    assert "Inside" in text
    assert "Outside" in text
    assert f'href="{at(patient, f"requests/{asked.pk}/")}">In answer to a request' in text
    assert "Asked on 3 June 2024</a>: Granted" in text


def test_what_was_seen_of_who_they_are_is_told_in_words(at_desk, patient, patient_user):
    check = patient_user.identity_checks.get()
    check.evidence, check.questions = ["driving-licence", "council-tax-bill"], ["last-visit"]
    check.save()
    told = page(at_desk, patient)
    assert "Photo driving licence, Council tax bill" in told
    assert "Month of the last visit to the surgery" in told


def test_what_is_hidden_is_counted_with_what_is_due(at_desk, patient):
    assert "The surgery hides nothing of this record" in page(at_desk, patient)
    today = timezone.localdate()
    for number, review_on in enumerate((None, today, today + timedelta(days=1))):
        hide_from(patient, make_entry(patient, f"e{number}"), review_on=review_on)
    text = page(at_desk, patient)
    assert "3 entries are hidden from somebody. The day to look again has come for 1" in text


def test_agreements_extracts_and_sign_ins_are_listed(at_desk, patient, patient_user):
    WarningAgreement.objects.create(
        user=patient_user, patient=patient, version="2026-11", agreed_at=NOW
    )
    make_entry(patient)
    make_entry(patient, "e2", source_system="gp-connect")
    counts = {"medicines": {"added": 3, "updated": 1, "withdrawn": 2}, "documents": {"added": 4}}
    with rows_of(patient.pk):
        ImportedExtract.objects.create(
            patient=patient, content_hash="0", loaded_at=NOW, extracted_at=NOW, counts=counts
        )
    patient_user.last_login = NOW
    patient_user.save()
    text = page(at_desk, patient)
    assert "Ada Testwell, version 2026-11" in text
    assert "7 added, 1 updated, 2 withdrawn" in text
    assert "test: 1 entry" in text
    assert "GP Connect (FHIR STU3): 1 entry" in text
    assert "gp-connect" not in text
    assert "Last signed in: 3 June 2024 at 10:30am" in text


def test_a_task_for_a_later_day_comes_last_and_says_when(at_desk, staff, patient):
    later = timezone.localdate() + timedelta(days=9)
    for kind, shows_from in (("review-hidden", later), ("dormant", None)):
        StaffTask.objects.create(
            patient=patient, kind=kind, because="x", opened_at=NOW, shows_from=shows_from,
            due_on=shows_from, held_by=staff,
        )  # fmt: skip
    text = page(at_desk, patient)
    assert text.index("Online access that nobody used") < text.index(
        "Look again at what is hidden<"
    )
    assert "in the queue from" in text
    assert "held by staff@example.test" in text


def test_each_person_who_acts_can_be_seen_as_today(at_desk, patient, proxy_user):
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    today = timezone.localdate()
    text = page(at_desk, patient)
    for whose in ("patient", proxy_user.pk):
        assert f'href="{at(patient, f"as/{whose}/{today}/")}"' in text


def checked(text, name):
    """The values that are chosen in a form under a name."""
    found = [part for part in text.split("<input")[1:] if f'name="{name}"' in part.split(">")[0]]
    chosen = [part.split(">")[0] for part in found if " checked" in part.split(">")[0]]
    return {part.split('value="')[1].split('"')[0] for part in chosen}


@pytest.mark.parametrize(
    ("act", "decision", "sections_from"),
    [
        ("pause", {"paused"}, {"surgery"}),
        ("deny", {"denied"}, {"surgery"}),
        ("sections", {"granted"}, {"patient"}),
        ("date", {"granted"}, {"surgery"}),
        ("nonsense", {"granted"}, {"surgery"}),
    ],
)
def test_the_form_begins_with_the_one_thing_that_staff_came_for(
    at_desk, patient, act, decision, sections_from
):
    make_grant(patient)
    text = page(at_desk, patient, f"access?do={act}")
    assert checked(text, "decision") == decision
    assert checked(text, "sections_from") == sections_from


@pytest.mark.parametrize(
    ("own", "surgerys", "ticked"),
    [
        (None, ["documents"], {"documents"}),
        (["medicines"], ["documents"], {"medicines"}),
        ([], ["documents"], set()),
    ],
)
def test_who_closes_one_more_section_opens_none(at_desk, surgery, patient, own, surgerys, ticked):
    """R1.12"""
    surgery.restricted_sections = surgerys
    surgery.save()
    make_grant(patient, restricted_sections=own)
    text = page(at_desk, patient, "access?do=sections")
    assert checked(text, "restricted_sections") == ticked


def test_ways_to_decide_are_for_who_decides(client, surgery, patient):
    make_grant(patient)
    for duty, offered in ((Duty.DECIDE_ACCESS, True), (Duty.REVIEW_ENTRIES, False)):
        person = make_staff(surgery, f"{duty}@example.test", duty)
        assert ("?do=deny" in page(sign_in(client, person), patient)) == offered


def test_the_activity_tells_who_did_what_in_words(client, staff, patient, patient_user, proxy_user):
    """R9.1"""
    make_grant(patient)
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    entry = make_entry(patient, title="Secret words")
    for user in (patient_user, proxy_user):
        reader(client, user, patient).get(f"/records/{patient.pk}/medicines")
    at_desk = sign_in(client, staff)
    at_desk.get(at(patient, f"as/{proxy_user.pk}/2025-02-03/medicines"))
    at_desk.post(
        at(patient, f"entries/{entry.id}/hide"),
        {"audience": "everyone", "reason": "Because of words"},
    )
    text = page(at_desk, patient, "activity/")
    for words in (
        "Ada Testwell<br>the patient",
        "Cara Helper<br>acts for the patient",
        "staff@example.test<br>staff, Check identity, Decide access",
        "Opened the record",
        "section “Medicines”",
        "Saw the record as somebody",
        "section “Medicines”, as Cara Helper on 3 February 2025",
        "Hid an entry",
        f'href="{at(patient, f"entries/{entry.id}/")}"',
    ):
        assert words in text, words
    assert "Secret words" not in text
    assert "Because of words" not in text
    assert ">an entry<" not in text


CARA, ANY = (
    UUID(int=1, version=4),
    UUID(int=2, version=4),
)  # the same in each worker, which names its tests by them


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("choose", "the page to choose as whom to see the record"),
        ("hidden", "what is hidden"),
        ("desk patient", "the patient’s page"),
        (f"desk entry {ANY}", "an entry"),
        (f"desk document of entry {ANY} 0", "a document"),
        ("desk section medicines", "section “Medicines”"),
        ("as home patient 2025-02-03", "the first page of the record, as the patient on 3 February 2025"),
        (f"as not visible {CARA} 2025-02-03", "what that person does not see, as Cara Helper on 3 February 2025"),
        (f"as elsewhere {ANY} 2025-02-03 find",
         "a page that does not open to whoever only looks, as somebody on 3 February 2025"),
        (f"proxy grant {ANY}", "proxy grant"),
        ("new page that nobody named", "new page that nobody named"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_an_event_is_about_reads_as_words(said, words):
    """R9.2: the log keeps the names of pages and ids, which tell the desk nothing."""
    assert about_words(said, {CARA: "Cara Helper"}) == words


def test_the_activity_is_of_this_patient_alone_and_tells_refusals(at_desk, patient, other_patient):
    make_grant(other_patient)
    for who, action in ((patient, "record opened"), (other_patient, "copy fetched")):
        with rows_of(who.pk):
            log.record(action, at=NOW, actor_id=None, patient_id=who.pk, outcome=Outcome.REFUSED)
    text = page(at_desk, patient, "activity/")
    assert "Opened the record <strong>Refused</strong>" in text
    assert "The portal" in text
    assert "Fetched a copy" not in text


def test_every_action_that_is_written_down_reads_as_words(at_desk, patient):
    with rows_of(patient.pk):
        log.record("some new action", at=NOW, actor_id=None, patient_id=patient.pk)
    assert "Some new action" in page(at_desk, patient, "activity/")


def test_the_activity_comes_in_pages_at_the_same_cost(
    at_desk, staff, patient, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(30) as asked:
            page(at_desk, patient, "activity/")
        return len(asked)

    cost()
    few = cost()
    with rows_of(patient.pk):
        for _ in range(60):
            log.record("record opened", at=NOW, actor_id=staff.pk, patient_id=patient.pk)
        newest = AuditEvent.objects.filter(patient_id=patient.pk).order_by("-sequence").first()
    assert newest.action == "record opened"
    assert cost() == few
    assert "Page 1 of 2" in page(at_desk, patient, "activity/")


@pytest.mark.parametrize("rest", ["", "activity/", "hidden/"])
def test_nobody_else_gets_there(
    client, patient, patient_user, proxy_user, stranger, other_staff, rest
):
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    for person in (patient_user, proxy_user, stranger, other_staff):
        assert sign_in(client, person).get(at(patient, rest)).status_code == 404
