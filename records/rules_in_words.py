"""Why somebody sees an entry, or does not: the rule that decided, in words for staff."""

from datetime import datetime
from typing import Any

from nhsuk.wording import date_words
from records.visibility import RecordAccess
from surgeries.terms import Level

NOT_RELEASED = {
    "source-withheld": "Withheld by the source",
    "diary": "Diary entry: never shown online",
    "draft": "Draft: never shown online",
    "not-filed": "Not filed: not shown online yet",
    "not-reviewed": "Not reviewed: not shown online yet",
    "access-code": "Access code: never shown online",
    "entered-in-error": "Entered in error: never shown online",
    "refuted": "Ruled out later: never shown online",
}
RULES_THAT_HIDE = {
    "R7.3": "Gone from the source",
    "R2.4": "Withheld by the source",
    "R1.10": "Never shown online, or not yet",
    "R4.3": "Outside what they may see of the record",
    "R1.12": "In a section that is closed",
    "R2.2": "Hidden by the surgery, or from others by the patient",
    "R1.7": "Free text, above the level",
    "R1.6": "Above the level",
    "R1.5": "Older, and came after older entries were opened: not read yet",
    "R1.4": "Older: from another surgery, scanned or summarised",
    "R1.3": "Older: not known when it was recorded",
    "R1.1": "Older: recorded before the start date",
}
"""Each rule by which an entry may be kept from somebody, in the order of telling."""


def why_shown(row: Any, access: RecordAccess) -> str:
    """Why a row that `explained` gave shows."""
    if row.shown_rule == "R1.8":
        return "Allergies and medicines are open whatever their date"
    if row.shown_rule == "R1.1":
        return (
            f"Recorded here on {date_words(row.recorded_at)}, on or after the start date, and new entries are"
            f" open: {_named(access.levels.current)}"
        )
    return f"Older entries are open: {_named(access.levels.historical)}"


def why_not(row: Any, access: RecordAccess) -> str:
    """Why a row that `kept_from` gave does not show."""
    if row.hiding_rule == "R7.3":
        who = (
            "It was loaded by mistake, and taken back"
            if row.is_misloaded
            else "The source took it back"
        )
        return f"{who} on {date_words(row.withdrawn_at)}"
    if row.hiding_rule == "R1.10":
        return NOT_RELEASED.get(row.unreleased_because, str(row.unreleased_because))
    return PLAIN.get(row.hiding_rule) or _above(row, access)


PLAIN = {
    "R2.4": NOT_RELEASED["source-withheld"],
    "R4.3": "This section is not among those that this person may see",
    "R1.12": "This section is closed, for this patient or for the surgery",
    "R2.2": "It is hidden from them",
}


def _above(row: Any, access: RecordAccess) -> str:
    """Why a row is above the level for its age."""
    needed, levels = _named(Level(row.level_needed)), access.levels
    if row.hiding_rule in ("R1.6", "R1.7"):
        return f"It needs {needed}, and new entries are open only to {_named(levels.current)}"
    if row.hiding_rule == "R1.5":
        return _late(row, access)
    starts = date_words(levels.starts_at) if levels.starts_at else "which is not set"
    older = {
        "R1.4": f"It was not first written here ({row.get_origin_display().lower()})",
        "R1.3": "It is not known when it was recorded",
        "R1.1": f"It was recorded on {_day(row.recorded_at)}, before the start date {starts}",
    }[row.hiding_rule]
    return f"{older}, so it counts as older. It needs {needed}, and older entries are open to {_named(levels.historical)}"


def _late(row: Any, access: RecordAccess) -> str:
    """Why a row that is open by level is closed: nobody has read it."""
    read = access.levels.read_until
    return (
        f"It is older and came here on {_day(row.added_at)}, after the day until which older entries were read"
        f" ({_day(read)}). It opens when somebody has read it"
    )


def _day(moment: datetime | None) -> str:
    return date_words(moment) if moment else "no known day"


def _named(level: Level) -> str:
    return f"“{level.label}”"
