"""Which entries are worth reading before they are opened, by which rule, and the words that it met (R8.6)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from records.sensitive.matching import Context, Match, context_of, matches
from records.sensitive.people import People
from records.sensitive.rules import RULES, Rule
from records.sensitive.words import words_in

TECHNICAL = frozenset(
    [
        "system",
        "code",
        "entry",
        "ref",
        "status",
        "precision",
        "on",
        "at",
        "number",
        "unit",
        "comparator",
        "criticality",
        "certainty",
    ]
)
"""Fields whose values are for machines."""
PEOPLE = frozenset(
    [
        "recorder",
        "prescriber",
        "given_by",
        "asserter",
        "performers",
        "authors",
        "recipients",
        "requester",
    ]
)
CALLED = {"title": "Title", "codes": "Recorded as", "topics": "Heading", "by": "Who"}
NOBODY = People()
TELLING = RULES.telling_words
ESCAPED, UNSEEN = re.compile(r'\\[nrtbf"\\/]'), re.compile(r"\\u00[01][0-9a-f]")


class Told(NamedTuple):
    """What a row would say to the patient: of an entry whose notes open alone, `details` are empty."""

    id: UUID
    root_id: UUID | None
    kind: str
    title: str
    details: dict[str, Any]
    text: dict[str, Any] | None
    attached: tuple[str, ...] = ()
    """The titles of its attachments."""


class Flag(NamedTuple):
    """Why an entry should be read: the rule, where its words stand, and the words around them."""

    rule: Rule
    place: str
    context: Context


class Words(NamedTuple):
    """Some words of a row, what they are, and which kinds of rules look at them."""

    place: str
    text: str
    kinds: tuple[str, ...] = ("words",)


def flags_of(rows: Iterable[Told], people: People = NOBODY) -> dict[UUID, list[Flag]]:
    """The flags of each entry that has any, by the id of the entry: those of its parts are its own.

    A rule flags an entry once for the same words in the same sentence: a title is often its code's words again.
    """
    found: dict[UUID, dict[tuple[str, str], Flag]] = defaultdict(dict)
    for row in rows:
        for flag in (*_by_words(row, people), *_by_codes(row.details)):
            key = (flag.rule.id, "".join(flag.context).casefold().strip())
            found[row.root_id or row.id].setdefault(key, flag)
    return {entry: list(flags.values()) for entry, flags in found.items()}


def may_be_flagged(title: str, details: str, text: str | None, people: People = NOBODY) -> bool:
    """Whether any rule could fit a row whose content is given as the JSON that the database holds.

    Never False where `flags_of` finds something: it looks for the words that tell.
    """
    written = f"{title} {details} {text or ''}"
    if "\\" in written:
        written = ESCAPED.sub(" ", UNSEEN.sub("", written))
    words = words_in(written)
    return not (words.isdisjoint(TELLING) and words.isdisjoint(people.first_words))


def _by_words(row: Told, people: People) -> Iterator[Flag]:
    for place, text, kinds in words_told(row):
        found: list[Match] = []
        for kind in kinds:
            found += matches(text, RULES.phrases.get(kind, {}))
        found += [*matches(text, people.index), *people.of_the_family(text)]
        for match in sorted(found, key=lambda one: one.start):
            yield Flag(match.rule, place, context_of(text, match))


def _by_codes(details: Any) -> Iterator[Flag]:
    for code in codes_in(details):
        if code in RULES.codes:
            rule, means = RULES.codes[code]
            yield Flag(rule, "Code", Context("", means, f" ({code})"))


def codes_in(value: Any) -> Iterator[str]:
    """Every code of some content, however deep."""
    if isinstance(value, list):
        for each in value:
            yield from codes_in(each)
    elif isinstance(value, dict):
        if isinstance(value.get("code"), str):
            yield value["code"]
        for each in value.values():
            yield from codes_in(each)


def words_told(row: Told) -> Iterator[Words]:
    """Everything that a row says: title, coded words, people, headings, typed words, names of attachments."""
    titled = ("words", "documents") if row.kind == "document" else ("words",)
    if row.title:
        yield Words("Title", row.title, titled)
    for title in row.attached:
        yield Words("Attachment", title, ("words", "documents"))
    yield from _coded("", row.details)
    for name, value in (row.text or {}).items():
        for text in _strings(value):
            yield Words(_called(name), text, titled)


def _coded(name: str, value: Any) -> Iterator[Words]:
    if isinstance(value, str):
        yield Words(_called(name), value)
    elif isinstance(value, list):
        for each in value:
            yield from _coded(name, each)
    elif isinstance(value, dict) and name in PEOPLE:
        for text in _strings(value):
            yield Words("Who", text, ("authors", "words"))
    elif isinstance(value, dict):
        for field, each in value.items():
            if field not in TECHNICAL:
                inner = field if isinstance(each, list | dict) or not name else name
                yield from _coded(inner, each)


def _called(name: str) -> str:
    return CALLED.get(name, name.replace("_", " ").capitalize())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
