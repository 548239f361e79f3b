"""One entry with all that its page tells: its parts, what it refers to, and a consultation in its order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL

from audit.kept import Named, named
from records.content import Consultation, EntryLink, Topic
from records.models import Correction, Entry, Redaction
from records.models.entry import EntryQuerySet, Row
from records.showing import Shown, attachments_of, in_groups, is_told, linked_entries
from records.statements import Statement, among, entry_of
from records.visibility import RecordAccess


class ShownHeading(NamedTuple):
    """A heading of a consultation with what may be seen below it."""

    title: str
    items: list[Shown]


class ShownTopic(NamedTuple):
    """A topic of a consultation; without title where its problem may not be seen (R2.3)."""

    title: str
    problem: Shown | None
    headings: list[ShownHeading]


class EntryPage(NamedTuple):
    """One entry with its dates, its parts and the entries that it refers to, by id."""

    entry: Entry
    shown: Shown
    topics: list[ShownTopic]
    linked: Mapping[str, Shown]

    def others(self, links: Iterable[EntryLink | None]) -> list[Shown]:
        """What some links lead to, as far as it may be seen."""
        return [self.linked[link.entry] for link in links if link and link.entry in self.linked]


def find_entry(access: RecordAccess, entry_id: UUID) -> Entry | None:
    """One row with all that may be seen of it; None where it may not be seen."""
    return next(iter(ONE.entries(access, id=entry_id)), None)


ONE = Statement(lambda access: Entry.objects.visible_to(access).filter(id=named("id")))


class Whole(NamedTuple):
    """An entry with what is needed to make its page: its own row, and those of its parts in the source's order.

    `is_written_about` says that somebody told the surgery that it looks wrong, `is_hidden_by_patient` that the patient
    hides it from somebody: whether a reader hears of that is asked elsewhere.
    """

    entry: Entry
    rows: Sequence[Row]
    is_written_about: bool
    is_hidden_by_patient: bool


def find_whole(access: RecordAccess, entry_id: UUID) -> Whole | None:
    """One row with the parts below it, in one question; None where it may not be seen."""
    found = WHOLE.rows_with_more(access, id=entry_id)
    if not found or found[0][0].id != entry_id:
        return None
    own, (*told, is_written_about, is_hidden) = found[0]
    entry = entry_of(own, dict(zip(OF_ENTRY, told, strict=True)))
    return Whole(entry, [row for row, _ in found], is_written_about, is_hidden)


OF_ENTRY = ("patient_id", "recorded_at", "recorded_from", "origin")
"""What the page of an entry tells of it that no list does."""


def _whole(access: RecordAccess) -> EntryQuerySet:
    about = {"patient": named("patient"), "entry_id": OuterRef("id")}
    hidings = Redaction.objects.filter(**about, by_patient=True, undone_at=None)
    is_whole = Q(RawSQL("records_entry.id = %s", [Named("id")], BooleanField()))
    is_of_it = Q(RawSQL("records_entry.root_id = %s", [Named("id")], BooleanField()))
    rows = Entry.objects.visible_to(access).filter(is_whole | is_of_it)
    told = rows.annotate(
        is_written_about=Exists(Correction.objects.filter(**about)),
        is_hidden_by_patient=Exists(hidings),
    )
    return told.order_by(F("root_id").asc(nulls_first=True), "position", "id")


WHOLE = Statement(_whole, more=(*OF_ENTRY, "is_written_about", "is_hidden_by_patient"))


def read_entry(access: RecordAccess, whole: Whole) -> EntryPage:
    """The page of one entry; its parts and what it refers to come through the one filter too."""
    entry, (own, *parts) = whole.entry, whole.rows
    links = set(linked_entries(entry.coded)) | linked_by_parts(parts, entry.id)
    rows = [*parts, own] if entry.id in links else parts
    further = links - {row.id for row in rows}
    if further:
        rows = [*rows, *THESE.rows(access, ids=list(further))]
    linked = {str(each.id): Shown(each) for each in rows}
    below = [each for each in linked.values() if each.page_id == entry.id and is_told(each)]
    attachments = attachments_of(access, [entry]) if entry.kind == "document" else {}
    shown = Shown(entry, in_groups(below), attachments.get(entry.id, ()))
    topics = outline(shown.content, linked, below) if entry.kind == "consultation" else []
    return EntryPage(entry, shown, topics, linked)


def _these(access: RecordAccess) -> EntryQuerySet:
    return Entry.objects.visible_to(access).filter(among("id", "ids"))


THESE = Statement(_these)


def outline(
    consultation: Consultation, linked: Mapping[str, Shown], parts: Sequence[Shown]
) -> list[ShownTopic]:
    """A consultation in the source's order; what is empty once filtered is left out (R6.3, R2.3)."""
    topics = []
    for topic in consultation.topics:
        named = ((each.title, _found(each.items, linked)) for each in topic.headings)
        headings = [ShownHeading(title, items) for title, items in named if items]
        problem = linked.get(topic.problem.entry) if topic.problem else None
        if headings:
            topics.append(ShownTopic(_name_of(topic, problem), problem, headings))
    placed = {item.id for topic in topics for heading in topic.headings for item in heading.items}
    rest = [
        part for part in parts if part.id not in placed and (part.kind != "comment" or part.comment)
    ]
    if rest:
        topics.append(ShownTopic("", None, [ShownHeading("", rest)]))
    return topics


def _name_of(topic: Topic, problem: Shown | None) -> str:
    if topic.problem:
        return problem.title if problem else ""
    return topic.title


def _found(links: Iterable[EntryLink], linked: Mapping[str, Shown]) -> list[Shown]:
    found = (linked[link.entry] for link in links if link.entry in linked)
    return [item for item in found if item.kind != "comment" or item.comment]


def linked_by_parts(rows: Iterable[Entry | Row], *entries: UUID) -> set[UUID]:
    """What the parts of some entries refer to, such as the letter of a referral.

    The group in which a result stands is in the same report, or nowhere.
    """
    parts = [row.coded for row in rows if row.root_id in entries and row.coded]
    further = ([value for name, value in part.items() if name != "group"] for part in parts)
    return {link for told in further for link in linked_entries(told)}
