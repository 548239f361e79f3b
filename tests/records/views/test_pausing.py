"""The pages on which a patient pauses and comes back, and what staff see of it (R5.2, R4.8, ADR 38)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Duty, OnlineRegistration
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.models import Pause, PauseEnd
from records.at_desk import Proof, register_at_desk
from records.models import StaffTask
from records.online import TERMS_VERSION
from records.own_activity.telling import tell_patient
from records.warnings import VERSION
from surgeries.terms import Section
from tests.cast import (
    make_entry,
    make_grant,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
    sign_in,
)
from tests.clock import NOW
from tests.pages import bare
from tests.records.views.record import home_of, kept_copy, make_medicine, reader

pytestmark = pytest.mark.django_db

ME, SURGERY = {"opens": "me"}, {"opens": "surgery"}
FOR_NOW = {"how_long": "return"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def own(client, patient, patient_user):
    make_grant(patient, historical="full")
    make_medicine(patient)
    return reader(client, patient_user, patient)


@pytest.fixture
def grant(own, patient, proxy_user):
    return make_proxy_grant(patient, proxy_user, scopes=list(Section))


@pytest.fixture
def other(grant, patient, proxy_user):
    """The open session of somebody who acts for the patient."""
    return reader(Client(), proxy_user, patient)


def at(name, patient, *rest):
    return reverse(f"records:{name}", args=[patient.pk, *rest])


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"


def access_of_own(patient):
    user = OnlineRegistration.objects.get(patient=patient).user
    return access_of(user, patient.pk, on=NOW.date(), at=NOW, own_matters=True)


def confirm(client, when, held_since=NOW - timedelta(days=1)):
    """As the page that asks for the second step again does."""
    session = client.session
    session["confirmed_at"] = when.isoformat()
    session["confirmed_with_since"] = held_since.isoformat()
    session.save()


def test_one_press_on_the_page_about_pressure_closes_it_to_all(own, other, patient):
    """R5.2: in one POST, from the page before the record, with nothing else to answer."""
    assert own.get(home_of(patient)).status_code == 200
    assert other.get(home_of(patient)).status_code == 200
    assert own.post(at("pause", patient), FOR_NOW | ME).status_code == 302
    for address in ("", "medicines", "timeline", "copies", "since-you-last-looked"):
        mine, theirs = (each.get(home_of(patient) + address) for each in (own, other))
        assert (mine.status_code, theirs.status_code) == (403, 403)
        assert "Your online access is paused" in mine.text
        assert "Atorvastatin" not in mine.text + theirs.text
        assert "Your access to this record has ended" in theirs.text
        assert "paused" not in theirs.text


def test_the_page_about_pressure_has_the_button_for_the_patient_alone(
    client, patient, patient_user, grant, proxy_user
):
    """R5.2"""
    shown = {}
    for user in (patient_user, proxy_user):
        browser = sign_in(Client(), user)
        session = browser.session
        session["warnings_read"] = {f"{patient.pk} {VERSION}": ["bad-news", "sharing"]}
        session.save()
        shown[user] = browser.get(at("consider", patient, "coercion")).text
    assert f'action="{at("pause", patient)}"' in shown[patient_user]
    assert 'name="how_long" value="return"' in shown[patient_user]
    assert "pause" not in shown[proxy_user].partition("<main")[2].lower()


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ({"how_long": "1"}, NOW + timedelta(days=1)),
        ({"how_long": "30"}, NOW + timedelta(days=30)),
        (
            {
                "how_long": "until",
                "until_on-day": "5",
                "until_on-month": "6",
                "until_on-year": "2024",
            },
            NOW.replace(month=6, day=4, hour=23, minute=0, second=0, microsecond=0),
        ),
        ({"how_long": "return"}, None),
    ],
)
def test_for_how_long(own, patient, form, until):
    """R5.2: a day begins at midnight in London."""
    assert own.post(at("pause", patient), form | ME).status_code == 302
    assert Pause.objects.get().until == until


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose for how long"),
        ({"how_long": "8"}, "Choose for how long"),
        ({"how_long": "until"}, "Enter the day on which it opens again"),
        ({"how_long": "return", "opens": "nobody"}, "Choose who can open it again"),
        (
            {
                "how_long": "until",
                "until_on-day": "3",
                "until_on-month": "6",
                "until_on-year": "2024",
            },
            "Choose a day after today",
        ),
        (
            {
                "how_long": "until",
                "until_on-day": "3",
                "until_on-month": "6",
                "until_on-year": "2026",
            },
            "Choose a day within a year",
        ),
        ({"how_long": "\u0000" * 9000, "opens": "\u202e"}, "Choose for how long"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(own, patient, form, words):
    response = own.post(at("pause", patient), ME | form)
    assert response.status_code == 422
    assert words in response.text
    assert not Pause.objects.exists()


def test_the_start_page_leads_to_where_one_comes_back(own, patient):
    """R5.2"""
    own.post(at("pause", patient), FOR_NOW | ME)
    assert home_of(patient) in own.get("/").text
    refused = own.get(home_of(patient))
    assert at("pause", patient) in refused.text
    assert own.get(at("pause", patient)).status_code == 200


def test_coming_back_needs_the_second_step_after_the_pause(own, patient, clock):
    """R5.2, R3.9: a session that was open, and confirmed a minute before, does not open it again."""
    confirm(own, NOW - timedelta(minutes=1))
    own.post(at("pause", patient), FOR_NOW | ME)
    clock.shift(timedelta(minutes=2))
    response = own.post(at("come-back", patient))
    assert response.url.startswith(reverse("accounts:confirm"))
    assert own.get(home_of(patient)).status_code == 403
    assert "Show that it is you" in own.get(at("pause", patient)).text
    confirm(own, NOW + timedelta(minutes=2))
    assert "Open it again now" in own.get(at("pause", patient)).text
    own.post(at("come-back", patient))
    assert own.get(home_of(patient)).status_code == 200
    assert own.post(at("come-back", patient)).status_code == 302  # once more does nothing
    assert PauseEnd.objects.count() == 1


def test_a_second_step_with_what_was_added_after_the_pause_does_not_count(own, patient, clock):
    """R5.2, R3.9: whoever holds the phone with the open session may add an app of their own."""
    own.post(at("pause", patient), FOR_NOW | ME)
    clock.shift(timedelta(minutes=3))
    confirm(own, NOW + timedelta(minutes=2), held_since=NOW + timedelta(minutes=1))
    page = own.get(at("pause", patient)).text
    assert "that you had before you paused" in page
    assert "Open it again now" not in page
    assert own.post(at("come-back", patient)).url.startswith(reverse("accounts:confirm"))
    assert own.get(home_of(patient)).status_code == 403


def test_it_comes_back_by_itself_at_the_second(own, other, patient, patient_user, clock):
    """ADR 8: nothing has to run, and nobody has to press anything."""
    own.post(at("pause", patient), {"how_long": "1"} | ME)
    clock.shift(timedelta(days=1, seconds=-1))
    people = (patient_user, patient.proxy_grants.get().proxy)
    browsers = [reader(Client(), each, patient) for each in people]
    assert [each.get(home_of(patient)).status_code for each in browsers] == [403, 403]
    clock.shift(timedelta(seconds=1))
    assert [each.get(home_of(patient)).status_code for each in browsers] == [200, 200]


def test_through_the_surgery_it_reads_as_if_the_surgery_had_paused_it(own, patient, clock):
    """R5.2: whoever stands by cannot tell who paused it, nor have it opened with the patient's codes."""
    own.post(at("pause", patient), FOR_NOW | SURGERY)
    pages = [own.get(home_of(patient)), own.get(at("pause", patient))]
    PauseEnd.objects.create(pause=Pause.objects.get(), at=NOW, by=Pause.objects.get().made_by)
    make_grant(patient, "none", "none", decision="paused")
    assert [bare(each.text) for each in pages] == [
        bare(own.get(each).text) for each in (home_of(patient), at("pause", patient))
    ]
    assert "You paused" not in pages[0].text + pages[1].text


def test_through_the_surgery_the_activity_names_nobody_and_no_device(own, patient):
    """R5.2, R9.2: it reads as an act of the surgery's, and not as one on this very phone."""
    own.get("/", headers={"User-Agent": PHONE})
    own.post(at("pause", patient), FOR_NOW | SURGERY, headers={"User-Agent": PHONE})
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(action="paused")
    assert event.actor_id is None
    [told] = tell_patient(access_of_own(patient), [event], today=NOW.date())
    assert (told.who.name, told.words, told.device) == (
        f"Staff of {patient.surgery.name}",
        "decided about what is open online",
        "",
    )


@pytest.mark.parametrize("closes", ["patient", "paused", "denied"])
def test_whom_it_refuses_is_told_the_same_whoever_closed_it(own, other, patient, closes):
    """R9.2, R5.2: who stopped access may see who tries, and a try gives away no pause that reads as the surgery's."""
    if closes == "patient":
        own.post(at("pause", patient), FOR_NOW | SURGERY)
    else:
        make_grant(patient, "none", "none", decision=closes)
    assert other.get(home_of(patient)).status_code == 403
    with rows_of(patient.pk):
        tried = AuditEvent.objects.filter(patient_id=patient.pk, outcome=Outcome.REFUSED).get()
    assert tried.details["told"] is True


def test_through_the_surgery_only_staff_end_it_after_a_word_alone(own, patient, clock):
    """R5.2, R8.1: asking twice is one task, with a day by which somebody speaks to the patient."""
    own.post(at("pause", patient), FOR_NOW | SURGERY)
    clock.shift(timedelta(minutes=1))
    confirm(own, NOW + timedelta(minutes=1))
    own.post(at("come-back", patient))
    assert own.get(home_of(patient)).status_code == 403
    for _ in range(2):
        own.post(at("ask-to-open", patient))
    task = StaffTask.objects.get(kind="access-again")
    assert task.due_on.isoformat() == "2024-06-05"
    joel = sign_in(Client(), make_staff(patient.surgery, "j@example.test", Duty.DECIDE_ACCESS))
    page = at("desk-pause-end", patient, Pause.objects.get().pk)
    assert "Speak to the patient alone first" in joel.get(page).text
    assert joel.post(page, {"text": "She called"}).status_code == 422
    assert joel.post(page, {"text": "Seen alone", "spoke_alone": "on"}).status_code == 302
    assert own.get(home_of(patient)).status_code == 200
    task.refresh_from_db()
    assert task.closed_at is not None
    assert joel.post(page, {"text": "Again", "spoke_alone": "on"}).status_code == 404


def test_staff_see_who_paused_what_and_until_when(own, patient, patient_user, staff):
    """R5.2"""
    own.post(at("pause", patient), {"how_long": "7"} | ME)
    desk = sign_in(Client(), staff)
    page = desk.get(at("desk-patient", patient)).text
    for words in ("Paused by the patient", "10 June 2024", "Ada Testwell", "Do not tell"):
        assert words in page
    asked = desk.get(at("desk-as-home", patient, "patient", NOW.date()))
    assert "The patient had paused their online access themself" in asked.text


def test_all_who_act_for_the_patient_at_once_and_the_own_access_stays(
    own, other, patient, clock, proxy_user
):
    """R4.8, R5.2: in one press; they come back with the second step alone."""
    make_proxy_grant(patient, make_user("second@example.test"))
    own.post(at("pause-people", patient), FOR_NOW | ME)
    assert own.get(home_of(patient)).status_code == 200
    assert other.get(home_of(patient)).status_code == 403
    assert "Nobody who acts for you can see your record now" in own.get(at("people", patient)).text
    clock.shift(timedelta(minutes=1))
    own.post(at("people-come-back", patient))
    assert other.get(home_of(patient)).status_code == 403
    confirm(own, NOW + timedelta(minutes=1))
    own.post(at("people-come-back", patient))
    assert other.get(home_of(patient)).status_code == 200


def test_one_person_for_some_days(own, other, grant, patient, clock):
    """R4.8: and back before, in one step, as a stop without an end."""
    own.post(at("person-stop", patient, grant.pk), {"how_long": "7"})
    assert other.get(home_of(patient)).status_code == 403
    assert "You stopped this until 10 June 2024" in own.get(at("people", patient)).text
    own.post(at("person-stop", patient, grant.pk))  # and once more, without an end
    own.post(at("person-start", patient, grant.pk))
    assert other.get(home_of(patient)).status_code == 200
    assert "Can see your record" in own.get(at("people", patient)).text


@pytest.mark.parametrize("how_long", ["", "8", "-1", "until", "\u0661"])
def test_days_that_are_not_offered_stop_nobody(own, other, grant, patient, how_long):
    response = own.post(at("person-stop", patient, grant.pk), {"how_long": how_long}, follow=True)
    assert "Choose for how long" in response.text
    assert other.get(home_of(patient)).status_code == 200


@pytest.mark.parametrize("form", [{"how_long": "7"} | ME, FOR_NOW | SURGERY])
def test_somebody_who_acts_by_law_is_looked_at(own, patient, form, clock):
    """R4.1, R4.7: whoever holds the account of somebody who lacks capacity must not shut out for good what protects them."""
    deputy = make_proxy_grant(
        patient, make_user("d@example.test"), legal_basis="court-appointed-personal-welfare-deputy"
    )
    own.post(at("pause", patient), form)
    task = StaffTask.objects.get(kind="proxy-stopped")
    assert (task.about_id, task.closed_at) == (deputy.pk, None)


def test_coming_back_ends_the_look_at_who_acts_by_law(own, patient, clock):
    """R4.1: but not where the patient stops that person alone, too."""
    people = [make_user(f"d{number}@example.test") for number in range(2)]
    basis = {"legal_basis": "court-appointed-personal-welfare-deputy"}
    grants = [make_proxy_grant(patient, each, **basis) for each in people]
    own.post(at("person-stop", patient, grants[0].pk))
    own.post(at("pause", patient), FOR_NOW | ME)
    clock.shift(timedelta(minutes=1))
    confirm(own, NOW + timedelta(minutes=1))
    own.post(at("come-back", patient))
    still = StaffTask.objects.get(kind="proxy-stopped", closed_at=None)
    assert still.about_id == grants[0].pk


def test_who_acts_for_the_patient_gets_to_none_of_it(other, own, grant, patient):
    """R4.11: neither while it is open nor afterwards, and then as after an end."""
    names = (
        "pause",
        "come-back",
        "ask-to-open",
        "pause-people",
        "people-come-back",
        "your-surgery",
    )
    for name in names:
        assert other.post(at(name, patient), FOR_NOW | ME).status_code == 403
    assert not Pause.objects.exists()
    own.post(at("pause", patient), FOR_NOW | ME)
    ended = {bare(other.post(at(name, patient)).text) for name in names}
    assert len(ended) == 1
    assert "has ended" in ended.pop()


def test_a_stranger_and_another_surgery_learn_nothing(own, patient, stranger, other_staff):
    own.post(at("pause", patient), FOR_NOW | ME)
    bilal, elsewhere = sign_in(Client(), stranger), sign_in(Client(), other_staff)
    assert bilal.get(at("pause", patient)).status_code == 404
    assert bilal.post(at("come-back", patient)).status_code == 404
    end = at("desk-pause-end", patient, Pause.objects.get().pk)
    for address in (end, at("desk-contact", patient), at("desk-patient", patient)):
        assert elsewhere.get(address).status_code == 404


def test_a_copy_breaks_off_and_none_is_fetched(own, patient, patient_user):
    """R5.2: of the patient's own, too."""
    copy = kept_copy(patient, patient_user)
    path = f"{home_of(patient)}copies/{copy.id}/file"
    pieces = iter(own.get(path).streaming_content)
    assert next(pieces) == b"x"
    own.post(at("pause", patient), FOR_NOW | ME)
    assert list(pieces) == []
    assert own.get(path).status_code == 403


def test_acting_for_somebody_goes_on_while_the_own_record_is_paused(
    own, patient, patient_user, other_patient
):
    """R5.2"""
    make_grant(other_patient)
    make_proxy_grant(other_patient, patient_user)
    make_entry(other_patient)
    own.post(at("pause", patient), FOR_NOW | ME)
    session = own.session
    session["warnings_agreed"] |= {str(other_patient.pk): VERSION}
    session.save()
    assert own.get(home_of(other_patient)).status_code == 200


def test_to_stop_and_end_somebody_stays_possible_while_paused(own, grant, patient):
    """R4.8: at any time."""
    own.post(at("pause", patient), FOR_NOW | ME)
    assert own.get(at("people", patient)).status_code == 200
    own.post(at("person-end", patient, grant.pk))
    grant.refresh_from_db()
    assert grant.status == "ended"


def test_what_staff_decide_meanwhile_does_not_open_it(own, patient):
    """ADR 27: each side takes back only its own stop."""
    own.post(at("pause", patient), FOR_NOW | ME)
    make_grant(patient, "full", "full")
    assert own.get(home_of(patient)).status_code == 403


def test_whoever_registers_at_the_next_surgery_finds_it_paused(own, patient, patient_user):
    """R1.5, R5.2: to move is not to come back, by whatever way the account is made there."""
    own.post(at("pause", patient), FOR_NOW | ME)
    patient.left_on = NOW.date()
    patient.save()
    there = make_patient(make_surgery("Z99009", name="Hilltop Practice"), patient.nhs_number)
    iris = make_staff(there.surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    seen = Proof("documents", evidence=["passport", "council-tax-bill"])
    given = {"by": iris, "terms_version": TERMS_VERSION, "now": NOW}
    register_at_desk(there, patient_user, seen, **given)
    assert "Your online access is paused" in own.get(home_of(there)).text
    assert "Hilltop Practice" in own.get(at("your-surgery", there)).text
