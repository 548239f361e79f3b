"""From the bytes of a file to a resource, or why it is none; nothing is guessed."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

Json = dict[str, Any]
LIMIT = 2 * 1024 * 1024
"""Bytes; a Consent has some thousands."""
NOT_WORDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters and halves of characters: no name or reason holds them, and the database takes none."""


class Unreadable(Exception):
    """The file cannot be taken; the message says why, in one line."""


def parse(content: bytes) -> Json:
    """The resource in a file; raises Unreadable for anything but whole JSON in UTF-8 without doubled names."""
    if len(content) > LIMIT:
        raise Unreadable(f"the file is larger than {LIMIT // 1024 // 1024} MB")
    try:
        body = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_without_doubles, parse_constant=_no_number,
        )  # fmt: skip
        _check_words(body)
    except UnicodeDecodeError as error:
        raise Unreadable("the file is not UTF-8") from error
    except RecursionError as error:
        raise Unreadable("the file is nested too deeply") from error
    except ValueError as error:
        raise Unreadable(f"the file is not complete JSON: {error}") from error
    if not isinstance(body, dict):
        raise Unreadable("the file is JSON but not a FHIR resource")
    return body


def _without_doubles(pairs: list[tuple[str, Any]]) -> Json:
    """A JSON object; two values of one name would be read by each reader in its own way."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"the file gives {one_line(double)} twice in one place")
    return found


def _no_number(name: str) -> None:
    raise Unreadable(f"the file holds {name}, which is not JSON")


def _check_words(value: Any) -> None:
    if isinstance(value, dict):
        for name, inside in value.items():
            _check_words(name)
            _check_words(inside)
    elif isinstance(value, list):
        for inside in value:
            _check_words(inside)
    elif isinstance(value, str) and NOT_WORDS.search(value):
        raise Unreadable("the file holds characters that are no text")


def one_line(value: Any) -> str:
    """A value of a file for a message: short, and in one line."""
    return " ".join(str(value).split())[:60]


def at(body: Any, *path: str) -> Any:
    """What stands at the end of a way through objects; None where there is none."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def each(body: Any, *path: str) -> Iterator[Json]:
    """The objects of a list; raises Unreadable where something else stands there."""
    found = at(body, *path)
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable(f"“{'.'.join(path)}” is not a list of objects")
    yield from found


def word(body: Any, *path: str) -> str:
    """A text without spaces around it, "" where there is none; raises Unreadable for anything else."""
    found = at(body, *path)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"“{'.'.join(path)}” is not text")
    return found.strip()


def own_id(resource: Json) -> str:
    """The id of a resource, "" where it has none yet; raises Unreadable for what FHIR does not take as one."""
    found = word(resource, "id")
    if found and not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", found):
        raise Unreadable("its id is not one of FHIR")
    return found


def day(text: str, what: str) -> date:
    """A whole day as it is written, without its time; raises Unreadable for less."""
    try:
        if len(text) > 10:
            datetime.fromisoformat(text)
        return date.fromisoformat(text[:10] if re.match(r"\d{4}-\d\d-\d\d(T|$)", text) else "")
    except ValueError as error:
        raise Unreadable(f"{what} ({one_line(text) or 'none'}) is not a whole date") from error


def instant(text: str, what: str) -> datetime:
    """A moment with its offset; raises Unreadable for less."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{what} ({one_line(text) or 'none'}) is not a moment") from error
    if found.tzinfo is None:
        raise Unreadable(f"{what} ({one_line(text)}) does not say in which time zone")
    return found
