"""Entries with all that their pages show, many at a time: what `entry_pages.read_entry` gives for each."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.template.loader import render_to_string

from records.entry_pages import EntryPage, linked_by_parts, outline
from records.models import Entry
from records.showing import Shown, attachments_of, in_groups, is_told, linked_entries
from records.visibility import RecordAccess

HEADING = re.compile(r"<(/?)h([1-6])\b")
LINK = re.compile(r"</?a\b[^>]*>")


def entry_pages(access: RecordAccess, ids: Sequence[UUID]) -> list[EntryPage]:
    """The pages of some entries, in the order of their ids; what may not be seen any more is left out."""
    visible = Entry.objects.visible_to(access)
    entries = {each.id: each for each in visible.filter(id__in=ids)}
    links = {each.id: set(linked_entries(each.coded)) for each in entries.values()}
    wanted = set[UUID]().union(*links.values())
    near = visible.filter(Q(root_id__in=list(entries)) | Q(id__in=wanted))
    rows = list(near.order_by("position", "id"))
    further = linked_by_parts(rows, *entries) - {row.id for row in rows}
    rows += visible.filter(id__in=further) if further else []
    shown = [Shown(each) for each in rows]
    documents = [each for each in entries.values() if each.kind == "document"]
    attachments = attachments_of(access, documents) if documents else {}
    found = []
    for entry in (entries[each] for each in ids if each in entries):
        linked = {
            str(each.id): each
            for each in shown
            if each.id in links[entry.id] | further
            or (each.page_id == entry.id and each.id != entry.id)
        }
        parts = [each for each in linked.values() if each.page_id == entry.id and is_told(each)]
        whole = Shown(entry, in_groups(parts), attachments.get(entry.id, ()))
        topics = outline(whole.content, linked, parts) if entry.kind == "consultation" else []
        found.append(EntryPage(entry, whole, topics, linked))
    return found


def entry_words(access: RecordAccess, page: EntryPage, *, level: int) -> str:
    """An entry in HTML for paper: its heading at a level from 1, those inside below it, without links."""
    context = {"access": access, "page": page, "entries_at": "", "level": level}
    written = render_to_string("records/takeaway/entry.html", context)
    head, rest = written.split("</header>", 1)
    return head + "</header>" + demoted(LINK.sub("", rest), level - 1)


def demoted(words: str, by: int) -> str:
    """The headings of a page of their own, some levels down."""
    return HEADING.sub(lambda found: f"<{found[1]}h{min(6, int(found[2]) + by)}", words)
