"""Reports: right counts, nothing but counts, and no more queries for more patients."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Duty, SignedInDevice
from audit.models import AuditEvent
from records.models import AccessRequest, StaffTask
from records.reports import age_band, reports_of
from tests.cast import (
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = timedelta(days=1)
NUMBERS = ["9990000018", "9990000026", "9990000034", "9990000042", "9990000050"]


def rows(surgery, name):
    return next(report.rows for report in reports_of(surgery, now=NOW) if report.name == name)


def test_levels_count_the_newest_decision_of_everybody_on_the_list(surgery, other_surgery):
    patients = [make_patient(surgery, number) for number in NUMBERS]
    make_grant(patients[0])
    make_grant(patients[1], "detailed", "none")
    make_grant(patients[1])
    make_grant(patients[2], "none", "none", decision="denied")
    type(patients[4]).objects.filter(pk=patients[4].pk).update(left_on=TODAY)
    make_grant(make_patient(other_surgery, "9990000069"))
    assert rows(surgery, "Levels of access") == [
        ("Access denied", "", "", "1"),
        ("Access granted", "Everything, with free text", "Medicines and allergies", "2"),
        ("Nothing decided yet", "", "", "1"),
    ]


def ask(patient, user, state, *, ended_after, now=NOW, **values):
    asked_at = now - 60 * DAY
    return AccessRequest.objects.create(
        patient=patient, asked_by=user, asked_at=asked_at, words="my secret", state=state,
        state_at=asked_at + ended_after * DAY, due_on=(asked_at + 40 * DAY).date(), **values,
    )  # fmt: skip


def test_requests_are_counted_by_outcome_age_and_whether_in_time(surgery, stranger, other_patient):
    for state, days in (("granted", 40), ("granted", 41), ("refused", 10), ("withdrawn", 10)):
        ask(other_patient, stranger, state, ended_after=days)
    ask(other_patient, stranger, "reviewing", ended_after=1)
    assert rows(surgery, "Requests for the full record") == [
        ("Being reviewed", "Up to 90 days", "25 to 44", "Open, late", "1"),
        ("Granted", "Up to 90 days", "25 to 44", "In time", "1"),
        ("Granted", "Up to 90 days", "25 to 44", "Late", "1"),
        ("Refused", "Up to 28 days", "25 to 44", "In time", "1"),
        ("Withdrawn", "Up to 28 days", "25 to 44", "In time", "1"),
    ]
    (report,) = [one for one in reports_of(surgery, now=NOW) if "Requests" in one.name]
    assert report.heads[1:3] == ("Age of the request", "Age of the patient")


def test_proxies_are_counted_by_basis_and_the_age_of_the_patient(surgery, patient, proxy_user):
    make_proxy_grant(patient, proxy_user, ends_on=TODAY)
    child = make_patient(surgery, "9990000034", date_of_birth=TODAY - 9 * 365 * DAY)
    make_proxy_grant(child, proxy_user, legal_basis="parental-responsibility", ends_on=TODAY)
    make_proxy_grant(patient, make_user("ended@example.test"), status="ended")
    found = rows(surgery, "People who act for patients")
    assert sorted(row[1:] for row in found) == [("0 to 10", "1"), ("25 to 44", "1")]
    assert len({row[0] for row in found}) == 2


@pytest.mark.parametrize(
    ("used", "started", "words"),
    [
        (0, 500, "In the last 30 days"),
        (30, 500, "In the last 30 days"),
        (31, 500, "In the last year"),
        (365, 500, "In the last year"),
        (366, 500, "More than a year ago"),
        (None, 366, "Never, account older than a year"),
        (None, 365, "Never, account of the last year"),
    ],
)
def test_accounts_are_counted_by_when_they_were_last_used(surgery, patient, used, started, words):
    user = make_user("ada@example.test")
    make_online(patient, user, started_on=TODAY - started * DAY)
    if used is not None:
        for days in (used, used + 5):
            SignedInDevice.objects.create(
                user=user, kind="x", factor="app", began_at=NOW - days * DAY
            )
    assert rows(surgery, "Online accounts by last use") == [(words, "1")]


@pytest.mark.parametrize(
    ("days", "waits"),
    [(6, "Up to 7 days"), (7, "Up to 28 days"), (28, "Up to 90 days"), (90, "More than 90 days")],
)
def test_open_tasks_are_counted_by_how_long_they_wait(surgery, staff, patient, days, waits):
    task = {"patient": patient, "because": "my secret", "kind": "dormant"}
    StaffTask.objects.create(**task, opened_at=NOW - days * DAY, due_on=TODAY - DAY, held_by=staff)
    StaffTask.objects.create(**task, opened_at=NOW - days * DAY, closed_at=NOW)
    StaffTask.objects.create(**task, opened_at=NOW, shows_from=TODAY + DAY)
    name = "Online access that nobody used for a year"
    assert sorted(rows(surgery, "Open tasks")) == sorted(
        [(name, waits, "Held", "Late", "1"), (name, "Later", "Nobody’s", "Not late", "1")]
    )


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2014, 6, 1), "0 to 10"),
        (TODAY.replace(year=TODAY.year - 11), "11 to 12"),
        (TODAY.replace(year=TODAY.year - 16), "16 to 17"),
        (TODAY.replace(year=TODAY.year - 16) + DAY, "13 to 15"),
        (TODAY.replace(year=TODAY.year - 80), "80 and over"),
        (TODAY.replace(year=TODAY.year - 112), "80 and over"),
        (TODAY + DAY, "0 to 10"),
    ],
)
def test_ages_are_told_in_bands(born, band):
    assert age_band(born, TODAY) == band


@pytest.fixture
def at_desk(client, surgery):
    renu = make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)
    return sign_in(client, renu)


def fill(surgery, patient, user):
    make_grant(patient, reason="my secret", reason_for_patient="my secret")
    make_online(patient, user)
    make_proxy_grant(patient, make_user(f"p{patient.pk}@example.test"), ends_on=date(2099, 1, 1))
    ask(patient, user, "granted", ended_after=1)
    StaffTask.objects.create(patient=patient, kind="dormant", because="my secret", opened_at=NOW)


@pytest.mark.parametrize("address", ["/surgery/reports/", "/surgery/reports/csv"])
def test_reports_hold_no_names_and_no_words(at_desk, surgery, patient, address):
    fill(surgery, patient, make_user("ada@example.test", name="Ada Testwell"))
    text = at_desk.get(address).text
    assert "Access granted" in text
    for secret in ("Testwell", "secret", patient.nhs_number, str(patient.pk), "ada@example.test"):
        assert secret not in text


def test_the_file_has_the_figures_of_the_page(at_desk, surgery, patient):
    fill(surgery, patient, make_user("ada@example.test"))
    answered = at_desk.get("/surgery/reports/csv")
    assert answered.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answered.headers["Content-Disposition"]
    head, *lines = csv.reader(io.StringIO(answered.text))
    assert head == ["Report", "Figure", "How many"]
    found = reports_of(surgery, now=timezone.now())
    assert len(lines) == sum(len(report.rows) for report in found)
    assert [
        "Levels of access",
        "Access granted; Everything, with free text; Medicines and allergies",
        "1",
    ] in lines
    assert AuditEvent.objects.filter(action="report downloaded").count() == 1


def test_reports_cost_the_same_however_many_patients_there_are(at_desk, surgery):
    costs = []
    for number in NUMBERS[:4]:
        fill(surgery, make_patient(surgery, number), make_user(f"u{number}@example.test"))
        with CaptureQueriesContext(connection) as queries:
            at_desk.get("/surgery/reports/")
        costs.append(len(queries))
    assert len(set(costs[1:])) == 1
