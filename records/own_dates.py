"""Dates of their own: what was recorded in an entry of one day may have happened on another (R1.1, R6.7)."""

from datetime import date

from django.db.models import Q

from nhsuk.wording import partial_date_words
from records.content import PartialDate

WITHOUT_A_DATE = ("result-group",)
"""Kinds of parts whose date no page says: a heading is only what stands below it."""
IN_A_TIMELINE = ("observation", "result", "procedure", "referral")
"""Kinds of parts that happened on a day; each issue of a medicine would drown all else, and a note has no name."""


def is_known(when: PartialDate) -> bool:
    """Whether there is a date at all."""
    return when.on is not None and when.precision != "unknown"


def is_apart(own: PartialDate, whole: PartialDate) -> bool:
    """Whether what stands in an entry is of another day, or known less exactly, than the entry."""
    if not is_known(own):
        return False
    if not is_known(whole):
        return True
    days = ("day", "time")
    if own.precision in days and whole.precision in days:
        return own.on != whole.on
    return (own.on, own.precision) != (whole.on, whole.precision)


def is_dated_apart(kind: str, own: PartialDate, whole: PartialDate) -> bool:
    """`Entry.dated_apart`."""
    return kind not in WITHOUT_A_DATE and is_apart(own, whole)


def says_more(own: PartialDate, whole: PartialDate) -> bool:
    """Whether the date of a part tells more than that of its entry, beside which it stands."""
    if own == whole:
        return False
    if is_apart(own, whole):
        return True
    told = partial_date_words(own)
    return is_known(own) and not partial_date_words(whole).startswith(told)


def may_lie_between(since: date | None, until: date | None) -> Q:
    """Rows with a date in some days: one without day or month fits where any day of its month or year does (R6.7)."""
    fits = Q(effective_on__isnull=False)
    if since:
        fits &= (
            Q(effective_on__gte=since)
            | Q(effective_precision="month", effective_on__gte=since.replace(day=1))
            | Q(effective_precision="year", effective_on__gte=date(since.year, 1, 1))
        )
    return fits & Q(effective_on__lte=until) if until else fits


def lies_between(when: PartialDate, since: date | None, until: date | None) -> bool:
    """The same of one date."""
    if when.on is None:
        return False
    first = since
    if since and when.precision in ("month", "year"):
        first = since.replace(day=1, month=1 if when.precision == "year" else since.month)
    return not (first and when.on < first) and not (until and when.on > until)
