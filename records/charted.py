"""Which results of one test are drawn, on which chart, and why the others are not (R6.6).

One chart for each unit and kind of sample as given: whatever is not exactly the same never shares an axis.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from records.charts import MOST_SERIES, Chart, Limits, Point, draw, number_in
from records.content import Measurement, PartialDate, Quantity, ReferenceRange
from records.over_time import Measured, sample_in
from records.showing import measurements, quantity_words, range_words

FEWEST = 2
"""One value alone is no course over time."""

NO_DATE = "it has no date"
NO_NUMBER = "it is not a number"
UNSAFE_NUMBER = "we cannot be sure how to read the number"
ALONE = "it is the only one with this unit and sample"


class Value(NamedTuple):
    """One number of a result, and what it may be compared with."""

    unit: str
    sample: str
    title: str
    point: Point
    shown: Measured
    given: Measurement


class Drawn(NamedTuple):
    """A chart with what is said of it in words; `newest`, `lowest` and `highest` are as the laboratory wrote them."""

    unit: str
    sample: str
    chart: Chart
    how_many: int
    first: PartialDate
    last: PartialDate
    newest: list[tuple[str, str]]
    range: str
    has_partial: bool


class Charted(NamedTuple):
    """The charts of a test, and why a result is on none, by its id."""

    charts: list[Drawn]
    left_out: Mapping[UUID, str]


def charted(results: Sequence[Measured], samples: Mapping[UUID, str]) -> Charted:
    """Draw what can be compared; `samples` say what was tested, by the id of a report."""
    left_out: dict[UUID, str] = {}
    groups: dict[tuple[str, str], dict[str, list[Value]]] = {}
    for shown in results:
        sample = samples.get(shown.page_id, "") if samples else ""
        for value in _values(shown, sample, left_out):
            series = groups.setdefault((value.unit, value.sample), {})
            series.setdefault(value.title, []).append(value)
    charts = []
    for series in groups.values():
        for several in _in_charts(series, left_out):
            charts.append(_drawn(several))
    return Charted(charts, left_out)


def _values(shown: Measured, sample: str, left_out: dict[UUID, str]) -> Iterator[Value]:
    """The numbers of one result; whatever is none is noted as left out."""
    for title, given in measurements(shown.content):
        because, point = _point(shown.when, given)
        if point and given.value:
            kind = sample_in(shown) or sample
            yield Value(given.value.unit, kind, title, point, shown, given)
        elif because and (given.value or given.words):
            left_out[shown.id] = because


def _point(when: PartialDate, given: Measurement) -> tuple[str, Point | None]:
    """Where a value stands, or why it cannot be drawn."""
    if not given.value:
        return NO_NUMBER, None
    number, period = number_in(given.value.number), _period(when)
    if number is None:
        return UNSAFE_NUMBER, None
    if period is None:
        return NO_DATE, None
    is_exact = not (given.value.comparator or given.value.approximate)
    at = (when.at.hour * 60 + when.at.minute) / 1440 if when.at else 0.0
    return "", Point(*period, number, is_exact, _limits(given.ranges, given.value.unit), at)


def _period(when: PartialDate) -> tuple[date, date] | None:
    """The first and last day on which it can have been."""
    if when.on is None or when.precision == "unknown":
        return None
    if when.precision == "year":
        return date(when.on.year, 1, 1), date(when.on.year, 12, 31)
    if when.precision == "month":
        days = monthrange(when.on.year, when.on.month)[1]
        return when.on.replace(day=1), when.on.replace(day=days)
    return when.on, when.on


def _limits(ranges: Sequence[ReferenceRange], unit: str) -> Limits | None:
    """The one range of a value, where it is in figures, in the same unit and for everybody."""
    if len(ranges) != 1 or ranges[0].applies_to:
        return None
    return _limits_of(ranges[0], unit)


@lru_cache(2000)  # the same range stands beside each value of a test
def _limits_of(given: ReferenceRange, unit: str) -> Limits | None:
    low, high = given.low, given.high
    if not all(_is_limit(each, unit) for each in (low, high) if each):
        return None
    limits = Limits(*(number_in(each.number) if each else None for each in (low, high)))
    if limits.low is None or limits.high is None:
        return limits if limits != (None, None) else None
    return limits if limits.low <= limits.high else None


def _is_limit(given: Quantity, unit: str) -> bool:
    is_plain = not (given.comparator or given.approximate)
    return is_plain and given.unit in {"", unit} and number_in(given.number) is not None


def _in_charts(
    series: dict[str, list[Value]], left_out: dict[UUID, str]
) -> Iterator[dict[str, list[Value]]]:
    """No more series in one chart than can be told apart; a value alone in its series is left out."""
    repeated = {title: values for title, values in series.items() if len(values) >= FEWEST}
    for values in series.values():
        if len(values) < FEWEST:
            left_out.setdefault(values[0].shown.id, ALONE)
    titles = list(repeated)
    for start in range(0, len(titles), MOST_SERIES):
        yield {title: repeated[title] for title in titles[start : start + MOST_SERIES]}


def _words_of(given: Measurement) -> str:
    return quantity_words(given.value) if given.value else ""


def _range_of(given: Measurement) -> str:
    return "; ".join(filter(None, map(range_words, given.ranges)))


def _drawn(series: dict[str, list[Value]]) -> Drawn:
    values = [value for several in series.values() for value in several]
    in_time = sorted(values, key=lambda value: value.point.place)
    chart = draw([(title, [value.point for value in each]) for title, each in series.items()])
    return Drawn(
        values[0].unit,
        values[0].sample,
        chart,
        len(values),
        in_time[0].shown.when,
        in_time[-1].shown.when,
        [(title, _words_of(each[0].given)) for title, each in series.items()],
        _range_of(values[0].given) if chart.range else "",
        any(value.point.is_partial for value in values),
    )
