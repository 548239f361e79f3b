"""Whether results with one name are of one test: by its code, where both have one of the same system (R6.6).

Said twice, for the database and for rows that are here already; `tests/records/test_same_code.py` holds them together.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from psycopg.types.json import Jsonb

from audit.kept import Named
from records.importing.fhir.terms import DEGRADED_CODES, SNOMED

Codes = frozenset[tuple[str, str]]
"""(system, code) of everything by which a test is coded."""
LOST = frozenset((SNOMED, code) for code in DEGRADED_CODES)
"""Codes that only say that a code was lost, which compare nothing."""

SAME_CODE = Q(
    RawSQL(
        """(records_entry.details @> any(%s::jsonb[]) or (
            not records_entry.details @> any(%s::jsonb[])
            and (records_entry.details @> any(%s::jsonb[]) or not records_entry.details @> any(%s::jsonb[]))
        ))""",
        [Named("same"), Named("coded"), Named("near"), Named("near_coded")],
        BooleanField(),
    )
)
"""Rows that share a code, or have none of a system in which there is one; all where there is none."""


class CodesOfTest:
    """The codes of a test, and those of other systems that its newest results go with."""

    def __init__(self, own: Codes, others: Codes) -> None:
        self.own, self.others = own, others
        self._same, self._near = _with_lost(own), _with_lost(others)
        self._systems, self._other_systems = set(dict(own)), set(dict(others))

    def holds(self, given: Codes) -> bool:
        """`SAME_CODE` for the codes of one row."""
        if given & self._same:
            return True
        systems = {system for system, _ in given}
        if systems & self._systems:
            return False
        return bool(given & self._near) or not systems & self._other_systems

    def may_yet_hold(self, given: Codes) -> bool:
        """Whether one that it does not hold could be of the test by a code of one more system that an older row brings."""
        systems = {system for system, _ in given}
        is_free = not systems & self._systems and bool(systems - self._other_systems)
        return is_free and not self.holds(given)

    @property
    def values(self) -> dict[str, list[Jsonb]]:
        """What `SAME_CODE` is asked with: parts of content that tell a code or a system, own and others."""
        same, coded = _shared(self.own)
        near, near_coded = _shared(self.others)
        return {"same": same, "coded": coded, "near": near, "near_coded": near_coded}


def codes_in(content: Any) -> Codes:
    """All codes in a row's content; a row that is sealed, or of a kind without codes, has none."""
    return frozenset([(each.system, each.code) for each in getattr(content, "codes", ())])


def telling(given: Codes) -> Codes:
    """Those without what only says that a code was lost."""
    return frozenset((s, code) for s, code in given if s and code and code not in DEGRADED_CODES)


def codes_of(row: Codes, newest: Iterable[Codes]) -> CodesOfTest:
    """The codes of a test of which those of one row are known, and of its newest rows.

    A row without a code takes the newest; without the others, a code of one system would stand for every code of
    another, and two tests would share an axis.
    """
    found = [telling(each) for each in newest]
    own = telling(row) or next(filter(None, found), frozenset())
    known = own
    for codes in found:
        systems = dict(known)
        if codes & known or systems.keys().isdisjoint(dict(codes)):
            known |= {each for each in codes if each[0] not in systems}
    return CodesOfTest(own, known - own)


def _with_lost(codes: Codes) -> Codes:
    return codes | LOST if SNOMED in dict(codes) else codes


def _shared(codes: Codes) -> tuple[list[Jsonb], list[Jsonb]]:
    """Content that has one of some codes or lost theirs, and content that has any code of their systems."""
    each = [{"system": system, "code": code} for system, code in sorted(_with_lost(codes))]
    systems = [{"system": system} for system in sorted(dict(codes))]
    return [Jsonb({"codes": [one]}) for one in each], [Jsonb({"codes": [one]}) for one in systems]
