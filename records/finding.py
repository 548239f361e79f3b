"""Finding entries by their words: what is not visible to the reader cannot be found, nor change what is.

Candidates come from the index of words, then each is looked at through the one filter: a row counts with
its coded words unless it is sealed (R5.5), and with its free text where that is open (R1.7).
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import batched
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import BooleanField, ExpressionWrapper, Func, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from records.hits import Hit, Line, hit
from records.indexing import asked_tokens
from records.lines import when_of
from records.models import Entry, KnownWord
from records.models.entry import COLUMNS_OF_ROWS, EntryQuerySet, Row, as_json
from records.own_dates import is_apart, lies_between, may_lie_between
from records.sealing import can_have_text
from records.showing import Broken, parts_of
from records.spelling import Term, expand
from records.visibility import RecordAccess

PER_PAGE = 25
NEWEST = 400
"""Entries to look through first: common words are there, and the index need not give all their places."""
BATCH = 30
MOST_UNDATED = 100


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. `similar`: also words spelt alike; `undated`: only what has no date."""

    words: str
    section: str = ""
    since: date | None = None
    until: date | None = None
    similar: bool = False
    undated: bool = False

    @property
    def has_dates(self) -> bool:
        """Whether entries without a date cannot be among what is asked for."""
        return bool(self.since or self.until) and not self.undated


class Found(NamedTuple):
    """One page of what was found.

    `similar` are the words that were taken for those asked for, where nothing has exactly these; only such
    as stand in the hits. `undated` counts what fits but for having no date: MOST_UNDATED means so many or more.
    """

    hits: list[Hit]
    number: int
    has_next: bool
    is_similar: bool
    similar: list[str]
    undated: int

    @property
    def first(self) -> int:
        """The place of the first hit on this page, from 1."""
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last one."""
        return self.first + len(self.hits) - 1


def find(access: RecordAccess, asked: Asked, *, number: int = 1) -> Found:
    """A page of the entries that have every word asked for, newest first, from page 1."""
    wanted = asked_tokens(asked.words)
    need = number * PER_PAGE + 1
    exact = expand(access.patient, wanted)
    terms, is_similar = exact, False
    chosen = [] if asked.similar else search(access, asked, terms, need)
    if not chosen or asked.similar:
        terms, is_similar = expand(access.patient, wanted, similar=True), True
        chosen = search(access, asked, terms, need)
    page = chosen[need - 1 - PER_PAGE : need - 1]
    near = {word for lines in page for word in _met(lines, terms)} - frozenset().union(*exact)
    return Found(
        hits=[hit(lines, terms, by_part=is_by_part(lines, asked)) for lines in page],
        number=number,
        has_next=len(chosen) >= need,
        is_similar=is_similar,
        similar=sorted(near),
        undated=count_undated(access, asked, terms) if asked.has_dates else 0,
    )


def count_undated(access: RecordAccess, asked: Asked, terms: Sequence[Term]) -> int:
    """How many entries fit but for having no date, nor a part that is of the days asked for."""
    undated = replace(asked, since=None, until=None, undated=True)
    found = search(access, undated, terms, MOST_UNDATED)
    return sum(not _meet(parts_within(lines, asked, terms), terms) for lines in found)


def search(
    access: RecordAccess, asked: Asked, terms: Sequence[Term], need: int
) -> list[list[Line]]:
    """The lines of the first entries that fit, each list beginning with the entry itself."""
    if not terms:
        return []
    found = of_own_date(access, asked, terms, need)
    parts = of_dates_of_parts(access, asked, terms, need) if asked.has_dates else []
    if not parts:
        return found
    every = {lines[0].row.id: lines for lines in (*found, *parts)}
    order = Entry.objects.visible_to(access).filter(id__in=list(every)).newest_first()
    return [every[entry] for entry in order.values_list("id", flat=True)[:need]]


def of_own_date(
    access: RecordAccess, asked: Asked, terms: Sequence[Term], need: int
) -> list[list[Line]]:
    """The first entries whose own date fits."""
    newest = list(within(access, asked).values_list("id", flat=True)[:NEWEST])
    found = confirmed(access, likely(access, newest, terms), terms, need) if newest else []
    if len(found) >= need or len(newest) < NEWEST:
        return found
    return confirmed(access, candidates(access, asked, terms), terms, need)


def of_dates_of_parts(
    access: RecordAccess, asked: Asked, terms: Sequence[Term], need: int
) -> list[list[Line]]:
    """The first entries of other days that were found by parts of the days asked for (R1.1)."""
    fits = may_lie_between(asked.since, asked.until)
    words = _any_of(access, frozenset().union(*terms))
    parts = Entry.objects.visible_to(access).filter(fits, words, dated_apart=True)
    parts = parts.in_section(asked.section) if asked.section else parts
    roots = set(filter(None, parts.order_by().values_list("root_id", flat=True)))
    if not roots:
        return []
    entries = Entry.objects.visible_to(access).entries().filter(id__in=roots).exclude(fits)
    entries = entries.newest_first()
    found: list[list[Line]] = []
    for batch in batched(entries.values_list("id", flat=True), BATCH):
        each = (parts_within(lines, asked, terms) for lines in told_lines(access, batch, terms))
        found += [lines for lines in each if lines and _meet(lines, terms)]
        if len(found) >= need:
            break
    return found[:need]


def is_by_part(lines: list[Line], asked: Asked) -> bool:
    """Whether an entry that fits is itself of another day."""
    when = when_of(lines[0].row)
    return asked.has_dates and not lies_between(when, asked.since, asked.until)


def parts_within(lines: list[Line], asked: Asked, terms: Sequence[Term]) -> list[Line]:
    """An entry of other days with those of its parts that are of the days asked for and have a word; or nothing."""
    whole, *parts = lines
    if not is_by_part(lines, asked):
        return []
    own = [
        part
        for part in parts
        if is_apart(when_of(part.row), when_of(whole.row))
        and lies_between(when_of(part.row), asked.since, asked.until)
        and any(_meets(part, term) for term in terms)
    ]
    return [whole, *own] if own else []


def within(access: RecordAccess, asked: Asked) -> EntryQuerySet:
    """The entries of the section and the dates asked for, newest first.

    A date without day or month fits where any day of its month or year does (R6.7).
    """
    entries = Entry.objects.visible_to(access).entries().newest_first()
    if asked.section:
        entries = entries.in_section(asked.section)
    if asked.undated:
        entries = entries.filter(effective_on=None)
    if asked.since or asked.until:
        entries = entries.filter(may_lie_between(asked.since, asked.until))
    return entries


def candidates(access: RecordAccess, asked: Asked, terms: Sequence[Term]) -> list[UUID]:
    """Entries that may have every word, newest first, by the words that lead to them.

    More than fit: words of hidden, sealed and closed rows lead here too, which `confirmed` leaves out.
    """
    leading: list[str] = []
    values: list[Any] = []
    for term in terms:
        known = KnownWord.objects.filter(patient=access.patient, word__in=sorted(term))
        entries = known.annotate(entry=Func("entries", function="unnest")).values_list("entry")
        sql, own = entries.query.sql_with_params()
        leading, values = [*leading, f"({sql})"], [*values, *own]
    ids = f"records_entry.id = any(array({' intersect '.join(leading)}))"
    fits = RawSQL(ids, values, BooleanField())  # noqa: S611 - Django's own SQL
    return list(within(access, asked).filter(fits).values_list("id", flat=True))


def likely(access: RecordAccess, ids: Sequence[UUID], terms: Sequence[Term]) -> list[UUID]:
    """Those of some entries that may have every word, in the same order."""
    rows = Entry.objects.visible_to(access).filter(Q(id__in=ids) | Q(root_id__in=ids))
    roots = rows.order_by().annotate(root=Coalesce("root_id", "id")).values("root")
    has = {f"has{place}": _has(access, term) for place, term in enumerate(terms)}
    roots = roots.annotate(**has).filter(**dict.fromkeys(has, True))
    found = set(roots.values_list("root", flat=True))
    return [entry for entry in ids if entry in found]


def _any_of(access: RecordAccess, words: Set[str]) -> Q:
    """The condition that a row has one of some words, in its text only where any text can be open."""
    listed = sorted(words)
    coded = Q(search_words__overlap=listed)
    return coded | Q(search_text__overlap=listed) if can_have_text(access) else coded


def _has(access: RecordAccess, term: Term) -> BoolOr:
    return BoolOr(ExpressionWrapper(_any_of(access, term), output_field=BooleanField()))


def confirmed(
    access: RecordAccess, ids: Sequence[UUID], terms: Sequence[Term], need: int
) -> list[list[Line]]:
    """The first of some entries that do have every word where this reader may see it."""
    found: list[list[Line]] = []
    for batch in batched(ids, BATCH):
        lines = told_lines(access, batch, terms)
        found += [each for each in lines if _meet(each, terms)]
        if len(found) >= need:
            break
    return found[:need]


def _meets(line: Line, term: Term) -> bool:
    return not term.isdisjoint(line.open_words)


def _meet(lines: list[Line], terms: Sequence[Term]) -> bool:
    return all(any(_meets(line, term) for line in lines) for term in terms)


def _met(lines: list[Line], terms: Sequence[Term]) -> set[str]:
    every = frozenset().union(*terms)
    return {word for line in lines for word in line.open_words & every}


def told_lines(
    access: RecordAccess, ids: Sequence[UUID], terms: Sequence[Term]
) -> list[list[Line]]:
    """Each entry with those of its parts that have a word asked for and that its page names."""
    rows = Entry.objects.visible_to(access).filter(
        Q(id__in=ids) | (Q(root_id__in=ids) & _any_of(access, frozenset().union(*terms)))
    )
    fields = (*map(as_json, COLUMNS_OF_ROWS[:-1]), "search_words", "search_text")
    found = rows.order_by("root_id", "position", "id").values_list(*fields)
    lines = [Line(Row(*each[:-2]), *each[-2:]) for each in found]
    whole = {line.row.id: [line] for line in lines if line.row.root_id is None}
    parts = [line for line in lines if line.row.root_id in whole]
    told = _groups_with_results(access, [line.row for line in parts], whole)
    for line in parts:
        if line.row.kind != "result-group" or line.row.id in told:
            whole[line.row.root_id].append(line)  # type: ignore[index]
    return [whole[entry] for entry in ids if entry in whole]


def _groups_with_results(
    access: RecordAccess, parts: Sequence[Row], whole: dict[UUID, list[Line]]
) -> set[UUID]:
    """The groups over results that a page names: not those below which all is hidden (R2.3)."""
    reports = {row.root_id for row in parts if row.kind == "result-group"}
    roots = [whole[root][0].row for root in reports if root in whole]
    try:
        below = parts_of(access, roots) if roots else {}
    except Broken:  # what cannot be shown on a page cannot be found by it
        return set()
    return {part.id for each in below.values() for part in each}
