"""`export_proxy` and `import_proxy`, as operators use them."""

import json
from contextlib import nullcontext
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DataError
from fhir.resources.R4B.bundle import Bundle

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access import files
from proxy_access.fhir import read
from proxy_access.files import take_file
from proxy_access.models import GrantSource, Organisation, ProxyGrant, ProxyStep
from proxy_access.told_case import Taking
from tests.cast import make_proxy_grant, make_staff
from tests.clock import NOW
from tests.proxy_access.fhir.examples import ROLE, content, example

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def people(patient, stranger):
    patient.surgery.patients.filter(nhs_number="9990000026").update(date_of_birth=date(1990, 5, 6))
    return patient, stranger


def run(name, *arguments, code=0):
    """What a command prints; with a code, it ends with that."""
    out = StringIO()
    ends = pytest.raises(SystemExit, match=f"^{code}$") if code else nullcontext()
    with ends:
        call_command(name, *[str(one) for one in arguments], stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(body, name="grant.json"):
        path = tmp_path / name
        path.write_bytes(body)
        return path

    return write


def test_a_file_is_taken_in_once(people, file):
    path = file(content())
    told = json.loads(run("import_proxy", path, "--scopes", "medicines", "--json"))
    [one] = told["files"]
    grant = ProxyGrant.objects.get()
    assert told["totals"] == {"taken": 1}
    assert (one["outcome"], one["grants"]) == (
        "taken",
        [{"grant": str(grant.pk), "source_id": "A1", "outcome": "added", "status": "proposed",
          "reason": "APPLICATION_SUBMITTED"}],
    )  # fmt: skip
    again = run("import_proxy", path, "--scopes", "medicines")
    assert again.splitlines() == [
        f"{path}: unchanged",
        "  A1: unchanged, proposed (APPLICATION_SUBMITTED)",
    ]
    assert ProxyStep.objects.count() == 1


def test_a_dry_run_changes_nothing(people, file):
    told = run("import_proxy", file(content()), "--scopes", "medicines", "--dry-run")
    assert "taken" in told
    assert not ProxyGrant.objects.exists()
    assert not GrantSource.objects.exists()


def test_each_file_is_whole_or_not_at_all_and_the_others_are_taken(people, file):
    """A file whose second grant is refused leaves no trace; the command ends with 1."""
    two = json.loads(content())
    second = json.loads(json.dumps(two["entry"][-1]))
    second["resource"]["id"] = "A2"
    two["entry"].append(second)
    broken, good = file(json.dumps(two).encode(), "a.json"), file(content(), "b.json")
    nothing = file(b'{"resourceType": "Bundle", "type": "searchset", "entry": []}', "c.json")
    told = json.loads(
        run("import_proxy", broken, good, nothing, "--scopes", "medicines", "--json", code=1)
    )
    assert [one["outcome"] for one in told["files"]] == ["refused", "taken", "empty"]
    assert "decide about that one" in told["files"][0]["reason"]
    assert ProxyGrant.objects.count() == 1


def test_what_is_not_understood_ends_with_2(people, file, tmp_path):
    path = file(content())
    for arguments in (
        [path],
        [path, "--scopes", "everything"],
        [tmp_path / "none.json", "--scopes", "medicines"],
        [path, path, "--scopes", "medicines", "--patient", "999 000 0018"],
        [path, "--scopes", "medicines", "--confirmed-by", "nobody@example.test"],
        [path, "--scopes", "medicines", "--ends-on", "soon"],
    ):
        with pytest.raises(CommandError) as told:
            run("import_proxy", *arguments)
        assert told.value.returncode in (1, 2)  # in a test, what argparse refuses is raised with 1
    assert not ProxyGrant.objects.exists()


def test_a_member_of_staff_confirms(people, file):
    make_staff(people[0].surgery, "decides@example.test", Duty.DECIDE_ACCESS)
    run(
        "import_proxy", file(content()), "--scopes", "medicines", "allergies",
        "--confirmed-by", "Decides@example.test", "--reason", "Both were here",
    )  # fmt: skip
    grant = ProxyGrant.objects.get()
    assert (grant.status, grant.scopes) == ("active", ["allergies", "medicines"])
    assert grant.decided_by.email == "decides@example.test"


def test_a_national_example_needs_the_people_to_be_named(people, patient, proxy_user, shared, file):
    """It gives NHS numbers alone (R3.7)."""
    patient.surgery.patients.filter(pk=patient.pk).update(nhs_number="9000000009")
    path = file(example(shared, "GET_Consent/single-mother-child-relationship"))
    refused = run("import_proxy", path, "--scopes", "medicines", code=1)
    assert "name them with --patient" in refused
    run(
        "import_proxy", path, "--scopes", "medicines", "--patient", "900 000 0009", "--proxy-email",
        proxy_user.email,
    )  # fmt: skip
    assert ProxyGrant.objects.get().status == "proposed"


def test_what_is_refused_says_nothing_of_people(people, file):
    path = file(content(patient=ROLE.proxy, proxy=ROLE.patient))
    told = run("import_proxy", path, "--scopes", "medicines", code=1)
    for word in ("999000", "Testwell", "Demoson", "1990"):
        assert word not in told.replace(str(path), "")


def test_grants_are_printed_as_fhir(people, proxy_user):
    patient, other = people
    make_proxy_grant(patient, proxy_user)
    make_proxy_grant(patient, other, status="ended")
    printed = run("export_proxy", "999 000 0018")
    Bundle.model_validate_json(printed)
    assert {role.status for role in read(printed.encode())} == {"active", "ended"}
    one = read(run("export_proxy", "9990000018", "--proxy-email", other.email).encode())
    assert [role.proxy.family_name for role in one] == ["Demoson"]
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="proxy access told", patient_id=patient.pk).exists()
    for words in ("address", "test-results", proxy_user.email):
        assert words not in printed


def test_who_acts_for_an_organisation_is_not_told(people, proxy_user, surgery, capsys):
    """A Consent cannot say so: elsewhere it would outlive the person's part in the organisation."""
    home = Organisation.objects.create(surgery=surgery, name="Elm", starts_on=date(2024, 1, 1))
    member = home.members.create(user=proxy_user, starts_on=date(2024, 1, 1))
    make_proxy_grant(people[0], proxy_user, on_behalf_of=member, scopes=["medicines"])
    assert read(run("export_proxy", "9990000018").encode()) == []
    assert "Left out" in capsys.readouterr().err


def test_what_the_database_does_not_take_is_said_without_its_words(people, file, monkeypatch):
    """Its words would quote the row."""

    def fail(*arguments, **options):
        raise DataError("9990000018 of Testwell")

    monkeypatch.setattr(files, "take_in", fail)
    told = run("import_proxy", file(content()), "--scopes", "medicines", code=1)
    assert "the database did not take it" in told
    assert "Testwell" not in told


def test_a_file_that_cannot_be_read_is_refused(people, tmp_path):
    """A file may go between being named and being opened."""
    how = Taking(("medicines",))
    taken = take_file(tmp_path / "gone.json", how, dry_run=False, now=NOW)
    assert (taken.outcome, taken.reason) == (
        "refused", "the file cannot be read: No such file or directory",
    )  # fmt: skip


def test_people_are_named_for_one_grant_only(people, file):
    two = json.loads(content())
    second = json.loads(json.dumps(two["entry"][-1]))
    second["resource"]["id"] = "A2"
    two["entry"].append(second)
    path = file(json.dumps(two).encode())
    told = run("import_proxy", path, "--scopes", "medicines", "--patient", "9990000018", code=1)
    assert "it holds several grants" in told


def test_a_refused_file_is_in_the_log(people, file):
    """R9.1: that it was, and nothing of what it says; a dry run leaves nothing."""
    path = file(b"{}")
    run("import_proxy", path, "--scopes", "medicines", "--dry-run", code=1)
    assert not AuditEvent.objects.filter(action="proxy access taken in").exists()
    run("import_proxy", path, "--scopes", "medicines", code=1)
    event = AuditEvent.objects.get(action="proxy access taken in")
    assert (event.outcome, event.details) == ("refused", {"kind": "Unreadable"})


def test_whose_grants_has_to_be_known(people):
    with pytest.raises(CommandError, match="No patient here"):
        run("export_proxy", "9990000034")
    with pytest.raises(CommandError, match="Nobody has an account"):
        run("export_proxy", "9990000018", "--proxy-email", "nobody@example.test")
