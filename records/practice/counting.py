"""What a change would newly open of one record, counted and not shown."""

import hashlib
from copy import copy
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from proxy_access.access import Access, Refusal
from records.grants import under
from records.models import AccessGrant, Entry
from records.practice.cohort import Member
from records.visibility import RecordAccess
from surgeries.models import Surgery
from surgeries.terms import Section

Seen = set[tuple[UUID, UUID, bool]]


class NewlyOpen(NamedTuple):
    """How many entries of one patient a change would newly open; `seal` is another for other entries."""

    entries: int
    flagged: int
    seal: str
    closed: int
    """How many entries show now and would not, or not with their free text."""


def newly_open(before: RecordAccess | Refusal, after: RecordAccess | Refusal) -> NewlyOpen:
    """What one access opens beyond another, of the same record; must run inside the patient's rows."""
    seen_before, seen_after = seen_by(before), seen_by(after)
    opened = {root for _, root, _ in seen_after - seen_before}
    gone = {(row_id, root) for row_id, root, _ in seen_before - seen_after}
    closed = {root for row_id, root in gone if (row_id, root, True) not in seen_after}
    seal = hashlib.sha256(" ".join(sorted(map(str, opened))).encode()).hexdigest()[:16]
    return NewlyOpen(len(opened), 0, seal, len(closed))


def seen_by(access: RecordAccess | Refusal) -> Seen:
    """Each row that may be read, with the entry that it is part of, and whether its free text is open."""
    if isinstance(access, Refusal):
        return set()
    rows = Entry.objects.visible_to(access).annotate(with_words=Q(text__isnull=False))
    return {
        (row_id, root_id or row_id, with_words)
        for row_id, root_id, with_words in rows.values_list("id", "root_id", "with_words")
    }


def as_patient(member: Member, viewer: User) -> RecordAccess | Refusal:
    """What the patient themself may see by a decision, and by what their surgery has set."""
    return under(Access(member.patient, viewer, frozenset(Section)), member.grant)


def with_grant(member: Member, grant: AccessGrant) -> Member:
    """The same patient with another decision."""
    return member._replace(grant=grant)


def with_settings(member: Member, surgery: Surgery) -> Member:
    """The same patient, had their surgery set something else."""
    patient = copy(member.patient)
    patient.surgery = surgery
    return member._replace(patient=patient)
