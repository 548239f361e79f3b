"""The task: what it decides anew, and what it leaves behind where something goes wrong."""

import json
from datetime import timedelta

import pytest

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Takeaway, TakeawayPiece
from records.takeaway.job import Made
from records.takeaway.keeping import PIECE, PieceWriter, pieces_of
from records.takeaway.making import MAKERS, make
from tests.cast import make_grant, make_proxy_grant
from tests.clock import NOW
from tests.records.takeaway.copies import content, lines_of, made
from tests.records.views.record import hide_from, make_allergy, make_part, make_report

pytestmark = pytest.mark.django_db


def pieces(copy):
    with rows_of(copy.patient_id):
        return list(TakeawayPiece.objects.filter(takeaway_id=copy.id).order_by("number"))


@pytest.fixture
def maker(monkeypatch):
    """Lets a test say what making a table does."""
    return lambda act: monkeypatch.setitem(MAKERS, "results", act)


def test_a_copy_is_kept_for_an_hour(open_to_patient, patient_user):
    copy = made(open_to_patient, patient_user, kind="results")
    assert (copy.state, copy.made_at, copy.ends_at) == ("ready", NOW, NOW + timedelta(hours=1))
    assert copy.size == len(content(copy))
    assert len(copy.basis) == 64


def test_a_large_copy_is_small_pieces_each_encrypted(open_to_patient, patient_user, maker):
    written = bytes(range(256)) * (PIECE // 100)

    def write(job):
        for start in range(0, len(written), 100_001):
            job.file.write(written[start : start + 100_001])
        return Made("gp-record.pdf", "application/pdf")

    maker(write)
    copy = made(open_to_patient, patient_user, kind="results")
    assert content(copy) == written
    assert len(pieces(copy)) == 3
    assert all(len(piece.content) <= 1_000_000 for piece in pieces(copy))
    assert all(written[:50] not in bytes(piece.content) for piece in pieces(copy))


def test_a_copy_deleted_while_it_is_fetched_breaks_off(open_to_patient, patient_user, maker):
    maker(
        lambda job: job.file.write(b"x" * (2 * PIECE)) and Made("gp-record.pdf", "application/pdf")
    )
    copy = made(open_to_patient, patient_user, kind="results")
    found = pieces_of(copy)
    assert len(next(found)) == PIECE
    with rows_of(copy.patient_id):
        TakeawayPiece.objects.all().delete()
    assert list(found) == []


def test_whatever_goes_wrong_leaves_nothing_and_tells_no_words(
    open_to_patient, patient_user, maker, caplog
):
    def fail(job):
        job.file.write(b"x" * (PIECE + 1))
        raise ValueError("Penicillin")

    maker(fail)
    copy = made(open_to_patient, patient_user, kind="results")
    assert copy.state == "failed"
    assert pieces(copy) == []
    assert "Penicillin" not in caplog.text
    with rows_of(open_to_patient.pk):
        event = AuditEvent.objects.get(action="copy not made")
    assert event.outcome == "refused"
    assert event.details["because"] == "ValueError"


def test_an_entry_hidden_while_it_is_made_is_in_no_copy(open_to_patient, patient_user, maker):
    entry = make_allergy(open_to_patient)

    def hide_meanwhile(job):
        job.file.write(b"Penicillin")
        hide_from(open_to_patient, entry)
        return Made("gp-record.pdf", "application/pdf")

    maker(hide_meanwhile)
    copy = made(open_to_patient, patient_user, kind="results")
    assert copy.state == "failed"
    assert pieces(copy) == []


def test_a_copy_given_up_meanwhile_does_not_come_back(open_to_patient, patient_user, maker):
    def give_up(job):
        job.file.write(b"x")
        with rows_of(open_to_patient.pk):
            Takeaway.objects.update(state="ended")
        return Made("gp-record.pdf", "application/pdf")

    maker(give_up)
    copy = made(open_to_patient, patient_user, kind="results")
    assert copy.state == "failed"
    assert pieces(copy) == []


def test_one_that_is_being_made_is_not_made_twice(open_to_patient, patient_user, maker):
    copy = made(open_to_patient, patient_user, kind="results")
    maker(lambda job: pytest.fail("made twice"))
    make.call(str(copy.patient_id), str(copy.id))
    assert len(pieces(copy)) == 1


def test_what_is_asked_for_a_patient_cannot_be_made_for_another(
    open_to_patient, patient_user, other_patient
):
    copy = made(open_to_patient, patient_user, kind="results")
    make.call(str(other_patient.pk), str(copy.id))
    with rows_of(other_patient.pk):
        assert not Takeaway.objects.filter(patient=other_patient).exists()


def test_a_proxy_gets_what_is_in_their_scopes_though_more_was_asked(open_to_patient, proxy_user):
    make_proxy_grant(
        open_to_patient, proxy_user, scopes=["medicines"], ends_on=None, open_ended_because="Test"
    )
    make_part(make_report(open_to_patient), "p1", 1)
    copy = made(open_to_patient, proxy_user, kind="results")
    assert copy.state == "ready"
    assert lines_of(copy) == []


def test_who_has_no_access_any_more_gets_no_copy(open_to_patient, patient_user, stranger):
    assert made(open_to_patient, stranger, kind="results").state == "failed"
    patient_user.is_active = False
    patient_user.save()
    assert made(open_to_patient, patient_user, kind="results").state == "failed"
    patient_user.is_active = True
    patient_user.save()
    make_grant(open_to_patient, current="none", historical="none", decision="denied")
    assert made(open_to_patient, patient_user, kind="results").state == "failed"


def test_a_writer_can_only_be_written_to(open_to_patient, patient_user):
    copy = made(open_to_patient, patient_user, kind="results")
    file = PieceWriter(copy)
    assert file.write(b"") == 0
    file.flush()
    file.close()
    assert file.count == 0
    assert not hasattr(file, "tell")


def test_a_summary_is_json_that_other_systems_read(open_to_patient, patient_user):
    make_allergy(open_to_patient)
    copy = made(open_to_patient, patient_user, kind="summary")
    assert (copy.file_name, copy.content_type) == (
        "gp-record-summary.json",
        "application/fhir+json",
    )
    assert json.loads(content(copy))["resourceType"] == "Bundle"
