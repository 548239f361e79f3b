"""A record by date: everything that may be seen, once, in order (R6.7, R2.3)."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.row_security import rows_of
from proxy_access.access import Access
from records.timeline import UNKNOWN, read_timeline
from surgeries.terms import Section
from tests.cast import make_entry, record_access
from tests.records.views.record import hide_from, make_medicine, make_part, make_report

pytestmark = pytest.mark.django_db


def own(patient, user, **values):
    return record_access(Access(patient, user, frozenset(Section)), **values)


def read(access, section=None, start=None, number=1):
    with rows_of(access.patient.pk):
        return read_timeline(access, section, start, number=number)


def titles(page):
    return [line.title for group in page.groups for line in group.entries]


def on(patient, title, year, month=1, day=1, precision="day", **values):
    when = {"effective_on": date(year, month, day), "effective_precision": precision}
    return make_entry(patient, title, title=title, **when, **values)


def test_newest_first_with_partial_dates_at_the_end_of_their_time(patient, patient_user):
    on(patient, "2019", 2019, precision="year")
    on(patient, "1 January 2019", 2019)
    on(patient, "January 2019", 2019, precision="month")
    on(patient, "noon", 2019, precision="time", effective_time=time(12))
    on(patient, "2 March 2019", 2019, 3, 2)
    on(patient, "2020", 2020, precision="year")
    on(patient, "3 May 2018", 2018, 5, 3)
    make_entry(patient, "none", title="No date")
    page = read(own(patient, patient_user))
    assert [(group.year, len(group.entries)) for group in page.groups] == [
        (2020, 1), (2019, 5), (2018, 1), (None, 1),
    ]  # fmt: skip
    assert titles(page) == [
        "2020", "2 March 2019", "noon", "1 January 2019", "January 2019", "2019", "3 May 2018", "No date",
    ]  # fmt: skip
    assert (page.years, page.has_undated) == ([2020, 2019, 2018], True)


def test_pages_leave_nothing_out_and_have_nothing_twice_at_equal_dates(patient, patient_user):
    for number in range(120):
        on(patient, f"e{number:03}", 2019, precision="day" if number % 3 else "year")
    access = own(patient, patient_user)
    pages = [read(access, number=number) for number in range(1, 7)]
    found = [title for page in pages for title in titles(page)]
    assert len(found) == len(set(found)) == 120
    assert [page.has_next for page in pages] == [True] * 4 + [False] * 2


def test_only_what_may_be_seen_makes_a_year(patient, patient_user):
    """R2.3: neither a hidden entry, nor a part, nor a year of them."""
    hide_from(patient, on(patient, "hidden", 2010))
    hide_from(patient, make_entry(patient, "hidden too"))
    on(patient, "closed", 2011, level_needed="full")
    report = make_report(patient)
    make_part(report, "p", 1, effective_on=date(2012, 1, 1))
    page = read(own(patient, patient_user, current="detailed", historical="detailed"))
    assert (page.years, page.has_undated, titles(page)) == ([2024], False, ["Full blood count"])


def test_nothing_to_see_is_an_empty_timeline(patient, patient_user):
    make_entry(patient)
    page = read(own(patient, patient_user, current="none", historical="none"))
    assert (page.groups, page.years, page.has_undated, page.has_next) == ([], [], False, False)


def test_a_year_to_begin_with_goes_on_to_the_older_and_the_undated(patient, patient_user):
    for year in (2021, 2019, 2015):
        on(patient, str(year), year)
    make_entry(patient, "none", title="No date")
    access = own(patient, patient_user)
    assert titles(read(access, start=2019)) == ["2019", "2015", "No date"]
    assert titles(read(access, start=2018)) == ["2015", "No date"]
    assert titles(read(access, start=UNKNOWN)) == ["No date"]
    assert read(access, start=2019).newer == 2021
    assert read(access, start=UNKNOWN).newer == 2015
    assert read(access, start=2021).newer is None


def test_one_section_has_its_own_years(patient, patient_user):
    on(patient, "visit", 2020)
    make_medicine(patient, effective_on=date(2019, 1, 1), effective_precision="day")
    page = read(own(patient, patient_user), Section.MEDICINES)
    assert (titles(page), page.years) == (["Atorvastatin 20mg tablets"], [2019])


def test_a_sealed_entry_has_its_title_and_date_and_no_more(patient, patient_user):
    """R5.5."""
    report = make_report(patient)
    make_part(report, "p", 1, flagged=True)
    (line,) = read(own(patient, patient_user)).groups[0].entries
    assert line.is_sealed
    assert line.title == "Full blood count"
    assert not hasattr(line, "content")


def test_the_number_of_queries_does_not_grow_with_the_years(patient, patient_user):
    access = own(patient, patient_user)
    counts = []
    for years in ((2020,), range(1950, 2010)):
        for year in years:
            on(patient, str(year), year)
        with rows_of(patient.pk), CaptureQueriesContext(connection) as captured:
            read_timeline(access, None, None, number=1)
        counts.append(len(captured))
    assert counts == [2, 2]
