"""Finding entries by their words: what may not be seen cannot be found (R1.7, R2.3, R5.5)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.row_security import rows_of
from proxy_access.access import Access
from records.finding import Asked, find
from records.importing.words import index_record
from records.indexing import asked_tokens, coded_pieces, date_tokens, tokens, typed_pieces
from records.models import Entry, OpenedResult
from records.spelling import is_similar, singulars
from surgeries.terms import Section
from tests.cast import make_entry, record_access
from tests.clock import NOW
from tests.records.views.record import hide_from, make_medicine, make_part, make_report

pytestmark = pytest.mark.django_db
OLD = {"recorded_at": NOW - timedelta(days=900)}


def own(patient, user, **values):
    """The patient's own access."""
    return record_access(Access(patient, user, frozenset(Section)), **values)


def proxy_of(patient, grant, *scopes, **values):
    return record_access(Access(patient, grant.proxy, frozenset(scopes), grant), **values)


def titles(access, words, *, number=1, **asked):
    index_record(access.patient)
    with rows_of(access.patient.pk):
        found = find(access, Asked(words, **asked), number=number)
    return [hit.line.title for hit in found.hits]


def page(access, words, *, number=1, **asked):
    index_record(access.patient)
    with rows_of(access.patient.pk):
        return find(access, Asked(words, **asked), number=number)


def words_marked(segments):
    return [segment.text for segment in segments if segment.is_marked]


@pytest.fixture
def asthma(patient):
    return make_entry(
        patient,
        "asthma",
        title="Asthma annual review",
        details={"performers": [{"name": "Dr Rosa Sample", "role": "GP"}]},
        free_text={"comment": "Wheezing at night, uses the blue inhaler"},
        effective_on=date(2021, 3, 3),
        effective_precision="day",
    )


@pytest.mark.parametrize(
    "words",
    ["asthma", "ASTHMA", "asthmA review", "rosa", "sample gp", "wheezing", "wheez", "asth", "inhalers",
     "2021", "march 2021", "3 March 2021", "march", "review march 2021", "asthma, (review)!", "ásthma"],
)  # fmt: skip
def test_an_entry_is_found_by_its_words_people_and_date(asthma, patient, patient_user, words):
    found = page(own(patient, patient_user), words)
    assert [hit.line.page_id for hit in found.hits] == [asthma.id]
    assert not found.is_similar


@pytest.mark.parametrize(
    "words", ["asthma eczema", "4 march 2021", "april 2021", "202", "zzz", "%", "'; drop table--"]
)
def test_every_word_must_be_there(asthma, patient, patient_user, words):
    assert titles(own(patient, patient_user), words) == []


@pytest.mark.parametrize(
    ("current", "historical", "old", "coded", "typed"),
    [
        ("full", "full", False, True, True),
        ("full", "full", True, True, True),
        ("full", "detailed", False, True, True),
        ("full", "detailed", True, True, False),
        ("full", "summary", True, False, False),
        ("detailed", "detailed", False, True, False),
        ("documents", "summary", False, True, False),
        ("summary", "summary", False, False, False),
        ("none", "none", False, False, False),
    ],
)
def test_free_text_is_found_where_the_level_opens_it(
    patient, patient_user, current, historical, old, coded, typed
):
    """R1.7: by date of recording, as the pages show it."""
    make_entry(
        patient, title="Knee pain", free_text={"comment": "secretword"}, **(OLD if old else {})
    )
    access = own(patient, patient_user, current=current, historical=historical)
    assert bool(titles(access, "knee")) is coded
    assert bool(titles(access, "secretword")) is typed
    assert bool(titles(access, "secretward")) is typed, "nor by a word that is spelt alike"
    assert bool(titles(access, "knee secretword")) is typed


def test_no_text_of_a_hidden_entry_or_part_is_found(patient, patient_user):
    """R2.3: an entry hides what is below it; a hidden part leaves its entry."""
    whole = make_report(patient, "r1", title="Liver tests")
    make_part(whole, "p1", 1, title="Bilirubin")
    report = make_report(patient, "r2", title="Blood tests")
    part = make_part(report, "p2", 1, title="Ferritin")
    make_part(report, "p3", 2, title="Haemoglobin")
    access = own(patient, patient_user)
    assert titles(access, "bilirubin") == ["Liver tests"]
    hide_from(patient, whole)
    hide_from(patient, part)
    for words in ("bilirubin", "liver", "ferritin", "feritin", "ferr", "blood ferritin"):
        found = page(access, words)
        assert (found.hits, found.similar, found.undated) == ([], [], 0), words
    assert titles(access, "haemoglobin blood") == ["Blood tests"]


def test_a_group_of_results_that_are_all_hidden_cannot_be_found(patient, patient_user):
    """Its heading is on no page (R2.3)."""
    report = make_report(patient)
    group = make_part(report, "g", 1, kind="result-group", title="Thyroid panel")
    inside = make_part(
        report, "p", 2, title="TSH level", details={"group": {"entry": str(group.id)}}
    )
    access = own(patient, patient_user)
    assert titles(access, "thyroid") == ["Full blood count"]
    hide_from(patient, inside)
    assert titles(access, "thyroid") == []


def test_headings_and_topics_lead_to_nothing(patient, patient_user):
    """They stand above what may be hidden (R2.3)."""
    topics = [{"title": "Miscarriage", "headings": [{"title": "Examination", "items": []}]}]
    make_entry(patient, kind="consultation", title="GP surgery", details={"topics": topics})
    access = own(patient, patient_user)
    assert titles(access, "miscarriage") == titles(access, "examination") == []


@pytest.mark.parametrize("opened", [False, True])
def test_a_sealed_report_is_found_by_its_own_title_and_date_alone(patient, patient_user, opened):
    """R5.5: nothing of what it says, not even the names of its parts."""
    report = make_report(
        patient,
        details={"performers": [{"name": "Dr Sealed"}]},
        free_text={"conclusion": "Anaemia"},
    )
    make_part(report, "p1", 1, title="Haemoglobin", flagged=True,
              details={"flags": [{"words": "Low"}]}, free_text={"comment": "Very low"})  # fmt: skip
    make_part(report, "p2", 2, title="Platelets")
    if opened:
        with rows_of(patient.pk):
            OpenedResult.objects.create(
                patient=patient, viewer_id=patient_user.pk, entry_id=report.id, opened_at=NOW
            )
    access = own(patient, patient_user)
    assert titles(access, "blood count") == titles(access, "may 2024") == ["Full blood count"]
    assert page(access, "blood").hits[0].line.is_sealed is not opened
    for words in ("haemoglobin", "platelets", "sealed", "anaemia", "very", "blood platelets"):
        assert bool(titles(access, words)) is opened, words
    assert page(access, "blood").hits[0].snippets == []


def test_a_flagged_measurement_in_a_consultation_is_not_found_until_opened(patient, patient_user):
    visit = make_entry(patient, "c", kind="consultation", title="Nurse visit")
    make_part(visit, "o", 1, kind="observation", title="Blood pressure reading", flagged=True)
    access = own(patient, patient_user)
    assert titles(access, "pressure") == []
    assert titles(access, "nurse") == ["Nurse visit"]


def test_a_proxy_finds_what_is_in_their_scope_and_not_hidden_from_them(patient, proxy_grant):
    medicine = make_medicine(patient, "m1", title="Sertraline tablets")
    make_medicine(patient, "m2", title="Aspirin tablets")
    make_entry(patient, "c", title="Tablets talked about")
    access = proxy_of(patient, proxy_grant, Section.MEDICINES)
    assert set(titles(access, "tablet")) == {"Sertraline tablets", "Aspirin tablets"}
    hide_from(patient, medicine, audience="one-proxy", proxy_id=proxy_grant.proxy_id)
    assert titles(access, "tablets") == ["Aspirin tablets"]
    assert titles(access, "sertraline") == titles(access, "sertralin") == []


@pytest.mark.parametrize(
    "values",
    [
        {"withdrawn_at": NOW, "withdrawn_because": "gone"},
        {"released": False, "unreleased_because": "draft"},
        {"released": False, "unreleased_because": "source-withheld"},
    ],
)
def test_what_is_withdrawn_or_not_released_is_not_found(patient, patient_user, values):
    make_entry(patient, title="Eczema", **values)
    assert titles(own(patient, patient_user), "eczema") == []


def test_a_restricted_section_and_another_patient_are_not_looked_in(
    patient, other_patient, patient_user
):
    make_entry(patient, title="Eczema")
    make_entry(other_patient, title="Psoriasis")
    index_record(other_patient)
    assert titles(own(patient, patient_user, restricted={"consultations"}), "eczema") == []
    assert titles(own(patient, patient_user), "psoriasis") == []


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("paracetmol", "paracetamol"), ("asma", "asthma"), ("diarhea", "diarrhoea"),
        ("haemoglobn", "haemoglobin"), ("warfrin", "warfarin"), ("diabetis", "diabetes"),
    ],
)  # fmt: skip
def test_a_misspelt_word_finds_what_it_may_mean_and_says_so(patient, patient_user, asked, stands):
    make_entry(patient, title=f"{stands} today")
    found = page(own(patient, patient_user), asked)
    assert [hit.line.title for hit in found.hits] == [f"{stands} today"]
    assert (found.is_similar, found.similar) == (True, [stands])
    assert words_marked(found.hits[0].title) == [stands]


def test_similar_words_are_shown_only_where_nothing_is_exact_or_on_request(patient, patient_user):
    make_entry(patient, "1", title="Aspirin")
    make_entry(patient, "2", title="Asprin allergy")
    access = own(patient, patient_user)
    assert titles(access, "asprin") == ["Asprin allergy"]
    both = page(access, "asprin", similar=True)
    assert {hit.line.title for hit in both.hits} == {"Aspirin", "Asprin allergy"}
    assert both.similar == ["aspirin"]


def test_a_hidden_word_crowds_no_visible_one_out(patient, patient_user):
    """R2.3: hundreds of hidden words alike change nothing, and are not named."""
    make_entry(patient, "seen", title="Paracetamol")
    for number in range(120):
        hidden = make_entry(
            patient, f"h{number}", title=f"Paracetmo{chr(97 + number % 26)}{number}"
        )
        hide_from(patient, hidden)
    found = page(own(patient, patient_user), "paracetmol")
    assert [hit.line.title for hit in found.hits] == ["Paracetamol"]
    assert found.similar == ["paracetamol"]


def test_words_may_stand_in_different_parts_of_one_entry(patient, patient_user):
    report = make_report(patient, "r1", title="Kidney tests")
    make_part(report, "p1", 1, title="Creatinine")
    make_part(report, "p2", 2, title="Urea", free_text={"comment": "Repeat in May"})
    make_report(patient, "r2", title="Kidney scan")
    access = own(patient, patient_user)
    found = page(access, "kidney creatinine repeat")
    assert [hit.line.title for hit in found.hits] == ["Kidney tests"]
    assert [snippet.name for snippet in found.hits[0].snippets] == ["Includes", "Urea: Notes"]
    assert [words_marked(each.segments) for each in found.hits[0].snippets] == [
        ["Creatinine"],
        ["Repeat"],
    ]


DATES = {
    "day": (date(2019, 3, 15), "day"),
    "month": (date(2019, 3, 1), "month"),
    "year": (date(2019, 1, 1), "year"),
    "none": (None, "unknown"),
}


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2019, 3, 15), date(2019, 3, 15), {"day", "month", "year"}),
        (date(2019, 3, 16), None, {"month", "year"}),
        (date(2019, 3, 31), date(2019, 3, 31), {"month", "year"}),
        (date(2019, 4, 1), None, {"year"}),
        (None, date(2019, 3, 14), {"month", "year"}),
        (None, date(2019, 2, 28), {"year"}),
        (date(2019, 12, 31), date(2020, 6, 1), {"year"}),
        (date(2020, 1, 1), None, set()),
        (None, date(2018, 12, 31), set()),
        (None, None, {"day", "month", "year", "none"}),
    ],
)
def test_a_partial_date_fits_where_its_month_or_year_does(
    patient, patient_user, since, until, expected
):
    """R6.7; and what has no date is counted, never lost in silence."""
    for name, (on, precision) in DATES.items():
        make_entry(
            patient, name, title=f"Cough {name}", effective_on=on, effective_precision=precision
        )
    access = own(patient, patient_user)
    found = page(access, "cough", since=since, until=until)
    assert {hit.line.title.removeprefix("Cough ") for hit in found.hits} == expected
    assert found.undated == (1 if since or until else 0)
    assert titles(access, "cough", undated=True) == ["Cough none"]


def test_a_hidden_undated_entry_is_not_counted(patient, patient_user):
    hide_from(patient, make_entry(patient, title="Cough"))
    assert page(own(patient, patient_user), "cough", since=date(2020, 1, 1)).undated == 0


def test_pages_go_on_where_the_last_ended(patient, patient_user):
    for number in range(60):
        make_entry(patient, f"e{number}", title=f"Cough {number}", effective_on=date(2020, 1, 1))
    access = own(patient, patient_user)
    pages = [page(access, "cough", number=number) for number in (1, 2, 3, 4)]
    found = [hit.line.title for each in pages for hit in each.hits]
    assert len(found) == len(set(found)) == 60
    assert [each.has_next for each in pages] == [True, True, False, False]
    assert (pages[1].first, pages[1].last) == (26, 50)


def test_a_word_of_the_distant_past_is_found_below_many_newer_entries(
    patient, patient_user, monkeypatch
):
    """Beyond those looked through first, the words lead there."""
    monkeypatch.setattr("records.finding.NEWEST", 3)
    for number in range(6):
        make_entry(patient, f"e{number}", title="Cough", effective_on=date(2020, 1, 1 + number))
    make_entry(patient, "old", title="Measles rash", effective_on=date(1990, 1, 1))
    access = own(patient, patient_user)
    assert titles(access, "measles rash") == ["Measles rash"]
    assert len(titles(access, "cough")) == 6


def test_a_search_takes_a_fixed_number_of_queries(patient, patient_user):
    for number in range(40):
        report = make_report(patient, f"r{number}")
        make_part(report, f"p{number}", 1)
    access = own(patient, patient_user)
    index_record(patient)
    counts = []
    for words in ("blood", "haemoglobin blood", "zzzz"):
        with (
            rows_of(patient.pk),
            CaptureQueriesContext(
                connection,
            ) as captured,
        ):
            find(access, Asked(words))
        counts.append(len(captured))
    assert counts == [4, 4, 6]


WORDS = st.sampled_from(["asthma", "asthmatic", "blood", "rosa", "knees", "knee", "2021", "b12"])
ROWS = st.lists(
    st.tuples(
        st.lists(WORDS, max_size=3),
        st.lists(WORDS, max_size=3),
        st.sampled_from(["root", "part", "old", "hidden", "flagged", "closed"]),
        st.integers(2019, 2022),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=ROWS,
    asked=st.lists(WORDS, min_size=1, max_size=2),
    historical=st.sampled_from(["full", "detailed"]),
)
def test_what_is_found_is_what_a_slow_look_at_the_visible_rows_finds(
    patient, patient_user, rows, asked, historical
):
    try:
        with transaction.atomic():
            make_rows(patient, rows)
            access = own(patient, patient_user, historical=historical)
            expected = slowly(access, asked)
            found = page(access, " ".join(asked))
            exactly = [hit.line.page_id for hit in found.hits] if not found.is_similar else []
            assert exactly == expected
            raise Undo
    except Undo:
        pass


class Undo(Exception):
    """Nothing of one example stays for the next."""


def make_rows(patient, rows):
    root = None
    for number, (title, typed, kind, year) in enumerate(rows):
        values = {
            "title": " ".join(title), "free_text": {"comment": " ".join(typed)} if typed else None,
            "effective_on": date(year, 1, 1), "effective_precision": "year",
        }  # fmt: skip
        if kind == "part" and root:
            make_part(root, f"{number}-{uuid4()}", number, **values)
            continue
        values |= {"section": "test-results", "kind": "report", "flagged": kind == "flagged"}
        values |= OLD if kind == "old" else {}
        values |= {"level_needed": "full"} if kind == "closed" else {}
        root = make_entry(patient, f"{number}-{uuid4()}", **values)
        if kind == "hidden":
            hide_from(patient, root)


def slowly(access, asked):
    """The entries that have every word, by looking at each visible row."""
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.visible_to(access).newest_first())
    found = []
    for root in (row for row in rows if row.root_id is None):
        have = set()
        for row in (each for each in rows if root.id in (each.id, each.root_id)):
            if row.is_sealed and row.root_id:
                continue
            have |= tokens(row.title) | date_tokens(row.effective_on, row.effective_precision)
            for piece in (*coded_pieces(row.coded), *typed_pieces(row.text)):
                have |= tokens(piece.text)
        if all(any(fits(word, each) for each in have) for word in asked_tokens(" ".join(asked))):
            found.append(root.id)
    return found


def fits(word, other):
    return (
        other == word or other in singulars(word) or (not word.isdigit() and other.startswith(word))
    )


def test_words_spelt_alike_are_told_from_others():
    assert is_similar("penicilin", "penicillin")
    assert not is_similar("cold", "gold")
    assert singulars("allergies") == ["allergy"]
    assert singulars("boxes") == ["boxe", "box"]
    assert singulars("loss") == singulars("gas") == []
