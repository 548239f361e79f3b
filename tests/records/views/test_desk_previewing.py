"""Reading what a decision would open before it is made, by staff with one duty or two (R8.6)."""

import re
import threading
import uuid
from datetime import date

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import (
    AccessGrant,
    AccessRequest,
    Entry,
    EntryDecision,
    GrantReview,
    Redaction,
    RequestStep,
    StaffTask,
)
from records.previewing.standing import standing_of
from records.review import in_a_year
from tests.cast import make_entry, make_grant, make_patient, make_staff, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

GRANT = {
    "decision": "granted", "current": "full", "historical": "full", "sections_from": "surgery",
    "reason": "Asked at the desk", "reason_for_patient": "You asked us",
}  # fmt: skip


def page_of(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


@pytest.fixture
def held(patient):
    """The decision that holds: new entries open, older ones closed."""
    return make_grant(patient, historical="none")


@pytest.fixture
def flagged(patient, held):
    return make_entry(
        patient,
        "flagged",
        title="Domestic abuse",
        origin="transferred",
        effective_on=date(2015, 5, 5),
    )


@pytest.fixture
def plain(patient, held):
    return make_entry(patient, "plain", title="Sore throat", origin="transferred")


@pytest.fixture
def both(surgery):
    """A member of staff who may review entries and decide access."""
    return make_staff(surgery, "both@example.test", Duty.REVIEW_ENTRIES, Duty.DECIDE_ACCESS)


@pytest.fixture
def at_desk(client, both):
    return sign_in(client, both)


def propose(client, patient, **answers):
    latest = AccessGrant.objects.of(patient).first()
    made_from = {"made_from": latest.pk if latest else ""}
    return client.post(page_of(patient, "access"), GRANT | made_from | answers)


@pytest.fixture
def review(at_desk, patient, flagged, plain):
    response = propose(at_desk, patient)
    assert response.status_code == 302
    return GrantReview.objects.get(patient=patient)


def path(review, rest=""):
    return f"/surgery/patients/{review.patient_id}/reviews/{review.pk}/{rest}"


def hidden_of(page):
    """The hidden fields of the last form of a page."""
    return {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]
        for name in ("seen", "over")
        if f'name="{name}"' in page
    }


def decide(client, review, entry, how, **answers):
    page = client.get(path(review, f"entries/{entry.id}")).text
    return client.post(path(review, f"entries/{entry.id}/{how}"), hidden_of(page) | answers)


def accept(client, review):
    page = client.get(path(review, "rest")).text
    return client.post(path(review, "rest/accept"), hidden_of(page))


def finish(client, review, **answers):
    page = client.get(path(review, "decision")).text
    words = {"reason": "Read it all", "reason_for_patient": "Here it is"}
    return client.post(path(review, "decision"), hidden_of(page) | words | answers)


def decisions(patient):
    with rows_of(patient.pk):
        return list(EntryDecision.objects.filter(patient=patient).order_by("decided_at"))


def hidings(patient):
    with rows_of(patient.pk):
        return list(Redaction.objects.filter(patient=patient, undone_at=None))


def latest(patient):
    return AccessGrant.objects.of(patient).first()


def test_a_decision_that_would_open_more_is_not_made_but_read_first(
    at_desk, patient, flagged, held
):
    response = propose(at_desk, patient)
    review = GrantReview.objects.get(patient=patient)
    assert response.url == path(review)
    assert latest(patient) == held
    assert (review.current_level, review.historical_level) == ("full", "full")
    assert review.reason == "Asked at the desk"


@pytest.mark.parametrize(
    "answers",
    [
        {"historical": "none"},
        {"decision": "denied"},
        {"decision": "paused"},
        {"current": "summary", "historical": "none"},
    ],
)
def test_a_decision_that_opens_nothing_more_is_made_at_once(at_desk, patient, flagged, answers):
    response = propose(at_desk, patient, **answers)
    assert response.url == page_of(patient)
    assert AccessGrant.objects.of(patient).count() == 2
    assert not GrantReview.objects.exists()


def test_what_is_flagged_is_told_with_its_rule_and_words(at_desk, review, flagged):
    page = at_desk.get(path(review)).text
    assert "<mark>Domestic abuse</mark>" in page
    assert "words about domestic abuse" in page
    assert "A flag is a prompt to read, never a decision" in page
    assert "0 of 1 flagged entry has a decision" in page
    assert "Sore throat" not in page
    assert "Sore throat" in at_desk.get(path(review, "rest")).text
    assert re.search(r"2015</th><td[^>]*>1</td><td[^>]*>1</td>", page)
    assert re.search(r"No date</th><td[^>]*>1</td><td[^>]*>0</td>", page)


def test_all_is_read_then_hidden_and_granted_in_one(at_desk, both, patient, review, flagged, plain):
    """R8.6: nothing opens and nothing is hidden before the decision is made."""
    assert decide(at_desk, review, flagged, "hide", reason="Harm").url == path(review)
    assert hidings(patient) == []
    assert accept(at_desk, review).url == path(review)
    assert latest(patient).historical_level == "none"
    response = finish(at_desk, review)
    assert response.url == page_of(patient)
    (redaction,) = hidings(patient)
    assert (redaction.entry_id, redaction.reason, redaction.audience) == (
        flagged.id,
        "Harm",
        "everyone",
    )
    grant = latest(patient)
    assert (grant.historical_level, grant.reason, grant.reason_for_patient) == (
        "full",
        "Read it all",
        "Here it is",
    )
    assert (grant.decided_by, grant.duty) == (both, Duty.DECIDE_ACCESS)
    review.refresh_from_db()
    assert review.used_at
    assert review.finished_by == both
    assert at_desk.get(path(review)).url == page_of(patient)
    with rows_of(patient.pk):
        events = AuditEvent.objects.filter(patient_id=patient.pk).order_by("sequence")
        acts = [event.action for event in events if event.action != "staff looked"]
        told = str([event.details for event in events])
        duties = {event.action: event.duty for event in events}
    assert acts == [
        "review opened",
        "entry reviewed",
        "rest accepted",
        "entry hidden",
        "access decided",
        "review used",
    ]
    assert duties["entry reviewed"] == Duty.REVIEW_ENTRIES
    assert duties["entry hidden"] == duties["access decided"] == Duty.DECIDE_ACCESS  # R8.1
    assert "Domestic" not in told
    assert "Harm" not in told


@pytest.mark.parametrize("left", ["flagged", "rest", "asked"])
def test_nothing_is_granted_while_something_is_unread(at_desk, patient, review, flagged, left):
    if left != "flagged":
        decide(at_desk, review, flagged, "ask" if left == "asked" else "show")
    if left != "rest":
        accept(at_desk, review)
    page = at_desk.get(path(review, "decision")).text
    assert "Some entries still have to be read first" in page
    response = at_desk.post(path(review, "decision"), {"seen": seen_of(review), "reason": "x"})
    assert response.status_code == 422
    assert "Nothing was granted" in response.text
    assert latest(patient).historical_level == "none"


def seen_of(review):
    """What an honest page would have sent: from the review as it stands."""
    patient = review.patient
    access = StaffAccess(Desk(review.opened_by, patient.surgery, frozenset()), patient, "")
    with rows_of(patient.pk):
        return standing_of(review, access).seen


def test_the_rest_may_be_read_entry_by_entry_instead(at_desk, patient, review, flagged, plain):
    for entry in (flagged, plain):
        assert decide(at_desk, review, entry, "show").status_code == 302
    assert finish(at_desk, review).status_code == 302
    assert latest(patient).historical_level == "full"


def test_a_later_decision_takes_the_place_of_an_earlier_one(at_desk, patient, review, flagged):
    decide(at_desk, review, flagged, "hide", reason="Harm")
    decide(at_desk, review, flagged, "show")
    first, second = decisions(patient)
    assert (first.kind, bool(first.replaced_at)) == ("hide", True)
    assert (second.kind, second.replaced_at, second.rules) == (
        "show",
        None,
        ["domestic-abuse-words"],
    )


def test_hiding_takes_a_reason(at_desk, patient, review, flagged):
    response = decide(at_desk, review, flagged, "hide", reason=" ")
    assert response.status_code == 422
    assert "Enter the reason for hiding this" in response.text
    assert decisions(patient) == []


def test_a_clinician_who_is_asked_finds_a_task_that_ends_with_their_decision(
    at_desk, patient, review, flagged
):
    decide(at_desk, review, flagged, "ask")
    task = StaffTask.objects.get(patient=patient, kind="clinician")
    assert (task.about_id, task.closed_at) == (flagged.id, None)
    assert "1 waits for a clinician" in at_desk.get(path(review)).text
    decide(at_desk, review, flagged, "show")
    task.refresh_from_db()
    assert task.closed_at


def test_after_a_decision_the_next_flagged_entry_comes(at_desk, patient, review, flagged):
    others = [
        make_entry(
            patient,
            f"more{n}",
            title="Domestic abuse",
            origin="transferred",
            effective_on=date(2010 - n, 1, 1),
        )
        for n in range(2)
    ]
    assert decide(at_desk, review, flagged, "show").url == path(review, f"entries/{others[0].id}")
    assert decide(at_desk, review, others[1], "show").url == path(review, f"entries/{others[0].id}")
    assert decide(at_desk, review, others[0], "show").url == path(review)


def change(entry, **values):
    with rows_of(entry.patient_id):
        Entry.objects.of(entry.patient).filter(id=entry.id).update(**values)


def test_an_entry_that_changed_after_its_decision_needs_another(at_desk, patient, review, flagged):
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    change(flagged, content_hash="1", title="Domestic abuse, worse")
    page = at_desk.get(path(review)).text
    assert "1 entry has changed after a decision" in page
    assert "Changed: decide again" in page
    assert "Some entries still have to be read first" in at_desk.get(path(review, "decision")).text
    decide(at_desk, review, flagged, "hide", reason="Worse")
    assert finish(at_desk, review).status_code == 302


def test_an_entry_that_more_rules_flag_since_needs_another_decision(
    at_desk, patient, review, flagged
):
    decide(at_desk, review, flagged, "show")
    with rows_of(patient.pk):
        EntryDecision.objects.filter(patient=patient).update(rules=[])
    assert "1 entry has changed after a decision" in at_desk.get(path(review)).text


@pytest.mark.parametrize("what", ["flagged", "plain"])
def test_a_new_extract_during_the_review_leaves_nothing_unread(
    at_desk, patient, review, flagged, what
):
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    page = at_desk.get(path(review, "decision")).text
    make_entry(
        patient,
        "new",
        title="Suicide attempt" if what == "flagged" else "Cough",
        origin="transferred",
    )
    response = at_desk.post(path(review, "decision"), hidden_of(page) | {"reason": "x"})
    assert response.status_code == 422
    assert "Something changed since you opened the page" in response.text
    assert latest(patient).historical_level == "none"
    page = at_desk.get(path(review)).text
    assert "1 of 2 flagged entries have a decision" in page or "not what was accepted" in page


def test_a_decision_on_access_during_the_review_is_told(at_desk, patient, review, flagged):
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    page = at_desk.get(path(review, "decision")).text
    make_grant(
        patient, "none", "none", decision="denied", decided_at=review.opened_at.replace(year=2090)
    )
    assert (
        at_desk.post(path(review, "decision"), hidden_of(page) | {"reason": "x"}).status_code == 422
    )
    assert "The access was decided anew" in at_desk.get(path(review)).text
    assert latest(patient).decision == "denied"


def test_what_was_read_before_it_changed_is_not_decided(at_desk, patient, review, flagged):
    page = at_desk.get(path(review, f"entries/{flagged.id}")).text
    change(flagged, content_hash="1")
    response = at_desk.post(path(review, f"entries/{flagged.id}/show"), hidden_of(page))
    assert response.status_code == 422
    assert "This entry changed since you opened the page" in response.text
    assert decisions(patient) == []


def test_of_two_who_decide_about_one_entry_the_second_is_told(
    at_desk, surgery, patient, review, flagged
):
    other = sign_in(Client(), make_staff(surgery, "jane@example.test", Duty.REVIEW_ENTRIES))
    page = at_desk.get(path(review, f"entries/{flagged.id}")).text
    decide(other, review, flagged, "hide", reason="Harm")
    typed = hidden_of(page) | {"reason": "Mine"}
    response = at_desk.post(path(review, f"entries/{flagged.id}/hide"), typed)
    assert response.status_code == 422
    assert "A colleague decided about this entry while you had it open" in response.text
    assert "jane@example.test" in response.text
    assert 'value="Mine"' in response.text
    assert [made.reason for made in decisions(patient)] == ["Harm"]
    assert (
        at_desk.post(
            path(review, f"entries/{flagged.id}/show"), hidden_of(response.text)
        ).status_code
        == 302
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_finish_at_once_one_decision_is_made(surgery, patient):
    make_grant(patient, historical="none")
    entry = make_entry(patient, title="Domestic abuse", origin="transferred")
    clients = [
        sign_in(
            Client(),
            make_staff(surgery, f"{name}@example.test", Duty.REVIEW_ENTRIES, Duty.DECIDE_ACCESS),
        )
        for name in ("joel", "jane")
    ]
    propose(clients[0], patient)
    review = GrantReview.objects.get()
    decide(clients[0], review, entry, "hide", reason="Harm")
    statuses, start = [], threading.Barrier(2)
    pages = [client.get(path(review, "decision")).text for client in clients]

    def send(client, page):
        start.wait()
        words = {"reason": "a", "reason_for_patient": "b"}
        statuses.append(client.post(path(review, "decision"), hidden_of(page) | words).status_code)
        connections.close_all()

    threads = [
        threading.Thread(target=send, args=each) for each in zip(clients, pages, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses)[0] == 302
    assert sorted(statuses)[1] in (404, 422)
    assert AccessGrant.objects.of(patient).count() == 2
    assert len(hidings(patient)) == 1


def test_another_proposal_takes_the_place_of_the_first_and_keeps_decisions(
    at_desk, patient, review, flagged
):
    decide(at_desk, review, flagged, "show")
    response = propose(at_desk, patient, historical="detailed", review=review.pk)
    assert response.url == path(review)
    review.refresh_from_db()
    assert review.historical_level == "detailed"
    assert GrantReview.objects.count() == 1
    assert "1 of 1 flagged entry has a decision" in at_desk.get(path(review)).text


def test_a_review_that_a_colleague_opened_meanwhile_is_not_changed_unseen(at_desk, patient, review):
    response = propose(at_desk, patient, historical="detailed")
    assert response.status_code == 422
    assert "A review of this patient was opened meanwhile" in response.text
    assert f'name="review" value="{review.pk}"' in response.text
    review.refresh_from_db()
    assert review.historical_level == "full"


def test_a_review_is_given_up(at_desk, patient, review, flagged):
    decide(at_desk, review, flagged, "ask")
    at_desk.post(path(review, "give-up"))
    review.refresh_from_db()
    assert review.dropped_at
    assert not StaffTask.objects.filter(closed_at=None).exists()
    assert latest(patient).historical_level == "none"
    for rest in ("rest", f"entries/{flagged.id}", "decision"):
        assert at_desk.get(path(review, rest)).status_code == 404
    assert at_desk.post(path(review, f"entries/{flagged.id}/show"), {"seen": "x"}).url == page_of(
        patient
    )


@pytest.fixture
def request_of_patient(patient, patient_user):
    return make_request(patient, patient_user)


def make_request(patient, patient_user):
    asked = AccessRequest.objects.create(
        patient=patient, asked_by=patient_user, asked_at=NOW, state_at=NOW, due_on=date(2024, 8, 1)
    )
    RequestStep.objects.create(request=asked, state="sent", by=patient_user, at=NOW)
    return asked


@pytest.mark.parametrize(("how", "state"), [("show", "granted"), ("hide", "granted-in-part")])
def test_a_request_is_granted_with_it_all_or_in_part(
    request_of_patient, at_desk, patient, review, flagged, how, state
):
    """R8.2"""
    assert review.request == request_of_patient
    decide(at_desk, review, flagged, how, reason="Harm")
    accept(at_desk, review)
    assert finish(at_desk, review, reason_for_patient="").status_code == 422
    assert finish(at_desk, review).status_code == 302
    request_of_patient.refresh_from_db()
    assert request_of_patient.state == state


def test_a_request_that_came_after_the_review_was_begun_is_answered_by_it(
    at_desk, patient, review, flagged, request_of_patient
):
    """R8.2: who grants meanwhile answers whoever waits, and needs words for them."""
    assert review.request is None
    page = at_desk.get(page_of(patient, f"requests/{request_of_patient.pk}/")).text
    assert "Go on with the review" in page
    assert path(review) in page
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    assert finish(at_desk, review, reason_for_patient="").status_code == 422
    assert finish(at_desk, review).status_code == 302
    request_of_patient.refresh_from_db()
    assert request_of_patient.state == "granted"
    assert reload(review).request == request_of_patient


def test_another_proposal_for_who_asked_meanwhile_is_for_their_request(
    at_desk, patient, review, request_of_patient
):
    propose(at_desk, patient, review=review.pk, historical="detailed")
    assert reload(review).request == request_of_patient


def test_a_request_for_a_history_that_is_empty_is_answered_too(
    at_desk, patient, held, request_of_patient
):
    """R8.2: nothing would open, and yet the patient waits for an answer."""
    assert "/reviews/" in propose(at_desk, patient).url
    review = GrantReview.objects.get(patient=patient)
    assert finish(at_desk, review).status_code == 302
    request_of_patient.refresh_from_db()
    assert request_of_patient.state == "granted"


def test_who_closes_more_while_a_request_waits_answers_nothing(
    at_desk, patient, flagged, request_of_patient
):
    assert propose(at_desk, patient, current="summary", historical="none").url == page_of(patient)
    request_of_patient.refresh_from_db()
    assert request_of_patient.is_open


def test_flagged_entries_stand_before_how_much_opens(at_desk, review):
    page = at_desk.get(path(review)).text
    assert page.index("Flagged entries</h2>") < page.index("How much would open</h2>")


@pytest.fixture
def two_people(surgery, patient):
    surgery.two_people_for_full = True
    surgery.save()
    patient.surgery.refresh_from_db()


@pytest.fixture
def second(surgery, patient):
    return sign_in(Client(), make_staff(surgery, "second@example.test", Duty.DECIDE_ACCESS))


def test_a_second_person_has_to_agree_where_the_surgery_wants_two(
    two_people, at_desk, second, patient, review, flagged
):
    decide(at_desk, review, flagged, "hide", reason="Harm")
    accept(at_desk, review)
    assert finish(at_desk, review).status_code == 302
    assert latest(patient).historical_level == "none"
    assert hidings(patient) == []
    task = StaffTask.objects.get(kind="second-person", closed_at=None)
    assert task.about_id == review.pk
    page = at_desk.get(path(review, "agreement")).text
    assert "You finished this review" in page
    assert (
        at_desk.post(path(review, "agreement"), {"seen": seen_of(reload(review))}).status_code
        == 422
    )
    assert latest(patient).historical_level == "none"
    page = second.get(path(review, "agreement")).text
    assert "Reason: Harm" in page
    response = second.post(
        path(review, "agreement"), {"seen": re.findall(r'name="seen" value="(\w+)"', page)[0]}
    )
    assert response.url == page_of(patient)
    assert latest(patient).historical_level == "full"
    assert latest(patient).decided_by.email == "second@example.test"
    assert len(hidings(patient)) == 1
    task.refresh_from_db()
    assert task.closed_at


def test_the_second_person_grants_nothing_unanswered(
    two_people, at_desk, second, patient, patient_user, review, flagged
):
    """R8.2: the patient asked after the first person finished without words for them."""
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    assert finish(at_desk, review, reason_for_patient="").status_code == 302
    page = second.get(path(review, "agreement")).text
    make_request(patient, patient_user)
    answer = second.post(path(review, "agreement"), hidden_of(page))
    assert answer.status_code == 422
    assert "no words for them yet" in answer.text
    assert latest(patient).historical_level == "none"


def reload(review):
    return GrantReview.objects.get(pk=review.pk)


def test_the_second_person_may_send_it_back(two_people, at_desk, second, patient, review, flagged):
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    finish(at_desk, review)
    assert second.post(path(review, "send-back"), {"because": " "}).status_code == 422
    assert at_desk.post(path(review, "send-back"), {"because": "x"}).status_code == 422
    second.post(path(review, "send-back"), {"because": "Hide the first"})
    assert reload(review).finished_at is None
    assert "Hide the first" in at_desk.get(path(review)).text
    assert not StaffTask.objects.filter(kind="second-person", closed_at=None).exists()


def test_who_decides_anew_takes_the_finish_back(
    two_people, at_desk, second, patient, review, flagged
):
    decide(at_desk, review, flagged, "show")
    accept(at_desk, review)
    finish(at_desk, review)
    decide(at_desk, review, flagged, "hide", reason="Harm")
    assert reload(review).finished_at is None
    assert (
        second.post(path(review, "agreement"), {"seen": seen_of(reload(review))}).status_code == 422
    )
    assert latest(patient).historical_level == "none"


def test_two_people_are_needed_for_the_full_history_even_of_an_empty_record(
    two_people, at_desk, patient, held
):
    assert "/reviews/" in propose(at_desk, patient).url
    assert propose(at_desk, patient, historical="none", review="").url == page_of(patient)


@pytest.mark.parametrize(
    ("before", "answers", "waits"),
    [
        ({}, {"historical": "full"}, True),
        ({}, {"historical": "documents"}, False),
        ({}, {"starts_on-year": "1900"}, True),
        ({}, {"starts_on-year": "2150"}, False),
        ({"starts_on": date(1990, 1, 1)}, {"starts_on-year": "1990"}, False),
        ({"starts_on": date(1990, 1, 1)}, {"starts_on-year": "1989"}, True),
        ({"current": "detailed"}, {}, False),
        ({"current": "detailed"}, {"starts_on-year": "1900"}, True),
        ({"historical": "full"}, {"historical": "full"}, False),
        ({"historical": "full", "restricted_sections": ["consultations"]}, {"historical": "full"}, True),
        ({"restricted_sections": ["consultations"]}, {}, False),
        ({"decision": "paused", "current": "none"}, {"historical": "full"}, True),
    ],
)  # fmt: skip
def test_whatever_opens_the_full_history_takes_two_people(
    two_people, at_desk, patient, before, answers, waits
):
    """R8.6: a start date long ago, or a closed section, opens it as the level for older entries does."""
    make_grant(patient, **{"historical": "none"} | before)
    make_entry(patient, "plain", title="Sore throat", recorded_at=NOW.replace(year=2015))
    year = {"starts_on-day": "1", "starts_on-month": "1"} if "starts_on-year" in answers else {}
    propose(at_desk, patient, **{"historical": "none"} | year | answers)
    review = GrantReview.objects.filter(patient=patient).first()
    if review:
        accept(at_desk, review)
        assert finish(at_desk, review).status_code == 302
    assert StaffTask.objects.filter(kind="second-person").exists() is waits


PAGES = ["", "rest", "entries/{entry}", "decision", "agreement"]
ACTS = {
    "entries/{entry}/show": Duty.REVIEW_ENTRIES, "entries/{entry}/hide": Duty.REVIEW_ENTRIES,
    "entries/{entry}/ask": Duty.REVIEW_ENTRIES, "rest/accept": Duty.REVIEW_ENTRIES,
    "decision": Duty.DECIDE_ACCESS, "agreement": Duty.DECIDE_ACCESS,
    "send-back": Duty.DECIDE_ACCESS, "give-up": Duty.DECIDE_ACCESS,
}  # fmt: skip


@pytest.mark.parametrize("who", ["patient_user", "proxy_user", "stranger", "other_staff", None])
def test_nobody_else_reads_a_review(request, review, flagged, proxy_grant, who):
    visitor = Client()
    if who:
        sign_in(visitor, request.getfixturevalue(who))
    for rest in PAGES:
        status = visitor.get(path(review, rest.format(entry=flagged.id))).status_code
        assert status == (404 if who else 302), rest
    for rest in ACTS:
        status = visitor.post(path(review, rest.format(entry=flagged.id))).status_code
        assert status == (404 if who else 302), rest


@pytest.mark.parametrize(("rest", "duty"), ACTS.items())
def test_each_act_takes_its_duty(surgery, patient, review, flagged, rest, duty):
    others = [each for each in Duty if each != duty]
    visitor = sign_in(Client(), make_staff(surgery, "less@example.test", *others))
    response = visitor.post(path(review, rest.format(entry=flagged.id)))
    assert response.status_code == 403
    assert duty.label.lower() in response.text.lower()
    assert decisions(patient) == []
    assert visitor.get(path(review)).status_code == 200


def test_a_review_belongs_to_its_patient(at_desk, surgery, review, flagged):
    other = make_patient(surgery, "9990000026")
    address = path(review).replace(str(review.patient_id), str(other.pk))
    assert at_desk.get(address).status_code == 404
    assert at_desk.post(f"{address}entries/{flagged.id}/show").status_code == 404
    assert at_desk.get(path(review, f"entries/{uuid.uuid4()}")).status_code == 404


def test_the_pages_cost_the_same_however_much_is_flagged(
    at_desk, patient, review, flagged, django_assert_max_num_queries
):
    counts = []
    for more in (2, 20):
        for number in range(more):
            make_entry(patient, f"{more}-{number}", title="Domestic abuse", origin="transferred")
        counts.append([])
        for rest in ("", "rest", f"entries/{flagged.id}", "decision"):
            at_desk.get(path(review, rest))
            with django_assert_max_num_queries(60) as queries:
                at_desk.get(path(review, rest))
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]


def test_the_patients_safety_stands_where_a_decision_is_made(at_desk, patient, review, flagged):
    for address in (
        path(review),
        path(review, f"entries/{flagged.id}"),
        path(review, "decision"),
        page_of(patient, "access"),
    ):
        assert "Safeguarding in this record" in at_desk.get(address).text


def test_what_opens_alone_is_shown_alone(at_desk, patient, held):
    """An entry of which the codes are open: its page in the review shows the notes that would open."""
    make_grant(patient, "detailed", "detailed")
    entry = make_entry(
        patient, kind="condition", title="Asthma", origin="transferred",
        details={"status": "active"}, free_text={"notes": ["Husband hit her"]},
    )  # fmt: skip
    propose(at_desk, patient)
    review = GrantReview.objects.get()
    page = at_desk.get(path(review, f"entries/{entry.id}")).text
    assert "The patient sees this entry already" in page
    assert "Husband hit her" in page
    assert "Status" not in page
    assert "more of it would open" in at_desk.get(path(review)).text


def test_what_is_hidden_by_a_decision_is_looked_at_again_in_a_year(
    at_desk, patient, review, flagged
):
    decide(at_desk, review, flagged, "hide", reason="Harm")
    accept(at_desk, review)
    finish(at_desk, review)
    [hiding] = hidings(patient)
    assert hiding.review_on == in_a_year(timezone.localdate(hiding.hidden_at))
    assert StaffTask.objects.filter(kind="review-hidden", closed_at=None).exists()


def test_an_entry_names_what_refers_to_it_before_it_is_hidden(at_desk, patient, review, flagged):
    """R2.5: what says the same and stays is told either way, and leads to its page in the review."""
    link = {"entry": str(flagged.id)}
    naming = make_entry(
        patient, "naming", kind="medicine", section="medicines", title="Sertraline",
        origin="transferred", details={"reasons": [link]},
    )  # fmt: skip
    page = at_desk.get(path(review, f"entries/{flagged.id}")).text
    assert "Hiding this one does not hide them" in page
    assert naming.title in page
    decide(at_desk, review, naming, "hide", reason="Harm")
    assert naming.title not in at_desk.get(path(review, f"entries/{flagged.id}")).text


def test_what_repeats_a_hidden_entry_is_not_counted_as_opening(at_desk, patient, review, flagged):
    """R2.3"""
    make_entry(patient, "again", title="Said again", origin="transferred", repeats_id=flagged.id)
    decide(at_desk, review, flagged, "hide", reason="Harm")
    page = at_desk.get(path(review, "decision")).text
    assert "1 entry opens to the patient" in page
    assert "This repeats one of these and is hidden with it" in page
    assert "Said again" in page


def test_the_list_of_the_rest_says_what_stands_in_each(at_desk, patient, review, plain):
    for number in range(9):
        make_entry(
            patient, f"part {number}", title=f"Topic {number}", origin="transferred",
            root_id=plain.id, position=number,
        )  # fmt: skip
    page = at_desk.get(path(review, "rest")).text
    assert "Topic 7 and 1 more" in page
