"""Reference ranges of R4: many sources write one both as limits and in words, which is said once (R6.6)."""

import re

import msgspec

from records.content import Component, Quantity, ReferenceRange
from records.importing.fhir.fields import Json
from records.importing.fhir.measurements import components, reference_ranges

_BETWEEN = re.compile(r"[\s()\[\];]+")
_JOINING = frozenset({"", "to", "from", "up", "-", "–"})


def ranges(body: Json) -> list[ReferenceRange]:
    """The laboratory's ranges, without limits or words that only repeat the other."""
    return [_once(each) for each in reference_ranges(body)]


def coded_components(body: Json, is_laboratory: bool) -> list[Component]:
    """The components with a name that is coded, their ranges said once too."""
    found, _ = components(body, is_laboratory)
    return [msgspec.structs.replace(each, ranges=list(map(_once, each.ranges))) for each in found]


def _once(given: ReferenceRange) -> ReferenceRange:
    limits = [each for each in (given.low, given.high) if each]
    written = _BETWEEN.split(given.text)
    if not limits or not all(each.number in written for each in limits):
        return _not_twice(given)
    if set(written) <= _JOINING | _words_of(limits) | set(_BETWEEN.split(given.applies_to)):
        return msgspec.structs.replace(given, text="")
    return _not_twice(msgspec.structs.replace(given, low=None, high=None))


def _not_twice(given: ReferenceRange) -> ReferenceRange:
    """For whom it is, once."""
    is_told = given.applies_to and given.text.endswith(f"({given.applies_to})")
    return msgspec.structs.replace(given, applies_to="") if is_told else given


def _words_of(limits: list[Quantity]) -> set[str]:
    return {word for each in limits for word in (each.number, *_BETWEEN.split(each.unit))}
