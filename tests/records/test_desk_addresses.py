"""Every address of the surgery's desk, read from the URL map: who may not open it, and which duty it needs (R8.1).

An address that is added later is tried too. One that needs no particular duty has to be put on the list here, and
one with something new in it, on a page where no patient is named, has to say here how to make such a thing.
"""

import re
import uuid
from functools import cache
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Duty
from proxy_access.models import Organisation
from records.models import ChangePreview, PracticeChange, StaffTask
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_staff, make_user, sign_in
from tests.clock import NOW
from tests.proxy_access.test_applying import make_application

pytestmark = pytest.mark.django_db

ANY_DUTY = {
    "desk", "desk-found", "desk-patient", "desk-record", "desk-section", "desk-entry",
    "desk-preview", "desk-preview-entry", "desk-preview-rest",
    "desk-corrections", "desk-correction", "desk-held-results", "desk-reason", "desk-task",
    "desk-task-take", "desk-task-let-go", "desk-requests", "desk-request", "desk-request-letter",
    "desk-request-letter-pdf", "desk-request-letter-printed",
    "desk-hidden", "desk-activity", "desk-activity-report", "desk-activity-reports", "desk-extracts", "desk-proxy", "desk-proxy-decide", "desk-safeguarding", "desk-nomination",
    "desk-as", "desk-as-home", "desk-as-entry", "desk-as-over-time", "desk-as-before-result", "desk-as-since",
    "desk-as-timeline", "desk-as-tests", "desk-as-measurements", "desk-as-not-visible", "desk-as-section",
    "desk-as-elsewhere", "desk-contact",
}  # fmt: skip
"""What all of the surgery's staff may open, whatever their duty."""


def addresses(resolver=None, prefix=""):
    """Each pattern below /surgery/ with its view and name."""
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, route)
        elif isinstance(one, URLPattern) and route.startswith("surgery/"):
            yield route, one.callback, one.name


ALL = {route: (view, name) for route, view, name in addresses()}
OF_PATIENT = [route for route in ALL if "patient_id" in route]
OF_DESK = [route for route in ALL if "patient_id" not in route]
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")


def needs_of(route):
    """The duties of which a view needs one; empty for any."""
    needs = ALL[route][0].needs
    return {needs} if isinstance(needs, Duty) else set(needs or ())


@pytest.fixture
def things(patient, staff):
    """One of each thing that an address can name, of the first surgery."""
    making = {
        "patient_id": lambda: patient.pk,
        "entry_id": lambda: make_entry(patient).id,
        "whose": lambda: "patient",
        "on": timezone.localdate,
        "rest": lambda: "copies",
        "section": lambda: Section.CONSULTATIONS,
        "task": lambda: (
            StaffTask.objects.create(patient=patient, kind="dormant", because="x", opened_at=NOW).pk
        ),
    }
    making |= {
        "preview_id": lambda: make_preview(patient.surgery, staff).pk,
        "change_id": lambda: make_change(patient.surgery, staff).pk,
        "application_id": lambda: make_application(patient.surgery).pk,
        "role": lambda: staff.staff_roles.first().pk,
        "organisation_id": lambda: make_member(patient.surgery, staff).organisation_id,
        "member_id": lambda: make_member(patient.surgery, staff).pk,
    }
    return {name: cache(make) for name, make in making.items()}


COHORT = {
    "now_current": ["full"], "now_historical": ["summary"], "age_from": None, "age_to": None,
    "current": "full", "historical": "detailed",
}  # fmt: skip


def make_preview(surgery, by):
    return ChangePreview.objects.create(
        surgery=surgery, kind="levels", proposed=COHORT, asked_by=by, asked_at=NOW, state="ready"
    )


def make_change(surgery, by):
    return PracticeChange.objects.create(
        surgery=surgery, cohort=COHORT, current_level="full", historical_level="detailed",
        reason="x", counted={"patients": 0, "entries": 0, "flagged": 0}, made_by=by, made_at=NOW,
    )  # fmt: skip


def make_member(surgery, user):
    home, _ = Organisation.objects.get_or_create(
        surgery=surgery, name="Willow House", defaults={"starts_on": NOW.date()}
    )
    return home.members.get_or_create(user=user, defaults={"starts_on": NOW.date()})[0]


MADE_UP = {"uuid": uuid.uuid4, "int": lambda: 1, "slug": lambda: "x", "str": lambda: "x"}


def address_of(route, things):
    """An address that names real things; on a page about a patient others may be made up, since the door is before."""

    def made(match):
        converter, name = match.groups()
        if name not in things and "patient_id" not in route:
            pytest.fail(f"say in `things` how to make a {name}")
        return str(things.get(name, MADE_UP.get(converter or "str", lambda: "x"))())

    return "/" + ARGUMENT.sub(made, route)


def asked(client, route, things):
    """The answers to every method that the address takes."""
    address = address_of(route, things)
    answers = [client.get(address), client.post(address)]
    taken = [one for one in answers if one.status_code != 405]
    assert taken, f"{address} takes neither GET nor POST"
    return taken


def test_there_are_addresses_to_try():
    assert len(OF_PATIENT) > 15
    assert len(OF_DESK) > 1
    assert {Duty.DECIDE_ACCESS} in [needs_of(route) for route in ALL]


@pytest.mark.parametrize("route", ALL)
def test_a_view_says_which_duty_it_needs(route):
    view, name = ALL[route]
    door = "opens_for_staff" if route in OF_PATIENT else "opens_desk"
    assert getattr(view, door, False), f"{route} is not behind the door of staff"
    if not needs_of(route):
        assert name in ANY_DUTY, f"say which duty {name} needs, or put it on the list above"


@pytest.mark.parametrize("route", [route for route in ALL if needs_of(route)])
def test_a_missing_duty_is_refused_with_the_reason(client, surgery, patient, things, route):
    needs = needs_of(route)
    others = [duty for duty in Duty if duty not in needs]
    sign_in(client, make_staff(surgery, "few@example.test", *others))
    for answer in asked(client, route, things):
        assert answer.status_code == 403
        assert "This is not one of your duties" in answer.text
        for duty in needs:
            assert f"<strong>{duty.label.lower().replace("'", '&#39;')}</strong>" in answer.text


@pytest.mark.parametrize("route", ALL)
def test_one_of_the_duties_is_enough(surgery, patient, things, route):
    for duty in Duty:
        client = sign_in(Client(), make_staff(surgery, f"{duty}@example.test", duty))
        enough = not needs_of(route) or duty in needs_of(route)
        for answer in asked(client, route, things):
            assert (answer.status_code != 403) is enough, duty


@pytest.mark.parametrize("route", OF_PATIENT)
def test_staff_of_another_surgery_cannot_tell_that_there_is_such_a_patient(
    client, other_staff, things, route
):
    sign_in(client, other_staff)
    assert {answer.status_code for answer in asked(client, route, things)} == {404}


@pytest.mark.parametrize("route", [route for route in OF_DESK if ARGUMENT.search(route)])
def test_staff_of_another_surgery_cannot_name_a_thing_of_this_one(
    client, other_staff, things, route
):
    sign_in(client, other_staff)
    assert {answer.status_code for answer in asked(client, route, things)} == {404}


WHO = {
    "the patient": "patient_user",
    "a proxy": "proxy_user",
    "a patient of the same surgery": "stranger",
    "somebody else": "nobody",
    "somebody who left": "leaver",
    "somebody whose duties ended this minute": "just_left",
}


@pytest.fixture
def nobody(db):
    return make_user("nobody@example.test")


@pytest.fixture
def leaver(surgery):
    user = make_staff(surgery, "leaver@example.test")
    user.staff_roles.update(ends_on="2024-01-01")
    return user


@pytest.fixture
def just_left(surgery):
    user = make_staff(surgery, "just-left@example.test")
    user.staff_roles.update(ends_on=timezone.localdate(), ended_at=timezone.now())
    return user


@pytest.mark.parametrize("route", ALL)
def test_who_is_not_staff_is_told_nothing(request, patient, proxy_grant, things, route):
    make_grant(patient)
    for who, fixture in WHO.items():
        client = sign_in(Client(), request.getfixturevalue(fixture))
        assert {answer.status_code for answer in asked(client, route, things)} == {404}, who


@pytest.mark.parametrize("route", ALL)
def test_who_is_not_signed_in_is_sent_there(client, things, staff, route):
    for answer in asked(client, route, things):
        assert urlsplit(answer.url).path == reverse("accounts:sign-in")
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    for answer in asked(client, route, things):
        assert urlsplit(answer.url).path == reverse("accounts:second-factor")
