"""Under the one filter: a query that forgets it shows nothing of anyone else (ADR 4)."""

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from psycopg import IsolationLevel

from audit.row_security import rows_of
from records.models import (
    Document,
    Entry,
    EntryDecision,
    ExtractChange,
    ImportedExtract,
    Paper,
    Redaction,
    SectionNotice,
)
from surgeries.models import Patient
from tests.cast import make_entry
from tests.clock import NOW

pytestmark = pytest.mark.django_db


def fill(patient):
    entry = make_entry(patient, title=f"of {patient.given_names}")
    with rows_of(patient.pk):
        SectionNotice.objects.create(patient=patient, section="allergies", code="x", given_at=NOW)
        Document.objects.create(patient=patient, entry_id=entry.id, position=0)
        loaded = ImportedExtract.objects.create(patient=patient, content_hash="x", loaded_at=NOW)
        ExtractChange.objects.create(
            patient=patient, extract_id=loaded.id, entry_id=entry.id, kind="updated", before={}
        )
        Paper.objects.create(patient=patient, name="x", kind_code="pdf", size=1, kept_at=NOW)
        Redaction.objects.create(
            patient=patient, entry_id=entry.id, audience="everyone", reason="x",
            hidden_by_id=patient.pk, hidden_at=NOW,
        )  # fmt: skip
        EntryDecision.objects.create(
            patient=patient, review_id=patient.pk, entry_id=entry.id, kind="show",
            decided_by_id=patient.pk, decided_at=NOW,
        )  # fmt: skip


OF_A_PATIENT = [
    Entry, SectionNotice, Document, ImportedExtract, ExtractChange, Paper, Redaction, EntryDecision,
]  # fmt: skip


@pytest.mark.parametrize("model", OF_A_PATIENT)
def test_without_a_patient_there_are_no_rows(patient, model):
    fill(patient)
    assert model.objects.count() == 0


@pytest.mark.parametrize("model", OF_A_PATIENT)
def test_within_a_patients_rows_nobody_elses_are_there(patient, other_patient, model):
    fill(patient)
    fill(other_patient)
    with rows_of(patient.pk):
        assert {row.patient_id for row in model.objects.all()} == {patient.pk}


def test_rows_close_again_even_inside_a_transaction(patient, other_patient):
    fill(patient)
    fill(other_patient)
    with rows_of(patient.pk):
        with rows_of(other_patient.pk):
            assert Entry.objects.get().title == "of Bilal"
        assert Entry.objects.get().title == "of Ada"
    assert not Entry.objects.exists()


def test_nothing_can_be_written_into_another_record(patient, other_patient):
    with rows_of(patient.pk), pytest.raises(ProgrammingError, match="row-level security"):
        with transaction.atomic():
            Entry.objects.create(
                patient=other_patient, title="x", added_at=NOW, changed_at=NOW, source_system="x",
                source_type="x", source_id="x",
            )  # fmt: skip


@pytest.mark.parametrize("model", OF_A_PATIENT)
def test_application_cannot_delete(patient, model):
    """Access is taken away by decisions and dates; what was written stays (ADR 7)."""
    fill(patient)
    with rows_of(patient.pk), pytest.raises(ProgrammingError, match="permission denied"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"delete from {model._meta.db_table}")


def test_partitions_cannot_be_read_past_the_policy(patient):
    fill(patient)
    for number in range(16):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"select * from records_entry_{number:02}")


def test_application_is_bound_by_row_level_security():
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user"
        )
        assert cursor.fetchone() == ("portal_app", False, False)
        cursor.execute(
            "select count(*) from pg_class where relname = any(%s)"
            " and relrowsecurity and relforcerowsecurity",
            [[*(model._meta.db_table for model in OF_A_PATIENT), "audit_auditevent"]],
        )
        assert cursor.fetchone() == (len(OF_A_PATIENT) + 1,)


@pytest.mark.parametrize(
    "table", ["records_accessgrant", "records_warningagreement", "records_requeststep"]
)
@pytest.mark.parametrize("act", ["delete from {}", "update {} set id = null"])
def test_decisions_agreements_and_steps_are_only_added(patient, table, act):
    """R1.13"""
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(act.format(table))


def test_what_an_extract_changed_is_never_rewritten(patient):
    fill(patient)
    with rows_of(patient.pk), pytest.raises(ProgrammingError, match="permission denied"):
        with transaction.atomic():
            ExtractChange.objects.update(kind="withdrawn")


@pytest.mark.parametrize("table", ["accessrequest", "grantreview", "practicechange"])
def test_requests_and_reviews_are_never_deleted(patient, table):
    """R1.13"""
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"delete from records_{table}")


@pytest.mark.django_db(transaction=True)
def test_the_setting_comes_with_the_beginning_of_its_transaction_and_goes_with_its_end(patient):
    """One trip to the database, the first of the transaction: nothing runs before it, nothing keeps it."""
    asks = "select coalesce(current_setting('app.patient_id', true), ''), pg_current_xact_id_if_assigned() is null"
    with connection.cursor() as cursor:
        with rows_of(patient.pk):
            assert connection.in_atomic_block
            cursor.execute(asks)
            assert cursor.fetchone() == (str(patient.pk), True)
            with rows_of(None):
                cursor.execute(asks)
                assert cursor.fetchone()[0] == ""
            cursor.execute(asks)
            assert cursor.fetchone()[0] == str(patient.pk)
        cursor.execute(asks)
        assert cursor.fetchone()[0] == ""


@pytest.mark.django_db(transaction=True)
def test_what_fails_inside_is_undone_and_the_next_begins_anew(patient):
    def fails():
        with rows_of(patient.pk):
            Patient.objects.filter(pk=patient.pk).update(family_name="Other")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert Patient.objects.get(pk=patient.pk).family_name == patient.family_name
    with rows_of(patient.pk):
        Patient.objects.filter(pk=patient.pk).update(family_name="Other")
    assert Patient.objects.get(pk=patient.pk).family_name == "Other"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_isolates_more_keeps_to_it_and_opens_the_same_rows(patient):
    """The setting that goes with the beginning would otherwise begin at the database's usual level."""
    connection.ensure_connection()
    connection.connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with rows_of(patient.pk), connection.cursor() as cursor:
            cursor.execute(
                "select current_setting('transaction_isolation'), current_setting('app.patient_id')"
            )
            assert cursor.fetchone() == ("repeatable read", str(patient.pk))
    finally:
        connection.connection.isolation_level = None


@pytest.mark.django_db(transaction=True)
def test_a_beginning_that_the_database_refuses_is_an_error_of_djangos(patient, owner):
    """As after a restart of the database: what cannot be set opens nothing."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        [backend] = cursor.fetchone()
    with owner.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 5000)", [backend])
    with pytest.raises(OperationalError), rows_of(patient.pk):
        pytest.fail("nothing may run here")
    connection.close()
    with rows_of(patient.pk):
        assert connection.in_atomic_block


def test_only_an_id_can_be_set(patient):
    with pytest.raises(TypeError), rows_of("'; drop table records_entry; --"):  # type: ignore[arg-type]
        pytest.fail("nothing may run here")
