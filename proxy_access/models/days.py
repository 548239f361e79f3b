"""The days by which the rules of a grant go, for one day or for a statement that is kept (R4.6, R4.7)."""

from datetime import date
from typing import Any, NamedTuple

from audit.kept import named

UNUSED_AT_MOST = 5
"""Years after which a grant that nobody used is over (R4.6)."""
ADULT = 16
"""The age from which parental responsibility opens nothing (R4.7)."""


def years_before(on: date, years: int) -> date:
    """The same day some years earlier; 29 February becomes 28 February."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return on.replace(year=on.year - years, day=28)


class Days(NamedTuple):
    """A day, and those before it by which the rules of a grant go; or, in a kept statement, the places of all three."""

    on: Any
    adult_born: Any
    """Who was born by then is 16."""
    unused_since: Any
    """What was not used since then is over."""

    @property
    def known(self) -> dict[str, date]:
        """The values of `PLACES` by their names, to ask a kept statement with."""
        return self._asdict()


PLACES = Days(*map(named, Days._fields))


def days_of(on: date) -> Days:
    """The days by which a grant is judged on one."""
    return Days(on, years_before(on, ADULT), years_before(on, UNUSED_AT_MOST))
