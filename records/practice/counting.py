"""What a change would newly open of one record, counted and not shown."""

from copy import copy
from typing import NamedTuple

from accounts.models import Duty, User
from accounts.staff import Desk, StaffAccess
from records.models import AccessGrant
from records.practice.cohort import Member
from records.previewing.flagged import flags_revealed
from records.previewing.reveals import Revealed, digest, newly_revealed
from records.sensitive.safeguarding import safeguarding_flags
from surgeries.models import Surgery


class NewlyOpen(NamedTuple):
    """How many entries of one patient a change would newly open, and how many are flagged.

    `seal` is another one for other entries, or where a word of them changed.
    """

    entries: int
    flagged: int
    seal: str
    closed: int
    """How many entries show now and would not, or not with their free text."""


def newly_open(before: Member, after: Member, *, by: User) -> NewlyOpen:
    """What one decision opens beyond another, of the same record; must run inside the patient's rows."""
    opened = newly_revealed(
        after.patient, before=before.grant, after=after.grant, was=before.patient
    )
    closed = newly_revealed(
        before.patient, before=after.grant, after=before.grant, was=after.patient
    )
    flagged = _flagged(looks(before, by), opened) if opened else 0
    seal = digest(f"{entry_id} {entry.seen}" for entry_id, entry in opened.items())[:16]
    return NewlyOpen(len(opened), flagged, seal, len(closed))


def _flagged(access: StaffAccess, opened: Revealed) -> int:
    """How many entries are flagged; 1 where none is but the record speaks of safeguarding elsewhere.

    What is hidden already, or was open before, does not open now: the patient is still nobody to change unread.
    """
    return len(flags_revealed(access, opened)) or int(bool(safeguarding_flags(access)))


def looks(member: Member, by: User) -> StaffAccess:
    """Whoever asked, looking at the record to have it counted: nothing of it is shown."""
    desk = Desk(by, member.patient.surgery, frozenset([Duty.DECIDE_ACCESS]))
    return StaffAccess(desk, member.patient, Duty.DECIDE_ACCESS)


def with_grant(member: Member, grant: AccessGrant) -> Member:
    """The same patient with another decision."""
    return member._replace(grant=grant)


def with_settings(member: Member, surgery: Surgery) -> Member:
    """The same patient, had their surgery set something else."""
    patient = copy(member.patient)
    patient.surgery = surgery
    return member._replace(patient=patient)
