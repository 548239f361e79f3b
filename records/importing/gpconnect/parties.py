"""Who made a result and who asked for it, out of names that carry their part in a laboratory's message.

`LaboratoryServiceProvider-HEREFORD`, `OrderingParty-PORTER P-G1234569`, `MessageRecipient-B86123`: the part says which
of them it is, and the codes of people and organisations mean nothing to a patient.
"""

import re
from typing import NamedTuple

import msgspec

from records.content import Author
from records.importing.fhir.fields import Json
from records.importing.fhir.people import People

_PART = re.compile(r"(LaboratoryServiceProvider|OrderingParty|MessageRecipient)\s*-\s*(.*)", re.S)
_CODE = re.compile(r"(?:\s*-\s*|^)[A-Z]\d{6,7}$")
"""A doctor's code of the NHS, behind the name or instead of it."""
_OF_AN_ORGANISATION = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{3,8}")
_NOBODY = re.compile(r"no name\s*/\s*code.*|not_given", re.I | re.S)


class Parties(NamedTuple):
    """Who made something, and who asked for it; who only got a copy of the message is left out."""

    makers: list[Author]
    asked_by: list[Author]


def parties(people: People, references: list[Json]) -> Parties:
    """The people and organisations behind some references, each where it belongs."""
    found: dict[str, list[Author]] = {"OrderingParty": [], "MessageRecipient": [], "": []}
    for author in people.authors(references):
        part, known = _apart(author)
        if known:
            found[part if part in found else ""].append(known)
    return Parties(*(list(dict.fromkeys(found[part])) for part in ("", "OrderingParty")))


def _apart(author: Author) -> tuple[str, Author | None]:
    """The part that a name carries and the rest of it; whoever it does not name is nobody."""
    matched = _PART.fullmatch(author.name) or _PART.fullmatch(author.organisation)
    if not matched:
        return "", author
    part = matched[1]
    known = msgspec.structs.replace(
        author, name=_plain(author.name), organisation=_plain(author.organisation)
    )
    return part, known if known.name or known.organisation else None


def _plain(words: str) -> str:
    matched = _PART.fullmatch(words)
    if not matched:
        return words
    name = _CODE.sub("", matched[2].strip()).strip()
    is_nobody = _NOBODY.fullmatch(name) or _OF_AN_ORGANISATION.fullmatch(name)
    return "" if is_nobody else name
