"""Finding a surgery by name, town, postcode or ODS code, however it is spelt.

A postcode or a code by itself is looked up as that. Anything else is words, each of which must be like a word of
the surgery's name, address, postcode or code: like it, and not the same, so that "denshem stokton" finds
The Densham Surgery in Stockton-on-Tees. Surgeries that have closed come last.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import add

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import Case, Expression, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Greatest, Lower, Replace

from surgeries.models import Surgery, SurgeryStatus, in_findable_words

LIKE_ENOUGH = 0.45
"""Share of the letter triples of a word that must be found; measured on the whole ODS list."""

MOST_WORDS = 8
CODE = re.compile(r"[a-z]\d{5}", re.ASCII)
POSTCODE = re.compile(r"([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})", re.ASCII)
OUTWARD = re.compile(r"[a-z]{1,2}\d[a-z\d]?", re.ASCII)
INSIDE = re.compile(rf"\b{POSTCODE.pattern}\b", re.ASCII)
SAME = {"saint": "st", "doctor": "dr", "doctors": "drs", "center": "centre", "gps": "gp"}
SAYS_LITTLE = frozenset(
    {
        "a", "and", "at", "by", "centre", "clinic", "dr", "drs", "for", "gp", "group", "health", "house", "in",
        "medical", "of", "on", "partners", "practice", "surgery", "the", "to", "with",
    }
)  # fmt: skip
"""Words that so many names have that a surgery need not have them; one that does comes first."""


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: a code, a postcode (or its first half), or words."""

    code: str = ""
    outward: str = ""
    inward: str = ""
    words: tuple[str, ...] = field(default=())

    @property
    def telling_words(self) -> tuple[str, ...]:
        """The words that a surgery must have: those that say much, or all if none does."""
        telling = tuple(word for word in self.words if len(word) > 1 and word not in SAYS_LITTLE)
        return telling or self.words


def wanted(text: str) -> Wanted:
    """Read what was typed; without letters or digits it wants nothing."""
    plain = plain_words(text)
    together = plain.replace(" ", "")
    if CODE.fullmatch(together):
        return Wanted(code=together.upper())
    if found := POSTCODE.fullmatch(together):
        return Wanted(outward=found[1].upper(), inward=found[2].upper())
    if OUTWARD.fullmatch(together):
        return Wanted(outward=together.upper())
    spaced = INSIDE.sub(r"\1 \2", plain)
    return Wanted(words=tuple(dict.fromkeys(SAME.get(word, word) for word in spaced.split())))


def plain_words(text: str) -> str:
    """Small letters and digits with single spaces; accents, apostrophes and all other signs are gone."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = re.sub(r"['’`\u0300-\u036f]", "", bare)
    return " ".join(re.findall(r"[^\W_]+", bare))


def find_surgeries(what: Wanted, on: date) -> QuerySet[Surgery]:
    """The surgeries that fit, best first and closed ones last; make it and read it in one transaction."""
    if what.code:
        return Surgery.objects.filter(ods_code=what.code).order_by("ods_code")
    if what.outward:
        found = Surgery.objects.filter(postcode__startswith=f"{what.outward} ")
        return found.order_by(_closed_last(on), _nearest_postcode(what), "name", "ods_code")
    return _by_words(what, on)


def _by_words(what: Wanted, on: date) -> QuerySet[Surgery]:
    _set_likeness()
    found = Surgery.objects.alias(
        findable=in_findable_words(), title=_plain("name"), place=_plain("town")
    )
    for word in what.telling_words:
        found = found.filter(findable__trigram_word_similar=word)
    best = _score(what.words).desc()
    return found.order_by(_closed_last(on), best, "-uses_portal", "name", "ods_code")


def _score(words: tuple[str, ...]) -> Expression:
    """How well the words fit, and all of them in their order; in the name or the town they count twice."""
    whole = TrigramWordSimilarity(" ".join(words), "findable")
    return reduce(add, [whole, *(part for word in words for part in _fits(word))])


def _fits(word: str) -> tuple[Expression, Expression]:
    in_title, in_place = (TrigramWordSimilarity(word, field) for field in ("title", "place"))
    return TrigramWordSimilarity(word, "findable"), Greatest(in_title, in_place)


def _plain(field: str) -> Lower:
    return Lower(Replace(field, Value("'"), output_field=TextField()))


def _closed_last(on: date) -> Case:
    """0 for those that see patients, 1 for those that do not now, 2 for those that have closed."""
    return Case(
        When(Q(status=SurgeryStatus.CLOSED) | Q(closed_on__lte=on), then=Value(2)),
        When(status=SurgeryStatus.ACTIVE, then=Value(0)),
        default=Value(1),
    )


def _nearest_postcode(what: Wanted) -> Case:
    """The same postcode, then the same sector of it (TS18 1), then the rest of TS18."""
    return Case(
        When(postcode=f"{what.outward} {what.inward}", then=Value(0)),
        When(postcode__startswith=f"{what.outward} {what.inward[:1]}", then=Value(1)),
        default=Value(2),
    )


def _set_likeness() -> None:
    """Set for this transaction what the index takes for like enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKE_ENOUGH)]
        )
