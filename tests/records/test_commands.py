"""The operator's commands, as they are called."""

import gzip
import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from portal.demo.people import BY_KEY
from portal.demo.records import as_json, extract_for
from records.importing import load as loading
from records.models import (
    AccessGrant,
    AccessRequest,
    Entry,
    ExtractChange,
    ImportedExtract,
    StaffTask,
)
from surgeries.models import Patient
from tests.cast import (
    make_grant,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db
ADA = BY_KEY["ada"]


@pytest.fixture
def extract(tmp_path):
    """The extract of somebody made up, as a file."""
    path = tmp_path / "ada.json"
    path.write_bytes(as_json(extract_for(ADA, TODAY)))
    return path


@pytest.fixture
def ada(surgery):
    return make_patient(
        surgery, ADA.nhs_number, family_name=ADA.family_name, date_of_birth=ADA.born_on(TODAY)
    )


def run(command, *arguments, **options):
    """What a command printed as JSON, and its exit code."""
    output = io.StringIO()
    try:
        call_command(command, *arguments, stdout=output, json=True, **options)
    except SystemExit as ended:
        return json.loads(output.getvalue()), ended.code
    return json.loads(output.getvalue()), 0


def load(*paths, **options):
    return run("import_record", *map(str, paths), surgery="Z99001", **options)


def test_extract_is_loaded_and_reported(ada, extract):
    report, code = load(extract)
    (told,) = report["files"]
    assert code == 0
    assert (told["outcome"], told["reason"], told["skipped"]) == ("loaded", "", [])
    assert told["patient"] == {"nhs_number": ADA.nhs_number, "created": False}
    assert set(told["sections"]) == {
        "allergies", "medicines", "immunisations", "health-conditions", "test-results",
        "consultations", "documents",
    }  # fmt: skip
    added = sum(counts["added"] for counts in told["sections"].values())
    assert added > 20
    assert report["totals"]["loaded"] == 1
    with rows_of(ada.pk):
        entries = Entry.objects.filter(root_id=None)
        assert entries.filter(unreleased_because__in=["", "source-withheld"]).count() == added


def test_second_load_changes_nothing(ada, extract):
    """R7.3"""
    load(extract)
    report, code = load(extract)
    assert (report["files"][0]["outcome"], code) == ("unchanged", 0)
    assert report["totals"]["sections"]["medicines"]["added"] == 0
    assert report["totals"]["sections"]["medicines"]["unchanged"] > 0


def test_dry_run_tells_and_keeps_nothing(ada, extract):
    report, _ = load(extract, dry_run=True)
    assert report["totals"]["sections"]["medicines"]["added"] > 0
    with rows_of(ada.pk):
        assert not Entry.objects.exists()


def test_patients_are_added_only_when_asked(surgery, extract):
    report, code = load(extract)
    assert (report["files"][0]["outcome"], code) == ("refused", 1)
    assert "--add-patients" in report["files"][0]["reason"]
    report, code = load(extract, add_patients=True)
    assert report["files"][0]["patient"] == {"nhs_number": ADA.nhs_number, "created": True}
    assert Patient.objects.get().family_name == ADA.family_name


@pytest.mark.parametrize("add_patients", [False, True])
def test_named_number_does_not_overrule_a_valid_one(surgery, extract, add_patients):
    """R7.2: whether or not somebody has the number that was named."""
    report, code = load(extract, nhs_number="9990000018", add_patients=add_patients)
    assert (report["files"][0]["outcome"], code) == ("refused", 1)
    assert "another valid NHS number" in report["files"][0]["reason"]
    assert not Patient.objects.exists()


def test_refused_file_adds_no_patient(surgery, tmp_path):
    """R7.4"""
    bundle = extract_for(ADA, TODAY)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            del entry["resource"]["birthDate"]
    path = tmp_path / "no-birth-date.json"
    path.write_bytes(as_json(bundle))
    report, code = load(path, add_patients=True)
    assert (report["files"][0]["outcome"], code) == ("refused", 1)
    assert not Patient.objects.exists()


OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "not-found"}],
}
BAD = {
    "not JSON": (b"hello", "JSON"),
    "empty": (b"", ""),
    "truncated": (None, "JSON"),
    "an OperationOutcome": (json.dumps(OUTCOME).encode(), "sent an error"),
    "no Patient": (b'{"resourceType": "Bundle", "type": "collection", "entry": []}', "no patient"),
    "a list": (b"[]", ""),
    "a number": (b"12", ""),
    "binary": (bytes(range(256)), ""),
    "100 MB": (b" " * 100_000_000, "64 MB"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_bad_file_is_refused_in_one_clear_line(ada, extract, tmp_path, content, words):
    """R7.2, R7.4"""
    path = tmp_path / "bad.json"
    path.write_bytes(extract.read_bytes()[:5000] if content is None else content)
    report, code = load(path)
    (told,) = report["files"]
    assert (told["outcome"], code) == ("refused", 1)
    assert words in told["reason"]
    assert told["reason"].strip()
    assert "\n" not in told["reason"]
    assert told["patient"] is None
    with rows_of(ada.pk):
        assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("birthDate", "1901-01-01", "date of birth"),
        ("name", [{"use": "official", "family": "Someoneelse"}], "family name"),
        ("identifier", [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "1234567890"}], "not valid"),
        ("identifier", [], "not valid"),
    ],
)  # fmt: skip
def test_somebody_elses_extract_is_refused(ada, tmp_path, field, value, words):
    """R3.7, R7.2"""
    bundle = extract_for(ADA, TODAY)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"][field] = value
    path = tmp_path / "other.json"
    path.write_bytes(as_json(bundle))
    report, code = load(path)
    assert (report["files"][0]["outcome"], code) == ("refused", 1)
    assert words in report["files"][0]["reason"]
    with rows_of(ada.pk):
        assert not Entry.objects.exists()


def test_named_number_goes_with_one_file_only(ada, extract, tmp_path):
    """R7.2: two people's files would otherwise become one record."""
    (tmp_path / "other.json").write_bytes(extract.read_bytes())
    with pytest.raises(CommandError) as error:
        load(tmp_path, nhs_number=ADA.nhs_number)
    assert error.value.returncode == 2


def test_failing_database_refuses_one_file_and_not_the_run(ada, extract, tmp_path, monkeypatch):
    """R7.4"""
    (tmp_path / "zzz.json").write_bytes(extract.read_bytes())
    real, calls = loading.store, []

    def fail_once(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1:
            raise DataError("time zone out of range")
        return real(*arguments, **options)

    monkeypatch.setattr(loading, "store", fail_once)
    report, code = load(tmp_path)
    assert code == 1
    assert [file["outcome"] for file in report["files"]] == ["refused", "loaded"]
    assert "the database did not take it" in report["files"][0]["reason"]


def test_folder_of_mixed_files(ada, extract, tmp_path):
    """Each file by itself: the good ones load, the others are told one by one."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "notes.txt").write_text("shopping list")
    (tmp_path / "below" / "again.json.gz").write_bytes(gzip.compress(extract.read_bytes()))
    (tmp_path / "broken.json.gz").write_bytes(gzip.compress(b"{}")[:10])
    report, code = load(tmp_path)
    assert code == 1
    assert {file["file"].rsplit("/")[-1]: file["outcome"] for file in report["files"]} == {
        "ada.json": "loaded",
        "again.json.gz": "unchanged",
        "broken.json.gz": "refused",
        "notes.txt": "refused",
    }
    assert [report["totals"][key] for key in ("files", "loaded", "unchanged", "refused")] == [
        4,
        1,
        1,
        2,
    ]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [(["missing.json"], {"surgery": "Z99001"}), ([__file__], {"surgery": "NOWHERE"})],
)
def test_wrong_use_ends_with_2(surgery, arguments, options):
    with pytest.raises(CommandError) as error:
        call_command("import_record", *arguments, **options)
    assert error.value.returncode == 2


def test_report_for_people_is_a_line_a_file(ada, extract, capsys):
    call_command("import_record", str(extract), surgery="z99001")
    assert capsys.readouterr().out.count("\n") == 1


def shown(patient, **options):
    told, _ = run("show_record", patient.nhs_number, **options)
    return told


def test_record_opens_only_after_a_decision(ada, extract):
    load(extract)
    told = shown(ada)
    assert (told["access"], told["entries"]) == ("no-access", [])
    assert {entry["rule"] for entry in shown(ada, hidden=True)["entries"]} == {"R1.6"}


def test_summary_shows_medicines_and_allergies_whole(ada, extract):
    """R1.8"""
    load(extract)
    make_grant(ada, "summary", "summary")
    entries = shown(ada)["entries"]
    assert {entry["section"] for entry in entries} == {"allergies", "medicines"}
    assert {entry["rule"] for entry in entries} == {"R1.8"}
    assert {*entries[0]} >= {
        "id", "source_id", "section", "title", "effective", "recorded_at", "origin",
        "level_needed", "rule",
    }  # fmt: skip


def test_every_entry_is_explained_once(ada, extract):
    load(extract)
    make_grant(ada, "detailed", "summary", starts_on=date(2023, 6, 3))
    seen, everything = shown(ada)["entries"], shown(ada, hidden=True)["entries"]
    staff = shown(ada, viewer="staff")["entries"]
    assert 0 < len(seen) < len(everything) == len(staff)
    assert all(entry["rule"].startswith("R") for entry in everything)
    assert {entry["id"] for entry in everything if entry["shown"]} == {one["id"] for one in seen}


def test_proxy_sees_their_sections_until_their_date(ada, extract, proxy_user):
    """R4.3, R4.6"""
    load(extract)
    make_grant(ada, "full", "full")
    make_proxy_grant(ada, proxy_user, scopes=["medicines"], ends_on=date(2024, 12, 31))
    as_proxy = {"viewer": "proxy:carer@example.test"}
    told = shown(ada, **as_proxy, on=date(2024, 12, 31))
    assert {entry["section"] for entry in told["entries"]} == {"medicines"}
    assert shown(ada, **as_proxy, on=date(2025, 1, 1))["access"] == "ended"


@pytest.mark.parametrize("viewer", ["somebody", "proxy:", "proxy:nobody@example.test"])
def test_unknown_viewer_is_an_error(ada, viewer):
    with pytest.raises(CommandError):
        call_command("show_record", ada.nhs_number, viewer=viewer)


def grant(patient, by="staff@example.test", **options):
    options = {"current": "full", "historical": "summary", "reason": "Asked"} | options
    call_command("grant_access", patient.nhs_number, by=by, **options)


def test_access_is_granted_in_the_name_of_staff(ada, staff):
    grant(ada, starts_on=date(2020, 1, 1))
    (held,) = AccessGrant.objects.of(ada)
    assert (held.decided_by, held.starts_on) == (staff, date(2020, 1, 1))
    assert shown(ada)["levels"] == {
        "current": "full", "historical": "summary", "starts_on": "2020-01-01",
    }  # fmt: skip


def test_access_is_granted_only_by_who_may(ada, surgery):
    """R8.1"""
    make_staff(surgery, "reviewer@example.test", "review-entries")
    make_staff(make_surgery("Z99002", name="Elsewhere"), "elsewhere@example.test")
    for email in ("reviewer@example.test", "elsewhere@example.test", "nobody@example.test"):
        with pytest.raises(CommandError, match="decide-access"):
            grant(ada, by=email)
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize(
    ("held", "asked", "is_refused"),
    [
        (("full", "summary"), ("full", "detailed"), True),
        (None, ("full", "summary"), True),
        (("full", "full"), ("full", "detailed"), False),
        (("full", "detailed"), ("full", "detailed"), False),
    ],
)
def test_what_would_open_unread_is_refused_by_command(ada, staff, extract, held, asked, is_refused):
    """R8.6: the staff page has it read first."""
    load(extract)
    if held:
        make_grant(ada, *held)
    before = AccessGrant.objects.count()
    options = dict(zip(("current", "historical"), asked, strict=True))
    if is_refused:
        with pytest.raises(CommandError, match="that nobody has read"):
            grant(ada, **options)
        with pytest.raises(CommandError, match="that nobody has read"):
            grant(ada, **options, without_review=" ")
    else:
        grant(ada, **options)
    assert AccessGrant.objects.count() == before + (not is_refused)


@pytest.mark.parametrize("what", ["request", "two people"])
def test_what_takes_more_than_one_decision_is_refused_by_command(ada, staff, surgery, what):
    """Also on an empty record: an open request waits for an answer, and a second person for their say."""
    make_grant(ada)
    if what == "request":
        ask_for(ada)
    else:
        surgery.two_people_for_full = True
        surgery.save()
    with pytest.raises(CommandError, match="take two people"):
        grant(ada, historical="full")
    assert AccessGrant.objects.count() == 1


def test_what_opens_unread_is_on_file_with_why(ada, staff, extract):
    load(extract)
    grant(ada, historical="detailed", without_review="Read on paper by Dr Fern")
    (held,) = AccessGrant.objects.of(ada)
    assert held.reason == "Asked (not read before: Read on paper by Dr Fern)"
    with rows_of(ada.pk):
        event = AuditEvent.objects.get(patient_id=ada.pk, action="access decided unread")
    assert (event.actor_id, event.duty) == (staff.pk, "decide-access")
    assert event.details == {"opened": len(shown(ada)["entries"])}


def test_what_opens_nothing_is_not_on_file_as_unread(ada, staff):
    grant(ada, without_review="Never mind")
    assert AccessGrant.objects.of(ada).get().reason == "Asked"
    with rows_of(ada.pk):
        assert not AuditEvent.objects.filter(action="access decided unread").exists()


def ask_for(patient):
    return AccessRequest.objects.create(
        patient=patient, asked_by=make_user("asks@example.test"), asked_at=NOW, state_at=NOW,
        due_on=NOW.date(),
    )  # fmt: skip


@pytest.mark.parametrize("options", [{"historical": "full", "current": "summary"}, {"reason": " "}])
def test_grant_that_makes_no_sense_is_refused_in_a_line(ada, staff, options):
    with pytest.raises(CommandError):
        grant(ada, **options)


@pytest.fixture
def late(ada, extract):
    """All of the record came after older entries were opened."""
    held = make_grant(ada, "full", "full")
    load(extract)
    return held


def late_tasks(patient):
    return StaffTask.objects.filter(patient=patient, kind="late-history", closed_at=None).count()


def test_what_came_late_is_refused_by_command_unless_it_is_said_why(ada, staff, late):
    """R1.5, R8.6: the same decision again is how it is read."""
    assert late_tasks(ada) == 1
    before = len(shown(ada)["entries"])
    with pytest.raises(CommandError, match="that nobody has read"):
        grant(ada, historical="full")
    grant(ada, historical="full", without_review="Read on paper by Dr Fern")
    assert len(shown(ada)["entries"]) > before
    assert late_tasks(ada) == 0


def test_who_closes_by_command_reads_nothing_of_what_came_late(ada, staff, late):
    """R1.5: and does not have to."""
    before = shown(ada)["entries"]
    grant(ada, historical="documents")
    assert AccessGrant.objects.of(ada).first().reads_until == late.reads_until
    assert len(shown(ada)["entries"]) <= len(before)
    assert late_tasks(ada) == 1


def changed_extract(path, **changes):
    """The same extract with other words for some resources, by id; None takes one away."""
    bundle = json.loads(path.read_text())
    for entry in list(bundle["entry"]):
        found = entry["resource"]
        if found.get("id") in changes:
            bundle["entry"].remove(entry)
            if changes[found["id"]] is not None:
                bundle["entry"].append({"resource": found | changes[found["id"]]})
    other = path.with_name("other.json")
    other.write_text(json.dumps(bundle))
    return other


@pytest.fixture
def second(ada, extract):
    """Another extract of the same record, after the first one was loaded: one thing is told otherwise, one is gone."""
    load(extract)
    bundle = json.loads(extract.read_text())
    found = [entry["resource"] for entry in bundle["entry"]]
    condition = next(each for each in found if each["resourceType"] == "Condition")
    allergy = next(each for each in found if each["resourceType"] == "AllergyIntolerance")
    for each in found:
        if each["resourceType"] == "List":
            each["entry"] = [
                one for one in each.get("entry", []) if one["item"].get("reference", "").split("/")[-1] != allergy["id"]
            ]  # fmt: skip
    extract.write_text(json.dumps(bundle))
    changes = {condition["id"]: {"code": {"text": "Other words"}}, allergy["id"]: None}
    return changed_extract(extract, **changes)


def history(patient, **options):
    report, _ = run("import_history", surgery="Z99001", nhs_number=patient.nhs_number, **options)
    return report["extracts"]


def everything(patient):
    """Every row that is kept of a patient, but the log."""
    with rows_of(patient.pk):
        return [
            sorted(map(repr, model.objects.filter(patient=patient).values()))
            for model in (Entry, ImportedExtract, ExtractChange)
        ]


def test_dry_run_says_entry_by_entry_what_would_change(ada, second):
    before = everything(ada)
    report, code = load(second, dry_run=True)
    (told,) = report["files"]
    assert code == 0
    by_change = {each["change"]: each for each in told["changes"]}
    assert by_change.keys() == {"updated", "withdrawn"}
    updated = by_change["updated"]
    assert updated["section"] == "health-conditions"
    title = next(each for each in updated["fields"] if each["field"] == "title")
    assert title["after"] == "Other words"
    assert by_change["withdrawn"]["section"] == "allergies"
    assert everything(ada) == before
    with rows_of(ada.pk):
        event = AuditEvent.objects.get(action="load tried out")  # it was told what is held (R9.1)
    assert "Other words" not in str(event.details)


def test_dry_run_is_readable(ada, second, capsys):
    call_command("import_record", str(second), surgery="Z99001", dry_run=True)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("    ~ Other words (") for line in lines)
    assert any(line.startswith("    - ") for line in lines)
    assert any('title: "' in line and '-> "Other words"' in line for line in lines)
    assert any(line.startswith("  medicines: ") and line.endswith(" unchanged") for line in lines)


def test_what_a_dry_run_says_is_what_a_load_does(ada, second):
    told = load(second, dry_run=True)[0]["files"][0]
    done = load(second)[0]["files"][0]
    assert told["sections"] == done["sections"]
    assert "changes" not in done


def test_history_tells_what_each_extract_changed(ada, second):
    load(second)
    newest, first = history(ada)
    assert (first["file"], newest["file"]) == ("ada.json", "other.json")
    assert first["rows"]["added"]
    assert (len(newest["rows"]["updated"]) > 0, len(newest["rows"]["withdrawn"])) == (True, 1)
    assert newest["sections"]["allergies"]["withdrawn"] == 1
    assert newest["undone"] is None


def test_history_for_people_names_files_and_counts(ada, second, capsys):
    call_command("import_history", patient=ada.pk)
    told = capsys.readouterr().out
    assert "from ada.json" in told
    assert "Allergies and adverse reactions: " in told


def test_wrong_load_is_taken_back_by_command(ada, staff, second):
    before = everything(ada)[0]
    load(second, by=staff.email)
    extract_id = history(ada)[0]["id"]
    told, code = run(
        "undo_import",
        patient=ada.pk,
        extract=extract_id,
        by=staff.email,
        reason="Of another patient",
    )
    assert (code, told["extract"], told["restored"] > 0) == (0, extract_id, True)
    (newest, _) = history(ada)
    assert newest["undone"]["because"] == "Of another patient"
    assert newest["loaded_by"] == newest["undone"]["by"]
    after = everything(ada)[0]
    assert len(before) == len(after)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "nobody@example.test"}, "does not have the duty manage-settings"),
        ({"by": "reads@example.test"}, "does not have the duty manage-settings"),
        ({"reason": " "}, "Say why"),
        ({"extract": "00000000-0000-0000-0000-000000000000"}, "No such extract"),
        ({"patient": None}, "Name the patient"),
        ({"patient": "00000000-0000-0000-0000-000000000000"}, "no such patient"),
    ],
)
def test_what_cannot_be_taken_back_is_refused_in_a_line(
    ada, staff, surgery, extract, options, words
):
    make_staff(surgery, "reads@example.test", Duty.REVIEW_ENTRIES)
    load(extract)
    given = {"patient": ada.pk, "extract": history(ada)[0]["id"], "by": staff.email, "reason": "x"}
    with pytest.raises(CommandError, match=words):
        run("undo_import", **given | options)


def test_older_extract_takes_somebody_who_says_why(ada, staff, surgery, extract, second):
    bundle = json.loads(second.read_text())
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "List" and "date" in entry["resource"]:
            entry["resource"]["date"] = "2001-01-01T00:00:00+00:00"
    second.write_text(json.dumps(bundle))
    refused, code = load(second)
    assert (code, refused["files"][0]["outcome"]) == (1, "refused")
    assert "--force-older" in refused["files"][0]["reason"]
    with pytest.raises(CommandError, match="takes --by"):
        load(second, force_older="The newer one was cut")
    make_staff(surgery, "reads@example.test", Duty.REVIEW_ENTRIES)
    with pytest.raises(CommandError, match="manage-settings"):
        load(second, force_older="The newer one was cut", by="reads@example.test")
    done, code = load(second, force_older="The newer one was cut", by=staff.email)
    assert (code, done["files"][0]["outcome"]) == (0, "loaded")
    assert history(ada)[0]["older_because"] == "The newer one was cut"
