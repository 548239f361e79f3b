"""The pages on which staff decide about somebody who asks to act for a patient (R4.2 to R4.6, R4.12)."""

from datetime import date

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Duty, IdentityLevel, User
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import LegalBasis, ProxyDecision, ProxyGrant, Told
from records.admitting import NOTED
from records.models import EntryDecision, Redaction, StaffTask
from records.queue import open_task
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
    sign_in,
)
from tests.clock import NOW
from tests.pages import bare
from tests.proxy_access.test_checklist import all_well
from tests.proxy_access.test_deciding import proposed_for
from tests.proxy_access.test_organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db

END = date(2099, 1, 1)
SCOPES = ["consultations", "medicines"]


@pytest.fixture
def asked(patient, proxy_user):
    make_grant(patient, historical="full", decided_at=timezone.now())
    grant = proposed_for(patient, proxy_user, scopes=SCOPES, ends_on=END)
    open_task(patient, StaffTask.Kind.PROXY_APPLICATION, because="x", now=NOW, about_id=grant.pk)
    return grant


@pytest.fixture
def flagged(patient):
    return make_entry(patient, "f1", title="Domestic abuse disclosed")


@pytest.fixture
def at_desk(client, patient):
    duties = (Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)
    return sign_in(client, make_staff(patient.surgery, "d@example.test", *duties))


def page_of(grant, rest="decide"):
    return f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}/{rest}"


def boxes(name, day):
    parts = ("day", "month", "year")
    values = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}-{part}": value for part, value in zip(parts, values, strict=True)}


def filled(grant, **changed):
    """The form of a grant with nothing against it."""
    today = timezone.localdate()
    sent = {"scopes": grant.scopes, "text": "All is well", "seen": grant.steps.latest("id").pk}
    sent |= boxes("starts_on", today) | boxes("ends_on", grant.ends_on)
    for key, answer in all_well(grant.legal_basis).items():
        sent |= {f"yes_{key}": "yes" if answer.is_yes else "no", f"words_{key}": answer.words}
        sent |= boxes(f"on_{key}", today) if key == "capacity" else {}
    return sent | changed


def rejection(grant, **changed):
    return {
        "reason": "APPLICATION_REJECTED_NOT_NEEDED", "text": "They have their own access",
        "told": "usual", "seen": grant.steps.latest("id").pk,
    } | changed  # fmt: skip


def test_staff_see_who_asks_and_grant_it_and_the_task_is_done(at_desk, asked, patient):
    page = at_desk.get(page_of(asked)).text
    for words in (
        "Cara Helper", "The patient agreed", "Medicines, Consultations and events", "Proved",
         "Nothing is open to them yet", "No entry is flagged",
    ):  # fmt: skip
        assert words in page
    response = at_desk.post(page_of(asked, "grant"), filled(asked, scopes=["medicines"]))
    assert response.url == f"/surgery/patients/{patient.pk}/proxies/{asked.pk}/"
    done = ProxyGrant.objects.get()
    assert (done.status, done.scopes, done.ends_on) == ("active", ["medicines"], END)
    assert ProxyDecision.objects.get().seen == {
        "flagged": 0, "entries": 0, "hidden": 0, "safeguarding": 0, "other record": False,
    }  # fmt: skip
    assert not StaffTask.objects.filter(closed_at=None).exists()
    assert at_desk.get(page_of(asked)).url == response.url
    assert at_desk.get(page_of(asked, "grant")).url == response.url


@pytest.mark.parametrize("basis", LegalBasis)
def test_each_basis_has_its_own_checklist(at_desk, asked, patient, basis):
    ProxyGrant.objects.update(legal_basis=basis)
    asked.refresh_from_db()
    if basis == LegalBasis.PARENTAL_RESPONSIBILITY:
        patient.date_of_birth = date(2020, 1, 1)
        patient.save()
    page = at_desk.get(page_of(asked, "grant")).text
    for key in all_well(basis):
        assert f"yes_{key}" in page
    assert at_desk.post(page_of(asked, "grant"), filled(asked)).status_code == 302
    assert ProxyGrant.objects.get().status == "active"


MISSING = [
    ({"yes_safe": ""}, "Answer this: Is it safe for the patient, and for others?"),
    ({"yes_safe": "no"}, "Without a yes here it cannot be granted"),
    ({"words_safe": " "}, "Enter what you looked at"),
    ({"yes_coercion": ""}, "Answer this: Is there any sign"),
    ({"scopes": []}, "Choose at least one part"),
    ({"scopes": ["documents"]}, "Choose one of the answers"),
    (boxes("starts_on", None), "Enter the start date"),
    (boxes("starts_on", date(2020, 1, 1)), "The start date must be today or later"),
    (boxes("ends_on", None), "Enter an end date, or below why there is none"),
    (boxes("ends_on", date(2020, 1, 1)), "The end date must be after the start date"),
    ({"text": ""}, "Enter the reason, for colleagues"),
    ({"seen": ""}, "A colleague changed this while you had it open"),
    ({"seen": "x"}, "A colleague changed this while you had it open"),
]


@pytest.mark.parametrize(("changed", "says"), MISSING)
def test_what_is_missing_is_said_and_nothing_is_lost_or_done(at_desk, asked, changed, says):
    response = at_desk.post(page_of(asked, "grant"), filled(asked, **changed))
    assert (response.status_code, says in response.text) == (422, True)
    assert "All is well" in response.text or changed == {"text": ""}
    assert (ProxyGrant.objects.get().status, ProxyDecision.objects.count()) == ("proposed", 0)


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2098, 1, 1), None])
def test_the_day_of_a_finding_is_asked_beside_it(at_desk, asked, day):
    """R4.1"""
    ProxyGrant.objects.update(legal_basis=LegalBasis.BEST_INTEREST)
    asked.refresh_from_db()
    response = at_desk.post(page_of(asked, "grant"), filled(asked, **boxes("on_capacity", day)))
    assert (response.status_code, 'href="#id_on_capacity-day"' in response.text) == (422, True)


def test_a_sign_of_coercion_leads_to_the_other_answer(at_desk, asked):
    """R4.5"""
    response = at_desk.post(page_of(asked, "grant"), filled(asked, yes_coercion="yes"))
    assert (response.status_code, "A sign of coercion stops this" in response.text) == (422, True)
    with rows_of(asked.patient_id):
        event = AuditEvent.objects.get(action="sign of coercion ticked")
        assert (event.outcome, event.object) == ("refused", f"proxy grant {asked.pk}")
    there = page_of(asked, "reject") + "?reason=APPLICATION_REJECTED_COERCION"
    assert there in response.text
    page = at_desk.get(there).text
    assert 'value="APPLICATION_REJECTED_COERCION" checked' in page
    sent = rejection(asked, reason="APPLICATION_REJECTED_COERCION")
    assert at_desk.post(page_of(asked, "reject"), sent).status_code == 302
    made = ProxyDecision.objects.get()
    assert (made.outcome, made.told) == ("rejected", "no-one")
    assert not StaffTask.objects.filter(closed_at=None).exists()


def test_a_sign_of_coercion_is_not_taken_back_by_another_answer(
    client, at_desk, asked, patient, proxy_user, surgery
):
    """R4.5: not by whoever ticked it, nor by a colleague; what is asked anew is looked at anew."""
    at_desk.post(page_of(asked, "grant"), filled(asked, yes_coercion="yes"))
    for duties in ((Duty.DECIDE_ACCESS,), (Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)):
        response = at_desk.post(page_of(asked, "grant"), filled(asked))
        assert (response.status_code, NOTED in response.text) == (422, True)
        page = at_desk.get(page_of(asked)).text
        assert NOTED in page
        assert page_of(asked, "grant") not in page
        sign_in(client, make_staff(surgery, f"{len(duties)}@example.test", *duties))
    assert not ProxyDecision.objects.exists()
    at_desk.post(page_of(asked, "reject"), rejection(asked))
    again = proposed_for(patient, proxy_user, scopes=SCOPES, ends_on=END)
    assert NOTED not in at_desk.get(page_of(again)).text
    assert at_desk.post(page_of(again, "grant"), filled(again)).status_code == 302
    assert ProxyGrant.objects.get(pk=again.pk).status == "active"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reason": ""}, "Choose why it is not granted"),
        ({"reason": "ROLE_ACTIVATED"}, "Choose one of the answers"),
        ({"text": ""}, "Enter the reason, for colleagues"),
        ({"told": ""}, "Choose who is told"),
        ({"seen": "0"}, "A colleague changed this while you had it open"),
    ],
)
def test_a_rejection_that_lacks_something_is_not_made(at_desk, asked, changed, says):
    response = at_desk.post(page_of(asked, "reject"), rejection(asked, **changed))
    assert (response.status_code, says in response.text) == (422, True)
    assert ProxyGrant.objects.get().status == "proposed"


def test_a_person_without_proof_is_not_let_in(at_desk, asked, proxy_user):
    """R4.2"""
    proxy_user.identity_level = IdentityLevel.P5
    proxy_user.save()
    page = at_desk.get(page_of(asked)).text
    for words in ("Not proved", "This person has not proved who they are, so it cannot be granted"):
        assert words in page
    assert "Go through the checklist" not in page
    response = at_desk.post(page_of(asked, "grant"), filled(asked))
    assert "has not proved who they are" in response.text
    assert ProxyGrant.objects.get().status == "proposed"


def test_every_flagged_entry_has_a_decision_first(at_desk, asked, flagged, patient):
    """R8.6: a flag is a prompt; hiding from this person, or letting them see it, are its two answers."""
    page = at_desk.get(page_of(asked)).text
    assert "Domestic abuse disclosed" in page
    assert "1 flagged entry has no decision yet" in page
    response = at_desk.post(page_of(asked, "grant"), filled(asked))
    assert "1 of what this person would see is flagged and not decided yet" in response.text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    at_desk.post(page_of(asked, f"entries/{flagged.id}/let-see"), {"seen": seen})
    assert "Every flagged entry has a decision" in at_desk.get(page_of(asked)).text
    assert at_desk.post(page_of(asked, "grant"), filled(asked)).status_code == 302
    assert ProxyDecision.objects.get().seen == {
        "flagged": 1, "entries": 1, "hidden": 0, "safeguarding": 1, "other record": False,
    }  # fmt: skip


def test_an_entry_is_hidden_from_this_person_alone_by_the_page_there_is(
    at_desk, asked, flagged, patient, proxy_user
):
    page = at_desk.get(page_of(asked)).text
    hide = f"/surgery/patients/{patient.pk}/entries/{flagged.id}/hide"
    link = hide + page.split(f'href="{hide}')[1].split('"')[0].replace("&amp;", "&")
    form = at_desk.get(link).text
    assert 'value="one-proxy" checked' in form
    assert f'value="{proxy_user.pk}" selected' in form
    sent = {"audience": "one-proxy", "proxy": proxy_user.pk, "reason": "Told in confidence"}
    assert at_desk.post(link, sent | boxes("review_on", None)).url.startswith(page_of(asked))
    with rows_of(patient.pk):
        assert Redaction.objects.get().proxy_id == proxy_user.pk
    page = at_desk.get(page_of(asked)).text
    assert "Domestic abuse disclosed" not in page.split('id="flagged"')[1]
    assert "1 entry is hidden from this person alone" in page
    assert at_desk.post(page_of(asked, "grant"), filled(asked)).status_code == 302
    assert ProxyDecision.objects.get().seen["hidden"] == 1


def test_what_is_not_granted_need_not_be_looked_at(at_desk, asked, flagged):
    """R4.3: the entry stands in a section that is taken away."""
    sent = filled(asked, scopes=["medicines"])
    assert at_desk.post(page_of(asked, "grant"), sent).status_code == 302


def test_an_entry_that_changed_is_read_again(at_desk, asked, flagged, patient):
    address = page_of(asked, f"entries/{flagged.id}/let-see")
    assert "changed since you opened" in at_desk.post(address, {"seen": "x"}, follow=True).text
    other = make_entry(patient, "e9", title="Letter", section="documents", kind="document")
    address = page_of(asked, f"entries/{other.id}/let-see")
    assert "would not see this entry" in at_desk.post(address, follow=True).text
    with rows_of(patient.pk):
        assert not EntryDecision.objects.exists()


def test_nothing_is_granted_of_a_closed_record(at_desk, asked, patient):
    """R4.3: never more than the patient's own access."""
    make_grant(patient, "none", "none", decision="paused", decided_at=timezone.now())
    assert "<strong>Nothing.</strong>" in at_desk.get(page_of(asked)).text
    response = at_desk.post(page_of(asked, "grant"), filled(asked))
    assert "The patient’s record is not open online" in response.text
    assert ProxyGrant.objects.get().status == "proposed"


def test_the_record_is_seen_as_they_would_before_anything_is_decided(
    at_desk, client, asked, flagged, patient, proxy_user
):
    home = f"/surgery/patients/{patient.pk}/as/{proxy_user.pk}/{timezone.localdate()}/"
    assert home in at_desk.get(page_of(asked)).text
    page = at_desk.get(home).text
    assert "Nothing is open to them yet" in page
    assert "All parts of the record" in page
    assert "Domestic abuse disclosed" in at_desk.get(f"{home}consultations").text
    assert "does not open" in at_desk.get(f"{home}documents").text
    sign_in(client, proxy_user)
    assert client.get(f"/records/{patient.pk}/").status_code == 404


def test_a_dry_run_of_a_closed_record_says_why(at_desk, asked, patient, proxy_user):
    make_grant(patient, "none", "none", decision="denied", decided_at=timezone.now())
    home = f"/surgery/patients/{patient.pk}/as/{proxy_user.pk}/{timezone.localdate()}/"
    assert "Online access was denied" in at_desk.get(home).text


@pytest.mark.parametrize("status", ["suspended", "active"])
def test_who_acts_for_the_patient_already_is_seen_as_they_are(
    at_desk, asked, patient, proxy_user, status
):
    make_proxy_grant(patient, proxy_user, status=status, ends_on=date(2024, 2, 1))
    home = f"/surgery/patients/{patient.pk}/as/{proxy_user.pk}/{timezone.localdate()}/"
    assert "Nothing is open to them yet" not in at_desk.get(home).text


def test_safeguarding_of_who_asks_is_behind_their_own_door(at_desk, asked, proxy_user, surgery):
    own = make_patient(surgery, "9990000034", family_name="Helper", given_names="Cara")
    make_online(own, proxy_user)
    make_entry(own, "s1", title="Child protection plan", kind="condition")
    link = f"/surgery/patients/{own.pk}/safeguarding"
    page = at_desk.get(page_of(asked)).text
    assert link in page
    assert "Child protection plan" not in page
    assert "Child protection plan" in at_desk.get(link).text
    with rows_of(own.pk):
        assert AuditEvent.objects.filter(patient_id=own.pk, action="staff looked").count() == 1


@pytest.mark.parametrize("whose", ["nobody's", "another surgery's", "whom the viewer is close to"])
def test_of_any_other_record_staff_learn_nothing(
    at_desk, asked, proxy_user, surgery, other_surgery, whose
):
    """R8.1: the same words, whether there is one or not."""
    elsewhere = make_patient(make_surgery("Z99003"), "9990000042")
    make_online(
        elsewhere, proxy_user, ended_on=date(2024, 2, 1)
    )  # so that they have proved who they are
    before = at_desk.get(page_of(asked)).text
    if whose != "nobody's":
        own = make_patient(other_surgery if whose == "another surgery's" else surgery, "9990000034")
        make_online(own, proxy_user)
        if own.surgery == surgery:
            make_proxy_grant(own, User.objects.get(email="d@example.test"))
    page = at_desk.get(page_of(asked)).text
    assert "No record of theirs is shown to you" in page
    assert bare(page) == bare(before)


def test_no_entry_says_so(at_desk, patient):
    assert "No entry says so" in at_desk.get(f"/surgery/patients/{patient.pk}/safeguarding").text


def test_each_duty_does_its_own_part(client, asked, flagged, patient):
    sign_in(client, make_staff(patient.surgery, "r@example.test", Duty.REVIEW_ENTRIES))
    page = client.get(page_of(asked)).text
    assert "To decide this you need the duty “Decide access”" in page
    assert "Let them see it" in page
    sign_in(client, make_staff(patient.surgery, "o@example.test", Duty.DECIDE_ACCESS))
    page = client.get(page_of(asked)).text
    assert "To decide about entries you need the duty “Review entries”" in page
    assert "Let them see it" not in page


def test_two_staff_at_once_are_told_who_was_faster(at_desk, asked, patient):
    sent = filled(asked)
    at_desk.post(page_of(asked, "reject"), rejection(asked))
    for rest, form in (("grant", sent), ("reject", rejection(asked))):
        response = at_desk.post(page_of(asked, rest), form)
        assert response.status_code == 422
        assert "d@example.test decided this already: not granted" in response.text
    assert (
        "decided about this person already"
        in at_desk.post(
            page_of(asked, f"entries/{make_entry(patient).id}/let-see"), follow=True
        ).text
    )


def test_the_queue_leads_there_and_the_task_ends_only_by_a_decision(at_desk, asked, patient):
    task = StaffTask.objects.get()
    address = f"/surgery/patients/{patient.pk}/tasks/{task.pk}"
    assert at_desk.get(f"{address}/").url == page_of(asked)
    answer = at_desk.post(f"{address}/done", follow=True).text
    assert "Decide about who asks: then this task is done" in answer


def test_who_asks_and_works_here_does_not_decide_about_themself(client, asked, surgery, patient):
    staff = make_staff(surgery, "self@example.test")
    own = proposed_for(patient, staff)
    sign_in(client, staff)
    for rest in ("decide", "grant", "reject"):
        assert client.get(page_of(own, rest)).status_code == 404


def test_a_long_list_of_flagged_entries_asks_no_more_of_the_database(at_desk, asked, patient):
    counts = []
    for number in range(2):
        for more in range(1, 4):
            make_entry(patient, f"m{number}{more}", title="Domestic abuse disclosed")
        at_desk.get(page_of(asked))
        with CaptureQueriesContext(connection) as queries:
            at_desk.get(page_of(asked))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_others_who_act_are_named_to_staff_each_apart(at_desk, asked, patient, surgery):
    """R4.12"""
    assert "<p>None.</p>" in at_desk.get(page_of(asked)).text
    make_proxy_grant(patient, make_user("first@example.test", name="First Parent"))
    proposed_for(patient, make_user("second@example.test", name="Second Parent"))
    for rest in ("decide", "grant"):
        page = at_desk.get(page_of(asked, rest)).text
        for words in ("First Parent", "Second Parent", "Each is assessed apart"):
            assert words in page


def test_a_young_person_is_asked_alone(at_desk, asked, patient):
    """R4.7"""
    ProxyGrant.objects.update(legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY)
    asked.refresh_from_db()
    today = timezone.localdate()
    patient.date_of_birth = today.replace(year=today.year - 12, day=1)
    patient.save()
    response = at_desk.post(page_of(asked, "grant"), filled(asked))
    assert "Answer this: Has the young person been asked alone" in response.text
    alone = {"yes_asked": "yes", "words_asked": "Alone, by the nurse"}
    assert at_desk.post(page_of(asked, "grant"), filled(asked, **alone)).status_code == 302
    assert ProxyDecision.objects.get().answers["asked"]["words"] == "Alone, by the nurse"


@pytest.mark.parametrize("told", ["granted", "usual", *Told])
def test_those_who_are_told_get_an_email_that_says_nothing(
    at_desk, asked, patient_user, proxy_user, told
):
    """R4.5, R5.4"""
    if told == "granted":
        at_desk.post(page_of(asked, "grant"), filled(asked))
    else:
        reason = "APPLICATION_REJECTED_COERCION"
        at_desk.post(page_of(asked, "reject"), rejection(asked, reason=reason, told=told))
    both = {"granted", Told.BOTH}
    expected = [proxy_user.email] if told in both | {Told.APPLICANT} else []
    expected += [patient_user.email] if told in both | {Told.PATIENT} else []
    assert [email.to[0] for email in mail.outbox] == expected
    for email in mail.outbox:
        assert email.subject == "There is something new"
        for word in ("Cara", "Ada", "act", "grant", "coercion"):
            assert f" {word}" not in email.body


def test_nobody_writes_to_a_closed_account(at_desk, asked, proxy_user):
    proxy_user.closed_at = NOW
    proxy_user.save()
    at_desk.post(page_of(asked, "reject"), rejection(asked, told="applicant"))
    assert (ProxyGrant.objects.get().status, mail.outbox) == ("rejected", [])


def test_what_the_same_person_asked_before_is_said(at_desk, asked, patient, proxy_user):
    """R4.5: whoever was rejected for coercion does not find a colleague who does not know."""
    at_desk.post(page_of(asked, "reject"), rejection(asked, reason="APPLICATION_REJECTED_COERCION"))
    again = proposed_for(patient, proxy_user, scopes=SCOPES, ends_on=END)
    page = at_desk.get(page_of(again)).text
    assert "the same person, another time" in page
    assert "rejected: sign of coercion" in page


def test_staff_read_for_which_organisation_somebody_asks_and_why_for_more(
    at_desk, patient, proxy_user
):
    """R4.3"""
    home = make_organisation(patient.surgery, "Willow House")
    asked = proposed_for(
        patient, proxy_user, scopes=SCOPES, ends_on=END,
        on_behalf_of=make_member(home, proxy_user), wider_because="Goes with them to the surgery",
    )  # fmt: skip
    for rest in ("decide", "grant", "reject"):
        page = at_desk.get(page_of(asked, rest)).text
        assert "Willow House" in page
        assert "Goes with them to the surgery" in page
