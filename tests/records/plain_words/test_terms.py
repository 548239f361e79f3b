"""The list of short words: enough, well formed, every meaning given, and no advice."""

import re
from collections import Counter
from pathlib import Path

import pytest

from records.plain_words.finding import terms_in
from records.plain_words.terms import TERMS, terms
from tests.records.plain_words.files import rows

ADVICE = re.compile(
    r"\b(?:should|must|you need|make sure|always|never|stop taking|see a doctor)\b", re.I
)
AMBIGUOUS = [
    "PD",
    "PE",
    "OD",
    "MS",
    "CP",
    "BS",
    "RA",
    "AS",
    "PR",
    "DNA",
    "PT",
    "HS",
    "MI",
    "BM",
    "ED",
    "PND",
    "LOC",
    "PA",
    "PC",
    "SH",
    "FB",
    "IV",
    "IM",
    "CD",
    "MG",
    "NT",
    "TOP",
    "FCP",
    "UC",
    "CF",
]
ABBREVIATIONS = Path(__file__).parents[3] / "content" / "abbreviations.md"


def test_there_are_at_least_400_terms():
    assert len({row["term"] for row in rows(TERMS)}) >= 400


def test_every_row_is_well_formed_and_gives_no_advice():
    for row in rows(TERMS):
        assert row["kind"] in {"abbreviation", "unit", "dose", "word", "symbol"}, row
        assert row["case"] in {"exact", "any", "mixed"}, row
        assert row["context"] in {"", "dose", "counted", "value"}, row
        assert row["source"] in {"nhs-uk", "general"}, row
        meanings = row["meanings"].split(" | ")
        assert len(set(meanings)) == len(meanings), row
        assert all(
            0 < len(meaning) <= 100 and meaning == meaning.strip() for meaning in meanings
        ), row
        assert not ADVICE.search(row["meanings"]), row


def test_no_term_is_there_twice():
    places = Counter(
        (
            row["term"].casefold() if row["case"] == "any" else row["term"],
            row["context"],
            row["kind"] == "unit",
        )
        for row in rows(TERMS)
    )
    assert [place for place, times in places.items() if times > 1] == []


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_that_can_mean_several_things_says_all_of_them(word):
    term = terms().exact[word]
    assert len(term.meanings) > 1
    assert term.words.startswith("can mean ")
    assert all(meaning in term.words for meaning in term.meanings)


def short_forms():
    """What the public page explains, apart from what is too common or too short to mark in a record."""
    left = {
        "~",
        "top",
        "physio",
        "glucose",
        "T",
        "L",
        "R",
        "?",
        "SOB",
        "ACE",
        "US",
        "−ve",
        "m/s",
        "g",
        "Δ",
        "#",
    }
    for row in re.findall(r"^\| ([^|]+) \|", ABBREVIATIONS.read_text(encoding="utf-8"), re.M)[1:]:
        for form in row.split(", "):
            if not (
                form in left or set(form) == {"-"} or form[0].isdigit() or form == "Short form"
            ):
                yield form.strip()


@pytest.mark.parametrize("form", list(short_forms()))
def test_what_the_public_page_explains_a_record_explains_too(form):
    """content/abbreviations.md and terms.csv do not drift apart."""
    found = [*terms_in(f"{form} x"), *terms_in(f"1 {form}", "dose"), *terms_in(f"1 {form}")]
    assert form in {f"1 {form}"[each.start : each.end] for each in found} | {
        f"{form} x"[each.start : each.end] for each in found
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("malignant hypertension", ["cancer", "dangerous or fast-growing", "high blood pressure"]),
        ("benign tremor", ["not cancer", "mild"]),
        ("VF full", ["ventricular fibrillation", "visual field"]),
        ("sats 98 on RA", ["rheumatoid arthritis", "on room air"]),
        ("h/o BPD", ["borderline personality", "bronchopulmonary dysplasia", "bipolar disorder"]),
        ("PA", ["physician associate", "potentially abnormal"]),
        ("CT NAAT", ["X-rays", "chlamydia"]),
        ("RTA type 4", ["road traffic accident", "renal tubular acidosis"]),
        ("ESA started", ["a benefit", "an injection for anaemia"]),
        ("mets", ["cancer that has spread", "exercise"]),
        ("SVD on MRI", ["normal vaginal birth", "small vessel disease"]),
        ("FH", ["illness in the family", "high cholesterol"]),
        ("RCC", ["red cell count", "cancer of the kidney"]),
    ],
)
def test_a_word_with_one_frightening_meaning_has_its_others_too(text, told):
    words = " ".join(each.term.words for each in terms_in(text))
    assert [each for each in told if each not in words] == []


@pytest.mark.parametrize("word", ["SOS", "sos"])
def test_sos_in_a_dose_is_no_advice(word):
    found = list(terms_in(f"Take 1 tablet {word}", "dose"))
    assert [each.term.words for each in found] == ["when it is needed"]


@pytest.mark.parametrize("text", ["LV normal", "TB Clinic", "GP Surgery", "BP Clinic"])
def test_a_short_word_beside_a_place_is_still_explained(text):
    assert [found.start for found in terms_in(text)] == [0]
