"""Nobody but the patient gets to a page of their invitation, by whatever way; and whoever is invited is no staff there."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import OnlineRegistration
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import access_of, involved_with, is_involved
from proxy_access.facts import digest, facts_of
from proxy_access.inviting import accept, decline, try_code
from proxy_access.models import Nomination, ProxyConsent, ProxyGrant
from proxy_access.nominating import nominate, say_what
from records.grants import with_levels
from records.inviting import agree
from records.models import OpenedResult, Redaction, Visit
from records.opening import closed_result, open_result
from tests.cast import (
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    set_status,
    sign_in,
)
from tests.proxy_access.test_nominating import MEDICINES, RUTH
from tests.records.views.record import make_medicine, make_part, make_report, reader

pytestmark = pytest.mark.django_db

PAGES = ("who", "what", "look", "agree", "as/", "as/medicines", "as/timeline", "as/tests", "as/measurements",
         "as/since-you-last-looked", "as/find", "as/entries/{entry}", "as/entries/{entry}/over-time",
         "as/entries/{entry}/before-you-see-it")  # fmt: skip
ACTS = ("who", "what", "agree", "code", "cancel", "hide/{entry}", "show/{entry}", "as/find")


@pytest.fixture
def own(open_to_patient, patient_user):
    return access_of(patient_user, open_to_patient.pk, on=timezone.localdate())


def made_for(own, who=RUTH):
    """An invitation that was agreed to, with its code."""
    now, today = timezone.now(), timezone.localdate()
    made = nominate(who, by=own, now=now, today=today)
    what = MEDICINES._replace(ends_on=today + timedelta(days=365))
    made = say_what(made, what, by=own, today=today)
    given = {"seen": digest(facts_of(made, hidden=0)), "by": own, "now": now, "today": today}
    code = agree(made, with_levels(own), **given)
    return Nomination.objects.get(pk=made.pk), code


def confirmed(client):
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def viewer(who, own, surgery, other_surgery, proxy_user):
    """A browser of somebody who is not this patient, or not as one has to be."""
    patient = own.patient
    if who == "signed out":
        return Client()
    if who in ("P0", "P5"):
        own.viewer.identity_level = who
        own.viewer.save()
        return confirmed(sign_in(Client(), own.viewer))
    if who in ("proxy", "ended proxy"):
        ends_on = date(2099, 1, 1) if who == "proxy" else date(2024, 2, 1)
        make_proxy_grant(patient, proxy_user, ends_on=ends_on)
        browser = reader(Client(), proxy_user, patient) if who == "proxy" else Client()
        return confirmed(sign_in(browser, proxy_user))
    if who == "patient who moved":
        OnlineRegistration.objects.update(ended_on=timezone.localdate() - timedelta(days=1))
        return confirmed(sign_in(Client(), own.viewer))
    if who == "other patient":
        user = make_user("bea@example.test")
        make_online(make_patient(surgery, "9990000026"), user)
        return confirmed(sign_in(Client(), user))
    where = surgery if who == "staff" else other_surgery
    return confirmed(sign_in(Client(), make_staff(where, "iris@example.test")))


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("signed out", 302),
        ("P0", 403),
        ("P5", 403),
        ("proxy", 403),
        ("ended proxy", 403),
        ("other patient", 404),
        ("patient who moved", 404),
        ("staff", 404),
        ("other staff", 404),
    ],
)
def test_nobody_else_gets_to_any_page_of_it(who, status, own, surgery, other_surgery, proxy_user):
    made, _ = made_for(own)
    entry = make_medicine(own.patient)
    browser = viewer(who, own, surgery, other_surgery, proxy_user)
    base = f"/records/{own.patient.pk}/people/invite"
    answers = [browser.get(f"{base}/{made.pk}/{rest.format(entry=entry.id)}") for rest in PAGES]
    answers += [browser.post(f"{base}/{made.pk}/{rest.format(entry=entry.id)}") for rest in ACTS]
    answers += [browser.get(base), browser.post(base, RUTH._asdict())]
    assert {answer.status_code for answer in answers} == {status}
    for answer in answers:
        assert "Makepiece" not in answer.text
        assert entry.title not in answer.text
    before, made = made.state_at, Nomination.objects.get()
    assert (made.state, made.state_at) == ("sent", before)


@pytest.mark.parametrize("answered", [None, accept, decline])
def test_staff_who_gave_the_code_are_no_staff_for_that_patient(own, surgery, answered):
    """Nobody checks, decides or reads what concerns themself (R8.1)."""
    iris = make_staff(surgery, "iris@example.test")
    made, code = made_for(own, RUTH._replace(email=iris.email))
    browser = sign_in(Client(), iris)
    desk = f"/surgery/patients/{own.patient.pk}/"
    assert browser.get(f"{desk}nominations/{made.pk}/").status_code == 200
    assert not is_involved(iris, own.patient.pk)
    try_code(iris, code, now=timezone.now())
    if answered:
        answered(made, by=iris, now=timezone.now())
    for rest in ("", f"nominations/{made.pk}/", f"nominations/{made.pk}/identity"):
        assert browser.get(desk + rest).status_code == 404
    assert is_involved(iris, own.patient.pk)
    assert involved_with(iris) == {own.patient.pk}


def test_staff_do_not_let_an_invitation_of_themselves_go_on(own, surgery):
    iris = make_staff(surgery, "iris@example.test")
    made, _ = made_for(own, RUTH._replace(email=own.viewer.email))
    browser = sign_in(Client(), iris)
    page = f"/surgery/patients/{own.patient.pk}/nominations/{made.pk}/go-on"
    answer = browser.post(page, {"email": "Iris+x@example.test", "alone": "on"})
    assert answer.status_code == 422
    assert "A colleague decides" in answer.text
    assert Nomination.objects.get().state == "with-surgery"


def test_an_invitation_of_who_closed_their_account_since_is_answered_by_nobody(own):
    """R4.8: whoever closes their account takes back all that rests on their agreement."""
    ruth = make_user("ruth@example.test")
    made, code = made_for(own)
    _, other = made_for(own, RUTH._replace(email="bea@example.test"))
    try_code(ruth, code, now=timezone.now())
    own.viewer.is_active, own.viewer.closed_at = False, timezone.now()
    own.viewer.save()
    browser = sign_in(Client(), ruth)
    assert browser.get(f"/invited/{made.pk}").status_code == 404
    assert browser.post(f"/invited/{made.pk}", {"duties": "on"}).status_code == 404
    assert "Ada" not in browser.get("/").text
    assert try_code(make_user("bea@example.test"), other, now=timezone.now()) is None
    assert not ProxyGrant.objects.exists()


def test_what_the_person_reads_is_not_looked_at_once_they_have_accepted(own):
    ruth = make_user("ruth@example.test")
    made, code = made_for(own)
    try_code(ruth, code, now=timezone.now())
    accept(made, by=ruth, now=timezone.now())
    browser = reader(Client(), own.viewer, own.patient)
    for rest in ("look", "as/", "as/medicines"):
        answer = browser.get(f"/records/{own.patient.pk}/people/invite/{made.pk}/{rest}")
        assert answer.headers["Location"] == f"/records/{own.patient.pk}/people"


@pytest.mark.parametrize("rest", ["as/tests", "as/measurements", "as/test-results", "as/documents"])
def test_a_part_that_was_not_chosen_is_not_shown_as_if_it_were_empty(own, rest):
    """R2.6: three different states."""
    made, _ = made_for(own)
    browser = reader(Client(), own.viewer, own.patient)
    page = browser.get(f"/records/{own.patient.pk}/people/invite/{made.pk}/{rest}")
    assert "You only look here" in page.text


def test_agreeing_a_second_time_says_where_a_new_code_is(own):
    made, _ = made_for(own)
    browser = confirmed(reader(Client(), own.viewer, own.patient))
    given = {"seen": "x", "agreed": "on", "is_free": "on"}
    answer = browser.post(f"/records/{own.patient.pk}/people/invite/{made.pk}/agree", given)
    assert answer.status_code == 422
    assert "You can get a new code" in answer.text
    assert ProxyConsent.objects.count() == 1


def test_each_wrong_code_asks_the_database_as_much(own):
    """R3.6: neither the answer nor its time tells that a code is somebody's."""
    _, code = made_for(own)
    browser = sign_in(Client(), make_user("bea@example.test"))
    browser.post("/invited/code", {"code": "AAAA AAAA AAAA"})  # the first one of the session
    asked = []
    for typed in ("BBBB BBBB BBBB", code):
        with CaptureQueriesContext(connection) as queries:
            assert browser.post("/invited/code", {"code": typed}).status_code == 422
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.fixture
def sealed(own):
    """An invitation to results, of which one is marked."""
    root = make_report(own.patient, title="Blood sugar")
    make_part(root, "r1-1", 1, title="Glucose part", flagged=True,
              details={"value": {"number": "98.7", "unit": "mmol/L"}})  # fmt: skip
    now, today = timezone.now(), timezone.localdate()
    made = nominate(RUTH, by=own, now=now, today=today)
    what = MEDICINES._replace(scopes=["test-results"], ends_on=today + timedelta(days=365))
    say_what(made, what, by=own, today=today)
    return made, root


def test_a_result_that_the_patient_opened_stays_closed_in_the_look_and_the_other_way(own, sealed):
    """R5.5: each reader opens it for themself, and nobody opens it in the look."""
    made, root = sealed
    browser = reader(Client(), own.viewer, own.patient)
    base = f"/records/{own.patient.pk}/"
    look = f"{base}people/invite/{made.pk}/as/"
    before = "before-you-see-it"
    assert browser.get(f"{look}entries/{root.id}").headers["Location"].endswith(before)
    page = browser.get(f"{look}entries/{root.id}/{before}")
    assert "98.7" not in page.text
    for action in re.findall(rf'action="({look}[^"]*)"', page.text):
        assert browser.post(action).status_code == 405
    with rows_of(own.patient.pk):
        assert not OpenedResult.objects.exists()
    assert browser.get(f"{base}entries/{root.id}").headers["Location"].endswith(before)
    with rows_of(own.patient.pk):
        open_result(
            closed_result(with_levels(own), root.id), by=with_levels(own), now=timezone.now()
        )
    assert "98.7" in browser.get(f"{base}entries/{root.id}").text
    assert browser.get(f"{look}entries/{root.id}").headers["Location"].endswith(before)
    for rest in ("", "test-results", "timeline", "tests", "since-you-last-looked"):
        assert "98.7" not in browser.get(look + rest).text


def test_the_look_leaves_no_trace_as_if_somebody_had_looked(own, sealed):
    """R9.1: it is the patient who looks, and their own last visit stays what it was."""
    made, root = sealed
    browser = reader(Client(), own.viewer, own.patient)
    with rows_of(own.patient.pk):
        visits = Visit.objects.count()
    for rest in ("", "test-results", "since-you-last-looked", "timeline", f"entries/{root.id}"):
        browser.get(f"/records/{own.patient.pk}/people/invite/{made.pk}/as/{rest}")
    with rows_of(own.patient.pk):
        assert Visit.objects.count() == visits
        events = AuditEvent.objects.filter(patient_id=own.patient.pk)
        assert set(events.values_list("actor_id", flat=True)) == {own.viewer.pk}
        assert "record seen before inviting" in set(events.values_list("action", flat=True))


def test_an_entry_without_a_title_can_be_found_and_shown_again(own):
    """R6.7: its date is as exact as it was written."""
    made, _ = made_for(own)
    values = {"title": "", "effective_on": date(2009, 3, 1), "effective_precision": "month"}
    entry = make_medicine(own.patient, "m9", **values)
    browser = reader(Client(), own.viewer, own.patient)
    base = f"/records/{own.patient.pk}/people/invite/{made.pk}"
    browser.post(f"{base}/hide/{entry.id}")
    page = browser.get(f"{base}/look").text
    assert "Medicine, March 2009" in page
    assert "1 March" not in page


@pytest.mark.parametrize("rejected", [False, True])
def test_whoever_accepted_can_be_kept_from_an_entry_before_the_surgery_decides(own, rejected):
    """R4.4: what one did not think of before one agreed; a rejection of which the patient is not told changes nothing."""
    ruth = make_user("ruth@example.test", name="A name that the patient was not told")
    made, code = made_for(own)
    try_code(ruth, code, now=timezone.now())
    grant = accept(made, by=ruth, now=timezone.now())
    if rejected:
        set_status(grant, "rejected", "APPLICATION_REJECTED_COERCION")
    entry = make_medicine(own.patient)
    browser = reader(Client(), own.viewer, own.patient)
    page = f"/records/{own.patient.pk}/entries/{entry.id}/hide"
    assert "Ruth Makepiece" in browser.get(page).text
    answer = browser.post(page, {"from_whom": str(ruth.pk)}, follow=True)
    assert "You now hide it from: Ruth Makepiece" in answer.text
    assert ruth.name not in answer.text
    with rows_of(own.patient.pk):
        assert Redaction.objects.get().proxy_id == ruth.pk
