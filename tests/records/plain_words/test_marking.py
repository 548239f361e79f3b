"""Short words explained where they stand, and never by what the text may not mean."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from records.plain_words.marking import begin_part, listed, marked, with_plain_words
from records.plain_words.terms import terms


def explained(text, context=""):
    """The short words of a text, as written, with what the page says that they mean."""
    page = with_plain_words(lambda: marked(text, context))
    return {word.written: word.term.words for word in page.words}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("1 tablet bd", {"bd": "twice a day"}),
        ("TAKE ONE TABLET BD", {"BD": "twice a day"}),
        ("Take 1 od", {"od": "once a day"}),
        ("1 tab on", {"tab": "tablet", "on": "each night"}),
        ("Take 1 tablet on.", {"on": "each night"}),
        ("2 caps om", {"caps": "capsules", "om": "each morning"}),
        ("Apply on the affected skin", {}),
        ("Take one tablet on Monday", {}),
        ("Take one tablet on an empty stomach", {}),
        ("TAKE ONE ON WAKING", {}),
        ("Leave on. Replace cap", {}),
    ],
)
def test_a_dose_makes_clear_what_a_short_word_means(text, means):
    assert explained(text, "dose") == means


@pytest.mark.parametrize("text", ["Pain in od", "1 drop od"])
def test_where_a_dose_does_not_make_it_clear_all_meanings_are_told(text):
    """Beside eyes or drops, "od" may be the right eye."""
    assert explained(text, "dose" if "drop" in text else "")["od"].startswith(
        "can mean once a day; or right eye"
    )


@pytest.mark.parametrize(
    "text",
    [
        "as it was on us, no one can be at home and I am in or out",
        "PLEASE ASK HIM AS HE IS AT HOME AND IT IS FIT FOR US ON MONDAY",
        "PATIENT MS SMITH OF LA ROAD, PA TO THE HEAD OF SE HOUSE",
        "Dr PA Smith spoke to Mrs MS Jones",
        "seen at LV Test Practice 1, Leeds RA Royal Teaching Hospital",
        "see www.bd.com or https://example.test/bd/x, write to od@example.test",
        "I'm here, don't",
        "seen 03/12/2024 and 5/12/24",
        "hepatitis C, vitamin K, stage 2, 5HT",
        "an on-call GPwithout space",
        "the sc-fi od-d",
        "g and h and s and mg, mmol/L alone",
    ],
)
def test_other_things_are_not_marked(text):
    found = explained(text)
    assert found == {} or set(found) <= {"GP"}, found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("98.7 mmol/L, 500mg, 120/80 mmHg, 90 mm[Hg]", ["mmol/L", "mg", "mmHg", "mm[Hg]"]),
        ("7.2 10*9/L; 85 mL/min/1.73m2", ["10*9/L", "mL/min/1.73m2"]),
        ("BD/TDS", ["BD", "TDS"]),
        ("LFTs, U&Es, N & V", ["LFTs", "U&Es", "N & V"]),
        ("?PE (COPD), GP's", ["PE", "COPD", "GP"]),
        ("#NOF, HIV -ve", ["#", "NOF", "HIV", "-ve"]),
        ("seen for 2/52 and 5/7", ["/52", "/7"]),
        ("O/E NAD HS normal", ["O/E", "NAD", "HS"]),
        ("LONG STANDING COPD WITH GORD", ["COPD", "GORD"]),
    ],
)
def test_short_words_are_found_as_they_are_written(text, written):
    assert list(explained(text)) == written


def test_a_word_is_marked_once_in_each_part_of_a_page_and_explained_once():
    page = with_plain_words(lambda: marked("BD, BD") + marked("BD") + begin_part() + marked("BD"))
    assert page.content.count('popovertarget="word-1"') == 2
    assert [word.number for word in page.words] == [1]


def test_words_of_links_are_explained_at_the_foot_only():
    page = with_plain_words(lambda: listed("CKD monitoring"))
    assert page.content == "CKD monitoring"
    assert [(word.written, word.is_marked) for word in page.words] == [("CKD", False)]


def test_what_is_markup_already_stays_as_it_is():
    assert with_plain_words(lambda: marked(Markup("<b>BD</b>"))).content == "<b>BD</b>"


def test_nothing_is_marked_where_no_page_is_written():
    assert marked("BD") == "BD"
    assert listed("BD") == "BD"
    assert begin_part() == ""


def test_a_page_that_breaks_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        with_plain_words(lambda: marked("BD") + str(1 / 0))
    assert marked("BD") == "BD"


def test_a_button_opens_its_own_explanation_and_submits_nothing():
    page = with_plain_words(lambda: marked("<1 BD>"))
    assert page.content == (
        '&lt;1 <button type="button" class="app-term" popovertarget="word-1"'
        ' aria-describedby="word-1-means">BD</button>&gt;'
    )


@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(terms().spellings)),
            st.text(max_size=5),
            st.sampled_from(["<b>", "</button>", '"', "&amp;", "<script>", "\u2028", "1", " "]),
        ),
        max_size=20,
    ),
    st.sampled_from(["", "dose"]),
)
def test_marking_changes_no_word_and_lets_no_markup_through(pieces, context):
    text = " ".join(pieces)
    shown = str(escape(with_plain_words(lambda: marked(text, context)).content))
    without = re.sub(r'<button [a-z="\d -]+>|</button>', "", shown)
    assert html.unescape(without) == html.unescape(str(escape(text)))
    assert not re.search(r"[<>\"]", without)
