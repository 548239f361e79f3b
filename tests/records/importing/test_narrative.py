"""Narrative as plain lines: what a reader would see, no markup, and no more work than there is text (R7.7)."""

from time import perf_counter

import pytest

from records.importing.fhir.narrative import (
    CUT,
    LONGEST_LINE,
    MOST_LINES,
    narrative_of,
    plain_lines,
)


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<div><p>One &amp; two<br/>three</p></div>", ["One & two", "three"]),
        ("<table><tr><th>Date</th><th>What</th></tr><tr><td>1</td><td/><td>2</td></tr></table>", ["Date, What", "1, 2"]),
        ("<ul><li>a</li><li>b</li></ul>", ["a", "b"]),
        ("<p>Spread\n  over   lines</p>", ["Spread over lines"]),
        ("<h2></h2><div/><p> </p>", []),
        ("plain words", ["plain words"]),
        ("", []),
        ("<p>K < 3.0 and > 2</p>", ["K < 3.0 and > 2"]),
        ("&#128567; &eacute; &lt;b&gt; &unknown; &#0;", ["😷 é <b> &unknown; �"]),
        ("<p title=\"a\" onclick='x()'>seen</p>", ["seen"]),
        ("<script>alert(1)</script><style>b{}</style>seen", ["seen"]),
        ("<SCRIPT>alert(1)</SCRIPT >seen", ["seen"]),
        ("<xhtml:script>alert(1)</xhtml:script>seen", ["seen"]),
        ("<!-- <b>SECRET</b> -->seen", ["seen"]),
        ("<?php x ?><!DOCTYPE html>seen", ["seen"]),
        ("<img src=x onerror=alert(1)>seen", ["seen"]),
        ("a\u202eb\u0000c", ["abc"]),
        ("<b>brok", ["brok"]),
    ],
)  # fmt: skip
def test_markup_becomes_the_lines_that_a_reader_sees(markup, lines):
    """R7.7, README D: tables, emoji, empty headings, hostile tags."""
    assert plain_lines(markup) == lines


LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>&b;&b;</p>'


def test_entities_of_its_own_are_not_resolved():
    """A billion laughs."""
    assert "haha" not in "".join(plain_lines(LAUGHS)).replace('"haha"', "")
    assert plain_lines(LAUGHS)[-1].endswith("&b;&b;")


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 400_000 + "x" + "</div>" * 400_000,
        "<" * 3_000_000,
        "<!--" * 700_000,
        "<script>" * 300_000,
        "&" * 3_000_000,
        "&#" + "9" * 3_000_000 + ";",
        "<a <a " * 400_000,
        "<p>a</p>" * 300_000,
        "x" * 3_000_000,
    ],
    ids=["deep", "signs", "comments", "scripts", "and-signs", "number", "tags", "lines", "long"],
)
def test_however_it_is_nested_or_broken_it_is_quick_and_bounded(markup):
    began = perf_counter()
    lines = plain_lines(markup)
    assert perf_counter() - began < 5
    assert len(lines) <= MOST_LINES + 1
    assert all(len(line) <= LONGEST_LINE + len(CUT) + 2 for line in lines)


def test_what_is_cut_off_says_so():
    assert plain_lines("<p>a</p>" * (MOST_LINES + 1))[-1] == CUT
    assert plain_lines("x " * 300_000)[-1] == CUT


@pytest.mark.parametrize("body", [{}, {"text": 1}, {"text": {"div": []}}, {"text": {}}])
def test_a_narrative_that_cannot_be_read_is_none(body):
    assert narrative_of(body) == []
