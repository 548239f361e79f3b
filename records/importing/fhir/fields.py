"""Reading FHIR JSON by name without trusting its shape: absent is empty, misshapen is said."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

LONGEST_ID = 200
"""FHIR allows 64 characters; longer than this is no id of any system we know."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing: what follows would read backwards (R7.7)."""

_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
"""Characters of no width: words of nothing else are no words."""

_EXTENSION_NAME = re.compile(r"(?:Extension-)?(?:CareConnect-|UKCore-)?(?:GPC-)?(.+?)(?:-\d+)?")


class Misshapen(Exception):
    """Something in a resource is of another type than FHIR says; the message names it."""


def clean(words: str) -> str:
    """Words without what neither a database nor a reader can take: NUL, control and direction characters."""
    if words.isprintable():  # nearly all are, and this is the reader's hottest line
        return words.strip()
    words = _CONTROL.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
    words = _DIRECTION.sub("", words).strip()
    return words if any(each not in _UNSEEN and not each.isspace() for each in words) else ""


def child(body: Json, name: str) -> Json:
    """The object of that name, empty if there is none."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Misshapen(f"{name} is not an object")
    return found


def children(body: Json, name: str) -> list[Json]:
    """The objects in the list of that name, none if there is no list."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Misshapen(f"{name} is not a list of objects")
    return found


def text(body: Json, name: str) -> str:
    """The words or number of that name as the source wrote them, "" if there are none."""
    found = body.get(name)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise Misshapen(f"{name} is not text")
    return clean(str(found))


def texts(body: Json, name: str) -> list[str]:
    """The words in the list of that name, without empty ones."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Misshapen(f"{name} is not a list of texts")
    return [words for words in map(clean, found) if words]


def is_true(body: Json, name: str) -> bool:
    """Whether the claim of that name is made."""
    found = body.get(name, False)
    if not isinstance(found, bool):
        raise Misshapen(f"{name} is neither true nor false")
    return found


def whole_number(body: Json, name: str) -> int | None:
    """The number of that name if it is a whole one that a database can hold."""
    found = text(body, name)
    return int(found) if re.fullmatch(r"[0-9]{1,9}", found) else None


def extensions(body: Json, *names: str) -> list[Json]:
    """The extensions with one of these names, whoever published them and in whichever version."""
    wanted = {name.lower() for name in names}
    return [each for each in children(body, "extension") if _name_of(each).lower() in wanted]


def extension(body: Json, *names: str) -> Json:
    """The first extension with one of these names, empty if there is none."""
    return next(iter(extensions(body, *names)), {})


def notes(body: Json, name: str = "note") -> list[str]:
    """The words of each annotation."""
    return [words for words in (text(each, "text") for each in children(body, name)) if words]


def has_any(body: Json, beginning: str) -> bool:
    """Whether there is a field whose name begins so, such as one of the many kinds of value."""
    return any(name.startswith(beginning) for name in body)


def joined(*words: str) -> str:
    """The words that are there, with one space between them."""
    return " ".join(word for word in words if word)


def identifiers(body: Json) -> set[str]:
    """The values by which the source knows this, whatever the system."""
    return {text(each, "value") for each in children(body, "identifier")} - {""}


def all_codings(body: Json) -> Iterator[Json]:
    """Each coding anywhere below, however deep, of whatever shape the rest is."""
    waiting: list[Any] = [body]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            codings = found.get("coding")
            if isinstance(codings, list):
                yield from (each for each in codings if isinstance(each, dict))
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def _name_of(found: Json) -> str:
    matched = _EXTENSION_NAME.fullmatch(text(found, "url").rsplit("/", 1)[-1])
    return matched.group(1) if matched else ""
