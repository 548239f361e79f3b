"""The groups below which some sections have their entries, in the order of reading (R6.4, R6.5, R6.8)."""

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.text import slugify

from surgeries.terms import Section

HAS_ENDED = Q(details__status__in=["inactive", "resolved"]) | Q(details__has_key="ended_on")
HAS_STOPPED = Q(details__status__in=["stopped", "completed"]) | Q(details__has_key="stopped_on")
IS_ACUTE = Q(details__prescription_type="acute")
IS_REPEAT = Q(details__prescription_type__in=["repeat", "repeat-dispensing"])
IS_MAJOR, IS_MINOR = Q(details__significance="major"), Q(details__significance="minor")


def _rank(*cases: tuple[Q, int], default: int) -> Case:
    whens = [When(condition, then=Value(rank)) for condition, rank in cases]
    return Case(*whens, default=Value(default), output_field=IntegerField())


RANKS = {
    Section.ALLERGIES: _rank((HAS_ENDED, 20), default=10),
    Section.MEDICINES: _rank(
        (IS_ACUTE & HAS_STOPPED, 11),
        (IS_ACUTE, 10),
        (IS_REPEAT & HAS_STOPPED, 30),
        (IS_REPEAT, 20),
        default=40,
    ),
    Section.HEALTH_CONDITIONS: _rank(
        (HAS_ENDED & IS_MAJOR, 20),
        (HAS_ENDED & IS_MINOR, 22),
        (HAS_ENDED, 21),
        (IS_MAJOR, 10),
        (IS_MINOR, 12),
        default=11,
    ),
}
"""Where a row stands in its section: tens are the groups below, units the order inside one."""

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
