"""Staff see a record as somebody does: the same pages, on any day, and nothing happens in that person's name."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import OpenedResult, Redaction, ResultWish, StaffTask, Visit, WarningAgreement
from records.seeing import hidings_since
from tests.cast import (
    make_entry,
    make_grant,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW
from tests.records.views.record import cover, hide_from, reader

pytestmark = pytest.mark.django_db

TOKENS = re.compile(r'(nonce="|name="csrfmiddlewaretoken" value=")[^"]*')
WHY = re.compile(r'<section class="app-why".*?</section>', re.S)
MAIN = re.compile(r"<main\b.*?</main>", re.S)
FAR = date(2090, 1, 1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def acting(patient, proxy_user):
    """A proxy for medicines and test results, today."""
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    return proxy_user


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


@pytest.fixture
def record(patient):
    """A record with something of each age and kind that decides."""
    make_grant(patient)
    cover(patient)
    made = {
        "new": make_entry(patient, "new", title="New visit"),
        "old": make_entry(patient, "old", title="Old visit", recorded_at=None),
        "moved": make_entry(patient, "moved", title="Moved visit", origin="transferred"),
        "typed": make_entry(
            patient, "typed", title="Typed note", kind="comment", level_needed="full",
            recorded_at=None,
        ),
        "diary": make_entry(patient, "diary", title="Recall", released=False, unreleased_because="diary"),
        "gone": make_entry(patient, "gone", title="Taken back", withdrawn_at=NOW, withdrawn_because="x"),
        "pill": make_entry(
            patient, "pill", title="Tablets", section="medicines", kind="medicine",
            level_needed="summary", recorded_at=None,
        ),
        "blood": make_entry(
            patient, "blood", title="Blood test", section="test-results", kind="report"
        ),
    }  # fmt: skip
    made["sodium"] = make_entry(
        patient, "sodium", title="Sodium", section="test-results", kind="result", flagged=True,
        root_id=made["blood"].id, details={"value": {"number": "141", "unit": "mmol/L"}},
    )  # fmt: skip
    return made


def seen(client, patient, whose="patient", on=None, rest=""):
    on = on or timezone.localdate()
    return client.get(f"/surgery/patients/{patient.pk}/as/{whose}/{on}/{rest}")


def main_of(page):
    main = TOKENS.sub(r"\1", WHY.sub("", MAIN.search(page)[0]))
    return re.sub(r"\s+</main>", "</main>", main)


PAGES = (
    "", "allergies", "medicines", "immunisations", "health-conditions", "test-results", "consultations",
    "documents", "timeline", "tests", "measurements", "timeline?year=unknown",
)  # fmt: skip


def own_page(client, user, patient, rest):
    response = reader(client, user, patient).get(f"/records/{patient.pk}/{rest}")
    return response


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("who", ["patient", "proxy"])
def test_a_page_seen_as_somebody_is_their_page(
    client, staff, patient, patient_user, acting, record, who, rest
):
    user, whose = (patient_user, "patient") if who == "patient" else (acting, acting.pk)
    here = seen(sign_in(client, staff), patient, whose, rest=rest)
    theirs = own_page(client, user, patient, rest)
    assert here.status_code == 200
    if theirs.status_code == 403:
        assert "This section does not open" in here.text
    else:
        home = f"/surgery/patients/{patient.pk}/as/{whose}/{timezone.localdate()}/"
        assert main_of(here.text).replace(home, f"/records/{patient.pk}/") == main_of(theirs.text)


@pytest.mark.parametrize(
    "name", ["new", "old", "moved", "typed", "diary", "gone", "pill", "blood", "sodium"]
)
@pytest.mark.parametrize("who", ["patient", "proxy"])
def test_an_entry_seen_as_somebody_is_theirs_or_missing_as_for_them(
    client, staff, patient, patient_user, acting, record, who, name
):
    user, whose = (patient_user, "patient") if who == "patient" else (acting, acting.pk)
    rest = f"entries/{record[name].id}"
    theirs = own_page(client, user, patient, rest)
    here = seen(sign_in(client, staff), patient, whose, rest=rest)
    assert here.status_code == theirs.status_code
    home = f"/surgery/patients/{patient.pk}/as/{whose}/{timezone.localdate()}/"
    if theirs.status_code == 302:
        assert here.url.replace(home, f"/records/{patient.pk}/") == theirs.url
    elif theirs.status_code == 200:
        assert main_of(here.text).replace(home, f"/records/{patient.pk}/") == main_of(theirs.text)


def test_every_page_says_as_whom_and_leads_back_in_one_step(
    at_desk, patient, acting, record, today
):
    for whose, name in (("patient", "Ada Testwell"), (acting.pk, "Cara Helper")):
        for rest in ("", "medicines", "not-visible", "allergies", "copies", "consultations"):
            page = seen(at_desk, patient, whose, rest=rest).text
            assert f"You see this as {name} would on {today.day} " in page
            assert "You can change nothing here" in page
            assert f'href="/surgery/patients/{patient.pk}/">Back to the patient' in page


@pytest.mark.parametrize(
    ("hidden_on", "undone_on", "hidden", "again"),
    [
        ((3, 10), None, 0, 0),
        ((3, 11), None, 1, 0),
        ((3, 10), (3, 10), 0, 0),
        ((3, 10), (3, 11), 0, 1),
        ((3, 11), (3, 12), 0, 0),
    ],
)
@pytest.mark.parametrize(
    ("audience", "concerns"),
    [("everyone", [0, 1]), ("proxies", [1]), ("one-proxy", [1]), ("another proxy", [])],
)
@pytest.mark.parametrize("who", [0, 1])
def test_a_past_day_says_what_was_hidden_or_shown_again_since(
    patient, acting, record, staff, audience, concerns, who, hidden_on, undone_on, hidden, again
):
    """A wrong answer to a complaint else: hiding is that of today."""

    def at(day):
        return NOW.replace(year=2026, month=day[0], day=day[1], hour=23) if day else None

    is_one = "proxy" in audience and audience != "proxies"
    with rows_of(patient.pk):
        Redaction.objects.create(
            patient=patient, entry_id=record["new"].id, reason="x", hidden_by_id=staff.pk,
            audience="one-proxy" if is_one else audience, hidden_at=at(hidden_on),
            proxy_id=(acting.pk if audience == "one-proxy" else staff.pk) if is_one else None,
            undone_at=at(undone_on), undone_by_id=staff.pk if undone_on else None,
        )  # fmt: skip
        told = hidings_since(patient, date(2026, 3, 10), [None, acting][who])
    assert told == ((hidden, again) if who in concerns else (0, 0))


def test_the_banner_of_a_past_day_says_that_hiding_is_as_today(at_desk, patient, record, staff):
    past = timezone.localdate() - timedelta(days=30)
    page = seen(at_desk, patient, on=past).text
    assert "Hiding is as it is today, not as it was on that day" in page
    assert "Nothing was hidden from Ada Testwell or shown again since then" in page
    with rows_of(patient.pk):
        Redaction.objects.create(
            patient=patient, entry_id=record["new"].id, audience="everyone", reason="x",
            hidden_by_id=staff.pk, hidden_at=timezone.now(),
        )  # fmt: skip
    page = seen(at_desk, patient, on=past).text
    assert "Since then 1 entry was hidden from Ada Testwell, and 0 that were hidden then" in page
    assert "Hiding is as it is today" not in seen(at_desk, patient).text


def test_no_link_of_a_page_seen_leads_through_the_patients_door(at_desk, patient, acting, record):
    for rest in (*PAGES, f"entries/{record['new'].id}", f"entries/{record['sodium'].id}/over-time",
                 f"entries/{record['blood'].id}/before-you-see-it"):  # fmt: skip
        assert f'"/records/{patient.pk}' not in seen(at_desk, patient, rest=rest).text


WHAT = {
    # entry: what a patient at full/summary gets to hear, and a proxy for medicines and tests
    "new": ("R1.1", "R4.3"),
    "pill": ("R1.8", "R1.8"),
    "blood": ("R1.1", "R1.1"),
}
WHAT_NOT = {
    "old": ("R1.3", "R4.3"),
    "moved": ("R1.4", "R4.3"),
    "typed": ("R1.3", "R4.3"),
    "diary": ("R1.10", "R1.10"),
    "gone": ("R7.3", "R7.3"),
}


def rule_of(page, title):
    """The rule that a list gives for an entry; empty where the entry is not listed."""
    found = re.search(rf"<li>\s*<a [^>]*>{title}</a>.*?\((R\d+\.\d+)\)", page, re.S)
    return found[1] if found else ""


@pytest.mark.parametrize("name", [*WHAT, *WHAT_NOT])
@pytest.mark.parametrize("who", [0, 1])
def test_each_entry_is_told_with_the_rule_that_shows_or_keeps_it(
    at_desk, patient, acting, record, who, name
):
    entry, whose = record[name], ["patient", acting.pk][who]
    rule = (WHAT | WHAT_NOT)[name][who]
    shows = name in WHAT and rule != "R4.3"
    kept = seen(at_desk, patient, whose, rest="not-visible").text
    listed = seen(at_desk, patient, whose, rest=entry.section).text
    assert rule_of(kept, entry.title) == ("" if shows else rule)
    if shows:
        assert rule_of(WHY.search(listed)[0], entry.title) == rule
    else:
        assert entry.title not in listed


@pytest.mark.parametrize(
    ("audience", "patient_sees", "proxy_sees", "other_sees"),
    [
        ("everyone", False, False, False),
        ("proxies", True, False, False),
        ("one-proxy", True, False, True),
    ],
)
def test_what_is_hidden_is_missing_for_whom_it_is_hidden(
    at_desk, patient, acting, record, audience, patient_sees, proxy_sees, other_sees
):
    """R2.2"""
    other = make_user("second@example.test")
    make_proxy_grant(patient, other, ends_on=FAR)
    named = {"proxy_id": acting.pk} if audience == "one-proxy" else {}
    hide_from(patient, record["pill"], audience, **named)
    for whose, sees in (("patient", patient_sees), (acting.pk, proxy_sees), (other.pk, other_sees)):
        page = seen(at_desk, patient, whose, rest="medicines").text
        assert ("Tablets" in MAIN.search(page)[0]) == sees
        kept = seen(at_desk, patient, whose, rest="not-visible").text
        assert rule_of(kept, "Tablets") == ("" if sees else "R2.2")


def test_the_list_of_what_is_not_visible_goes_by_reason(at_desk, patient, record):
    page = seen(at_desk, patient, rest="not-visible?rule=R1.10").text
    assert rule_of(page, "Recall") == "R1.10"
    assert not rule_of(page, "Old visit")
    assert rule_of(seen(at_desk, patient, rest="not-visible?rule=nonsense").text, "Old visit")


def test_a_part_is_told_only_where_its_entry_shows(at_desk, patient, record):
    for name in ("new", "old"):
        make_entry(
            patient, f"{name} part", title=f"Words in {name}", root_id=record[name].id, kind="comment",
            level_needed="full", recorded_at=record[name].recorded_at,
        )  # fmt: skip
    make_grant(patient, "detailed", "summary")
    page = seen(at_desk, patient, rest="not-visible").text
    assert rule_of(page, "Words in new") == rule_of(page, "Typed note") == "R1.7"
    assert "Words in old" not in page


def test_staff_are_told_that_typed_words_stay_closed(at_desk, patient):
    """R1.7"""
    make_entry(patient, "typed", title="Cough", free_text={"comment": "loud"})
    make_grant(patient, "detailed", "summary")
    assert "Its free text is not open" in seen(at_desk, patient, rest="consultations").text
    make_grant(patient, "full", "summary")
    assert "Its free text is not open" not in seen(at_desk, patient, rest="consultations").text


def test_a_sealed_result_stays_sealed_and_opens_for_nobody(at_desk, patient, acting, record):
    """R5.5"""
    whole = f"entries/{record['blood'].id}"
    for whose in ("patient", acting.pk):
        page = seen(at_desk, patient, whose, rest="test-results").text
        assert not tells_it(page)
        assert "they have not opened it" in page
        page = seen(at_desk, patient, whose, rest=f"{whole}/before-you-see-it").text
        assert "Show this result" in page
        home = f"/surgery/patients/{patient.pk}/as/{whose}/{timezone.localdate()}/"
        assert at_desk.post(f"{home}{whole}/see-it").status_code == 405
        assert not tells_it(seen(at_desk, patient, whose, rest="test-results").text)
    with rows_of(patient.pk):
        assert not OpenedResult.objects.filter(patient=patient).exists()


def tells_it(page):
    """Whether a page says the value: an id may have the same digits in it."""
    return re.search(r"\b141\b", page) is not None


def test_a_result_that_its_reader_opened_is_open(
    client, staff, patient, patient_user, acting, record
):
    path = f"/records/{patient.pk}/entries/{record['blood'].id}/see-it"
    reader(client, patient_user, patient).post(path)
    sign_in(client, staff)
    assert tells_it(seen(client, patient, rest="test-results").text)
    assert not tells_it(seen(client, patient, acting.pk, rest="test-results").text)


def test_what_the_patient_wishes_to_hear_first_is_held_for_them(
    at_desk, patient, patient_user, record
):
    with rows_of(patient.pk):
        ResultWish.objects.create(
            patient=patient,
            category="abnormal",
            wish="hold",
            chosen_at=NOW,
            chosen_by_id=patient_user.pk,
        )
    rest = f"entries/{record['blood'].id}/before-you-see-it"
    assert "opens when your surgery has spoken to you" in seen(at_desk, patient, rest=rest).text
    home = f"/surgery/patients/{patient.pk}/as/patient/{timezone.localdate()}/entries/{record['blood'].id}"
    assert at_desk.post(f"{home}/ask-to-be-told").status_code == 405
    assert not StaffTask.objects.exists()


ACTS = (
    "find", "copies", "corrections", "warn-me", "older-results", "online-access", "online-access/stop",
    "before-you-open/coercion",
)  # fmt: skip


@pytest.mark.parametrize("rest", ["", *PAGES[1:-1], *ACTS, "not-visible"])
def test_nothing_is_done_in_the_persons_name(at_desk, patient, patient_user, acting, record, rest):
    held = (StaffTask, Visit, OpenedResult, WarningAgreement)

    def count():
        with rows_of(patient.pk):
            return [model.objects.filter(patient=patient).count() for model in held]

    before = count()
    for whose in ("patient", acting.pk):
        home = f"/surgery/patients/{patient.pk}/as/{whose}/{timezone.localdate()}/"
        assert at_desk.get(home + rest).status_code == 200
        assert at_desk.post(home + rest).status_code == 405
    assert count() == before == [0, 0, 0, 0]


def test_since_they_last_looked_is_by_their_visits_and_makes_none(
    at_desk, patient, patient_user, record
):
    assert "first time you have looked" in seen(at_desk, patient, rest="since-you-last-looked").text
    with rows_of(patient.pk):
        Visit.objects.create(
            patient=patient, viewer_id=patient_user.pk, began_at=NOW - timedelta(days=400)
        )
    assert "New visit" in seen(at_desk, patient, rest="since-you-last-looked").text
    assert "Since you last looked</h2>" in seen(at_desk, patient).text
    with rows_of(patient.pk):
        assert Visit.objects.filter(patient=patient).count() == 1


def decide(patient, on, **values):
    return make_grant(
        patient, decided_at=NOW.replace(year=on.year, month=on.month, day=on.day), **values
    )


def test_the_decision_of_the_day_holds(at_desk, patient):
    """R1.13: what was granted on 1 March, lowered on 1 April and paused on 1 May."""
    make_entry(patient, title="New visit")
    make_entry(
        patient,
        "pill",
        title="Tablets",
        section="medicines",
        kind="medicine",
        level_needed="summary",
    )
    decide(patient, date(2024, 3, 1))
    decide(patient, date(2024, 4, 1), current="summary")
    decide(patient, date(2024, 5, 1), decision="paused", current="none", historical="none")
    for on, opens, visit in (
        (date(2024, 2, 29), False, False),
        (date(2024, 3, 1), True, True),
        (date(2024, 3, 31), True, True),
        (date(2024, 4, 1), True, False),
        (date(2024, 4, 30), True, False),
        (date(2024, 5, 1), False, False),
        (timezone.localdate(), False, False),
        (date(2100, 1, 1), False, False),
    ):  # fmt: skip
        home = seen(at_desk, patient, on=on).text
        assert ("All parts of the record" in home) == opens, on
        page = seen(at_desk, patient, on=on, rest="timeline").text
        assert ("New visit" in page, "Tablets" in page) == (visit, opens), on


@pytest.mark.parametrize(
    ("values", "on", "opens"),
    [
        ({}, date(2023, 12, 31), False),
        ({}, date(2024, 1, 1), True),
        ({}, date(2025, 1, 1), True),
        ({}, date(2025, 1, 2), False),
        ({"status": "suspended"}, date(2024, 6, 1), False),
        ({"status": "ended"}, date(2024, 6, 1), False),
        ({"status": "proposed"}, date(2024, 6, 1), False),
    ],
)
def test_a_proxys_grant_of_the_day_holds(at_desk, patient, proxy_user, values, on, opens):
    """R4.6, R4.9"""
    make_grant(patient, decided_at=NOW.replace(year=2020))
    make_proxy_grant(patient, proxy_user, **values)
    page = seen(at_desk, patient, proxy_user.pk, on=on).text
    assert ("All parts of the record" in page) == opens
    assert ("No grant to act for the patient is in force on this day" in page) != opens


CLOSED = [
    ("paused", "Online access was paused"),
    ("denied", "Online access was denied"),
    ("declined", "stopped their online access themself"),
]


@pytest.mark.parametrize(("decision", "words"), CLOSED)
def test_where_the_record_is_closed_staff_are_told_why(at_desk, patient, acting, decision, words):
    """R5.2: of a proxy too, who is never told."""
    make_grant(patient, "none", "none", decision=decision)
    for whose in ("patient", acting.pk):
        for rest in ("", "medicines", "not-visible", "timeline"):
            page = seen(at_desk, patient, whose, rest=rest).text
            assert words in page
            assert "You can change nothing here" in page
    assert "closed to everyone who acts" in seen(at_desk, patient, acting.pk).text


def test_other_reasons_are_told_too(at_desk, surgery, patient, acting):
    assert "nothing had been decided" in seen(at_desk, patient).text
    make_grant(patient, "none", "none")
    assert "No level was open" in seen(at_desk, patient).text
    assert "not on the surgery" in seen(at_desk, patient, on=date(2009, 12, 31)).text
    acting.closed_at = NOW
    acting.save()
    assert "Their account is closed" in seen(at_desk, patient, acting.pk).text


def test_a_patient_without_an_account_is_seen_as_if_they_had_one(at_desk, patient, record):
    page = seen(at_desk, patient, rest="medicines").text
    assert "Tablets" in page


def test_only_who_acts_for_the_patient_can_be_looked_through(
    at_desk, patient, stranger, staff, record
):
    rejected = make_user("rejected@example.test")
    make_proxy_grant(patient, rejected, status="rejected")
    for person in (stranger, staff, rejected):
        assert seen(at_desk, patient, person.pk).status_code == 404
        assert seen(at_desk, patient, person.pk, rest="copies").status_code == 404


@pytest.mark.parametrize("day", ["2024-02-30", "0001-01-01", "9999-12-31", "tomorrow"])
def test_what_is_no_day_is_no_address(at_desk, patient, record, day):
    assert seen(at_desk, patient, on=day).status_code == 404


@pytest.mark.parametrize("rest", ["", "medicines", "not-visible", "copies"])
def test_who_may_not_look_at_the_patient_sees_as_nobody(
    client, patient, patient_user, acting, stranger, other_staff, record, rest
):
    for person in (other_staff, patient_user, acting, stranger):
        assert seen(sign_in(client, person), patient, rest=rest).status_code == 404
    client.logout()
    assert seen(client, patient, rest=rest).status_code in (302, 403)


def test_staff_who_act_for_the_patient_cannot_look_as_somebody(client, patient, staff, record):
    make_proxy_grant(patient, staff, ends_on=FAR)
    assert seen(sign_in(client, staff), patient).status_code == 404


def test_each_look_is_on_file_with_who_as_whom_and_which_day(
    client, surgery, patient, acting, record
):
    """R9.1"""
    imogen = make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)
    seen(sign_in(client, imogen), patient, acting.pk, on=date(2025, 2, 3), rest="medicines")
    with rows_of(patient.pk):
        events = {event.action: event for event in AuditEvent.objects.filter(patient_id=patient.pk)}
    event = events["record seen as somebody"]
    assert (event.actor_id, event.patient_id, event.duty) == (
        imogen.pk,
        patient.pk,
        "review-entries",
    )
    assert event.object == f"as section {acting.pk} 2025-02-03 medicines"
    assert "record opened" not in events


def test_hiding_is_offered_to_who_may_hide(client, surgery, patient, record):
    hide = f"/entries/{record['pill'].id}/hide?next="
    for duty, offered in ((Duty.REVIEW_ENTRIES, True), (Duty.DECIDE_ACCESS, False)):
        person = make_staff(surgery, f"{duty}@example.test", duty)
        assert (hide in seen(sign_in(client, person), patient, rest="medicines").text) == offered


def choose(client, patient, **answers):
    return client.post(f"/surgery/patients/{patient.pk}/as/", answers)


DAY = {"on-day": "3", "on-month": "2", "on-year": "2025"}


def test_person_and_day_are_chosen(at_desk, patient, acting, proxy_user):
    page = at_desk.get(f"/surgery/patients/{patient.pk}/as/?whose={acting.pk}").text
    assert "Cara Helper, who acts for the patient" in page
    for whose in ("patient", acting.pk):
        response = choose(at_desk, patient, whose=whose, **DAY)
        assert response.url == f"/surgery/patients/{patient.pk}/as/{whose}/2025-02-03/"


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"whose": "patient"},
        DAY,
        DAY | {"whose": "nobody"},
        DAY | {"whose": "patient", "on-year": "1"},
    ],
)
def test_what_is_missing_is_asked_again(at_desk, patient, answers):
    assert choose(at_desk, patient, **answers).status_code == 422


def test_a_page_seen_costs_the_same_however_much_is_on_it(
    at_desk, patient, record, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(60) as asked:
            assert seen(at_desk, patient, rest="medicines").status_code == 200
        return len(asked)

    hide_from(patient, make_entry(patient, "hidden"), "proxies")
    cost()  # the first look keeps the session
    few = cost()
    for number in range(20):
        make_entry(
            patient, f"m{number}", section="medicines", kind="medicine", level_needed="summary",
            title=f"Pill {number}",
        )  # fmt: skip
        hide_from(patient, make_entry(patient, f"h{number}"), "proxies")
    assert cost() == few


DAYS = (
    # day, what was decided that morning, if anything
    (date(2024, 2, 29), None),
    (date(2024, 3, 1), ("full", "full")),
    (date(2024, 3, 20), None),
    (date(2024, 4, 1), ("full", "summary")),
    (date(2024, 4, 11), None),
    (date(2024, 5, 1), ("summary", "summary")),
)


def test_what_was_open_on_a_day_is_seen_on_any_later_day(
    client, staff, patient, patient_user, proxy_user
):
    """Each page as its reader had it on that day, against the page that staff see months later."""
    make_entry(patient, "new", title="New visit", recorded_at=NOW.replace(month=1))
    make_entry(patient, "old", title="Old visit", recorded_at=None)
    make_entry(
        patient, "pill", title="Tablets", section="medicines", kind="medicine",
        level_needed="summary",
    )  # fmt: skip
    make_proxy_grant(
        patient, proxy_user, scopes=["medicines", "consultations"], starts_on=date(2024, 3, 10),
        ends_on=date(2024, 4, 10),
    )  # fmt: skip
    had = {}
    for day, levels in DAYS:
        noon = NOW.replace(month=day.month, day=day.day)
        with time_machine.travel(noon, tick=False):
            if levels:
                make_grant(patient, *levels, decided_at=noon)
            for user, whose in ((patient_user, "patient"), (proxy_user, proxy_user.pk)):
                for rest in ("medicines", "consultations", "timeline"):
                    had[day, whose, rest] = own_page(client, user, patient, rest)
    sign_in(client, staff)
    for (day, whose, rest), theirs in had.items():
        page = seen(client, patient, whose, on=day, rest=rest).text
        home = f"/surgery/patients/{patient.pk}/as/{whose}/{day}/"
        is_closed = "does not open to" in page
        assert is_closed == (theirs.status_code != 200), (day, whose, rest)
        if not is_closed:
            assert main_of(page).replace(home, f"/records/{patient.pk}/") == main_of(theirs.text)
    assert {response.status_code for response in had.values()} >= {200, 403, 404}


def test_an_address_that_no_database_can_keep_is_answered(at_desk, patient, record, today):
    """A NUL in it is left out of the event, which is kept (R9.1)."""
    assert seen(at_desk, patient, rest="copies%00/new").status_code == 200
    with rows_of(patient.pk):
        event = AuditEvent.objects.filter(action="record seen as somebody").latest("sequence")
    assert event.object.endswith("copies/new")
