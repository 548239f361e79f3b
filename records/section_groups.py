"""The groups below which some sections have their entries, in the order of reading (R6.4, R6.5, R6.8)."""

from django.db.models import IntegerField
from django.db.models.expressions import RawSQL
from django.utils.text import slugify

from surgeries.terms import Section

HAS_ENDED = "(row.details ->> 'status' in ('inactive', 'resolved') or row.details ? 'ended_on')"
HAS_STOPPED = "(row.details ->> 'status' in ('stopped', 'completed') or row.details ? 'stopped_on')"
IS_ACUTE = "row.details ->> 'prescription_type' = 'acute'"
IS_REPEAT = "row.details ->> 'prescription_type' in ('repeat', 'repeat-dispensing')"
IS_MAJOR = "row.details ->> 'significance' = 'major'"
IS_MINOR = "row.details ->> 'significance' = 'minor'"

PLACE = f"""(case row.section
    when 'allergies' then case when {HAS_ENDED} then 20 else 10 end
    when 'medicines' then case
        when {IS_ACUTE} then case when {HAS_STOPPED} then 11 else 10 end
        when {IS_REPEAT} then case when {HAS_STOPPED} then 30 else 20 end
        else 40
    end
    when 'health-conditions' then case
        when {HAS_ENDED} then case when {IS_MAJOR} then 20 when {IS_MINOR} then 22 else 21 end
        else case when {IS_MAJOR} then 10 when {IS_MINOR} then 12 else 11 end
    end
    else 0
end)""".replace("row.", "records_entry.")
"""Where a row stands in its section: tens are the groups below, units the order inside one.

In SQL without values, so that it is the same text as in the index that has a section in this order.
"""


def place() -> RawSQL:
    """The place of a row, to order by."""
    return RawSQL(" ".join(PLACE.split()), (), IntegerField())  # noqa: S611


GROUPS = {
    Section.ALLERGIES: {1: "Current", 2: "Ended"},
    Section.MEDICINES: {  # R6.4
        1: "Acute (short term)",
        2: "Repeat: current",
        3: "Repeat: discontinued",
        4: "Other medicines",
    },
    Section.HEALTH_CONDITIONS: {1: "Active", 2: "Past"},  # R6.8
}


def address_of(section: Section, group: int) -> str:
    """What a group is called in an address: the words of its heading."""
    return slugify(GROUPS[section][group])


def group_called(section: Section, address: str) -> int | None:
    """The group with such an address; None where the section has no such group."""
    named = (group for group in GROUPS.get(section, {}) if address_of(section, group) == address)
    return next(named, None)
