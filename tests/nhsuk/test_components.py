import re
from datetime import date

import jinja2
import pytest

from tests.nhsuk.conftest import ESCAPED, HOSTILE

BORN_ON = date(1947, 3, 3)
NUMBER = "999\u00a0054\u00a08609"


@pytest.fixture
def component(render):
    """Call a macro of a component: component("tag.html", "tag('Current')")."""

    def render_call(file, call, **context):
        name = call.split("(")[0]
        text = f'{{% from "components/{file}" import {name} %}}{{{{ {call} }}}}'
        return render(text, **context)

    return render_call


def test_the_banner_says_whose_record_this_is(component):
    """R6.1."""
    html = component(
        "patient_banner.html", "patient_banner('Ann Lee', born_on, '9990548609')", born_on=BORN_ON
    )
    assert "Ann Lee" in html
    assert "3 March 1947" in html
    assert NUMBER in html
    assert "Acting for" not in html


def test_the_banner_of_a_proxy_leads_back_to_their_own_profile(component):
    """R4.11."""
    call = "patient_banner('Ann Lee', born_on, '9990548609', '/own')"
    html = component("patient_banner.html", call, born_on=BORN_ON)
    assert "Acting for Ann Lee" in html
    assert 'href="/own">Back to your own profile' in html


def test_the_banner_of_staff_says_that_it_is_theirs(component):
    call = "staff_banner('Ann Lee', born_on, '9990548609', 'What you open is recorded.')"
    html = component("staff_banner.html", call, born_on=BORN_ON)
    assert "Staff view" in html
    assert NUMBER in html
    assert "What you open is recorded." in html


STATES = {
    "nothing-recorded": "Nothing recorded",
    "not-available": "Information not available",
    "no-access": "You do not have access to this part",
    "failed": "This part could not be shown",
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_of_a_section_has_its_own_words(component, state):
    """R2.6, R6.2."""
    html = component("section_state.html", f"section_state('{state}', 'Elm Tree Surgery')")
    assert f">{STATES[state]}</h2>" in html
    assert not [words for other, words in STATES.items() if other != state and words in html]


@pytest.mark.parametrize("state", ["not-available", "failed"])
def test_a_fault_is_never_shown_as_nothing(component, state):
    html = component("section_state.html", f"section_state('{state}')")
    assert "does not mean that there is nothing" in html


def test_where_there_is_no_access_the_patient_can_ask(component):
    html = component("section_state.html", "section_state('no-access', ask_href='/ask')")
    assert 'href="/ask"' in html
    assert 'href="/ask"' not in component("section_state.html", "section_state('no-access')")


def test_an_unknown_state_stops_the_page(component):
    with pytest.raises(jinja2.UndefinedError, match="no attribute 'empty'"):
        component("section_state.html", "section_state('empty')")


def test_a_tag_says_in_words_what_its_colour_says(component):
    assert component("tag.html", "tag('Repeat: current', 'green')") == (
        '<strong class="nhsuk-tag nhsuk-tag--green">Repeat: current</strong>'
    )
    assert component("tag.html", "tag('Acute')") == '<strong class="nhsuk-tag">Acute</strong>'


def test_pages_lead_forward_and_back(component):
    html = component("pagination.html", "pagination('?before=1', '?after=2', 'Newer', 'Older')")
    assert re.search(r'href="\?before=1" rel="prev">\s*<span[^>]*>Newer<', html)
    assert re.search(r'href="\?after=2" rel="next">\s*<span[^>]*>Older<', html)


def test_the_first_and_only_page_leads_nowhere(component):
    assert component("pagination.html", "pagination()") == ""
    assert 'rel="prev"' not in component("pagination.html", "pagination(next_href='?after=2')")


def test_a_summary_leaves_out_what_is_not_known(component):
    rows = [("Reason", "Headache"), ("Dose", ""), ("Ended", None), ("Issues", 0)]
    html = component("summary_list.html", "summary_list(rows)", rows=rows)
    assert re.findall(r"<dt[^>]*>(\w+)</dt>", html) == ["Reason", "Issues"]


def test_a_table_repeats_its_heads_for_narrow_screens(component):
    call = "table('Medicines', ['Name', 'Dose'], [['Aspirin', 'One'], ['Iron', 'Two']])"
    html = component("table.html", call)
    assert html.count('role="row"') == 3
    assert html.count('aria-hidden="true">Dose </span>') == 2
    assert "</span>Aspirin</td>" in html


def test_buttons_and_links(component):
    assert 'type="submit">Save</button>' in component("button.html", "button('Save')")
    assert "nhsuk-button--warning" in component("button.html", "button('End', 'warning')")
    assert 'href="/x"' in component("button.html", "link_button('Go on', '/x', 'secondary')")
    assert 'href="/x">Back</a>' in component("back_link.html", "back_link('/x')")
    assert '<h3 class="nhsuk-card__heading' in component(
        "card_link.html", "card_link('Medicines', '/x', level=3)"
    )


def test_leaving_works_as_a_plain_link(component):
    """R5.3."""
    html = component("leave.html", "leave('https://www.example.org')")
    assert 'href="https://www.example.org"' in html
    assert "data-leave" in html


def test_notices(component):
    assert "<p>Some is missing</p>" in component("notice.html", "notice('Some is missing')")
    assert "Important: </span>Wait</h2>" in component("notice.html", "callout('Wait', 'x')")


@pytest.mark.parametrize(
    ("file", "call", "times"),
    [
        ("patient_banner.html", "patient_banner(words, born_on, words, words)", 3),
        ("staff_banner.html", "staff_banner(words, born_on, words, words)", 3),
        ("section_state.html", "section_state('nothing-recorded', words)", 1),
        ("section_state.html", "section_state('not-available', words)", 1),
        ("section_state.html", "section_state('no-access', words)", 1),
        ("section_state.html", "section_state('no-access', words, words)", 1),
        ("tag.html", "tag(words, words)", 2),
        ("pagination.html", "pagination(words, words, words, words, words)", 5),
        ("summary_list.html", "summary_list([(words, words)])", 2),
        ("table.html", "table(words, [words], [[words]])", 4),
        ("button.html", "button(words, words)", 2),
        ("button.html", "link_button(words, words, words)", 3),
        ("back_link.html", "back_link(words, words)", 2),
        ("card_link.html", "card_link(words, words, words)", 3),
        ("leave.html", "leave(words, words)", 2),
        ("notice.html", "notice(words)", 1),
        ("notice.html", "callout(words, words)", 2),
    ],
)
def test_hostile_words_are_escaped_in_every_component(component, file, call, times):
    """R7.7."""
    html = component(file, call, words=HOSTILE, born_on=BORN_ON)
    assert html.count(ESCAPED) == times
    assert "<script>" not in html
    assert "' onmouseover" not in html
