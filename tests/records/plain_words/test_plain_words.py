"""Short words explained where they stand, and never by what the text may not mean."""

import csv
import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.plain_words.marking import begin_words, marked, words_here
from records.plain_words.terms import TERMS, terms
from records.plain_words.topics import TOPICS, topics_of

ADVICE = re.compile(r"\b(?:should|must|you need|make sure|always|never)\b", re.I)
AMBIGUOUS = ("PD", "PE", "OD", "MS", "CP", "BS", "RA", "AS", "PR", "PT", "MI")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def explained(text, context=""):
    """The short words of a text, with what the page says that they mean."""
    begin_words()
    marked(text, context)
    return {here.term.term: here.term.words for here in words_here()}


def test_the_file_has_enough_terms_each_with_a_source_and_none_with_advice():
    found = rows(TERMS)
    assert len({row["term"] for row in found}) >= 400
    for row in found:
        assert row["source"] in {"nhs-uk", "general"}, row
        assert row["meanings"].strip(), row
        assert not ADVICE.search(row["meanings"]), row
        assert row["case"] in {"exact", "any", "mixed"}, row


def known(word):
    return terms().exact.get(word) or terms().any_case.get(word.casefold())


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_that_can_mean_several_things_says_all_of_them(word):
    term = known(word)
    if term:
        assert len(term.meanings) > 1, term
        assert term.words.startswith("can mean ")


def test_a_dose_makes_clear_what_a_short_word_means():
    assert explained("Take 1 od", "dose") == {"od": "once a day"}
    assert explained("Pain in od").get("od", "can mean").startswith("can mean")


def test_ordinary_words_are_not_marked():
    assert explained("as it was on the day, no one of us can be at home") == {}
    assert explained("PLEASE ASK HIM AS HE IS AT HOME AND IT IS FIT") == {}


def test_units_are_explained_after_a_number_only():
    assert "mmol/L" in explained("98.7 mmol/L")
    assert explained("g and h and s") == {}


@given(st.text())
def test_marking_changes_no_word_and_lets_no_markup_through(text):
    begin_words()
    shown = str(marked(text)) if marked(text) is not text else html.escape(text)
    words_here()
    assert html.unescape(re.sub(r"</?button[^>]*>", "", shown)) == html.unescape(html.escape(text))
    assert "<" not in re.sub(r"</?button[^>]*>", "", shown)


def test_nothing_is_marked_where_no_page_gathers():
    words_here()
    assert marked("BD") == "BD"


@pytest.mark.parametrize(
    ("kind", "title", "page"),
    [
        ("condition", "Asthma", "conditions/asthma/"),
        ("condition", "Type 2 diabetes mellitus", "conditions/type-2-diabetes/"),
        ("medicine", "Atorvastatin 20mg tablets", "medicines/atorvastatin/"),
        ("condition", "Family history of asthma", ""),
        ("condition", "?Asthma", ""),
        ("condition", "No evidence of asthma", ""),
        ("condition", "Suspected asthma", ""),
        ("condition", "Cardiac asthmatics", ""),
        ("document", "Asthma", ""),
    ],
)
def test_where_to_read_more_only_where_the_title_means_it(kind, title, page):
    assert [topic.href for topic in topics_of(kind, title)] == (
        [f"https://www.nhs.uk/{page}"] if page else []
    )


def test_every_topic_is_a_path_of_the_website():
    for row in rows(TOPICS):
        assert re.fullmatch(r"[a-z0-9/-]+/", row["page"]), row
        assert row["words"] == row["words"].casefold(), row
