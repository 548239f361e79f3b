"""For how long somebody acts, when that is about to end, and until when it could go on (R4.6)."""

from datetime import date, timedelta

from proxy_access.models import UNUSED_AT_MOST, ProxyGrant, years_before

TOLD_BEFORE = (30, 7)
"""How many days before the end both sides are told; from the first of them on, their pages say so."""


def ends_soon(grant: ProxyGrant, *, today: date) -> bool:
    """Whether a grant ends within the days in which both sides are told of it."""
    if grant.ends_on is None:
        return False
    return today <= grant.ends_on <= today + timedelta(days=TOLD_BEFORE[0])


def latest_end(today: date) -> date:
    """The last day until which a grant can be let go on: a year from the day."""
    return years_before(today, -1)


def next_end(grant: ProxyGrant, *, today: date) -> date | None:
    """The end of another term as long as this one, a year from the day at most; None for a grant without an end."""
    if grant.ends_on is None:
        return None
    went_on = grant.steps.exclude(went_on_from=None).order_by("-id").first()
    began_on = went_on.went_on_from if went_on and went_on.went_on_from else grant.starts_on
    if began_on >= grant.ends_on:  # it was made shorter since, so that little is left of that term
        began_on = grant.starts_on
    length = max(grant.ends_on - began_on, timedelta(days=1))
    return min(grant.ends_on + length, latest_end(today))


def unused_until(grant: ProxyGrant) -> date:
    """The day from which a grant is over that is not used before: five years after it was, or began (R4.6)."""
    since = grant.last_used_on or grant.starts_on
    try:
        return since.replace(year=since.year + UNUSED_AT_MOST)
    except ValueError:  # there is no 29 February five years after one
        return date(since.year + UNUSED_AT_MOST, 3, 1)
