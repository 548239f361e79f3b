"""What nobody uses is raised after a year and over after five, by the clock (R4.6)."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Duty
from proxy_access.access import Access, Refusal, access_of, hold
from proxy_access.changing import end_as_patient, resume_as_patient, suspend_as_patient
from proxy_access.models import ProxyGrant
from proxy_access.telling import Stand, told_about
from records.dormant_proxies import note_dormant_proxies
from records.models import StaffTask, WarningAgreement
from tests.cast import make_grant, make_proxy_grant, make_staff, sign_in
from tests.clock import NOW, TODAY
from tests.records.views.record import home_of, reader

pytestmark = pytest.mark.django_db

FAR = date(2099, 1, 1)
A_DAY = timedelta(days=1)
NEVER_USED = {"starts_on": date(2015, 1, 1), "ends_on": FAR, "last_used_on": None}


def unused(patient, proxy, **values):
    """A grant of long ago."""
    return make_proxy_grant(patient, proxy, **(NEVER_USED | values))


@pytest.mark.parametrize(
    ("starts_on", "last_used_on", "over_on"),
    [
        (date(2019, 6, 3), None, date(2024, 6, 3)),
        (date(2015, 1, 1), date(2019, 6, 3), date(2024, 6, 3)),
        (date(2015, 1, 1), date(2024, 6, 2), date(2029, 6, 2)),
        (date(2015, 1, 1), date(2020, 2, 29), date(2025, 3, 1)),
        (date(2019, 2, 28), None, date(2024, 2, 28)),
        (date(2019, 3, 1), None, date(2024, 3, 1)),
    ],
)
def test_what_nobody_used_for_five_years_is_over(
    patient, proxy_user, starts_on, last_used_on, over_on
):
    """R4.6: from the day on, with no job run; to the proxy it has ended, and its patient is told why."""
    grant = unused(patient, proxy_user, starts_on=starts_on, last_used_on=last_used_on)
    for day, opens in ((over_on - A_DAY, True), (over_on, False), (over_on + A_DAY, False)):
        answer = access_of(proxy_user, patient.pk, on=day)
        assert isinstance(answer, Access) if opens else answer is Refusal.ENDED
        told = told_about(grant, today=day)
        if opens:
            assert told.stand is Stand.OPEN
        else:
            said = (told.stand, told.ended_on, told.why)
            assert said == (Stand.ENDED, over_on, "It was not used any more")


def test_each_day_of_use_is_kept_once(patient, proxy_user, django_assert_num_queries):
    """R4.6: under the hold that the door takes already."""
    grant = unused(patient, proxy_user, last_used_on=TODAY - 2 * A_DAY)
    access = access_of(proxy_user, patient.pk, on=TODAY)
    hold(access, on=TODAY)
    grant.refresh_from_db()
    assert grant.last_used_on == TODAY
    with django_assert_num_queries(1):
        hold(access, on=TODAY)


def test_reading_counts_as_use_and_being_refused_does_not(client, patient, proxy_user):
    make_grant(patient, decision="paused", current="none", historical="none")
    grant = unused(patient, proxy_user, last_used_on=date(2023, 1, 1))
    reader(client, proxy_user, patient)
    client.get(home_of(patient))
    client.get("/")
    grant.refresh_from_db()
    assert grant.last_used_on == date(2023, 1, 1)
    make_grant(patient)
    assert client.get(home_of(patient)).status_code == 200
    grant.refresh_from_db()
    assert grant.last_used_on > TODAY


@pytest.mark.parametrize("act", [suspend_as_patient, end_as_patient])
def test_what_is_not_in_force_is_raised_with_nobody(patient, patient_user, proxy_user, act):
    grant = unused(patient, proxy_user, last_used_on=date(2023, 1, 1))
    act(grant, by=access_of(patient_user, patient.pk, on=TODAY), now=NOW)
    assert note_dormant_proxies(patient.surgery, now=NOW) == 0


@pytest.mark.parametrize(
    ("starts_on", "last_used_on", "because"),
    [
        (date(2023, 6, 3), None, "Never used. It began on 3 June 2023"),
        (date(2023, 6, 4), None, ""),
        (date(2020, 1, 1), date(2023, 6, 3), "Nobody used it since 3 June 2023"),
        (date(2020, 1, 1), date(2023, 6, 4), ""),
        (date(2015, 1, 1), date(2019, 6, 3), ""),  # over, by the clock
    ],
)
def test_what_nobody_used_for_a_year_is_raised_with_the_surgery(
    patient, proxy_user, starts_on, last_used_on, because
):
    """R4.6: once, however often somebody looks."""
    grant = unused(patient, proxy_user, starts_on=starts_on, last_used_on=last_used_on)
    for _time in range(2):
        note_dormant_proxies(patient.surgery, now=NOW)
    found = [(task.because, task.about_id) for task in StaffTask.objects.all()]
    assert found == ([(because, grant.pk)] if because else [])


def test_what_is_used_again_leaves_the_queue(patient, proxy_user, other_surgery):
    grant = unused(patient, proxy_user, last_used_on=date(2023, 1, 1))
    note_dormant_proxies(other_surgery, now=NOW)
    assert not StaffTask.objects.exists()
    note_dormant_proxies(patient.surgery, now=NOW)
    hold(access_of(proxy_user, patient.pk, on=TODAY), on=TODAY)
    assert StaffTask.objects.get().closed_at is None
    note_dormant_proxies(patient.surgery, now=NOW)
    assert StaffTask.objects.get().closed_at == NOW
    assert ProxyGrant.objects.get(pk=grant.pk).status == "active"


def test_what_somebody_looked_at_is_raised_again_after_a_year(patient, proxy_user):
    unused(patient, proxy_user, last_used_on=date(2023, 1, 1))
    note_dormant_proxies(patient.surgery, now=NOW)
    StaffTask.objects.update(closed_at=NOW, closed_by=proxy_user)
    assert note_dormant_proxies(patient.surgery, now=NOW + 300 * A_DAY) == 0
    assert note_dormant_proxies(patient.surgery, now=NOW + 367 * A_DAY) == 1


def test_what_left_the_queue_while_it_was_stopped_is_raised_once_it_is_started_again(
    patient, patient_user, proxy_user
):
    """R4.6: nobody has looked at it."""
    grant = unused(patient, proxy_user, last_used_on=date(2023, 1, 1))
    note_dormant_proxies(patient.surgery, now=NOW)
    own = access_of(patient_user, patient.pk, on=TODAY)
    suspend_as_patient(grant, by=own, now=NOW)
    note_dormant_proxies(patient.surgery, now=NOW)
    assert not StaffTask.objects.filter(closed_at=None).exists()
    resume_as_patient(grant, by=own, now=NOW)
    assert note_dormant_proxies(patient.surgery, now=NOW + A_DAY) == 1


def test_staff_find_it_in_their_queue_and_look_at_it(patient, proxy_user):
    grant = unused(patient, proxy_user, starts_on=date(2023, 1, 1))
    desk = sign_in(Client(), make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    assert "Proxy access that nobody used for a year" in desk.get("/surgery/").text
    task = StaffTask.objects.get()
    place = desk.get(f"/surgery/patients/{patient.pk}/tasks/{task.pk}/").headers["location"]
    assert place.endswith(f"/proxies/{grant.pk}/")
    assert "Never" in desk.get(place).text


def test_a_command_looks_for_every_surgery(patient, proxy_user):
    unused(patient, proxy_user, starts_on=date(2023, 1, 1))
    for _time in range(2):
        call_command("note_dormant")
    assert StaffTask.objects.filter(kind="proxy-dormant").count() == 1


def test_what_was_used_before_that_was_kept_counts_as_used(patient, other_patient, proxy_user):
    """By the warnings, which every session begins with (R5.1); what is known already stays."""
    values = {"user": proxy_user, "version": "1"}
    for agreed_at in (NOW - timedelta(days=700), NOW.replace(hour=23), NOW - timedelta(days=30)):
        WarningAgreement.objects.create(patient=patient, agreed_at=agreed_at, **values)
    WarningAgreement.objects.create(patient=other_patient, agreed_at=NOW, **values)
    used, known = unused(patient, proxy_user), unused(other_patient, proxy_user, last_used_on=FAR)
    with connection.cursor() as cursor:
        cursor.execute(import_module("records.migrations.0023_used").LAST_USED)
    used.refresh_from_db()
    known.refresh_from_db()
    assert used.last_used_on == TODAY + A_DAY  # it was after midnight in London
    assert known.last_used_on == FAR
