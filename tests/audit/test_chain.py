"""The log: complete, in order, unchangeable, and private to its patient."""

import threading
import uuid

import pytest
from django.core.management import call_command
from django.db import InternalError, ProgrammingError, connection, transaction

from audit import log
from audit.models import AuditEvent, ChainHead
from audit.row_security import rows_of
from audit.verify import check, check_all
from tests.cast import make_patient, make_surgery
from tests.clock import NOW

ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def record(action="record opened", patient_id=ONE, **values):
    log.record(action, at=NOW, actor_id=None, patient_id=patient_id, **values)


@pytest.mark.django_db
def test_each_patient_has_a_chain_of_their_own():
    """R9.1"""
    for patient_id in (ONE, OTHER, ONE, None):
        record(patient_id=patient_id)
    assert {(one.patient_id, one.events, one.broken_at) for one in check_all()} == {
        (None, 1, None),
        (ONE, 2, None),
        (OTHER, 1, None),
    }


@pytest.mark.django_db
def test_each_event_holds_the_hash_of_the_one_before():
    record("first")
    record("second")
    with rows_of(ONE):
        first, second = AuditEvent.objects.order_by("sequence")
    assert (first.action, second.action) == ("first", "second")
    assert bytes(second.previous_hash) == bytes(first.hash) != b""


@pytest.mark.django_db
def test_events_of_another_patient_cannot_be_read():
    record()
    with rows_of(OTHER):
        assert not AuditEvent.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set action = 'nothing'",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
        "update audit_chain_head set sequence = 0",
        "alter table audit_auditevent disable trigger all",
    ],
)
def test_application_can_only_append(statement):
    record()
    with rows_of(ONE), pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_sequence_and_hash_that_a_writer_gives_are_ignored():
    event = AuditEvent(
        at=NOW, action="forged", outcome="done", patient_id=ONE, sequence=99, hash=b"x"
    )
    AuditEvent.objects.bulk_create([event])
    assert check(ONE).broken_at is None
    with rows_of(ONE):
        assert AuditEvent.objects.get().sequence == 1


TAMPERINGS = {
    "a word changed": ("update audit_auditevent set action = 'nothing' where sequence = 2", 2),
    "an actor added": (f"update audit_auditevent set actor_id = '{OTHER}' where sequence = 3", 3),
    "one taken out": ("delete from audit_auditevent where sequence = 2", 3),
    "the last taken out": ("delete from audit_auditevent where sequence = 4", 4),
    "all taken out": ("delete from audit_auditevent", 1),
    "moved to another chain": (
        f"update audit_auditevent set patient_id = '{OTHER}' where sequence = 4", 4,
    ),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("statement", "place"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_by_the_owner_of_the_database_is_found(owner, statement, place, capsys):
    """R9.1: the first broken link is named, and the command ends with 1."""
    for _ in range(4):
        record()
    owner.execute("alter table audit_auditevent disable trigger user")
    owner.execute(statement)
    owner.execute("alter table audit_auditevent enable trigger user")
    assert check(ONE).broken_at == place
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", json=True)
    assert ended.value.code == 1
    assert f'"broken_at": {place}' in capsys.readouterr().out


@pytest.fixture
def emptied(owner):
    """Takes a value out of an event that is given other words, as the owner of the table can; all is put back afterwards."""

    def empty(column):
        owner.execute("alter table audit_auditevent disable trigger user")
        owner.execute(f"alter table audit_auditevent alter {column} drop not null")
        owner.execute(
            f"update audit_auditevent set action = 'nothing', {column} = null where sequence = 2"
        )

    yield empty
    owner.execute("delete from audit_auditevent")
    for column in ("previous_hash", "sequence"):
        owner.execute(f"alter table audit_auditevent alter {column} set not null")
    owner.execute("alter table audit_auditevent enable trigger user")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["previous_hash", "sequence"])
def test_what_an_owner_empties_is_wrong_and_not_unknown(emptied, column):
    """R9.1: with nothing there, neither "is the same" nor "differs" is true; so only what is the same counts."""
    for _ in range(4):
        record()
    emptied(column)
    assert check(ONE).broken_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_operator_of_the_owners_does_not_make_a_changed_event_right(owner):
    """R9.1: a database can be told to look for "=" and "<>" somewhere else first."""
    for _ in range(3):
        record()
    owner.execute("alter table audit_auditevent disable trigger user")
    owner.execute("update audit_auditevent set action = 'nothing' where sequence = 2")
    owner.execute("alter table audit_auditevent enable trigger user")
    owner.execute("create schema theirs")
    try:
        owner.execute("grant usage on schema theirs to public")
        for sign, answer in (("=", "true"), ("<>", "false")):
            name = "same" if sign == "=" else "differs"
            owner.execute(
                f"create function theirs.{name}(one bytea, other bytea) returns boolean language sql as 'select {answer}'"
            )
            owner.execute(
                f"create operator theirs.{sign} (leftarg = bytea, rightarg = bytea, function = theirs.{name})"
            )
        with connection.cursor() as cursor:
            cursor.execute("set search_path = theirs, pg_catalog, public")
        assert check(ONE).broken_at == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("reset search_path")
        owner.execute("drop schema theirs cascade")


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_keep_the_order():
    def write():
        for _ in range(20):
            record()
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (check(ONE).events, check(ONE).broken_at) == (120, None)
    assert ChainHead.objects.get(patient_id=ONE).sequence == 120


@pytest.mark.django_db
def test_verify_audit_of_one_patient(capsys):
    patient = make_patient(make_surgery())
    record(patient_id=patient.pk)
    record(patient_id=OTHER)
    call_command("verify_audit", patient=patient.nhs_number)
    assert "1 events in 1 chains" in capsys.readouterr().out
