"""The short words that are known, from terms.csv (SOURCES.md says where they are from)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

TERMS = Path(__file__).with_name("terms.csv")
COUNTED = "counted"
"""The context of a word that is a short word in a dose only behind a count, as "on" in "1 tablet on"."""


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """One short word: all that it can mean, and in which text; each is made once and equals itself only."""

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

    @property
    def spellings(self) -> frozenset[str]:
        """Every term as the file spells it."""
        return frozenset().union(self.exact, self.any_case, self.dose, self.unit)


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
    if term.kind == "unit":
        found.unit[term.term] = term
    elif term.context:
        found.dose[term.term] = term
    elif term.case == "any":
        found.any_case[term.term.casefold()] = term
    else:
        found.exact[term.term] = term
