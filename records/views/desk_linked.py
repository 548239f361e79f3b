"""The entries that go on showing when one entry is hidden, although they belong with it."""

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from records.beside import WITHIN_ONE
from records.models import Entry
from records.views.desk_held import links_held


def entries_beside(access, entry, hidden):
    """Whole entries linked with one, either way, that stay online when it is hidden; not those of `hidden`."""
    gone = {entry.id, *hidden}
    rows = Entry.objects.seen_by_staff(access)
    linked = linked_rows(rows, [entry, *rows.below(entry)])
    whole = {root_id or row_id for row_id, root_id in linked.values_list("id", "root_id")}
    beside = rows.filter(id__in=whole - gone, withdrawn_at=None, released=True)
    # what repeats a hidden entry is hidden with it (R2.3)
    return list(beside.exclude(repeats_id__in=gone).newest_first())


def linked_rows(rows, own):
    """Rows that the rows of an entry name or repeat, and rows that name or repeat one of these."""
    ids = [row.id for row in own]
    named = {link for row in own for link in (*links_held(row), row.repeats_id) if link}
    said = rows.annotate(said=Cast("details", TextField()))
    names_us = ~Q(kind__in=WITHIN_ONE) & Q(said__regex="|".join(str(each) for each in ids))
    return said.filter(Q(id__in=named) | Q(repeats_id__in=ids) | names_us)
