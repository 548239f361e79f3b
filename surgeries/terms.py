"""The words in which a surgery decides what may be seen: sections of the record and levels of access."""

from django.db import models
from django.db.models import Q


class Section(models.TextChoices):
    """The parts of a GP record, in the order in which they are shown (R6.1)."""

    ALLERGIES = "allergies", "Allergies and adverse reactions"
    MEDICINES = "medicines", "Medicines"
    IMMUNISATIONS = "immunisations", "Immunisations"
    HEALTH_CONDITIONS = "health-conditions", "Health conditions"
    TEST_RESULTS = "test-results", "Test results"
    CONSULTATIONS = "consultations", "Consultations and events"
    DOCUMENTS = "documents", "Documents"


DATE_FREE_SECTIONS = frozenset({Section.ALLERGIES, Section.MEDICINES})
"""Sections of which the summary level always means the whole list, whatever the dates (R1.8)."""


class Level(models.TextChoices):
    """How much of a record is open; each level holds the ones before it (R1.6)."""

    NONE = "none", "Nothing"
    SUMMARY = "summary", "Medicines and allergies"
    DETAILED = "detailed", "Coded entries"
    DOCUMENTS = "documents", "Coded entries and documents"
    FULL = "full", "Everything, with free text"

    @property
    def rank(self) -> int:
        """The place of this level in the order of R1.6, from 0."""
        return _RANKS[self]

    def or_above(self, other: "Level") -> "Level":
        """The higher of two levels."""
        return max(self, other, key=lambda level: level.rank)

    def is_above(self, other: "Level") -> bool:
        """Whether this level opens more than another."""
        return self.rank > other.rank

    @property
    def includes(self) -> list["Level"]:
        """The levels needed by entries that this level opens; empty for none."""
        return list(Level)[1 : self.rank + 1]


_RANKS = {level: rank for rank, level in enumerate(Level)}


def historical_is_not_above_current(current: str, historical: str) -> Q:
    """The condition that two level columns make sense together: what is new is never more closed than the old."""
    pairs = [
        Q(**{current: level, f"{historical}__in": [Level.NONE, *level.includes]}) for level in Level
    ]
    return Q(*pairs, _connector=Q.OR)


def historical_allowed(current: str, historical: str) -> bool:
    """Whether two levels make sense together, as the condition above says of columns."""
    return historical in (Level.NONE, *Level(current).includes)
