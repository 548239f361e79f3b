"""Charts of one test over time as lines and marks for an inline SVG: pure functions, no clock, no database.

A chart has one unit. Lengths are units of the drawing (`WIDTH` by `HEIGHT`), days are ordinals of the calendar.
Nothing here says what a value means (R6.6): it only says where it stands.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from records.axes import date_ticks, value_labels, value_ticks

WIDTH, HEIGHT = 330, 260
TOP, RIGHT, BOTTOM = 30, 14, 40
INSET = 8
"""Room between the axes and the first mark, so that no mark is cut."""

LETTER = 8.6
"""The width of a letter of a label, rather more than it is."""

MANY_POINTS = 60
NUMBER = re.compile(
    r"[+-]?(?:\d{1,15}|[1-9]\d{0,2}(?:,\d{3}){1,4})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII
)
"""A number that can be read in one way only; a comma parts thousands, as it does in England."""


class Limits(NamedTuple):
    """A laboratory's range; a limit that it did not give is None, and both cannot be."""

    low: Decimal | None
    high: Decimal | None


class Point(NamedTuple):
    """One value to draw: `first` and `last` are the same day unless only a month or year is known.

    `is_exact` is false for a value that stands for others ("<5", "about 5"). `at` is the part of the day, 0 to 1.
    """

    first: date
    last: date
    value: Decimal
    is_exact: bool = True
    limits: Limits | None = None
    at: float = 0.0

    @property
    def is_partial(self) -> bool:
        """Whether the day is not known."""
        return self.first != self.last

    @property
    def place(self) -> float:
        """Where it stands in time: the middle of the period where the day is not known."""
        if self.first == self.last:
            return self.first.toordinal() + self.at
        return (self.first.toordinal() + self.last.toordinal() + 1) / 2


class Tick(NamedTuple):
    """A line of an axis, and where the middle of its label stands: inside the drawing, so perhaps beside it."""

    place: float
    label: str
    label_place: float


class Line(NamedTuple):
    """One series: the line that joins its exact values, and its marks as the data of SVG paths."""

    title: str
    joined: str
    filled: str
    hollow: str
    sample: str
    dashes: str


class Frame(NamedTuple):
    """The edges of the plot, and the scales that lie between them."""

    left: float
    right: float
    top: float
    bottom: float
    first: float
    last: float
    low: Decimal
    high: Decimal

    def x(self, place: float) -> float:
        """Where a moment stands."""
        return self.across([place])[0]

    def across(self, places: Iterable[float]) -> list[float]:
        """Where each of some moments stands."""
        begin, first = self.left + INSET, self.first
        each = (self.right - self.left - 2 * INSET) / (self.last - first)
        return [round(begin + (place - first) * each, 1) for place in places]

    def y(self, value: Decimal) -> float:
        """Where a value stands; one outside the scale stands at its edge."""
        return self.heights([value])[0]

    def heights(self, values: Iterable[Decimal]) -> list[float]:
        """Where each of some values stands."""
        low, high, bottom, tall = self.low, self.high, self.bottom, self.bottom - self.top
        with localcontext(prec=60):
            scale = high - low
            shares = [
                float((low if value < low else high if value > high else value) - low)
                / float(scale)
                for value in values
            ]
        return [round(bottom - share * tall, 1) for share in shares]


class Chart(NamedTuple):
    """A drawing of one or more series in one unit."""

    frame: Frame
    across: list[Tick]
    upwards: list[Tick]
    lines: list[Line]
    band: tuple[float, float] | None
    bars: str
    periods: str
    range: Limits | None
    has_hollow: bool
    width: int = WIDTH
    height: int = HEIGHT


@lru_cache(2000)  # the limits of a test stand beside each of its values
def number_in(words: str) -> Decimal | None:
    """The number as given ("41.0", "1,234", "7.4E-1"); None where it cannot be read safely."""
    return Decimal(words.replace(",", "")) if NUMBER.fullmatch(words) else None


def draw(series: Sequence[tuple[str, Sequence[Point]]]) -> Chart:
    """Draw named series of points on the same two axes; each has at least one point."""
    points = [point for _, found in series for point in found]
    frame, upwards = _frame(points)
    shared = range_of(points) if len(series) == 1 else None
    many = len(points) > MANY_POINTS
    lines = [
        _line(title, found, frame, order, many=many) for order, (title, found) in enumerate(series)
    ]
    return Chart(
        frame,
        _across(frame),
        upwards,
        lines,
        _extent(shared, frame) if shared else None,
        "" if shared else _bars(points, frame),
        _periods(points, frame),
        shared,
        any(not point.is_exact for point in points),
    )


def range_of(points: Sequence[Point]) -> Limits | None:
    """The one range that the laboratory gave with every one of the points, if it did."""
    found = points[0].limits
    return found if all(point.limits == found for point in points) else None


def _frame(points: Sequence[Point]) -> tuple[Frame, list[Tick]]:
    values = [point.value for point in points]
    # told apart as objects, which takes less than to compare what they say
    ranges = {id(point.limits): point.limits for point in points if point.limits}
    values += [limit for each in ranges.values() for limit in each if limit is not None]
    ticks = value_ticks(min(values), max(values))
    labels = value_labels(ticks)
    left = min(12 + LETTER * max(map(len, labels)), WIDTH / 2)
    edges = (left, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM)
    frame = Frame(*edges, *_span(points), ticks[0], ticks[-1])
    places = frame.heights(ticks)
    upwards = [Tick(place, label, place + 5) for place, label in zip(places, labels, strict=True)]
    return frame, upwards


def _span(points: Sequence[Point]) -> tuple[float, float]:
    """From the first to the last moment; of one moment, a day before and after."""
    first = min(point.first for point in points).toordinal()
    last_day = max(point.last for point in points)
    last = max(max(point.place, last_day.toordinal()) for point in points if point.last == last_day)
    return (first, last) if last > first else (first - 1.0, last + 1.0)


def _across(frame: Frame) -> list[Tick]:
    last_day = min(int(frame.last), date.max.toordinal())
    first, last = date.fromordinal(max(1, int(frame.first))), date.fromordinal(last_day)
    found: list[Tick] = []
    taken = 0.0
    for day, label in date_ticks(first, last):
        place = frame.x(max(day.toordinal(), frame.first))
        half = len(label) * LETTER / 2
        middle = min(max(place, half), WIDTH - half)
        if middle - half >= taken:  # a label that would touch the one before is left out
            found.append(Tick(place, label, middle))
            taken = middle + half
    return found


def _line(title: str, points: Sequence[Point], frame: Frame, order: int, *, many: bool) -> Line:
    shape, dashes = SHAPES[order % len(SHAPES)], DASHES[order % len(DASHES)]
    mark = shape(2.5 if many else 4.5)
    places = [point.place for point in points]
    across, heights = frame.across(places), frame.heights([point.value for point in points])
    joined, filled, hollow = list[str](), list[str](), list[str]()
    pen = "M"
    for n in sorted(range(len(points)), key=places.__getitem__):
        point, x, y = points[n], across[n], heights[n]
        (filled if point.is_exact else hollow).append(mark(x, y))
        is_plain = point.is_exact and point.first == point.last
        if is_plain:
            joined.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L" if is_plain else "M"
    sample = shape(5)(26, 8)
    return Line(title, "".join(joined), "".join(filled), "".join(hollow), sample, dashes)


def _bars(points: Sequence[Point], frame: Frame) -> str:
    """An upright bar for each point that came with a range of its own."""
    found = []
    for point in points:
        if point.limits:
            x, (top, height) = frame.x(point.place), _extent(point.limits, frame)
            found.append(f"M{x} {top}v{height}")
    return "".join(found)


def _extent(limits: Limits, frame: Frame) -> tuple[float, float]:
    """Where a range begins and how tall it is; a limit that is not given is the edge of the plot."""
    top = frame.top if limits.high is None else frame.y(limits.high)
    bottom = frame.bottom if limits.low is None else frame.y(limits.low)
    return top, round(bottom - top, 1)


def _periods(points: Sequence[Point], frame: Frame) -> str:
    """A line across, as long as the month or year in which the day is not known."""
    found = []
    for point in points:
        if point.is_partial:
            first, last = frame.x(point.first.toordinal()), frame.x(point.last.toordinal())
            found.append(f"M{first} {frame.y(point.value)}H{last}")
    return "".join(found)


Mark = Callable[[float, float], str]


def _circle(size: float) -> Mark:
    round_it = f"a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 {-2 * size} 0z"
    return lambda x, y: f"M{x - size:.1f} {y:.1f}{round_it}"


def _square(size: float) -> Mark:
    round_it = f"h{2 * size}v{2 * size}h{-2 * size}z"
    return lambda x, y: f"M{x - size:.1f} {y - size:.1f}{round_it}"


def _triangle(size: float) -> Mark:
    tip = 1.2 * size
    round_it = f"l{1.2 * size:.1f} {2.2 * size:.1f}h{-2.4 * size:.1f}z"
    return lambda x, y: f"M{x:.1f} {y - tip:.1f}{round_it}"


def _diamond(size: float) -> Mark:
    tall = 1.4 * size
    round_it = f"l{tall:.1f} {tall:.1f}l{-tall:.1f} {tall:.1f}l{-tall:.1f} {-tall:.1f}z"
    return lambda x, y: f"M{x:.1f} {y - tall:.1f}{round_it}"


SHAPES = (_circle, _square, _triangle, _diamond)
DASHES = ("", "7 4", "2 4", "8 3 2 3")
MOST_SERIES = len(SHAPES)
"""How many series one chart can tell apart without colour."""
