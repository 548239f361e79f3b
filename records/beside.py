"""The entries that go on showing when a patient hides one, although they belong with it (R2.5)."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from nhsuk.wording import partial_date_words
from records.content import Consultation, PartialDate
from records.models import Entry
from records.models.entry import EntryQuerySet
from records.showing import linked_entries
from records.titles import title_of
from records.visibility import RecordAccess

WITHIN_ONE = ("observation", "result", "result-group", "comment")
"""Kinds of rows that name only the group in which they stand, in the same entry: most of a long record."""


class Beside(NamedTuple):
    """One entry that belongs with another; `is_part_of_it` where the visit made it or it has the same words."""

    id: UUID
    words: str
    is_part_of_it: bool


def beside(access: RecordAccess, entry: Entry) -> list[Beside]:
    """Whole entries linked with one, either way, as far as their reader sees them, the newest first.

    What stands behind a page of its own is not looked into: neither what it says, nor what it refers to (R5.5).
    """
    visible = Entry.objects.visible_to(access)
    own = [entry, *visible.below(entry)]
    made = made_by(entry)
    named = {link for row in own for link in linked_entries(row.coded)}
    named |= {row.repeats_id for row in own if row.repeats_id}
    ids = [row.id for row in own]
    named |= set(_naming(visible.opened_to(access), ids))
    rows = visible.filter(Q(id__in=named) | Q(repeats_id__in=ids))
    whole = {row.root_id or row.id: row.repeats_id for row in rows}
    found = visible.filter(id__in=set(whole) - {entry.id}).newest_first()
    again = {entry.repeats_id, *(pk for pk, repeats in whole.items() if repeats in ids)}
    return [Beside(row.id, words_of(row), row.id in made | again) for row in found]


def _naming(opened: EntryQuerySet, ids: list[UUID]) -> list[UUID]:
    """The rows that refer to one of these."""
    said = opened.exclude(kind__in=WITHIN_ONE).annotate(said=Cast("details", TextField()))
    found = said.filter(said__regex="|".join(str(each) for each in ids))
    return list(found.values_list("id", flat=True))


def made_by(entry: Entry) -> set[UUID]:
    """The ids of what stands in a consultation as an entry of its own: what it made."""
    content = entry.content if entry.kind == "consultation" and not entry.is_sealed else None
    if not isinstance(content, Consultation):
        return set()
    headings = [heading for topic in content.topics for heading in topic.headings]
    return {UUID(link.entry) for heading in headings for link in heading.items if link.entry}


def words_of(entry: Entry) -> str:
    """One entry to tick: what it is called, when it was, and where it stands."""
    when = PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
    return f"{title_of(entry)}, {partial_date_words(when)} ({entry.get_section_display()})"
