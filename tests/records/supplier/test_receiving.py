"""What becomes of an extract that is sent: exact outcomes, whole or not at all, and once for each key."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing import files, load
from records.importing.telling import tell_extracts
from records.models import Entry, ImportedExtract, ReceivedExtract
from records.supplier import loading, receiving, spool
from surgeries.models import Patient
from tests.records.supplier.conftest import System, bundle, received

pytestmark = pytest.mark.django_db


def held(patient):
    with rows_of(patient.pk):
        return [entry.title for entry in Entry.objects.of(patient) if not entry.withdrawn_at]


def test_an_extract_is_kept_loaded_and_told_of(system, quilla, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = system.send(bundle())
    assert answer.status_code == 202
    assert (
        answer.headers["Location"] == f"http://testserver/supplier/extracts/{answer.json()['id']}"
    )
    assert held(quilla) == ["Asthma"]
    told = system.ask(answer).json()
    assert (told["state"], told["reason"]) == ("loaded", "")
    assert sum(each["added"] for each in told["counts"]["sections"].values()) == 1
    assert list(spool.kept_ids()) == []
    with rows_of(quilla.pk):
        (loaded,) = AuditEvent.objects.filter(action="record loaded", patient_id=quilla.pk)
        extract = ImportedExtract.objects.get(patient=quilla)
        (told,) = tell_extracts(quilla, [extract])
    assert loaded.actor_id == system.supplier.pk
    assert (extract.channel, told.loaded_by) == ("supplier", "Practice system")


def test_it_lies_sealed_while_it_waits(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    answer = system.send(bundle())
    ((id_, _),) = spool.kept_ids()
    path = spool.path_of(id_)
    assert b"Quilla" not in path.read_bytes()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert spool.read_back(id_, received(answer).digest) == bundle()
    assert system.ask(answer).json()["state"] == "waiting"


class Waiting:
    """A worker that does not come."""

    def enqueue(self, id_):
        pass


def test_what_is_refused_says_why_and_keeps_nothing(system, surgery):
    answer = system.send(bundle())
    told = system.ask(answer).json()
    assert told["state"] == "refused"
    assert "nobody on the surgery's list has this NHS number" in told["reason"]
    told = system.ask(system.send(b'{"resourceType": "Bundle"')).json()
    assert told["state"] == "refused"
    assert "not complete JSON" in told["reason"]
    assert not Patient.objects.exists()


def test_a_system_that_may_adds_patients(system):
    system.supplier.may_add_patients = True
    system.supplier.save()
    assert system.ask(system.send(bundle())).json()["state"] == "loaded"
    assert Patient.objects.get().nhs_number == "9991000003"


def test_a_surgery_for_which_it_may_not_send_is_as_one_that_is_not_here(
    system, other_surgery, quilla
):
    answers = [system.send(bundle(), surgery=ods) for ods in ("Z99002", "Z00000", "", "%00")]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert held(quilla) == []
    refused = AuditEvent.objects.filter(action="extract sent", outcome="refused")
    assert refused.count() == 4


def test_a_patient_of_another_surgery_is_not_reached(client, other_surgery, quilla):
    other = System(client, other_surgery, name="Another system")
    assert other.ask(other.send(bundle(), surgery="Z99002")).json()["state"] == "refused"
    assert held(quilla) == []


def test_the_same_key_with_the_same_body_is_the_same_extract(system, quilla):
    first = system.send(bundle(), key="once")
    second = system.send(bundle(), key="once")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["state"] == "loaded"
    assert ReceivedExtract.objects.count() == 1


def test_the_same_key_for_something_else_is_refused(system, quilla, other_surgery):
    system.supplier.surgeries.add(other_surgery)
    system.send(bundle(), key="once")
    assert system.send(bundle(display="Gout"), key="once").status_code == 409
    assert system.send(bundle(), key="once", surgery="Z99002").status_code == 409
    assert held(quilla) == ["Asthma"]
    assert ReceivedExtract.objects.count() == 1


def test_another_system_may_use_the_same_key(system, client, surgery, quilla):
    first = system.send(bundle(), key="once")
    other = System(client, surgery, name="Another system")
    second = other.send(bundle(), key="once")
    assert first.json()["id"] != second.json()["id"]
    assert other.ask(first).status_code == 404
    assert other.ask(second).json()["state"] == "unchanged"


@pytest.mark.parametrize("key", [None, "", " ", "two words", "é", "x" * 201])
def test_a_key_is_needed(system, quilla, key):
    assert system.send(bundle(), **{"idempotency-key": key}).status_code == 400
    assert held(quilla) == []


@pytest.mark.parametrize(
    "how", [{"content_type": "text/plain"}, {"content_type": ""}, {"headers": {"content-encoding": "gzip"}}]
)  # fmt: skip
def test_another_kind_of_content_is_refused(system, quilla, how):
    headers = {"authorization": f"Bearer {system.token()}", "idempotency-key": "x"}
    how = {"content_type": "application/fhir+json"} | how
    how["headers"] = headers | how.get("headers", {})
    answer = system.client.post("/supplier/extracts?surgery=Z99001", bundle(), **how)
    assert answer.status_code == 415


def test_a_body_that_is_cut_short_is_refused_and_leaves_nothing(system, quilla):
    answer = system.client.post(
        "/supplier/extracts?surgery=Z99001", bundle(), content_type="application/fhir+json",
        headers={"authorization": f"Bearer {system.token()}", "idempotency-key": "x"},
        CONTENT_LENGTH=str(len(bundle()) + 1), **{"wsgi.input": BytesIO(bundle())},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:gp-record:problem:cut-short"
    assert list(spool.kept_ids()) == []
    assert not ReceivedExtract.objects.exists()
    assert system.send(bundle(), key="x").status_code == 202, "the key is still free"


@pytest.mark.parametrize(("length", "status"), [("0", 400), ("", 411), ("-1", 411), ("many", 411)])
def test_an_empty_body_is_refused(system, length, status):
    answer = system.client.generic(
        "POST", "/supplier/extracts?surgery=Z99001", b"", "application/fhir+json",
        headers={"authorization": f"Bearer {system.token()}", "idempotency-key": "x"},
        CONTENT_LENGTH=length, CONTENT_TYPE="application/fhir+json", **{"wsgi.input": BytesIO()},
    )  # fmt: skip
    assert answer.status_code == status


@pytest.mark.parametrize("body", [b"[]", b"null", b"<Bundle/>", b"\x1f\x8b", b" \n7", b"\xff\xfe{"])
def test_what_is_no_json_object_is_refused_at_once(system, body):
    answer = system.send(body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:gp-record:problem:no-bundle")
    assert list(spool.kept_ids()) == []


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b" \r\n\t"])
def test_what_may_stand_before_an_object_does_no_harm(system, quilla, before):
    assert system.ask(system.send(before + bundle())).json()["state"] == "loaded"


def test_more_than_the_limit_is_refused_and_leaves_nothing(system, monkeypatch):
    for module in (spool, receiving):
        monkeypatch.setattr(module, "LIMIT", 1000)
    assert system.send(b"{" + b"x" * 1000).status_code == 413
    assert list(spool.kept_ids()) == []


def test_more_than_the_limit_is_written_nowhere(monkeypatch):
    monkeypatch.setattr(spool, "LIMIT", 1000)
    with pytest.raises(spool.TooLarge):
        spool.keep(system_id(), reader_of(b"x" * 1001))
    assert list(spool.kept_ids()) == []


def test_only_pieces_are_in_memory():
    sizes = []

    def read(size):
        sizes.append(size)
        return b"x" * size if len(sizes) < 4 else b""

    kept = spool.keep(system_id(), read)
    assert kept.size == 3 * spool.PIECE
    assert set(sizes) == {spool.PIECE}
    assert files.LIMIT > 3 * spool.PIECE


def system_id():
    return ReceivedExtract().id


def test_too_many_that_wait_are_refused_for_now(system, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    monkeypatch.setattr(receiving, "MOST_WAITING", 1)
    assert system.send(bundle()).status_code == 202
    full = system.send(bundle())
    assert (full.status_code, full.headers["Retry-After"]) == (429, "60")


def test_so_are_too_many_bytes_that_wait(system, monkeypatch):
    """A few extracts may be as large as thousands: what waits is bound by both, before a byte of it is taken."""
    monkeypatch.setattr(receiving, "load_received", Waiting())
    first = bundle()
    monkeypatch.setattr(receiving, "MOST_BYTES_WAITING", 2 * len(first))
    assert [system.send(first).status_code for _ in range(3)] == [202, 202, 429]
    assert len(list(spool.kept_ids())) == 2
    one = ReceivedExtract.objects.first()
    ReceivedExtract.objects.filter(pk=one.pk).update(state="loaded")
    assert system.send(first).status_code == 202


def test_what_was_taken_in_is_told_again_also_while_too_many_wait(system, monkeypatch):
    """Whoever lost the answer sends it again: nothing more waits for that, and no byte of it is kept."""
    monkeypatch.setattr(receiving, "load_received", Waiting())
    first = system.send(bundle(), key="once")
    monkeypatch.setattr(receiving, "MOST_WAITING", 1)
    monkeypatch.setattr(spool, "keep", None)
    again = system.send(bundle(), key="once")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert system.send(bundle(), key="another").status_code == 429
    assert system.send(bundle() + b" ", key="once").status_code == 409
    assert system.send(b"[]", key="once").status_code == 400
    monkeypatch.setattr(spool, "LIMIT", 10)
    assert system.send(bundle(), key="once").status_code == 413
    assert len(list(spool.kept_ids())) == ReceivedExtract.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_another_method_is_refused(system, method):
    answer = getattr(system.client, method)("/supplier/extracts")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_whoever_lost_the_surgery_while_it_waited_loads_nothing(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    answer = system.send(bundle())
    system.supplier.surgeries.clear()
    assert loading.load_all_waiting(timezone.now) == (1, 0)
    assert system.ask(answer).json()["state"] == "refused"
    assert held(quilla) == []


def test_a_file_that_was_lost_is_told_of(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    lost, changed = system.send(bundle()), system.send(bundle(display="Gout"))
    spool.drop(received(lost).id)
    path = spool.path_of(received(changed).id)
    path.write_bytes(spool.box().encrypt(b"{}") + b"\n")
    assert loading.load_all_waiting(timezone.now) == (2, 0)
    for answer in (lost, changed):
        told = system.ask(answer).json()
        assert told["state"] == "refused"
        assert "send it again, with a new Idempotency-Key" in told["reason"]


def test_what_no_key_reads_now_waits_and_stops_nobody_behind_it(
    system, quilla, monkeypatch, settings, caplog
):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    first, second = system.send(bundle(display="Gout")), system.send(bundle())
    path, key = spool.path_of(received(first).id), spool.path_of(received(first).id).read_bytes()
    path.write_bytes(key[:-9] + b"AAAAAAAA=\n")
    assert loading.load_all_waiting(timezone.now) == (1, 1)
    assert [system.ask(each).json()["state"] for each in (first, second)] == ["waiting", "loaded"]
    path.write_bytes(key)
    assert loading.load_all_waiting(timezone.now) == (1, 0)


def test_an_undated_extract_that_waited_replaces_none_that_came_later(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    waited = system.send(bundle(display="Asthma, yesterday"))
    ReceivedExtract.objects.update(received_at=timezone.now() - timedelta(hours=1))
    later = system.send(bundle(display="Asthma, today"))
    loading.load_one(received(later).id, now=timezone.now())
    loading.load_all_waiting(timezone.now)
    told = system.ask(waited).json()
    assert (told["state"], held(quilla)) == ("refused", ["Asthma, today"])
    assert "made before the extract that is held" in told["reason"]


def test_a_worker_that_dies_leaves_it_waiting(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    answer = system.send(bundle())

    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ReceivedExtract, "save", dies)
        with pytest.raises(Killed):
            loading.load_one(received(answer).id, now=timezone.now())
    assert held(quilla) == []
    assert system.ask(answer).json()["state"] == "waiting"
    loading.load_all_waiting(timezone.now)
    assert system.ask(answer).json()["state"] == "loaded"
    assert held(quilla) == ["Asthma"]


def test_it_waits_while_the_database_is_away(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    answer = system.send(bundle())

    def away(*_, **__):
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as patched:
        patched.setattr(load, "match", away)
        with pytest.raises(loading.NotNow):
            loading.load_one(received(answer).id, now=timezone.now())
    assert system.ask(answer).json()["state"] == "waiting"
    loading.load_all_waiting(timezone.now)
    assert system.ask(answer).json()["state"] == "loaded"


def test_files_that_nobody_waits_for_are_taken_away_after_an_hour(system, quilla, monkeypatch):
    monkeypatch.setattr(receiving, "load_received", Waiting())
    system.send(bundle())
    orphan = system_id()
    spool.keep(orphan, reader_of(b"x"))
    now = timezone.now()
    assert loading.drop_orphans(now=now) == 0
    assert loading.drop_orphans(now=now + timedelta(hours=2)) == 1
    assert not spool.path_of(orphan).exists()
    assert len(list(spool.kept_ids())) == 1


def reader_of(content):
    pieces = iter([content, b""])
    return lambda size: next(pieces)


def test_files_of_somebody_else_do_not_stop_the_sweeping(system, settings):
    settings.PORTAL_INCOMING.mkdir()
    (settings.PORTAL_INCOMING / "copy of x.sealed").write_bytes(b"x")
    assert loading.drop_orphans(now=timezone.now()) == 0


def test_nothing_of_a_person_is_in_the_log(system, surgery, caplog):
    system.ask(system.send(bundle()))
    assert "Madeup" not in caplog.text
    assert "9991000003" not in caplog.text


def test_a_stranger_learns_nothing_of_an_extract(system, quilla):
    answer = system.send(bundle())
    path = f"/supplier/extracts/{answer.json()['id']}"
    assert Client().get(path).status_code == 401
