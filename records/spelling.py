"""The words of a record that count as a word somebody asks for."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import reduce
from operator import or_

from django.db.models import Q

from nhsuk.dates import is_number
from records.models import KnownWord
from surgeries.models import Patient

SHORTEST_BEGUN, SHORTEST_SIMILAR = 3, 4
SIMILAR_ENOUGH = 0.78
Term = frozenset[str]
"""The words of which one must stand in an entry, for one word that was asked for."""


def expand(patient: Patient, wanted: Sequence[str], *, similar: bool = False) -> list[Term]:
    """The words that count as each word asked for: itself, one less its plural, what it begins, what is spelt alike.

    All of them, however many: a limit would let words of hidden rows push others out (R2.3).
    """
    begun = [word for word in wanted if _is_word(word, SHORTEST_BEGUN)]
    fits = [Q(word__startswith=word) for word in begun]
    if similar:
        fits += [Q(word__trigram_similar=x) for x in begun if _is_word(x, SHORTEST_SIMILAR)]
    known = KnownWord.objects.filter(reduce(or_, fits), patient=patient) if fits else ()
    words = [each.word for each in known]
    return [frozenset(_fitting(word, words, similar)) for word in wanted]


def _fitting(word: str, known: list[str], similar: bool) -> Iterator[str]:
    yield word
    if _is_word(word, SHORTEST_BEGUN):
        yield from singulars(word)
        yield from (each for each in known if each.startswith(word))
    if similar and _is_word(word, SHORTEST_SIMILAR):
        yield from (each for each in known if is_similar(word, each))


def _is_word(word: str, shortest: int) -> bool:
    return len(word) >= shortest and "-" not in word and not is_number(word)


def singulars(word: str) -> list[str]:
    """What a word would be in the singular: tablets gives tablet, allergies gives allergy."""
    if word.endswith("ies"):
        return [f"{word[:-3]}y"]
    if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST_SIMILAR:
        return [word[:-1], *([word[:-2]] if word.endswith("es") else [])]
    return []


def is_similar(word: str, other: str) -> bool:
    """Whether two words may be one, spelt in two ways."""
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= SIMILAR_ENOUGH
