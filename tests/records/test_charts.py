"""Where the lines and marks of a chart stand."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.axes import date_ticks, value_labels, value_ticks
from records.charts import HEIGHT, WIDTH, Limits, Point, draw, number_in, range_of

decimals = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=3
) | st.sampled_from([Decimal("1E+99"), Decimal("-1E+99"), Decimal("1E-99"), Decimal(0)])
days = st.dates()
limits = st.none() | st.tuples(decimals, decimals).map(lambda pair: Limits(*sorted(pair)))
one_sided = decimals.map(lambda value: Limits(None, value)) | decimals.map(
    lambda value: Limits(value, None)
)


@st.composite
def points(draw_from):
    first = draw_from(days)
    length = draw_from(st.sampled_from([0, 0, 0, 27, 30, 364]))
    last = min(first.toordinal() + length, date.max.toordinal())
    return Point(
        first,
        date.fromordinal(last),
        draw_from(decimals),
        draw_from(st.booleans()),
        draw_from(limits | one_sided),
        draw_from(st.sampled_from([0.0, 0.0, 0.5, 0.999])),
    )


many = st.lists(points(), min_size=1, max_size=30)
fast = settings(max_examples=150, deadline=None)


def numbers_in(path):
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path)]


def on(day, value="5", **rest):
    return Point(day, day, Decimal(value), **rest)


@fast
@given(many)
def test_every_point_is_inside_the_plot_and_time_runs_from_left_to_right(found):
    chart = draw([("", found)])
    frame = chart.frame
    places = [frame.x(each.place) for each in sorted(found, key=lambda each: each.place)]
    assert places == sorted(places)
    assert all(frame.left <= place <= frame.right for place in places)
    assert all(frame.top <= frame.y(each.value) <= frame.bottom for each in found)
    ends = [frame.x(each.toordinal()) for point in found for each in (point.first, point.last)]
    assert all(frame.left <= place <= frame.right for place in ends)


@fast
@given(many)
def test_nothing_that_is_drawn_lies_outside_the_drawing_or_is_no_number(found):
    chart = draw([("", found)])
    paths = [chart.lines[0].joined, chart.lines[0].filled, chart.lines[0].hollow]
    paths += [chart.bars, chart.periods]
    assert not any(re.search("nan|inf", path, re.IGNORECASE) for path in paths)
    starts = [pair for path in paths for pair in re.findall(r"M(\S+) ([\d.-]+)", path)]
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in starts)
    if chart.band:
        assert 0 <= chart.band[0] <= chart.band[0] + chart.band[1] <= HEIGHT


@fast
@given(many)
def test_each_point_has_one_mark_hollow_where_the_value_stands_for_others(found):
    line = draw([("", found)]).lines[0]
    assert line.filled.count("M") == sum(point.is_exact for point in found)
    assert line.hollow.count("M") == sum(not point.is_exact for point in found)


@fast
@given(many)
def test_only_exact_values_on_known_days_are_joined(found):
    joined = draw([("", found)]).lines[0].joined
    plain = [point for point in found if point.is_exact and not point.is_partial]
    assert joined.count("M") + joined.count("L") == len(plain)


@fast
@given(many)
def test_labels_are_in_the_drawing_and_do_not_touch(found):
    chart = draw([("", found)])
    letter = 8.4  # what a digit of the axis takes, in its size
    spans = [
        (tick.label_place - len(tick.label) * letter / 2, tick.label_place + len(tick.label) * letter / 2)
        for tick in chart.across
    ]  # fmt: skip
    assert all(start >= 0 and end <= WIDTH for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(chart.frame.left <= tick.place <= chart.frame.right for tick in chart.across)
    assert 2 <= len(chart.upwards) <= 8
    assert len({tick.label for tick in chart.upwards}) == len(chart.upwards)


@fast
@given(decimals, decimals)
def test_ticks_hold_all_values_between_them_evenly_apart(one, other):
    low, high = sorted((one, other))
    ticks = value_ticks(low, high)
    assert ticks[0] <= low <= high <= ticks[-1]
    assert ticks[0] < ticks[-1]
    assert len(value_labels(ticks)) == len(set(value_labels(ticks)))


@fast
@given(days, st.integers(0, 40_000))
def test_days_to_mark_lie_between_the_first_and_the_last(first, length):
    last = date.fromordinal(min(first.toordinal() + length, date.max.toordinal()))
    found = [day for day, _ in date_ticks(first, last)]
    assert found == sorted(set(found))
    assert all(first <= day <= last for day in found)
    assert 1 <= len(found) <= 5


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2024, 5, 1), date(2024, 5, 1), ["1 May 2024"]),
        (date(2024, 5, 1), date(2024, 5, 3), ["1 May 2024", "2 May 2024", "3 May 2024"]),
        (date(2024, 1, 10), date(2024, 9, 1), ["Apr 2024", "Jul 2024"]),
        (date(2019, 6, 1), date(2024, 5, 3), ["2020", "2021", "2022", "2023", "2024"]),
        (date(1950, 6, 1), date(2024, 5, 3), ["1960", "1980", "2000", "2020"]),
    ],
)
def test_a_time_is_marked_in_days_months_or_years(first, last, labels):
    assert [label for _, label in date_ticks(first, last)] == labels


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        ("41", "58", ["40", "45", "50", "55", "60"]),
        ("0.1", "0.42", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("-3", "12", ["-5", "0", "5", "10", "15"]),
        ("5", "5", ["4.4", "4.6", "4.8", "5", "5.2", "5.4", "5.6"]),
        ("0", "0", ["-1", "-0.5", "0", "0.5", "1"]),
        ("1E+12", "5E+12", ["1e+12", "2e+12", "3e+12", "4e+12", "5e+12"]),
    ],
)
def test_values_are_marked_with_round_numbers(low, high, labels):
    assert value_labels(value_ticks(Decimal(low), Decimal(high))) == labels


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("41.0", "41.0"), ("41", "41"), ("-0.5", "-0.5"), ("+3", "3"), ("1,234", "1234"),
        ("12,345,678.9", "12345678.9"), ("7.4E-1", "0.74"), ("1e3", "1000"), ("0", "0"),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(words, number):
    assert number_in(words) == Decimal(number)


@pytest.mark.parametrize(
    "words",
    ["", "5,5", "0,123", "12,34", "1,2345", "1.234,5", "<5", "5 mmol/L", "NaN", "Infinity", "sNaN",
     "1e999", "1_000", "٣", ".", "5.", "--5", "1 234", "9" * 16, "0x10"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_none_is_no_number(words):
    assert number_in(words) is None


def test_one_range_for_all_points_is_a_band_and_has_no_bars():
    limits = Limits(Decimal(20), Decimal(41))
    found = [on(date(2020 + n, 1, 1), str(30 + n), limits=limits) for n in range(3)]
    chart = draw([("", found)])
    top, height = chart.band
    assert (top, top + height) == (chart.frame.y(limits.high), chart.frame.y(limits.low))
    assert chart.bars == ""
    assert chart.range == limits


def test_ranges_that_differ_or_are_missing_are_drawn_for_each_point_that_has_one():
    one, other = Limits(Decimal(20), Decimal(41)), Limits(Decimal(20), Decimal(42))
    changing = [on(date(2020, 1, 1), limits=one), on(date(2021, 1, 1), limits=other)]
    missing = [on(date(2020, 1, 1), limits=one), on(date(2021, 1, 1))]
    for found, bars in ((changing, 2), (missing, 1)):
        chart = draw([("", found)])
        assert chart.band is None
        assert chart.bars.count("M") == bars


def test_two_series_never_share_a_band():
    """Each component may have a range of its own, even where the figures are the same."""
    limits = Limits(Decimal(20), Decimal(41))
    found = [on(date(2020 + n, 1, 1), limits=limits) for n in range(2)]
    chart = draw([("Systolic", found), ("Diastolic", found)])
    assert chart.band is None
    assert chart.bars.count("M") == 4


@pytest.mark.parametrize("limits", [Limits(None, Decimal(5)), Limits(Decimal(5), None)])
def test_a_limit_that_is_not_given_is_the_edge_of_the_plot(limits):
    chart = draw(
        [("", [on(date(2020, 1, 1), "3", limits=limits), on(date(2021, 1, 1), "8", limits=limits)])]
    )
    top, height = chart.band
    edge = chart.frame.top if limits.high is None else chart.frame.bottom
    assert edge in (top, top + height)
    assert 0 < height < chart.frame.bottom - chart.frame.top


def test_series_differ_in_mark_and_in_line():
    found = [on(date(2020, 1, 1)), on(date(2021, 1, 1))]
    lines = draw([(name, found) for name in "abcd"]).lines
    assert len({line.sample for line in lines}) == len({line.dashes for line in lines}) == 4


def test_a_partial_date_stands_in_the_middle_of_its_period_with_a_line_across():
    partial = Point(date(2020, 1, 1), date(2020, 12, 31), Decimal(5))
    chart = draw([("", [on(date(2019, 1, 1)), partial, on(date(2022, 1, 1))])])
    middle = (date(2020, 1, 1) + timedelta(days=183)).toordinal()
    assert partial.place == middle
    start, _, end = numbers_in(chart.periods)
    assert start < chart.frame.x(middle) < end
    assert chart.lines[0].joined.count("L") == 0


def test_a_line_breaks_where_a_value_is_not_exact():
    found = [on(date(2020 + n, 1, 1), is_exact=n != 2) for n in range(5)]
    chart = draw([("", found)])
    assert re.sub(r"[\d. ]", "", chart.lines[0].joined) == "MLML"
    assert chart.has_hollow


def test_no_range_is_no_range():
    assert range_of([on(date(2020, 1, 1)), on(date(2021, 1, 1))]) is None


def test_hundreds_of_points_have_smaller_marks():
    few = [on(date(2020, 1, 1) + timedelta(days=n), str(n)) for n in range(10)]
    lots = [on(date(2020, 1, 1) + timedelta(days=n), str(n)) for n in range(500)]
    size = [numbers_in(draw([("", each)]).lines[0].filled)[2] for each in (few, lots)]
    assert size[0] > size[1]
