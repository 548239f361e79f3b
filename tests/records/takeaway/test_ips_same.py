"""A summary holds what its reader could see, entry for entry: no more, no less, and no trace of the rest."""

import json
from datetime import timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from audit.row_security import rows_of
from records.importing.gpconnect import read
from records.models import Entry, ResultWish
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_patient
from tests.clock import NOW
from tests.conftest import SHARED
from tests.records.takeaway.ips_back import differences, seen_and_read
from tests.records.takeaway.ips_made import (
    bundle_of,
    demo_extract,
    held_ids,
    load,
    numbered,
    of_type,
    open_all,
    own_access,
    text_of,
    told,
    visible,
)
from tests.records.takeaway.ips_rules import problems
from tests.records.test_hidden_entry_oracle import HIDEABLE, without
from tests.records.views.record import hide_from, make_part, make_report

pytestmark = pytest.mark.django_db

FOLDER = SHARED / "gpc-structured-gp2gp" / "full-record"
FILES = sorted(FOLDER.rglob("*.json")) if FOLDER.exists() else [None]
EXTRACT = demo_extract()
LEVELS = [
    (current, historical)
    for current in Level
    for historical in Level
    if historical.rank <= current.rank and current is not Level.NONE
]
ALL = frozenset(Section)


@pytest.fixture
def access(patient, patient_user):
    return own_access(patient, patient_user)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem if path else "absent")
def test_a_real_record_is_accepted_and_holds_what_was_visible(path, access):
    """Every full record of the shared test extracts, everything open."""
    if path is None:
        pytest.skip("the shared test extracts are not beside this checkout")
    load(access.patient, read(path.read_bytes()))
    open_all(access.patient, access.viewer)
    text = text_of(access)
    Bundle.model_validate_json(text)
    bundle = json.loads(text)
    assert problems(bundle, held_ids(access.patient)) == []
    assert told(bundle) == visible(access)
    assert sum(told(bundle).values()) > 0
    assert differences(*seen_and_read(access, text)) == []


@pytest.mark.parametrize(("current", "historical"), LEVELS)
@pytest.mark.parametrize("starts", ["before all", "in between"])
def test_at_each_level_it_holds_what_that_level_opens(access, current, historical, starts):
    """R1.6, R1.7: entries and, at the full level only, what was typed."""
    load(access.patient, EXTRACT)
    open_all(access.patient, access.viewer)
    starts_at = NOW - timedelta(days=20_000 if starts == "before all" else 400)
    own = own_access(access.patient, access.viewer, current, historical, starts_at=starts_at)
    bundle = bundle_of(own)
    assert problems(bundle) == []
    assert told(bundle) == visible(own)
    for typed in words_not_open(own):
        assert typed not in json.dumps(bundle, ensure_ascii=False)


def words_not_open(access):
    """What was typed in rows whose free text this viewer does not get, and stands nowhere else."""
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.visible_to(access))
        held = list(Entry.objects.of(access.patient))
    opened = {row.id for row in rows if row.text}
    known = " ".join(f"{row.title} {row.coded} {list(strings(row.text))}" for row in rows)
    typed = [words for row in held if row.id not in opened for words in strings(row.free_text)]
    return [words for words in typed if len(words) > 12 and words not in known]


def strings(value):
    if isinstance(value, str):
        yield from value.splitlines()
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from strings(each)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    levels=some.sampled_from(LEVELS),
    scopes=some.frozensets(some.sampled_from(list(Section))),
    restricted=some.frozensets(some.sampled_from(list(Section)), max_size=2),
    days=some.integers(0, 20_000),
)
def test_whatever_somebody_may_see_is_what_it_holds(loaded, levels, scopes, restricted, days):
    """R1.12, R4.3: any levels, sections and start date."""
    own = own_access(
        loaded.patient, loaded.viewer, *levels, scopes=scopes, restricted=restricted,
        starts_at=NOW - timedelta(days=days),
    )  # fmt: skip
    bundle = bundle_of(own)
    assert problems(bundle) == []
    assert told(bundle) == visible(own)


@pytest.fixture
def loaded(access):
    load(access.patient, EXTRACT)
    return access


@pytest.mark.parametrize("hidden", HIDEABLE, ids=lambda entry: f"{entry.kind} {entry.key}")
@pytest.mark.parametrize("opened", [True, False], ids=["opened", "not opened"])
def test_a_hidden_entry_leaves_no_trace(hidden, opened, surgery, access):
    """R2.3: as if it had never been written, to the byte but for the names that each copy makes anew."""
    load(access.patient, EXTRACT)
    other = own_access(make_patient(surgery, "9990000026"), access.viewer)
    load(other.patient, without(EXTRACT, hidden))
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.of(access.patient))
    (row,) = (
        each
        for each in rows
        if each.source_id == hidden.key.id and each.source_type == hidden.key.resource
    )
    if opened:
        open_all(access.patient, access.viewer)
        open_all(other.patient, access.viewer)
    before = sum(told(bundle_of(access)).values())
    hide_from(access.patient, row)
    numbers = ("9990000018", "999\u00a0000\u00a00018", "9990000026", "999\u00a0000\u00a00026")
    assert numbered(text_of(access), *numbers) == numbered(text_of(other), *numbers)
    after = sum(told(bundle_of(access)).values())
    assert after < before or not opened


def test_what_has_not_been_opened_is_not_in_it_and_it_says_so(access):
    """R5.5: neither value, range, mark nor words, also not through another entry."""
    report = make_report(access.patient, title="Secret report")
    make_part(
        report, "p1", 1, title="Secret test", flagged=True,
        free_text={"comment": "SECRET COMMENT"}, details={
            "value": {"number": "987.65", "unit": "mmol/L"},
            "flags": [{"words": "Above range"}], "ranges": [{"text": "SECRET RANGE"}],
        },
    )  # fmt: skip
    make_report(access.patient, "r2", title="Open report")
    visit = make_entry(
        access.patient, "c1", kind="consultation", title="Visit",
        details={"topics": [{"headings": [{"items": [{"entry": str(report.id)}]}]}]},
    )  # fmt: skip
    make_part(
        visit, "o1", 1, kind="observation", title="Secret finding", flagged=True,
        details={"value": {"number": "123.45"}, "flags": [{"words": "High"}]},
    )  # fmt: skip
    text = text_of(access)
    for words in ("987.65", "123.45", "SECRET", "Secret", "Above range"):
        assert words not in text
    assert text.count("2 results that you have not opened yet are not in this copy.") == 2
    assert told(json.loads(text)) == visible(access)
    open_all(access.patient, access.viewer)
    text = text_of(access)
    for words in ("987.65", "123.45", "SECRET COMMENT", "SECRET RANGE", "Secret finding"):
        assert words in text
    assert "not opened yet" not in text


def test_a_result_that_the_patient_wants_to_be_warned_of_is_left_out_until_opened(access):
    """R5.5: their own choice counts as the laboratory's mark does."""
    make_report(access.patient, title="HIV test")
    with rows_of(access.patient.pk):
        ResultWish.objects.create(
            patient=access.patient, category="sexual-health", wish="ask",
            chosen_by_id=access.viewer.pk, chosen_at=NOW,
        )  # fmt: skip
    text = text_of(access)
    assert "HIV" not in text
    assert "1 result that you have not opened yet is not in this copy." in text
    assert problems(json.loads(text)) == []
    open_all(access.patient, access.viewer)
    assert "HIV test" in text_of(access)


def test_only_unopened_results_are_no_empty_section(access):
    """R6.2: it must not say that nothing is recorded."""
    make_part(make_report(access.patient), "p1", 1, flagged=True)
    text = text_of(access)
    assert "has not been opened yet" in text
    assert problems(json.loads(text)) == []


def test_parts_of_a_consultation_stand_beside_it_once(access):
    load(access.patient, EXTRACT)
    open_all(access.patient, access.viewer)
    bundle = bundle_of(access)
    inside = [each for each in of_type(bundle, "Observation") if "encounter" in each]
    assert inside
    with rows_of(access.patient.pk):
        rows = Entry.objects.visible_to(access).exclude(root_id=None)
        held = [
            row
            for row in rows.in_section(Section.CONSULTATIONS)
            if row.kind != "comment" or row.text
        ]
    assert len(inside) == len(held)


def test_it_asks_the_database_as_often_for_many_entries_as_for_few(
    access, django_assert_max_num_queries
):
    for number in range(30):
        make_entry(access.patient, f"e{number}")
    with django_assert_max_num_queries(30):
        text_of(access)
