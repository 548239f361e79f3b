"""The people whose names make an entry worth reading: those who act for the patient, and their family."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from proxy_access.models import ProxyGrant
from records.sensitive.matching import Match, is_name
from records.sensitive.rules import RULES, Index, Phrase, Piece
from records.sensitive.words import words_of
from surgeries.models import Patient

BY_NAME = RULES.by_id["third-party-names"]
SHORTEST = 3


@dataclass(frozen=True)
class People:
    """Whom a text may name: phrases of others' names, and the patient's own."""

    index: Index = field(default_factory=dict)
    family_names: frozenset[str] = frozenset()
    own_names: frozenset[str] = frozenset()

    @property
    def first_words(self) -> frozenset[str]:
        """The words without which nobody is named."""
        return frozenset(self.index) | self.family_names

    @property
    def known_by(self) -> str:
        """The names as one word: another one as soon as somebody else is known."""
        return " ".join([*sorted(self.first_words), "|", *sorted(self.own_names)])

    def of_the_family(self, text: str) -> list[Match]:
        """Where somebody else has the patient's family name: "Peter Testwell" in the record of Ada Testwell."""
        words = words_of(text)
        return [
            Match(BY_NAME, before.start, word.end)
            for before, word in pairwise(words)
            if word.plain in self.family_names
            and is_name(before, text)
            and before.plain not in self.own_names
        ]


def people_of(patient: Patient) -> People:
    """Those whom the portal knows beside a patient: everyone who acts for them, did or asked to (R4.2)."""
    proxies = ProxyGrant.objects.filter(patient=patient).values_list("proxy__name", flat=True)
    return people_named(patient, proxies)


def people_named(patient: Patient, names: Iterable[str]) -> People:
    """The same, for people of some names."""
    own = _plain(f"{patient.given_names} {patient.family_name}")
    index: Index = {}
    for name in set(names):
        for words in _ways_to_name(_plain(name), own):
            phrase = Phrase(BY_NAME, tuple(Piece(frozenset({w}), is_name=True) for w in words))
            index.setdefault(words[0], []).append(phrase)
    return People(index, frozenset(_plain(patient.family_name)[-1:]), frozenset(own))


def _plain(name: str) -> list[str]:
    return [word.plain for word in words_of(name)]


def _ways_to_name(name: list[str], own: list[str]) -> list[list[str]]:
    """Each of the names alone, but for those that the patient has as well."""
    return [[word] for word in name if word not in own and len(word) >= SHORTEST]
