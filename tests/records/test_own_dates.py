"""What was recorded on another day than it happened keeps its own date wherever a record is read (R1.1, R6.7)."""

from datetime import date, time
from importlib import import_module
from itertools import product

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.urls import reverse

from audit.row_security import rows_of
from proxy_access.access import Access
from records.content import PartialDate
from records.finding import Asked, find
from records.importing.store import store
from records.importing.words import index_record
from records.models import Entry, OpenedResult
from records.own_dates import is_dated_apart, lies_between, may_lie_between, says_more
from records.timeline import read_timeline
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, record_access
from tests.clock import NOW
from tests.records.importing.extracts import entry, extract, part
from tests.records.views.record import (
    entry_of,
    hide_from,
    make_medicine,
    make_part,
    make_report,
    reader,
    unmarked,
)

pytestmark = pytest.mark.django_db

YEAR = {"effective_on": date(2004, 1, 1), "effective_precision": "year"}
DAY = {"effective_on": date(2005, 8, 23), "effective_precision": "day"}
IN_2004 = {"since": date(2004, 1, 1), "until": date(2004, 12, 31)}


def own(patient, user, **values):
    return record_access(Access(patient, user, frozenset(Section)), **values)


@pytest.fixture
def access(patient, patient_user):
    return own(patient, patient_user)


@pytest.fixture
def open_to_patient(patient):
    make_grant(patient, historical="full")
    return patient


@pytest.fixture
def visit(patient):
    return make_entry(patient, "visit", kind="consultation", title="Other", **DAY)


@pytest.fixture
def infarction(visit):
    return make_part(
        visit, "mi", 1, kind="observation", title="Acute myocardial infarction", **YEAR
    )


def by_date(access, **asked):
    with rows_of(access.patient.pk):
        page = read_timeline(access, asked.get("section"), asked.get("start"), number=1)
    return page, [line for group in page.groups for line in group.entries]


def found(access, words, **asked):
    index_record(access.patient)
    with rows_of(access.patient.pk):
        return find(access, Asked(words, **asked))


def titles(page):
    return [hit.line.title for hit in page.hits]


def told(hit):
    return [f"{each.name}: {''.join(part.text for part in each.segments)}" for each in hit.snippets]


DATES = [
    PartialDate(),
    *(PartialDate(day, None, precision) for day, precision in product(
        (date(2005, 1, 1), date(2005, 8, 23)), ("year", "month", "day"))),
    PartialDate(date(2005, 8, 23), time(10), "time"),
    PartialDate(date(2005, 8, 23), time(0), "time"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part_of", "whole", "apart", "more"),
    [
        (DATES[0], DATES[6], False, False),  # nothing is known of the part
        (DATES[6], DATES[0], True, True),  # nothing is known of the entry
        (DATES[6], DATES[6], False, False),
        (DATES[6], DATES[7], False, False),  # the entry has the time too
        (DATES[7], DATES[6], False, True),  # the part has
        (DATES[8], DATES[6], False, False),  # midnight says no time
        (DATES[3], DATES[6], True, True),
        (DATES[4], DATES[6], True, True),  # "2005" beside 23 August 2005 is less exact
        (DATES[4], DATES[4], False, False),
    ],
)
def test_a_part_has_a_date_of_its_own_where_it_is_not_the_entrys(part_of, whole, apart, more):
    assert is_dated_apart("observation", part_of, whole) is apart
    assert says_more(part_of, whole) is more
    assert not is_dated_apart("result-group", part_of, whole)


def columns(when):
    return {
        "effective_on": when.on,
        "effective_time": when.at,
        "effective_precision": when.precision,
    }


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("way", ["migration", "next start"])
def test_rows_from_before_are_marked_as_the_importer_marks_new_ones(patient, way):
    expected = {}
    for number, (part_of, whole) in enumerate(product(DATES, DATES)):
        visit = make_entry(patient, f"v{number}", kind="consultation", **columns(whole))
        for kind in ("observation", "result-group") if number % 7 == 0 else ("observation",):
            values = {"kind": kind, "dated_apart": None} | columns(part_of)
            made = make_part(visit, f"{kind}{number}", 1, **values)
            expected[made.source_id] = is_dated_apart(kind, part_of, whole)
    if way == "migration":
        migration = import_module("records.migrations.0013_parts_of_another_day")
        with connections["owner"].schema_editor(atomic=False) as editor:
            migration.note_dates(apps, editor)
    else:
        call_command("index_words", verbosity=0)
    with rows_of(patient.pk):
        parts = Entry.objects.of(patient).filter(root_id__isnull=False)
        assert dict(parts.values_list("source_id", "dated_apart")) == expected


def test_the_importer_marks_parts_also_where_only_the_entrys_date_changes(patient):
    day, another = (
        PartialDate(date(2005, 8, 23), None, "day"),
        PartialDate(date(2006, 1, 1), None, "day"),
    )
    for when, expected in ((day, False), (another, True)):
        visit = entry("v", kind="consultation", effective=when, parts=(part("p", effective=day),))
        store(extract(visit, extracted_at=None), patient, by=None, now=NOW)
        with rows_of(patient.pk):
            assert Entry.objects.of(patient).get(source_id="p").dated_apart is expected


@pytest.mark.parametrize("when", DATES)
@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2005, 8, 23), None), (None, date(2005, 8, 22)), (date(2005, 9, 1), date(2006, 1, 1))],
)
def test_the_database_and_we_agree_on_what_lies_between_two_days(patient, when, since, until):
    made = make_entry(patient, "e", **columns(when))
    with rows_of(patient.pk):
        rows = Entry.objects.of(patient).filter(may_lie_between(since, until), id=made.id)
        assert rows.exists() is lies_between(when, since, until)


def test_its_date_stands_beside_it_on_the_page(
    client, open_to_patient, patient_user, visit, infarction
):
    make_part(visit, "bp", 2, kind="observation", title="Blood pressure", **DAY)
    make_part(
        visit, "n", 3, kind="comment", title="Comment", free_text={"text": "Seen abroad"}, **YEAR
    )
    reader(client, patient_user, open_to_patient)
    page = unmarked(client.get(entry_of(visit)).content.decode())
    assert "Acute myocardial infarction<br>2004</p>" in page
    assert "Blood pressure</p>" in page
    assert "Note of 2004</p>" in page


def test_a_result_has_its_own_date_in_its_report(client, open_to_patient, patient_user):
    report = make_report(open_to_patient)
    make_part(report, "p1", 1, title="Old", **YEAR)
    make_part(
        report, "p2", 2, title="Same", effective_on=date(2024, 5, 1), effective_precision="day"
    )
    reader(client, patient_user, open_to_patient)
    for address in (
        entry_of(report),
        reverse("records:section", args=[open_to_patient.pk, "test-results"]),
    ):
        page = unmarked(client.get(address).content.decode())
        assert "Old<br>2004</span>" in page
        assert "Same</span>" in page


def test_it_stands_in_the_timeline_at_its_own_date(access, visit, infarction):
    page, lines = by_date(access)
    assert page.years == [2005, 2004]
    assert [(group.year, len(group.entries)) for group in page.groups] == [(2005, 1), (2004, 1)]
    line = lines[1]
    assert (line.title, line.page_id) == ("Acute myocardial infarction", visit.id)
    assert (line.whole.title, line.whole.when.on) == ("Other", date(2005, 8, 23))
    assert [each.title for each in by_date(access, start=2004)[1]] == [line.title]
    assert by_date(access, section=Section.MEDICINES)[1] == []


def test_the_timeline_says_where_it_was_recorded(
    client, open_to_patient, patient_user, visit, infarction
):
    reader(client, patient_user, open_to_patient)
    page = client.get(reverse("records:timeline", args=[open_to_patient.pk])).content.decode()
    assert (
        f'{visit.id}">Acute myocardial infarction</a><br>2004, Consultations and events<br>Recorded in Other, 23 August 2005'
        in page
    )


def test_headings_notes_and_issues_of_medicines_are_no_lines_of_a_timeline(patient, access):
    report = make_report(patient)
    make_part(report, "g", 1, kind="result-group", title="Group", **YEAR)
    make_part(report, "n", 2, kind="comment", title="Comment", free_text={"text": "x"}, **YEAR)
    make_part(
        make_medicine(patient), "i", 1, kind="issue", title="Issue", level_needed="summary", **YEAR
    )
    page, lines = by_date(access)
    assert {line.title for line in lines} == {"Full blood count", "Atorvastatin 20mg tablets"}
    assert page.years == [2024]


@pytest.mark.parametrize("how", ["hidden", "entry hidden", "closed", "withdrawn", "proxy"])
def test_what_may_not_be_seen_has_no_date_either(patient, patient_user, proxy_grant, how, visit):
    """R2.3: no line, no year, no hit, and nothing in the count of what has no date."""
    gone = {"withdrawn_at": NOW, "withdrawn_because": "gone"} if how == "withdrawn" else {}
    values = {"level_needed": "full"} if how == "closed" else {}
    mi = make_part(visit, "mi", 1, kind="observation", title="Infarction", **YEAR, **values, **gone)
    access = own(patient, patient_user, current="detailed", historical="detailed")
    if how == "hidden":
        hide_from(patient, mi)
    if how == "entry hidden":
        hide_from(patient, visit)
    if how == "proxy":
        hide_from(patient, mi, audience="proxies")
        proxy = Access(patient, proxy_grant.proxy, frozenset(Section), proxy_grant)
        access = record_access(proxy)
    page, lines = by_date(access)
    assert 2004 not in page.years
    assert [line.title for line in lines] == ([] if how == "entry hidden" else ["Other"])
    for words in ("infarction", "2004", "other infarction", "infarctoin"):
        search = found(access, words, **IN_2004)
        assert (search.hits, search.similar, search.undated) == ([], [], 0), words


@pytest.mark.parametrize("opened", [False, True])
def test_what_stands_below_a_sealed_report_has_no_date(patient, patient_user, access, opened):
    """R5.5: not its name, and not a year of its own."""
    report = make_report(patient)
    make_part(report, "p1", 1, title="Ferritin", flagged=True, **YEAR)
    make_part(report, "p2", 2, title="Iron", **YEAR)
    if opened:
        with rows_of(patient.pk):
            OpenedResult.objects.create(
                patient=patient, viewer_id=patient_user.pk, entry_id=report.id, opened_at=NOW
            )
    page, lines = by_date(access)
    assert (2004 in page.years) is opened
    assert {line.title for line in lines} == {
        "Full blood count",
        *(["Ferritin", "Iron"] if opened else []),
    }
    for words in ("ferritin", "iron", "2004", "blood"):
        expected = ["Full blood count"] if opened and words != "blood" else []
        assert titles(found(access, words, **IN_2004)) == expected, words


def test_a_marked_measurement_of_a_consultation_has_its_title_and_date_alone(access, visit):
    make_part(visit, "bp", 1, kind="observation", title="Blood pressure", flagged=True, **YEAR)
    line = by_date(access)[1][1]
    assert (line.title, line.is_sealed) == ("Blood pressure", True)
    assert titles(found(access, "pressure", **IN_2004)) == []


def test_it_is_found_between_its_own_dates_and_those_of_its_entry(access, visit, infarction):
    search = found(access, "infarction", **IN_2004)
    assert titles(search) == ["Other"]
    assert told(search.hits[0]) == ["Includes: Acute myocardial infarction, 2004"]
    assert titles(found(access, "infarction", since=date(2005, 1, 1))) == ["Other"]
    assert titles(found(access, "infarction", since=date(2006, 1, 1))) == []
    assert titles(found(access, "infarction", until=date(2003, 12, 31))) == []
    assert titles(found(access, "infarction", section="consultations", **IN_2004)) == ["Other"]
    assert titles(found(access, "infarction", section="medicines", **IN_2004)) == []


def test_a_date_that_was_looked_for_is_marked_where_it_stands(access, visit, infarction):
    (hit,) = found(access, "2004").hits
    (snippet,) = hit.snippets
    assert [part.text for part in snippet.segments if part.is_marked] == ["2004"]


def test_words_of_an_entry_count_only_beside_a_part_of_the_days(access, visit, infarction):
    make_part(visit, "c", 2, kind="observation", title="Cough", **DAY)
    assert titles(found(access, "other infarction", **IN_2004)) == ["Other"]
    assert told(found(access, "other infarction", **IN_2004).hits[0])[0].endswith(
        "infarction, 2004"
    )
    assert titles(found(access, "other", **IN_2004)) == []
    assert titles(found(access, "cough", **IN_2004)) == []
    assert titles(found(access, "cough infarction", **IN_2004)) == []


def test_an_entry_without_a_date_is_not_counted_where_a_part_has_one(patient, access):
    for name, values in (("a", YEAR), ("b", {})):
        visit = make_entry(patient, name, kind="consultation", title=f"Visit {name}")
        make_part(visit, f"{name}1", 1, kind="observation", title="Cough", **values)
    search = found(access, "cough", **IN_2004)
    assert (titles(search), search.undated) == (["Visit a"], 1)


def test_what_is_found_by_either_date_comes_in_one_order_over_the_pages(patient, access):
    for number in range(40):
        day = {
            "effective_on": date(2004 + number % 2, 1, 1 + number // 2),
            "effective_precision": "day",
        }
        visit = make_entry(
            patient, f"v{number:02}", kind="consultation", title=f"v{number:02}", **day
        )
        make_part(visit, f"p{number}", 1, kind="observation", title="Cough", **YEAR)
    index_record(patient)
    with rows_of(patient.pk):
        pages = [find(access, Asked("cough", **IN_2004), number=number) for number in (1, 2)]
    days = [hit.line.when.on for page in pages for hit in page.hits]
    assert (len(days), days) == (40, sorted(days, reverse=True))
    assert [page.has_next for page in pages] == [True, False]


def test_an_issue_is_found_between_two_days_by_the_name_of_the_medicine(patient, access):
    medicine = make_medicine(patient, **DAY)
    make_part(medicine, "i", 1, kind="issue", title="Atorvastatin 20mg tablets",
              level_needed="summary", effective_on=date(2019, 3, 3), effective_precision="day")  # fmt: skip
    search = found(access, "atorvastatin", since=date(2019, 1, 1), until=date(2019, 12, 31))
    assert told(search.hits[0]) == ["Includes: Atorvastatin 20mg tablets, 3 March 2019"]
