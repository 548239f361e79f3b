"""A laboratory's mark on a heading over results: what it seals, where it shows, and what it may not tell (R5.5, R2.3)."""

from datetime import date, timedelta

import pytest
import time_machine

from audit.row_security import rows_of
from records.grants import record_of
from records.models import Entry, OpenedResult, ResultWish
from records.opening import closed_result, count_closed
from records.since import read_changes
from records.takeaway.ips.summary import summary_of
from tests.cast import make_grant
from tests.clock import NOW, TODAY
from tests.records.takeaway.copies import lines_of, made
from tests.records.views.record import (
    entry_of,
    hide_from,
    make_part,
    make_report,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

MARK = {"flags": [{"words": "Quite abnormal"}], "ranges": [{"text": "All below 3"}]}


@pytest.fixture
def access(patient, patient_user):
    make_grant(patient, historical="full")
    return record_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def panel(patient):
    """A marked heading over two results without a mark, in a report with one more."""
    report = make_report(patient, title="Bloods")
    heading = make_part(
        report, "g", 1, kind="result-group", title="Liver panel", details=MARK, flagged=True
    )
    below = {"group": {"entry": str(heading.id)}}
    one = make_part(report, "p1", 2, title="Bilirubin", details=below)
    two = make_part(report, "p2", 3, title="Albumin", details=below)
    make_part(report, "p3", 4, title="Ferritin")
    return report, heading, one, two


def sealed(access):
    with rows_of(access.patient.pk):
        return {row.source_id for row in Entry.objects.visible_to(access) if row.is_sealed}


def opened(access, report):
    with rows_of(access.patient.pk):
        OpenedResult.objects.create(
            patient=access.patient, viewer_id=access.viewer.pk, entry_id=report.id, opened_at=NOW
        )


ALL = {"r1", "g", "p1", "p2", "p3"}


@pytest.mark.parametrize(
    ("hidden", "expected"), [([], ALL), ([1], ALL - {"p1"}), ([1, 2], set()), ([0], set())]
)
def test_the_mark_of_a_heading_seals_where_the_heading_stands_over_something(
    access, patient, panel, hidden, expected
):
    """R5.5, R2.3: with all its results hidden the heading is on no page, and its mark is about them."""
    report, *rows = panel
    for number in hidden:
        hide_from(patient, rows[number])
    assert sealed(access) == expected
    with rows_of(patient.pk):
        assert (closed_result(access, report.id) is not None) == bool(expected)
        assert count_closed(access).number == bool(expected)


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_heading_over_a_heading_counts_by_what_is_below_both(access, patient, is_hidden):
    report = make_report(patient)
    outer = make_part(report, "g", 1, kind="result-group", details=MARK, flagged=True)
    inside = {"group": {"entry": str(outer.id)}}
    inner = make_part(report, "h", 2, kind="result-group", details=inside)
    result = make_part(report, "p", 3, details={"group": {"entry": str(inner.id)}})
    if is_hidden:
        hide_from(patient, result)
    assert sealed(access) == (set() if is_hidden else {"r1", "g", "h", "p"})


@pytest.mark.parametrize(("words", "expected"), [({"text": "Call us"}, True), (None, False)])
def test_a_comment_below_a_heading_counts_by_its_words(access, patient, words, expected):
    report = make_report(patient)
    heading = make_part(report, "g", 1, kind="result-group", details=MARK, flagged=True)
    below = {"group": {"entry": str(heading.id)}}
    make_part(report, "c", 2, kind="comment", title="Comment", details=below, free_text=words)
    assert bool(sealed(access)) == expected


def test_headings_in_a_circle_seal_nothing(access, patient):
    report = make_report(patient)
    heading = make_part(report, "g", 1, kind="result-group", flagged=True)
    heading.details = MARK | {"group": {"entry": str(heading.id)}}
    with rows_of(patient.pk):
        heading.save()
    assert sealed(access) == set()


@pytest.mark.parametrize("is_hidden", [True, False])
@pytest.mark.parametrize("choice", ["ask", "hold"])
def test_a_wish_about_the_name_of_a_heading_counts_where_it_stands(
    access, patient, is_hidden, choice
):
    """R2.3: the name of a panel of which all is hidden closes nothing."""
    report = make_report(patient, title="Bloods")
    heading = make_part(report, "g", 1, kind="result-group", title="HIV 1 and 2 antibody")
    result = make_part(report, "p", 2, details={"group": {"entry": str(heading.id)}})
    with rows_of(patient.pk):
        ResultWish.objects.create(
            patient=patient, category="sexual-health", wish=choice, chosen_by_id=patient.pk,
            chosen_at=NOW,
        )  # fmt: skip
    if is_hidden:
        hide_from(patient, result)
    with rows_of(patient.pk):
        assert (closed_result(access, report.id) is None) == is_hidden


def pages(client, patient, report):
    return [
        page_of(client, address)
        for address in (entry_of(report), section_of(patient, "test-results"))
    ]


def test_a_mark_stands_beside_its_heading_once_the_report_was_opened(
    client, access, patient, patient_user, panel
):
    """R6.6: in the list and on the page of the report; before, it is nowhere (R5.5)."""
    reading = reader(client, patient_user, patient)
    page = page_of(reading, section_of(patient, "test-results"))
    assert not [
        words for words in ("Quite abnormal", "All below 3", "Liver panel") if words in page
    ]
    opened(access, panel[0])
    for page in pages(reading, patient, panel[0]):
        heading = page[page.index("Liver panel") : page.index("Bilirubin")]
        assert "Laboratory's remark: Quite abnormal" in heading.replace("&#39;", "'")
        assert "Range: All below 3" in heading


def test_a_mark_over_hidden_results_is_on_no_page(client, access, patient, patient_user, panel):
    """R2.3."""
    report, _, one, two = panel
    hide_from(patient, one)
    hide_from(patient, two)
    for page in pages(reader(client, patient_user, patient), patient, report):
        assert "Ferritin" in page
        assert not [words for words in ("Quite abnormal", "Liver panel") if words in page]


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_copy_has_the_mark_of_a_heading_that_a_page_has(
    access, patient, patient_user, panel, is_hidden
):
    report, _, one, two = panel
    opened(access, report)
    if is_hidden:
        hide_from(patient, one)
        hide_from(patient, two)
    with time_machine.travel(NOW, tick=False):
        lines = lines_of(made(patient, patient_user, kind="results", sections=["test-results"]))
        with rows_of(patient.pk):
            summary = summary_of(access, now=NOW)
    marked = [(line[3], line[8], line[9]) for line in lines if line[9]]
    assert marked == ([] if is_hidden else [("Liver panel", "All below 3", "Quite abnormal")])
    observations = [each["resource"] for each in summary["entry"]]
    marks = [each["interpretation"] for each in observations if "interpretation" in each]
    assert marks == ([] if is_hidden else [[{"text": "Quite abnormal"}]])


@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_a_mark_that_changed_is_a_change_where_it_shows(access, patient, panel, hidden):
    """R2.3."""
    _, heading, *results = panel
    for result in results[:hidden]:
        hide_from(patient, result)
    later = NOW + timedelta(days=3)
    with rows_of(patient.pk):
        Entry.objects.of(patient).filter(id=heading.id).update(
            words_changed_at=later, changed_at=later
        )
        changes = read_changes(access, NOW + timedelta(days=1))
    assert changes.total.changed == (hidden < 2) if changes.sections else hidden == 2


def test_a_heading_without_a_mark_that_changed_is_none(access, patient):
    report = make_report(patient, effective_on=date(2024, 1, 1))
    heading = make_part(report, "g", 1, kind="result-group")
    make_part(report, "p", 2, details={"group": {"entry": str(heading.id)}})
    later = NOW + timedelta(days=3)
    with rows_of(patient.pk):
        Entry.objects.of(patient).filter(id=heading.id).update(
            words_changed_at=later, changed_at=later
        )
        assert not read_changes(access, NOW + timedelta(days=1)).sections
