"""Copies: who may ask for one and fetch it, and until when."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from time_machine import travel

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import (
    ImportedExtract,
    Redaction,
    ResultWish,
    Takeaway,
    TakeawayPiece,
)
from tests.cast import make_grant, make_proxy_grant, make_user, set_status, sign_in
from tests.clock import NOW
from tests.records.views.record import (
    cover,
    hide_from,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    reader,
)

pytestmark = pytest.mark.django_db
DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
VALUE = {"value": {"number": "131.5", "unit": "g/L"}}
ASKED = {"kind": "results", "agreed": "on"}


@pytest.fixture(autouse=True)
def _today():
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def record(open_to_patient):
    """A record with one report of one result."""
    cover(open_to_patient)
    make_part(make_report(open_to_patient), "p1", 1, title="Haemoglobin", details=VALUE)
    return open_to_patient


@pytest.fixture
def queued(settings):
    """Tasks wait for a worker."""
    settings.TASKS = DATABASE


def work_off():
    """Do what waits, in the test's own transaction."""
    for waiting in DBTaskResult.objects.ready():
        waiting.task.call(*waiting.args_kwargs["args"])
        waiting.delete()


def run_worker():
    call_command(
        "db_worker", batch=True, startup_delay=False, interval=0, reload=False, verbosity=0
    )


def copies_of(patient):
    return reverse("records:copies", args=[patient.pk])


def ask(client, patient, **asked):
    """Ask, and give the address of the copy."""
    response = client.post(copies_of(patient), ASKED | asked)
    assert response.status_code == 302, response.text
    return response["Location"]


def body_of(response):
    return b"".join(response.streaming_content)


def kept(patient):
    with rows_of(patient.pk):
        return list(Takeaway.objects.filter(patient=patient))


def pieces(patient):
    with rows_of(patient.pk):
        return list(TakeawayPiece.objects.filter(patient=patient))


def events(patient, action):
    with rows_of(patient.pk):
        return list(AuditEvent.objects.filter(patient_id=patient.pk, action=action))


# asking


def test_the_page_warns_and_says_what_a_copy_does_not_have(client, record, patient_user):
    """R5.6"""
    page = reader(client, patient_user, record).get(copies_of(record)).text
    assert "You become responsible for the copy" in page
    assert "Do not save it on one that you share" in page
    assert "Think of who is beside you" in page
    assert "not locked with a password" in page
    assert "It has only what was open to you online" in page
    assert "What staff typed in their own words" in page
    assert "not opened" not in page


def test_nothing_is_made_before_the_warning_was_read(client, record, patient_user):
    reader(client, patient_user, record)
    response = client.post(copies_of(record), {"kind": "results"})
    assert response.status_code == 422
    assert "Tick the box" in response.text
    assert kept(record) == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"agreed": "on"}, "Choose what you want"),
        ({"kind": "everything", "agreed": "on"}, "Error: "),
        ({"kind": "pdf", "agreed": "on", "sections": ["secrets"]}, "Error: "),
        (
            ASKED
            | {
                f"from_on-{part}": value
                for part, value in zip(("day", "month", "year"), (2, 1, 2024), strict=True)
            }
            | {
                f"to_on-{part}": value
                for part, value in zip(("day", "month", "year"), (1, 1, 2024), strict=True)
            },
            "The last day must be the same as or after the first day",
        ),
    ],
)
def test_what_cannot_be_is_sent_back(client, record, patient_user, sent, words):
    response = reader(client, patient_user, record).post(copies_of(record), sent)
    assert response.status_code == 422
    assert words in response.text
    assert kept(record) == []


def test_a_copy_is_asked_for_made_and_fetched(client, record, patient_user):
    reader(client, patient_user, record)
    address = ask(client, record)
    page = client.get(address).text
    assert "Your copy is ready" in page
    assert "We keep it until 3 June 2024 at 11:30am" in page
    response = client.get(f"{address}/file")
    assert response.status_code == 200
    assert response["Content-Disposition"] == 'attachment; filename="gp-record-test-results.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    body = body_of(response)
    assert int(response["Content-Length"]) == len(body)
    assert b"Haemoglobin,,131.5,g/L" in body
    [copy] = kept(record)
    assert copy.fetched_at == NOW
    for action in ("copy asked for", "copy made", "copy fetched"):
        [event] = events(record, action)
        assert event.actor_id == patient_user.pk
        assert event.object == f"copy {copy.id}"
        assert "Haemoglobin" not in str(event.details)


def test_what_is_kept_is_encrypted(client, record, patient_user):
    ask(reader(client, patient_user, record), record)
    [piece] = pieces(record)
    assert b"Haemoglobin" not in bytes(piece.content)
    assert b"131.5" not in bytes(piece.content)
    with rows_of(record.pk), connection.cursor() as cursor:
        cursor.execute("select to_jsonb(t)::text from records_takeaway t")
        [(row,)] = cursor.fetchall()
    assert "aemoglobin" not in row
    assert record.family_name not in row
    assert record.nhs_number not in row


def test_while_it_waits_the_page_says_so(client, record, patient_user, queued):
    address = ask(reader(client, patient_user, record), record)
    page = client.get(address).text
    assert "Your copy waits to be made" in page
    assert "Check again" in page
    assert "http-equiv" not in page.split("<noscript>")[0]
    assert client.get(f"{address}/file")["Location"] == address
    [task] = DBTaskResult.objects.all()
    [copy] = kept(record)
    assert task.args_kwargs["args"] == [str(record.pk), str(copy.id)]
    with rows_of(record.pk):
        Takeaway.objects.filter(patient=record).update(state="making", done=25, total=60)
    assert "25 of 60 entries done" in client.get(address).text


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_it(client, record, patient_user, queued):
    address = ask(reader(client, patient_user, record), record)
    run_worker()
    assert "Your copy is ready" in client.get(address).text
    assert b"Haemoglobin" in body_of(client.get(f"{address}/file"))


def test_asking_twice_while_it_is_made_gives_the_same(client, record, patient_user, queued):
    reader(client, patient_user, record)
    assert ask(client, record) == ask(client, record)
    assert len(kept(record)) == 1
    assert ask(client, record, **{"to_on-day": 1, "to_on-month": 1, "to_on-year": 2024})
    assert len(kept(record)) == 2


def test_a_fourth_copy_is_refused_until_one_is_deleted(client, record, patient_user):
    reader(client, patient_user, record)
    addresses = [ask(client, record) for _ in range(3)]
    response = client.post(copies_of(record), ASKED)
    assert response.status_code == 422
    assert "You already have 3 copies" in response.text
    assert client.post(f"{addresses[0]}/delete")["Location"] == copies_of(record)
    assert "no longer kept" in client.get(addresses[0]).text
    assert ask(client, record)


def test_deleting_leaves_nothing_to_fetch(client, record, patient_user):
    reader(client, patient_user, record)
    address = ask(client, record)
    assert client.get(f"{address}/delete").status_code == 405
    client.post(f"{address}/delete")
    client.post(f"{address}/delete")
    assert pieces(record) == []
    assert client.get(f"{address}/file")["Location"] == address
    assert len(events(record, "copy ended")) == 1


# who


def addresses_of(patient, copy):
    return [
        copies_of(patient),
        *(reverse(f"records:{name}", args=[patient.pk, copy.id]) for name in ("copy", "copy-file")),
    ]


def test_a_proxys_copy_has_their_sections_only(client, record, proxy_user):
    make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    page = reader(client, proxy_user, record).get(copies_of(record)).text
    assert "Medicines" in page
    assert "Allergies" not in page
    response = client.post(copies_of(record), ASKED | {"kind": "pdf", "sections": ["allergies"]})
    assert response.status_code == 422
    assert b"Haemoglobin" in body_of(client.get(f"{ask(client, record)}/file"))


def test_a_proxy_without_results_is_offered_no_table_of_them(client, record, proxy_user):
    make_proxy_grant(
        record, proxy_user, scopes=["medicines"], ends_on=None, open_ended_because="For a test"
    )
    reader(client, proxy_user, record)
    assert "A table of test results" not in client.get(copies_of(record)).text
    assert client.post(copies_of(record), ASKED).status_code == 422


def test_a_copy_is_for_who_asked_and_for_nobody_else(client, record, patient_user, proxy_user):
    make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    ask(reader(client, patient_user, record), record)
    [copy] = kept(record)
    reader(client, proxy_user, record)
    page, *others = addresses_of(record, copy)
    assert str(copy.id) not in client.get(page).text
    assert [client.get(one).status_code for one in others] == [404, 404]
    assert client.post(f"{others[0]}/delete").status_code == 404
    assert len(pieces(record)) == 1


def test_another_patients_copy_does_not_exist_here(
    client, record, patient_user, other_patient, stranger
):
    ask(reader(client, patient_user, record), record)
    [copy] = kept(record)
    make_grant(other_patient, historical="full")
    reader(client, stranger, other_patient)
    for name in ("copy", "copy-file"):
        for patient in (record, other_patient):
            address = reverse(f"records:{name}", args=[patient.pk, copy.id])
            assert client.get(address).status_code == 404
    address = reverse("records:copy", args=[other_patient.pk, uuid4()])
    assert client.get(address).status_code == 404


def test_nobody_else_gets_to_a_copy(
    client, record, patient_user, proxy_user, stranger, staff, other_staff
):
    ask(reader(client, patient_user, record), record)
    [copy] = kept(record)
    make_proxy_grant(record, proxy_user, ends_on=date(2024, 6, 1))
    for user, status in ((proxy_user, 403), (stranger, 404), (staff, 404), (other_staff, 404)):
        reader(client, user, record)
        assert [client.get(one).status_code for one in addresses_of(record, copy)] == [status] * 3
        assert client.post(copies_of(record), ASKED).status_code == status
    client.logout()
    for one in addresses_of(record, copy):
        assert client.get(one)["Location"].startswith("/sign-in")
    assert len(kept(record)) == 1
    reader(client, make_user("claimed@example.test", level="P5"), record)
    assert client.get(copies_of(record)).status_code == 403


def test_the_warnings_before_a_record_come_first(client, record, patient_user):
    ask(reader(client, patient_user, record), record)
    [copy] = kept(record)
    client.logout()
    sign_in(client, patient_user)
    for one in addresses_of(record, copy):
        assert "/before-you-open/" in client.get(one)["Location"]


# until when


def test_after_an_hour_it_is_gone(client, record, patient_user):
    reader(client, patient_user, record)
    address = ask(client, record)
    with travel(NOW + timedelta(minutes=59), tick=False):
        client = reader(Client(), patient_user, record)
        assert client.get(f"{address}/file").status_code == 200
    with travel(NOW + timedelta(hours=1), tick=False):
        client = reader(Client(), patient_user, record)
        assert client.get(f"{address}/file")["Location"] == address
        assert "no longer kept" in client.get(address).text
    assert pieces(record) == []


def test_listing_deletes_what_is_over(client, record, patient_user):
    ask(reader(client, patient_user, record), record)
    with travel(NOW + timedelta(hours=2), tick=False):
        page = reader(Client(), patient_user, record).get(copies_of(record)).text
    assert "Copies we keep for you" not in page
    assert pieces(record) == []


def test_a_command_deletes_what_is_over(client, record, patient_user, capsys):
    ask(reader(client, patient_user, record), record)
    call_command("end_copies")
    assert len(pieces(record)) == 1
    with travel(NOW + timedelta(hours=2), tick=False):
        call_command("end_copies")
    assert pieces(record) == []
    assert "1 copies ended" in capsys.readouterr().out


def test_the_worker_deletes_it_at_its_time(client, record, patient_user, queued):
    ask(reader(client, patient_user, record), record)
    work_off()
    assert len(pieces(record)) == 1
    [later] = DBTaskResult.objects.filter(status="READY")
    assert later.run_after == NOW + timedelta(hours=1)
    with travel(later.run_after + timedelta(seconds=1), tick=False):
        work_off()
    assert pieces(record) == []


def test_one_that_never_got_ready_is_given_up(client, record, patient_user, queued):
    address = ask(reader(client, patient_user, record), record)
    with travel(NOW + timedelta(hours=4), tick=False):
        client = reader(Client(), patient_user, record)
        assert "could not be made" in client.get(address).text
        work_off()
        assert "could not be made" in client.get(address).text


def hide(patient):
    hide_from(patient, make_allergy(patient, "hidden"))


def unhide(patient):
    with rows_of(patient.pk):
        Redaction.objects.filter(patient=patient).update(undone_at=NOW, undone_by_id=uuid4())


def decide(patient):
    make_grant(patient, historical="full")


def wish(patient, choice="ask"):
    with rows_of(patient.pk):
        ResultWish.objects.create(
            patient=patient, category="cancer", wish=choice, chosen_by_id=uuid4(), chosen_at=NOW
        )


def load(patient):
    with rows_of(patient.pk):
        ImportedExtract.objects.create(patient=patient, content_hash="1", loaded_at=NOW)


def close_sections(patient):
    patient.surgery.restricted_sections = ["documents"]
    patient.surgery.save()


@pytest.mark.parametrize("change", [hide, unhide, decide, wish, load, close_sections])
def test_what_decides_about_visibility_ends_a_copy(client, record, patient_user, change):
    hide(record)
    reader(client, patient_user, record)
    address = ask(client, record)
    assert client.get(f"{address}/file").status_code == 200
    if change is hide:
        hide_from(record, make_medicine(record))
    else:
        change(record)
    assert client.get(f"{address}/file")["Location"] == address
    assert "no longer kept" in client.get(address).text
    assert pieces(record) == []
    assert len(events(record, "copy ended")) == 1


def test_what_is_hidden_from_others_or_not_open_anyway_ends_no_copy(client, record, proxy_user):
    """R2.3, R4.11: or a proxy could tell by it when something outside their access was hidden."""
    make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    reader(client, proxy_user, record)
    hidden = make_medicine(record, "hidden before")
    hide_from(record, hidden, "proxies")
    address = ask(client, record)
    hide_from(record, hidden)
    hide_from(record, make_allergy(record, "out of their scopes"), "proxies")
    hide_from(record, make_medicine(record, "other"), "one-proxy", proxy_id=uuid4())
    hide_from(record, make_medicine(record, "draft", released=False, unreleased_because="draft"))
    wish(record)
    assert client.get(f"{address}/file").status_code == 200
    hide_from(record, make_medicine(record, "theirs"), "one-proxy", proxy_id=proxy_user.pk)
    assert client.get(f"{address}/file")["Location"] == address


def test_a_wish_to_hear_of_results_first_ends_a_proxys_copy(client, record, proxy_user):
    """R5.5: what is held is closed to them too."""
    make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    address = ask(reader(client, proxy_user, record), record)
    wish(record, "hold")
    assert client.get(f"{address}/file")["Location"] == address


def test_a_proxys_other_scopes_end_their_copy(client, record, proxy_user):
    grant = make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    reader(client, proxy_user, record)
    address = ask(client, record)
    grant.scopes = ["test-results"]
    grant.save()
    assert client.get(f"{address}/file")["Location"] == address
    set_status(grant, "suspended", "ROLE_SUSPENDED_PENDING_REVIEW")
    assert client.get(address).status_code == 403


def test_one_whose_access_is_paused_fetches_nothing(client, record, patient_user):
    reader(client, patient_user, record)
    address = ask(client, record)
    make_grant(record, current="none", historical="none", decision="paused")
    assert client.get(f"{address}/file").status_code == 403


def test_access_that_ended_before_it_was_made_makes_nothing(client, record, patient_user, queued):
    address = ask(reader(client, patient_user, record), record)
    make_grant(record, current="none", historical="none", decision="paused")
    work_off()
    assert pieces(record) == []
    [copy] = kept(record)
    assert copy.state == "failed"
    make_grant(record, historical="full")
    assert "Your copy could not be made" in client.get(address).text
    [event] = events(record, "copy not made")
    assert event.outcome == "refused"


def test_an_account_that_was_closed_meanwhile_gets_nothing(client, record, patient_user, queued):
    ask(reader(client, patient_user, record), record)
    patient_user.closed_at = NOW
    patient_user.save()
    work_off()
    assert [copy.state for copy in kept(record)] == ["failed"]


def test_the_ways_to_a_copy_cost_few_queries(
    client, record, patient_user, django_assert_max_num_queries
):
    reader(client, patient_user, record)
    address = ask(client, record)
    for one in (copies_of(record), address):
        with django_assert_max_num_queries(22):
            client.get(one)
