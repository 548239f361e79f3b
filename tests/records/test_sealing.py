"""What stands behind a page of its own, for whom, until when (R5.5)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.flags import is_flagged
from records.importing.store import store
from records.models import Entry, OpenedResult, ResultWish, SpokenAbout
from records.opening import (
    MOST_COUNTED,
    Count,
    closed_result,
    count_closed,
    open_older,
    open_result,
)
from records.visibility import Levels, RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_proxy_grant, make_user, record_access
from tests.clock import NOW, TODAY
from tests.records.importing.extracts import entry, extract, part
from tests.records.views.record import hide_from, make_part, make_report

pytestmark = pytest.mark.django_db

HIGH = {"value": {"number": "98"}, "flags": [{"code": "H", "words": "High"}]}
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def proxy(patient):
    proxy = make_user("proxy@example.test")
    make_proxy_grant(patient, proxy, scopes=list(Section))
    return proxy


@pytest.fixture
def access(patient, patient_user):
    return record_access(
        access_of(patient_user, patient.pk, on=TODAY), starts_at=NOW - timedelta(days=900)
    )


@pytest.fixture
def as_proxy(patient, proxy):
    return record_access(
        access_of(proxy, patient.pk, on=TODAY), starts_at=NOW - timedelta(days=900)
    )


def report_of(patient, *parts, **values):
    """A report with one result for each of the given contents, flagged as the importer would."""
    root = make_report(patient, **values)
    for number, details in enumerate(parts, start=1):
        make_part(
            root, f"{root.source_id}-{number}", number,
            details=details, flagged=is_flagged(details), free_text={"comment": "SEE A DOCTOR"},
        )  # fmt: skip
    return root


def sealed(access, *entries):
    """Which rows are sealed; of each sealed row nothing is loaded."""
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.visible_to(access))
    for row in rows:
        if row.is_sealed:
            assert row.text is None
            assert row.content == type(row.content)()
    return {row.source_id for row in rows if row.is_sealed}


ALL = {"r1", "r1-1", "r1-2"}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], set()),
        ([{"code": "N", "words": "Normal"}], set()),
        ([{"words": "normal"}], set()),
        ([{"code": "H"}], ALL),
        ([{"code": "N", "words": "High"}], ALL),
        ([{"words": "Outside reference range"}], ALL),
        ([{"code": "N"}, {"code": "LL"}], ALL),
        ([{"code": "something new"}], ALL),
    ],
)
def test_a_mark_that_is_not_plainly_normal_seals_the_whole_report(patient, access, flags, expected):
    """A remark or a conclusion beside the value tells as much as the value itself."""
    report_of(patient, {"flags": flags}, {"value": {"number": "1"}})
    assert sealed(access) == expected


def test_a_mark_on_a_component_counts(patient, access):
    report_of(
        patient, {"components": [{"title": "A"}, {"title": "B", "flags": [{"code": "L"}]}]}, {}
    )
    assert sealed(access) == ALL


def test_a_report_beside_it_stays_open(patient, access):
    report_of(patient, HIGH, {})
    report_of(patient, {}, source_id="r2")
    assert sealed(access) == ALL


def test_outside_reports_the_measurement_alone_is_sealed(patient, access):
    visit = make_entry(patient, "c1", kind="consultation", title="Visit")
    make_part(visit, "c1-1", 1, kind="observation", details=HIGH, flagged=True)
    make_part(visit, "c1-2", 2, kind="observation", details={})
    assert sealed(access) == {"c1-1"}


@pytest.mark.parametrize(
    "hidden",
    [
        {"unreleased_because": "source-withheld", "released": False},
        {"level_needed": Level.FULL},
        {"withdrawn_at": NOW, "withdrawn_because": "gone"},
    ],
)
def test_what_cannot_be_seen_seals_nothing(patient, access, hidden):
    """R2.3: else the page before the report would tell that something is hidden in it."""
    access = RecordAccess(access.access, Levels(Level.DOCUMENTS, Level.DOCUMENTS, NOW, NOW))
    root = make_report(patient)
    make_part(root, "r1-1", 1, details=HIGH, flagged=True, **hidden)
    make_part(root, "r1-2", 2, details={})
    assert sealed(access) == set()


def test_what_is_hidden_from_a_proxy_seals_for_the_patient_only(patient, access, as_proxy):
    root = make_report(patient)
    part = make_part(root, "r1-1", 1, details=HIGH, flagged=True)
    make_part(root, "r1-2", 2)
    hide_from(patient, part, "proxies")
    assert sealed(access) == ALL
    assert sealed(as_proxy) == set()


def opened(access, entry_id, now=NOW):
    with rows_of(access.patient.pk):
        open_result(closed_result(access, entry_id), by=access, now=now)


def test_who_opened_it_sees_it_and_nobody_else(patient, access, as_proxy):
    root = report_of(patient, HIGH, {})
    opened(access, root.id)
    assert sealed(access) == set()
    assert sealed(as_proxy) == ALL


def test_opening_by_a_part_opens_the_report(patient, access):
    report_of(patient, HIGH, {})
    with rows_of(patient.pk):
        part = Entry.objects.of(patient).get(source_id="r1-2")
    opened(access, part.id)
    assert sealed(access) == set()


@pytest.mark.parametrize("change", ["words_changed_at", "text_changed_at", "added_at"])
def test_what_changes_after_it_was_opened_is_sealed_again(patient, access, change):
    root = report_of(patient, HIGH, {})
    opened(access, root.id)
    with rows_of(patient.pk):
        Entry.objects.of(patient).filter(source_id="r1-1").update(**{change: LATER})
    assert sealed(access) == ALL
    opened(access, root.id, now=LATER)
    assert sealed(access) == set()


def wish(patient, category, choice):
    with rows_of(patient.pk):
        ResultWish.objects.create(
            patient=patient, category=category, wish=choice, chosen_by_id=patient.pk, chosen_at=NOW
        )


@pytest.mark.parametrize(
    ("category", "choice", "title", "for_patient", "for_proxy"),
    [
        ("sexual-health", "ask", "HIV 1 and 2 antibody", True, False),
        ("sexual-health", "hold", "HIV 1 and 2 antibody", True, True),
        ("sexual-health", "show", "HIV 1 and 2 antibody", False, False),
        ("sexual-health", "ask", "Haemoglobin", False, False),
        ("cancer", "ask", "Skin biopsy", True, False),
        ("cancer", "ask", "Prostate specific antigen", True, False),
        ("cancer", "ask", "PSA", True, False),
        ("cancer", "ask", "Capsaicin", False, False),
        ("pregnancy", "ask", "Urine hCG", True, False),
        ("genetic", "ask", "BRCA1 gene", True, False),
        ("every", "ask", "Anything", True, False),
        ("abnormal", "hold", "Haemoglobin", False, False),
    ],
)
def test_what_a_patient_wants_to_be_warned_of(
    patient, access, as_proxy, category, choice, title, for_patient, for_proxy
):
    """R4.3: what is held from the patient is held from a proxy; to be asked is the patient's own."""
    wish(patient, category, choice)
    root = make_report(patient)
    make_part(root, "r1-1", 1, title=title)
    assert (sealed(access) != set(), sealed(as_proxy) != set()) == (for_patient, for_proxy)


def test_a_wish_is_about_results_only(patient, access):
    wish(patient, "every", "ask")
    make_entry(patient, "c1", title="HIV")
    assert sealed(access) == set()


@pytest.mark.parametrize(("category", "title"), [("abnormal", "Sodium"), ("every", "Sodium")])
def test_what_is_held_opens_for_nobody_until_the_surgery_spoke(
    patient, access, as_proxy, category, title
):
    wish(patient, category, "hold")
    root = report_of(patient, HIGH)
    for reader in (access, as_proxy):
        with rows_of(patient.pk):
            closed = closed_result(reader, root.id)
            assert closed.is_held
            with pytest.raises(ValidationError, match="when your surgery has spoken"):
                open_result(closed, by=reader, now=NOW)
            assert open_older(before=None, by=reader, now=NOW) == 0
    with rows_of(patient.pk):
        SpokenAbout.objects.create(
            patient=patient, entry_id=root.id, spoken_by_id=patient.pk, spoken_at=NOW
        )
        assert not closed_result(access, root.id).is_held
    opened(access, root.id)
    assert sealed(access) == set()


def test_a_held_result_that_changed_waits_for_another_word(patient, access):
    wish(patient, "abnormal", "hold")
    root = report_of(patient, HIGH)
    with rows_of(patient.pk):
        SpokenAbout.objects.create(
            patient=patient, entry_id=root.id, spoken_by_id=patient.pk, spoken_at=NOW
        )
        Entry.objects.of(patient).filter(source_id="r1-1").update(words_changed_at=LATER)
        assert closed_result(access, root.id).is_held


def reported(patient, *parts, now):
    """A report of these parts, loaded."""
    own = [{"ref": str(each.key)} for each in parts]
    report = entry(
        "r1",
        section="test-results",
        kind="report",
        title="Biopsy",
        parts=parts,
        details={"also": own},
    )
    store(extract(report, sections=["test-results"]), patient, by=None, now=now)
    with rows_of(patient.pk):
        return Entry.objects.of(patient).get(source_id="r1")


@pytest.mark.parametrize("choice", ["ask", "hold"])
def test_a_withheld_part_that_comes_later_seals_nothing_again(patient, access, choice):
    """R2.3: it moves the place of the parts after it and the links of the report, and may not show by that."""
    wish(patient, "cancer", choice)
    wish(patient, "abnormal", choice)
    result = part("r2", kind="result", details=HIGH)
    root = reported(patient, result, now=NOW - timedelta(days=2))
    assert sealed(access) == {"r1", "r2"}
    with rows_of(patient.pk):
        SpokenAbout.objects.create(
            patient=patient, entry_id=root.id, spoken_by_id=patient.pk, spoken_at=NOW
        )
    opened(access, root.id, now=NOW - timedelta(days=1))
    withheld = part("r0", kind="result", details=HIGH, withheld=True)
    assert reported(patient, withheld, result, now=NOW).changed_at == NOW
    assert sealed(access) == set()


def test_many_are_opened_at_once_up_to_a_day(patient, access):
    old = report_of(patient, HIGH, source_id="r1", effective_on=TODAY - timedelta(days=400))
    report_of(patient, HIGH, source_id="r2", effective_on=TODAY)
    undated = report_of(patient, HIGH, source_id="r3", effective_on=None)
    undated_id = undated.id
    with rows_of(patient.pk):
        assert count_closed(access) == Count(3)
        assert open_older(before=TODAY - timedelta(days=182), by=access, now=NOW) == 1
        assert OpenedResult.objects.get().entry_id == old.id
        assert closed_result(access, undated_id)
        assert open_older(before=None, by=access, now=NOW) == 2
        assert count_closed(access) == Count(0)


def test_what_cannot_be_seen_is_not_opened_with_the_others(patient, access):
    hidden = report_of(patient, HIGH)
    hide_from(patient, hidden)
    with rows_of(patient.pk):
        assert closed_result(access, hidden.id) is None
        assert open_older(before=None, by=access, now=NOW) == 0
    assert not OpenedResult.objects.exists()


@pytest.mark.parametrize(
    ("reports", "told"), [(49, Count(49)), (50, Count(50)), (51, Count(50, True))]
)
def test_what_is_closed_is_counted_to_fifty(patient, access, reports, told):
    """R5.5: a long record is not read to its end for a number."""
    assert MOST_COUNTED == 50
    for number in range(reports):
        report_of(patient, HIGH, source_id=f"r{number}")
    with rows_of(patient.pk):
        assert count_closed(access) == told


def test_few_reports_with_many_marked_values_are_counted_exactly(patient, access):
    for number in range(6):
        report_of(patient, *[HIGH] * 100, source_id=f"r{number}")
    with rows_of(patient.pk):
        assert count_closed(access) == Count(6)


@pytest.mark.parametrize(("category", "counted"), [("abnormal", 0), ("cancer", 1)])
def test_what_a_wish_by_name_closes_is_counted_too(patient, access, category, counted):
    report_of(patient, {"value": {"number": "4"}}, source_id="r1", title="PSA")
    wish(patient, category, "ask")
    with rows_of(patient.pk):
        assert count_closed(access) == Count(counted)
