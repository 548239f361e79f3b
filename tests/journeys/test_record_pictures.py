"""States of a record of which other tests know the words alone; taken only where somebody asks for pictures (`bin/screens`)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.storage import InMemoryStorage, storages
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.inviting import accept, decline, try_code
from proxy_access.models import Nomination
from proxy_access.nominating import cancel
from records.models import Document, Paper, Takeaway
from records.own_activity.checking import take_receipt
from surgeries.terms import Level
from tests.cast import make_entry, make_grant, make_online, make_patient, make_user
from tests.journeys.axe import assert_faultless
from tests.journeys.conftest import load_demo_record
from tests.journeys.pictures import FOLDER
from tests.journeys.test_every_page import follow, over_by, picture
from tests.records.papers.files import EXE, office
from tests.records.papers.made import document_of, make_document, spoil
from tests.records.views.record import make_allergy, make_medicine, reader
from tests.records.views.test_desk_nominations import nominated
from tests.records.views.test_results import make_measurement, make_result

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER, reason="only for pictures"),
]


@pytest.fixture
def own(surgery):
    """A patient who sees the whole of a record in which there is nothing yet, and their account."""
    patient = make_patient(surgery)
    user = make_user("ada@example.test", name="Ada Testwell")
    make_online(patient, user)
    make_grant(patient, Level.FULL, Level.FULL, decided_at=timezone.now())
    return patient, user


@pytest.fixture
def look(own, open_in, live_server):
    """Keep a picture of a page of the record, or of an address, as on a phone."""
    patient, user = own
    page = open_in(reader(Client(), user, patient))

    def look(name, path=None, *, seen=page):
        if path is not None:
            rest = path if path.startswith("/") else f"/records/{patient.pk}/{path}"
            seen.goto(live_server.url + rest)
        assert over_by(seen) <= 0, name
        assert_faultless(seen, name)
        picture(seen, "record", name)
        return seen

    return look


def test_a_test_of_very_many_results_and_units(own, look, open_in):
    """The newest 30, all together, each page of the table, two units, unopened ones, and forced colours."""
    patient, user = own
    for number in range(75):
        on = date(2024, 12, 1) - timedelta(days=40 * number)
        values = {"flagged": number == 3} if number == 3 else {}
        details = {"ranges": [{"low": {"number": "20"}, "high": {"number": "41"}}]}
        newest = make_result(patient, number, 38 + number % 9, on, details=details, **values)
    for number in range(4):
        how = {"details": {"value": {"number": str(11 + number), "unit": "stone"}}}
        last = make_measurement(patient, number, 70 + number, date(2020 + number, 5, 1))
        make_measurement(patient, f"s{number}", 0, date(2016 + number, 5, 1), **how)
    path = f"entries/{newest.id}/over-time"
    for name, rest in (("", ""), ("-2", "?page=2"), ("-3", "?page=3"), ("-all", "?all=yes")):
        look(f"over-time{name}", path + rest)
    look("over-time-units", f"entries/{last.id}/over-time")
    forced = open_in(reader(Client(), user, patient), forced_colors="active")
    look("over-time-forced", path, seen=forced)
    look("over-time-units-forced", f"entries/{last.id}/over-time", seen=forced)
    look("tests", "tests")


def test_copies_in_each_state(own, look):
    """Waiting, being made, failed, and over."""
    patient, user = own
    made = {}
    with rows_of(patient.pk):
        for state in Takeaway.State:
            made[state] = Takeaway.objects.create(
                patient=patient, viewer_id=user.pk, kind="pdf", state=state, asked_at=timezone.now(),
                total=412, done=37 if state == "making" else 0,
                ends_at=timezone.now() + timedelta(hours=1), size=1000, file_name="record.pdf",
            )  # fmt: skip
    for state in ("asked", "making", "failed", "ended"):
        look(f"copy-{state}", f"copies/{made[state].id}")
    look("copies", "copies")


def test_attachments_that_are_damaged_kept_or_not_to_be_read(own, look, monkeypatch):
    patient, _ = own
    monkeypatch.setitem(storages._storages, "documents", InMemoryStorage())
    kept = make_document(patient, "d1", office(), title="Physiotherapy plan")
    unsafe = make_document(patient, "d2", EXE, title="Clinic letter")
    lost = make_document(patient, "d3", title="Knee letter")
    broken = make_document(
        patient,
        "d4",
        None,
        title="Eye letter",
        of_document={"problem": "not-readable", "source_url": "x"},
    )
    with rows_of(patient.pk):
        found = Document.objects.get(patient=patient, entry_id=lost.id)
        spoil(Paper.objects.get(patient=patient, id=found.paper_id), b"%PDF-1.7 another")
    for name, entry in (("download", kept), ("unsafe", unsafe), ("damaged", broken)):
        look(f"attachment-{name}", f"entries/{entry.id}")
    look("document-failed", document_of(lost))
    look("documents", "documents")


def test_a_section_that_failed_and_long_short_lists(own, look):
    """R6.2: an error is never shown as nothing."""
    patient, _ = own
    for number in range(23):
        make_medicine(patient, f"m{number}", title=f"Medicine {number} 20mg tablets")
    look("home-many", "")
    make_allergy(patient, details={"status": 5})
    make_entry(
        patient, "t1", section="test-results", kind="report", title="Bloods", details={"status": 5}
    )
    look("home-failed", "")
    look("section-failed", "allergies")
    look("results-failed", "test-results")


def test_invitations_in_each_state(own, look, surgery):
    patient, user = own
    now = timezone.now()
    load_demo_record("ada", patient, timezone.localdate(now), now)
    by = access_of(user, patient.pk, on=timezone.localdate())
    for number, act in enumerate((None, accept, decline, "cancel", "over")):
        email = f"p{number}@example.test"
        who = make_user(email, name=f"Pat Proxy the {number}th")
        made, code = nominated(by, email)
        if act in (accept, decline):
            act(try_code(who, code, now=now), by=who, now=now)
        elif act == "cancel":
            cancel(made, by=by, now=now)
        elif act == "over":
            Nomination.objects.filter(pk=made.pk).update(code_ends_at=now - timedelta(days=1))
        elif act is None:
            waits = made
    look("people-invited", "people")
    look("invite-elsewhere", f"people/invite/{waits.pk}/as/find")
    make_grant(patient, Level.NONE, Level.NONE, decision="paused", decided_at=now)
    look("invite-closed", "people/invite")


def test_a_receipt_that_does_not_fit(own, look, owner):
    """R9.1"""
    patient, user = own
    look("activity-before", "activity")
    text = take_receipt(access_of(user, patient.pk, on=timezone.localdate()), now=timezone.now())
    for name, given in (("nonsense", "nonsense"), ("fits", text), ("does-not-fit", text)):
        if name == "does-not-fit":
            owner.execute("alter table audit_auditevent disable trigger user")
            owner.execute(
                "update audit_auditevent set object = 'nothing' where patient_id = %s", [patient.pk]
            )
            owner.execute("alter table audit_auditevent enable trigger user")
        page = look("receipt", "activity/receipt")
        page.fill("main [name=text]", given)
        follow(page, "main form[enctype] button[type=submit]")
        look(f"receipt-{name}")


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


def test_pages_for_what_went_wrong(look, monkeypatch):
    """R6.2: none of them says anything of a record."""
    for name, error in (
        ("400", SuspiciousOperation("no")),
        ("403", PermissionDenied()),
        ("500", RuntimeError("no")),
        ("503", OperationalError("away")),
    ):
        monkeypatch.setattr("portal.views.records_to_choose", failing(error))
        look(f"error-{name}", "/")
    monkeypatch.undo()
    look("error-404", "nothing-here")
    page = look("receipt", "activity/receipt")
    page.locator("main [name=csrfmiddlewaretoken]").last.evaluate("e => e.value = 'no'")
    follow(page, "main form button[type=submit] >> nth=-1")
    look("error-403-csrf")


def test_the_last_minutes_of_a_session_without_javascript(own, open_in, live_server, settings):
    """R3.4"""
    patient, user = own
    settings.SESSION_WHOLE_SECONDS = 100
    page = open_in(reader(Client(), user, patient), java_script_enabled=False)
    page.goto(f"{live_server.url}/records/{patient.pk}/")
    assert "We will sign you out in less than 2 minutes" in page.inner_text("main")
    picture(page, "record", "last-minutes")
