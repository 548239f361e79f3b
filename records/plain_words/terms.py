"""The short words that are known, from terms.csv (SOURCES.md says where they are from)."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

TERMS = Path(__file__).with_name("terms.csv")


class Term(NamedTuple):
    """One short word: all that it can mean, and in which text."""

    term: str
    meanings: tuple[str, ...]
    kind: str
    case: str
    context: str

    @property
    def words(self) -> str:
        """What it means in a sentence; every meaning where there is more than one."""
        if len(self.meanings) == 1:
            return self.meanings[0]
        return f"can mean {'; or '.join(self.meanings)}. Which one depends on the text"


class Terms(NamedTuple):
    """The terms by how they are found: spelt just so, in any case, only in a dose, only after a number."""

    exact: dict[str, Term]
    any_case: dict[str, Term]
    dose: dict[str, Term]
    unit: dict[str, Term]


@cache
def terms() -> Terms:
    """Every term, read once."""
    found = Terms({}, {}, {}, {})
    with TERMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            meanings = tuple(meaning.strip() for meaning in row["meanings"].split(" | "))
            _keep(found, Term(row["term"], meanings, row["kind"], row["case"], row["context"]))
    return found


def _keep(found: Terms, term: Term) -> None:
    if term.kind == "unit" or term.context == "value":
        found.unit[term.term] = term
    elif term.context == "dose":
        found.dose[term.term] = term
    elif term.case == "any":
        found.any_case[term.term.casefold()] = term
    else:
        found.exact[term.term] = term
