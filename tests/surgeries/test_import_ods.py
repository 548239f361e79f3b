"""The list of GP practices: what is taken from it, what is left out, and what is never overwritten."""

import csv
import json
from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from surgeries.models import Surgery, SurgeryStatus
from surgeries.ods.load import load_list
from surgeries.ods.rows import LONGEST
from tests.cast import make_surgery
from tests.clock import NOW
from tests.surgeries.ods_lines import ods_line

pytestmark = pytest.mark.django_db


def load(*lines):
    return load_list(lines, by=None, now=NOW)


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the command over lines; gives the exit code and what it printed."""

    def run(*lines, args=(), content=None):
        file = tmp_path / "epraccur.csv"
        file.write_bytes(b"\r\n".join(lines) if content is None else content)
        try:
            call_command("import_ods", str(file), *args)
            code = 0
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out

    return run


def test_a_surgery_is_taken_from_its_line():
    load(ods_line())
    surgery = Surgery.objects.get()
    assert (surgery.ods_code, surgery.name) == ("A81001", "The Densham Surgery")
    assert surgery.address == "The Health Centre\nLawson Street\nStockton-on-Tees\nCleveland"
    assert (surgery.town, surgery.postcode) == ("Stockton-on-Tees", "TS18 1HU")
    assert (surgery.phone, surgery.status) == ("01632 960001", SurgeryStatus.ACTIVE)
    assert surgery.closed_on is None
    assert not surgery.uses_portal


@pytest.mark.parametrize(
    ("letter", "closed", "status", "closed_on"),
    [
        ("A", "", "active", None),
        ("A", "20301231", "active", date(2030, 12, 31)),
        ("C", "20171031", "closed", date(2017, 10, 31)),
        ("C", "", "closed", None),
        ("D", "", "dormant", None),
        ("P", "", "proposed", None),
    ],
)
def test_each_status_is_kept(letter, closed, status, closed_on):
    load(ods_line(c12=letter, c11=closed))
    surgery = Surgery.objects.get()
    assert (surgery.status, surgery.closed_on) == (status, closed_on)


def test_a_second_run_changes_nothing(run):
    lines = [ods_line(), ods_line("A81003", c12="C", c11="20171031")]
    assert run(*lines)[1].startswith("2 GP practices: 2 added, 0 changed, 0 unchanged")
    before = list(Surgery.objects.order_by("ods_code").values())
    assert run(*lines)[1].startswith("2 GP practices: 0 added, 0 changed, 2 unchanged")
    assert list(Surgery.objects.order_by("ods_code").values()) == before


def test_what_changed_in_the_list_changes_here():
    load(ods_line(), ods_line("A81002"))
    pk = Surgery.objects.get(ods_code="A81001").pk
    loaded = load(
        ods_line(c1="LAWSON STREET PRACTICE", c12="C", c11="20240331"), ods_line("A81002")
    )
    assert (loaded.added, loaded.changed, loaded.unchanged) == (0, 1, 1)
    surgery = Surgery.objects.get(ods_code="A81001")
    assert (surgery.pk, surgery.name) == (pk, "Lawson Street Practice")
    assert (surgery.status, surgery.closed_on) == ("closed", date(2024, 3, 31))


def test_a_surgery_that_opens_again_loses_its_closing_date():
    load(ods_line(c12="C", c11="20240331"))
    load(ods_line())
    surgery = Surgery.objects.get()
    assert (surgery.status, surgery.closed_on) == ("active", None)


def test_a_surgery_that_uses_the_portal_keeps_its_own_words():
    make_surgery("A81001", address="Ours", phone="01632 960002", postcode="ZZ99 1AA", town="Here")
    loaded = load(ods_line(c12="C", c11="20240331"))
    assert (loaded.changed, loaded.kept) == (1, 1)
    surgery = Surgery.objects.get()
    assert (surgery.name, surgery.address, surgery.phone) == (
        "Riverbank Surgery", "Ours", "01632 960002",
    )  # fmt: skip
    assert (surgery.status, surgery.closed_on) == ("closed", date(2024, 3, 31))
    assert surgery.uses_portal
    assert surgery.go_live_on == date(2023, 10, 31)
    assert load(ods_line(c12="C", c11="20240331")).changed == 0


def test_what_staff_set_for_a_surgery_is_not_touched():
    load(ods_line())
    Surgery.objects.update(how_to_ask="Ring the bell", opening_hours={"monday": ["08:00", "12:00"]})
    load(ods_line(c1="ANOTHER NAME"))
    surgery = Surgery.objects.get()
    assert (surgery.name, surgery.how_to_ask) == ("Another Name", "Ring the bell")
    assert surgery.opening_hours == {"monday": ["08:00", "12:00"]}


def test_a_surgery_that_left_the_list_stays(run):
    load(ods_line(), ods_line("A81002"))
    _, out = run(ods_line())
    assert "1 known here are not in the list: left as they are." in out
    assert Surgery.objects.count() == 2


def test_only_gp_practices_are_taken_and_the_others_counted(run):
    code, out = run(ods_line(), ods_line("Y00001", c25="25"), ods_line("Y00002", c25="9", c12="?"))
    assert code == 0
    assert "2 lines left out" in out
    assert "setting 9: 1, setting 25: 1" in out
    assert Surgery.objects.count() == 1


BROKEN = {
    "too few columns": (ods_line(columns=26), "it has 26 columns instead of 27"),
    "too many columns": (ods_line(columns=28), "it has 28 columns instead of 27"),
    "no list at all": (b"hello", "it has 1 columns instead of 27"),
    "not UTF-8": (ods_line().replace(b"DENSHAM", b"DENSH\xc1M"), "it is not UTF-8 text"),
    "NUL byte": (ods_line(c1="THE\0DENSHAM"), "it has control characters in it"),
    "quotation mark left open": (ods_line()[:-1], "its quotation marks do not match"),
    "bad code": (ods_line("12"), "the first column is not an ODS code"),
    "empty code": (ods_line(""), "the first column is not an ODS code"),
    "heading": (ods_line("Organisation Code"), "the first column is not an ODS code"),
    "no setting": (ods_line(c25=""), "the prescribing setting (column 26) is not a number"),
    "odd digit": (ods_line(c25="٤"), "the prescribing setting (column 26) is not a number"),
    "unknown status": (ods_line(c12="X"), "the status (column 13) is not A, C, D or P"),
    "day that is none": (ods_line(c11="20240230"), "is not a date like 20240331"),
    "day in words": (ods_line(c11="31/03/24"), "is not a date like 20240331"),
    "day in other digits": (ods_line(c11="٢٠٢٤٠٣٣١"), "is not a date like 20240331"),
    "no name": (ods_line(c1=""), "there is no name"),
    "name too long": (ods_line(c1="X" * 201), "the name is longer than 200 characters"),
    "postcode too long": (
        ods_line(c9="TS18 1HU TS18"),
        "the postcode is longer than 10 characters",
    ),
    "the same code again": (ods_line("A81002"), "its code is that of line 1 already"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_line_is_named_and_skipped_and_the_others_are_loaded(run, kind):
    line, why = BROKEN[kind]
    code, out = run(ods_line("A81002"), line, ods_line("A81003"))
    assert code == 1
    assert "  skipped line 2: " in out
    assert why in out
    assert set(Surgery.objects.values_list("ods_code", flat=True)) == {"A81002", "A81003"}


def test_nothing_of_a_broken_line_is_repeated_in_the_report(run):
    _, out = run(ods_line(c1="SECRET\x1b[31m"))
    assert "SECRET" not in out
    assert "\x1b" not in out


def test_many_broken_lines_are_counted(run):
    code, out = run(*[b"broken"] * 60)
    assert code == 1
    assert out.count("skipped line") == 50
    assert "and 10 more" in out


def test_blank_lines_and_a_byte_order_mark_do_no_harm(run):
    code, out = run(content=b"\xef\xbb\xbf" + ods_line() + b"\r\n\r\n")
    assert code == 0
    assert out.startswith("1 GP practices: 1 added")


def test_the_report_as_json(run):
    code, out = run(ods_line(), b"broken", ods_line("Y00001", c25="25"), args=["--json"])
    assert code == 1
    assert json.loads(out) == {
        "file": "epraccur.csv", "lines": 3, "surgeries": 1, "added": 1, "changed": 0, "unchanged": 0,
        "kept": 0, "not_listed": 0, "statuses": {"active": 1}, "other_sites": {"25": 1},
        "skipped": [{"line": 2, "reason": "it has 1 columns instead of 27"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b" \r\n", "is empty"), (b"PK\3\4", "is a zip file")]
)
def test_what_is_no_list_is_refused(tmp_path, content, why):
    file = tmp_path / "epraccur.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=why) as refusal:
        call_command("import_ods", str(file))
    assert refusal.value.returncode == 2


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(CommandError) as refusal:
            call_command("import_ods", str(path))
        assert refusal.value.returncode == 2


def test_each_run_is_written_down_once():
    load(ods_line(), b"broken")
    load(ods_line())
    first, second = AuditEvent.objects.filter(action="surgeries imported").order_by("sequence")
    assert (first.object, first.actor_id, first.patient_id) == ("ods", None, None)
    assert (first.details["added"], first.details["skipped"]) == (1, 1)
    assert (second.details["added"], second.details["unchanged"]) == (0, 1)


def test_a_postcode_and_a_london_number_are_written_properly():
    load(ods_line(c9="ts181hu", c17="020 79460001"))
    surgery = Surgery.objects.get()
    assert (surgery.postcode, surgery.phone) == ("TS18 1HU", "020 7946 0001")


def test_a_whole_country_is_loaded_with_few_queries(django_assert_max_num_queries):
    lines = [ods_line(f"B{number:05}") for number in range(4001)]
    with django_assert_max_num_queries(8):
        assert load(*lines).added == 4001
    changed = [line.replace(b"DENSHAM", b"OTHER") for line in lines]
    with django_assert_max_num_queries(8):
        assert load(*changed).changed == 4001


def test_the_real_list_is_loaded_whole(shared):
    """Counts per status are those of the file; every column fits."""
    file = shared / "ods" / "epraccur_sample60.csv"
    with file.open(newline="") as opened:
        rows = [row for row in csv.reader(opened) if row[25] == "4"]
    loaded = load_list(file.read_bytes().split(b"\n"), by=None, now=NOW)
    assert loaded.skipped == []
    assert loaded.added == Surgery.objects.count() == len(rows)
    names = {"A": "active", "C": "closed", "D": "dormant", "P": "proposed"}
    assert loaded.statuses == Counter(names[row[12]] for row in rows)
    closed = Surgery.objects.filter(status="closed", closed_on=None)
    assert not closed.exists()
    assert not Surgery.objects.filter(town="").exists()
    assert not Surgery.objects.filter(name__regex=r"[A-Z]{6}").exists()
    assert set(LONGEST) >= {"name", "town", "postcode", "phone"}
