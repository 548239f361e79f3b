"""What a record says of the patient's safety, for the head of pages on which something is decided (R4.5)."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import Func, Q, TextField
from django.db.models.functions import Cast

from accounts.staff import StaffAccess
from records.content import PartialDate
from records.models import Entry, KnownWord
from records.models.entry import EntryQuerySet
from records.sensitive.flagging import Told, codes_in, words_told
from records.sensitive.matching import matches
from records.sensitive.rules import RULES, telling

STANDING = RULES.phrases["standing"]
LEADING = sorted(
    frozenset().union(
        *(telling(one.pieces) for found in STANDING.values() for one in found if not one.excuses)
    )
)
"""The words by which the index leads to entries that may say so."""
CODES = RULES.standing_codes
CODED_KINDS = ("condition", "observation", "procedure", "referral", "document", "access-code")
MOST = 20


class SafeguardingFlag(NamedTuple):
    """One entry that says something of the patient's safety: its title, when it was, and its id."""

    title: str
    when: PartialDate
    entry_id: UUID


def safeguarding_flags(access: StaffAccess) -> list[SafeguardingFlag]:
    """The newest entries that speak of safeguarding, at most 20; for staff, so hidden ones are among them."""
    held = Entry.objects.seen_by_staff(access).filter(withdrawn_at=None)
    ids = {row.root_id or row.id for row in _likely(held, access) if _speaks_of_it(row)}
    entries = held.entries().filter(id__in=ids).newest_first()
    return [
        SafeguardingFlag(
            entry.title or entry.get_section_display(),
            PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision),
            entry.id,
        )
        for entry in entries.defer("details", "free_text")[:MOST]
    ]


def _likely(held: EntryQuerySet, access: StaffAccess) -> Iterable[Told]:
    """Rows that may say so: by the index of words, by their codes, and those that are not in the index yet."""
    known = KnownWord.objects.filter(patient=access.patient, word__in=LEADING)
    led = known.annotate(entry=Func("entries", function="unnest")).values_list("entry", flat=True)
    ids = set(led)
    written = held.filter(kind__in=CODED_KINDS).annotate(written=Cast("details", TextField()))
    coded = written.filter(written__regex="|".join(CODES)).values("id")
    rows = held.filter(
        Q(id__in=ids) | Q(root_id__in=ids) | Q(search_words=None) | Q(id__in=coded)
    ).values_list("id", "root_id", "kind", "title", "details", "free_text")
    return [Told(*row) for row in rows]


def _speaks_of_it(row: Told) -> bool:
    if any(code in CODES for code in codes_in(row.details)):
        return True
    return any(matches(words.text, STANDING) for words in words_told(row))
