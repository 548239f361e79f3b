"""What level and start date keep from a patient, to be said in words with the way to ask (R6.2, R4.11)."""

from enum import StrEnum

from records.visibility import RecordAccess
from surgeries.terms import DATE_FREE_SECTIONS, Level, Section

WITHOUT_TEXT = frozenset({Section.MEDICINES})
"""Sections in which nobody types anything beside an entry that a level could keep back."""


class Limit(StrEnum):
    """What a reader's level or start date keeps from them in a section."""

    NONE = ""
    OLDER_CLOSED = "older-closed"
    OLDER_WITHOUT_NOTES = "older-without-notes"
    WITHOUT_NOTES = "without-notes"


def tells_of_summary(access: RecordAccess) -> bool:
    """Whether to say that the summary is all there is; a proxy is never told why (R6.2, R4.11)."""
    return access.is_own_record and access.is_summary_only


def limit_of(access: RecordAccess, section: Section) -> Limit:
    """What to say that level and date keep from a section, which only the patient is told (R4.11)."""
    if not access.is_own_record or section in WITHOUT_TEXT:
        return Limit.NONE
    is_dated = section not in DATE_FREE_SECTIONS and access.is_older_part_closed
    if is_dated and not access.opens_older(section):
        return Limit.OLDER_CLOSED
    if access.opens_older_notes:
        return Limit.NONE
    return Limit.OLDER_WITHOUT_NOTES if access.opens_notes else Limit.WITHOUT_NOTES


def sections_open_from_date(access: RecordAccess) -> frozenset[Section]:
    """Where the older part is closed: nothing to be seen there means nothing since the start date.

    Level and date decide, and never what is recorded (R2.3).
    """
    return frozenset(each for each in Section if limit_of(access, each) is Limit.OLDER_CLOSED)


def tells_of_late_history(access: RecordAccess) -> bool:
    """Whether to say that older entries which come later are read before they show: whether or not any came (R1.5)."""
    return access.is_own_record and access.levels.historical.is_above(Level.SUMMARY)


def tells_of_older_part(access: RecordAccess) -> bool:
    """Whether to say that older parts are less open, which only the patient is told (R4.11)."""
    return access.is_own_record and access.is_older_part_closed
