"""The words by which a row can be found."""

from datetime import date

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from audit.row_security import rows_of
from records.indexing import (
    LONGEST,
    Indexing,
    asked_tokens,
    date_tokens,
    tokens,
    words_of,
    words_typed,
)
from records.models import Entry, KnownWord
from tests.cast import make_entry


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COVID-19 vaccine", {"covid19", "covid", "19", "vaccine"}),
        ("HbA1c", {"hba1c", "hba", "1", "c"}),
        ("Vitamin B12", {"vitamin", "b12", "b", "12"}),
        ("Crohn's disease", {"crohns", "crohn", "s", "disease"}),
        ("Caf\u00e9 NAI\u0308VE stra\u00dfe", {"cafe", "naive", "strasse"}),
        ("\u0645\u064e\u0631\u062d\u0628\u0627", {"\u0645\u0631\u062d\u0628\u0627"}),
        ("a\x00b \U0001f600 \ud800 _ %", {"a", "b"}),
        ("co\u00admfort", {"comfort"}),
        ("x" * 200, {"x" * LONGEST}),
        ("", set()),
    ],
)
def test_a_text_is_found_by_its_words(text, found):
    assert tokens(text) == found


@pytest.mark.parametrize(
    "text",
    ["3 March 2021", "3rd of March 2021", "3 mar 2021", "03/03/2021", "2021-03-03", "3.3.2021"],
)
def test_a_date_is_one_word_however_it_is_written(text):
    assert asked_tokens(text) == ["3-march-2021"]
    assert {"3-march-2021", "march-2021", "3-march"} <= tokens(f"Seen on {text}.")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("asthma March 2021", ["march-2021", "asthma"]),
        ("march", ["march"]),
        ("covid-19", ["covid", "19"]),
        ("crohn's", ["crohns"]),
        ("32/13/2021", ["32", "13", "2021"]),
        ("\u0663", ["\u0663"]),
        ("blood BLOOD", ["blood"]),
        ("!?", []),
    ],
)
def test_what_is_asked_is_taken_word_for_word(text, asked):
    assert asked_tokens(text) == asked


@pytest.mark.parametrize(
    ("precision", "has", "has_not"),
    [
        ("day", {"3-march-2021", "march-2021", "2021", "march"}, set()),
        ("month", {"march-2021", "2021", "march"}, {"3-march-2021", "3-march", "1-march-2021"}),
        ("year", {"2021"}, {"march", "march-2021", "january"}),
        ("unknown", set(), {"2021"}),
    ],
)
def test_a_date_gives_no_more_than_it_has(precision, has, has_not):
    """R6.7."""
    found = date_tokens(date(2021, 3, 3), precision)
    assert has <= found
    assert not has_not & found
    assert date_tokens(None, precision) == set()


def test_values_ranges_flags_codes_and_ids_are_no_words_to_search_by():
    details = {
        "codes": [{"system": "sysword", "code": "codeword", "display": "Serum potassium"}],
        "value": {"number": "7.77", "unit": "unitword"},
        "words": "Positive",
        "absent_because": "Haemolysed",
        "ranges": [{"text": "rangeword", "low": {"number": "3.5"}}],
        "flags": [{"words": "Dangerously high"}],
        "status": "statusword",
        "components": [{"title": "Systolic", "value": {"number": "199"}, "words": "hidden"}],
        "performers": [{"name": "Dr Rosa Sample", "role": "Haematologist", "organisation": "Lab"}],
        "specimens": [{"kind": "Venous blood", "collected": {"on": "2020-01-01"}}],
        "topics": [{"title": "Topicword", "headings": [{"title": "Headingword"}]}],
        "reasons": [{"entry": "linkword"}],
        "unheard": {"name": "Surprise"},
    }
    found = set(words_of("Potassium", details, None, "unknown"))
    assert found == {
        "potassium",
        "serum",
        "systolic",
        "dr",
        "rosa",
        "sample",
        "haematologist",
        "lab",
        "venous",
        "blood",
    }


def test_free_text_is_kept_apart():
    typed = {"notes": ["Felt <b>low</b>"], "comment": "Ring"}
    assert words_typed(typed) == ["b", "felt", "low", "ring"]
    assert words_typed(None) == []


@given(st.text(max_size=300))
def test_any_text_can_be_indexed_and_asked_for(text):
    found = tokens(text)
    assert all(0 < len(word) <= LONGEST for word in found)
    assert all(len(word.encode()) for word in found)
    asked_tokens(text)


@pytest.mark.django_db
def test_rows_from_before_there_was_a_search_are_indexed_once(patient, other_patient, capsys):
    old = make_entry(patient, "old", title="Asthma", free_text={"comment": "wheezy"})
    make_entry(other_patient, "other", title="Eczema")
    call_command("index_words")
    assert "2 rows of 2 records" in capsys.readouterr().out
    with rows_of(patient.pk):
        row = Entry.objects.of(patient).get()
        assert (row.search_words, row.search_text) == (["asthma"], ["wheezy"])
        assert row.changed_at == old.changed_at
        known = KnownWord.objects.filter(patient=patient)
        assert {(each.word, *each.entries) for each in known} == {
            ("asthma", old.id),
            ("wheezy", old.id),
        }
    call_command("index_words")
    assert "0 rows of 0 records" in capsys.readouterr().out
    call_command("index_words", "--again")
    assert "2 rows of 2 records" in capsys.readouterr().out


def test_many_rows_taken_apart_together_have_the_words_that_each_has_by_itself():
    """A text that is met again is not taken apart again, and leads to the same words."""
    index, day = Indexing(), date(2021, 3, 3)
    rows = [
        ("Potassium", {"codes": [{"display": "Kalium"}], "performers": [{"name": "Dr B"}]}, day),
        ("Kalium", {"performers": [{"name": "Dr B"}], "codes": [{"display": "Kalium"}]}, None),
        ("Potassium", {"title": "3", "codes": [{"display": "March"}, "not a code"]}, day),
        ("", {"reasons": ["A cough", 7, ""], "value": {"number": "7"}}, date(2021, 1, 1)),
    ]
    for title, details, on in rows * 2:
        assert index.words_of(title, details, on, "day") == words_of(title, details, on, "day")
        assert index.words_typed({"notes": [title]}) == words_typed({"notes": [title]})


def test_words_of_a_row_that_is_changed_are_not_those_of_another_row():
    index = Indexing()
    index.words_of("Potassium", {}, None, "unknown").append("other")
    assert index.words_of("Potassium", {}, None, "unknown") == ["potassium"]
