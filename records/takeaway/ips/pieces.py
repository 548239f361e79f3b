"""What resources are made of: words, codes, dates, quantities and references, and what is not known."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from records.content import Author, Code, PartialDate, Quantity
from records.takeaway.ips.terms import DATA_ABSENT, EXTENSION, UCUM, UNITS

Json = dict[str, Any]

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
A_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,16})(?:\.\d{1,17})?", re.ASCII)
AN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
AN_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
COMPARATORS = frozenset({"<", "<=", ">=", ">"})
UNKNOWN: Json = {"extension": [{"url": f"{EXTENSION}/data-absent-reason", "valueCode": "unknown"}]}
"""Stands where FHIR asks for something that the record does not say: nothing is made up."""


def plain(words: str) -> str:
    """Words as FHIR takes them: without what XML forbids, nor space at their ends."""
    return NOT_IN_XML.sub("", words).strip()


def without_nothing(fields: Json) -> Json:
    """Only what says something: FHIR has neither empty words nor empty lists."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], {})}


def concept(title: str, codes: Iterable[Code] = ()) -> Json:
    """The clinician's own words with the codes as the source gave them (R6.3)."""
    codings = [coding for each in codes if (coding := _coding(each))]
    return without_nothing({"coding": codings, "text": plain(title)})


def coded(system: str, code: str, display: str = "") -> Json:
    """A concept of FHIR's own."""
    return {"coding": [without_nothing({"system": system, "code": code, "display": display})]}


def only_words(words: Iterable[str]) -> list[Json]:
    """A concept for each of some words that have no code."""
    return [{"text": found} for each in words if (found := plain(each))]


def _coding(given: Code) -> Json:
    code = " ".join(plain(given.code).split())
    system = _system(plain(given.system)) if code else ""
    return without_nothing({"system": system, "code": code, "display": plain(given.display)})


def _system(written: str) -> str:
    """The system as given; an identifier without its prefix gets it, and what is no address is left out."""
    if AN_OID.fullmatch(written):
        return f"urn:oid:{written}"
    return written if AN_ADDRESS.fullmatch(written) else ""


def date_of(given: PartialDate | None) -> str:
    """A date as precise as it is known, to the day at most; "" for an unknown one (R6.7).

    A clock time needs a time zone in FHIR and the record has none: it stands in the narrative only.
    """
    if given is None or given.on is None or given.precision == "unknown":
        return ""
    return given.on.isoformat()[: {"year": 4, "month": 7}.get(given.precision, 10)]


def dated(name: str, given: PartialDate | None) -> Json:
    """A date that must be there: as known, or said to be unknown."""
    written = date_of(given)
    return {name: written} if written else {f"_{name}": UNKNOWN}


def period(start: PartialDate | None, end: PartialDate | None) -> Json:
    """A stretch of time. Where start and end cannot be put in order its end is left out, since FHIR compares them."""
    first, last = date_of(start), date_of(end)
    if first and last and (len(first) != len(last) or first > last):
        last = ""
    return without_nothing({"start": first, "end": last})


def instant(moment: datetime) -> str:
    """A moment with its time zone."""
    return moment.isoformat(timespec="seconds")


def quantity(given: Quantity | None) -> Json | None:
    """A number as written, its unit in UCUM's words too where that is sure; None where it is no plain number."""
    if given is None or given.approximate or not A_NUMBER.fullmatch(given.number):
        return None
    if given.comparator and given.comparator not in COMPARATORS:
        return None
    unit = plain(given.unit)
    known = {"system": UCUM, "code": UNITS[unit]} if unit in UNITS else {}
    found = {"value": Decimal(given.number), "comparator": given.comparator, "unit": unit}
    return without_nothing(found) | known


def absent(words: str = "") -> Json:
    """Why there is no value: in the source's words, or not known."""
    return {"text": plain(words)} if plain(words) else coded(DATA_ABSENT, "unknown", "Unknown")


def named(author: Author | None) -> str:
    """A person or place in words."""
    if author is None:
        return ""
    return ", ".join(filter(None, map(plain, (author.name, author.role, author.organisation))))


def person(author: Author | None) -> Json:
    """Somebody by name only: the record does not say who they are to other systems."""
    return without_nothing({"display": named(author)})


def people(authors: Iterable[Author]) -> list[Json]:
    """Some people by name."""
    return [found for each in authors if (found := person(each))]


def notes(*words: str) -> list[Json]:
    """What was noted, each as one annotation."""
    return [{"text": found} for each in words if (found := plain(each))]


def labelled(label: str, words: str) -> str:
    """Words after what they are about; "" for none."""
    return f"{label}: {words}" if plain(words) else ""
