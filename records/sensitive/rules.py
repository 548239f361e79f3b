"""The rules of `rules.toml`, made ready: what is looked for, by the word with which it begins."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("rules.toml")
GAP, NAME = "..", "NAME"
COMMON = frozenset(
    [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "a",
        "an",
        "and",
        "as",
        "at",
        "be",
        "been",
        "blood",
        "by",
        "care",
        "change",
        "chest",
        "code",
        "day",
        "down",
        "feels",
        "for",
        "from",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "high",
        "history",
        "if",
        "in",
        "info",
        "is",
        "it",
        "letter",
        "low",
        "medical",
        "no",
        "normal",
        "not",
        "of",
        "on",
        "one",
        "or",
        "over",
        "patient",
        "per",
        "please",
        "positive",
        "problem",
        "reason",
        "report",
        "review",
        "routine",
        "same",
        "see",
        "self",
        "she",
        "started",
        "test",
        "that",
        "the",
        "their",
        "this",
        "to",
        "today",
        "type",
        "unknown",
        "up",
        "was",
        "week",
        "well",
        "were",
        "who",
        "with",
        "without",
        "body",
        "next",
        "year",
        "years",
    ]
)
"""Words of any note, and names of fields: they tell nothing."""


class Rule(NamedTuple):
    """One reason to read an entry, with its own words for it and where it comes from."""

    id: str
    category: str
    kind: str
    says: str
    source: str


class Piece(NamedTuple):
    """One place of a phrase: a word of some, a name (one of these, or any), or a few words whatever they are."""

    words: frozenset[str]
    is_gap: bool = False
    is_name: bool = False
    is_capitals: bool = False


class Phrase(NamedTuple):
    """A phrase of a rule; one that `excuses` says that the words of the rule mean something else there."""

    rule: Rule
    pieces: tuple[Piece, ...]
    excuses: bool = False


Index = dict[str, list[Phrase]]
"""Phrases by the word with which they begin."""


@dataclass
class Rules:
    """All rules: their phrases by where they are looked for, and the codes."""

    version: str
    categories: dict[str, str]
    by_id: dict[str, Rule] = field(default_factory=dict)
    phrases: dict[str, Index] = field(default_factory=dict)
    codes: dict[str, tuple[Rule, str]] = field(default_factory=dict)
    standing_codes: dict[str, tuple[Rule, str]] = field(default_factory=dict)

    @property
    def telling_words(self) -> frozenset[str]:
        """Words and codes of which every text has one that a rule flags, but for names of people."""
        phrases = [
            phrase
            for kind, index in self.phrases.items()
            for found in index.values()
            for phrase in found
            if kind != "standing" and not phrase.excuses
        ]
        return frozenset(self.codes.keys()).union(*(telling(one.pieces) for one in phrases))


def telling(pieces: tuple[Piece, ...]) -> frozenset[str]:
    """The words of that place of a phrase which says most: not such as every note has."""
    named = [piece.words for piece in pieces if piece.words]
    return min(named, key=lambda words: len(words & COMMON))


def read_rules(file: Path = FILE) -> Rules:
    """The rules of a file; raises ValueError where one cannot be understood."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = Rules(told["version"], told["categories"])
    for each in told["rule"]:
        rule = Rule(*(each[name] for name in Rule._fields))
        if rule.category not in rules.categories or rule.id in rules.by_id:
            raise ValueError(f"Rule {rule.id}: no such category, or twice")
        rules.by_id[rule.id] = rule
        for line in _lines(each, "codes"):
            code, words = line.split(" ", 1)
            known = rules.standing_codes if rule.kind == "standing" else rules.codes
            known[code] = (rule, words)
        index = rules.phrases.setdefault(rule.kind, defaultdict(list))
        for name in ("words", "unless"):
            for line in _lines(each, name):
                _add(index, Phrase(rule, _pieces(line, told["lists"]), name == "unless"))
    return rules


def _lines(rule: dict[str, Any], name: str) -> list[str]:
    return [line for line in rule.get(name, "").splitlines() if line]


def _add(index: Index, phrase: Phrase) -> None:
    first = phrase.pieces[0]
    if not first.words:
        raise ValueError(f"Rule {phrase.rule.id}: a phrase begins with a word")
    for word in first.words:
        index.setdefault(word, []).append(phrase)


def _pieces(line: str, lists: dict[str, str]) -> tuple[Piece, ...]:
    return tuple(_piece(each, lists) for each in line.replace("'", "").split())


def _piece(written: str, lists: dict[str, str]) -> Piece:
    if written == GAP:
        return Piece(frozenset(), is_gap=True)
    if written == NAME:
        return Piece(frozenset(), is_name=True)
    is_capitals = written.startswith("=")
    return Piece(
        frozenset(_alternatives(written.removeprefix("="), lists)), is_capitals=is_capitals
    )


def _alternatives(written: str, lists: dict[str, str]) -> Iterator[str]:
    for each in written.lower().split("|"):
        if each.startswith("{"):
            yield from lists[each.strip("{}")].split("|")
        else:
            yield each


RULES = read_rules()
