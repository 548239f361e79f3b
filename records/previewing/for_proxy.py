"""What somebody who asks to act for a patient would see, and what of it staff look at before they decide (R4.3, R8.6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from proxy_access.access import Access, access_if_granted
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ProxyStatus
from proxy_access.steps import hold_grant
from records.grants import with_levels
from records.models import EntryDecision, Redaction
from records.previewing.flagged import flags_revealed
from records.previewing.reveals import Revealed, revealed_to
from records.sensitive.flagging import Flag
from records.visibility import RecordAccess

CHANGED = (
    "This entry changed since you opened the page. Nothing of yours was saved. Read it as it is now"
)
NOT_SEEN = "This person would not see this entry, so there is nothing to decide about it"
OVER = "A colleague decided about this person already. Nothing of yours was saved"


@dataclass(frozen=True)
class Foreseen:
    """What a person would see, were their grant in force today; of it, what is flagged and what was decided."""

    access: RecordAccess | None
    """None where the patient's record is not open to anybody who acts for them."""
    revealed: Revealed
    flags: dict[UUID, list[Flag]]
    decisions: dict[UUID, EntryDecision]
    hidden: int
    """How many entries are hidden from this person alone."""

    def holds(self, entry_id: UUID) -> bool:
        """Whether somebody let this entry be seen as it is now, by rules that are all of today's."""
        made = self.decisions.get(entry_id)
        if made is None or entry_id not in self.revealed:
            return False
        rules = {flag.rule.id for flag in self.flags.get(entry_id, ())}
        return made.seen == self.revealed[entry_id].seen and rules <= set(made.rules)

    @cached_property
    def undecided(self) -> list[UUID]:
        """Flagged entries that this person would see and about which nobody decided yet."""
        return [entry_id for entry_id in self.flags if not self.holds(entry_id)]

    def undecided_within(self, scopes: Collection[str]) -> list[UUID]:
        """The same, of some parts of the record: the section is the entry's own, or that of a part of it."""
        wanted = set(scopes)
        return [
            entry_id
            for entry_id in self.undecided
            if wanted & {row.section for row in self.revealed[entry_id].rows}
        ]


def foreseen(grant: ProxyGrant, *, by: StaffAccess, on: date) -> Foreseen:
    """What a grant that waits would show on a day, by the one decision and the one filter; for staff who decide."""
    access = seen_if_granted(grant, by=by, on=on)
    hidden = Redaction.objects.filter(
        patient=by.patient, audience=Redaction.Audience.ONE_PROXY, proxy_id=grant.proxy_id,
        undone_at=None,
    )  # fmt: skip
    decisions = EntryDecision.objects.filter(
        patient=by.patient, review_id=grant.pk, replaced_at=None
    )
    with rows_of(by.patient.pk):
        revealed = revealed_to(access) if access else {}
        return Foreseen(
            access=access,
            revealed=revealed,
            flags=flags_revealed(by, revealed),
            decisions={made.entry_id: made for made in decisions},
            hidden=hidden.values("entry_id").distinct().count(),
        )


def seen_if_granted(grant: ProxyGrant, *, by: StaffAccess, on: date) -> RecordAccess | None:
    """The record as it would be open under a grant that waits; None where it would not open."""
    grant.patient = by.patient
    access = access_if_granted(grant, on=on)
    found = with_levels(access) if isinstance(access, Access) else None
    return found if isinstance(found, RecordAccess) else None


def let_see(
    grant: ProxyGrant, entry_id: UUID, *, by: StaffAccess, now: datetime, seen: str
) -> Foreseen:
    """Decide that a flagged entry may be seen by whoever asks, as it is now; hiding it is the other answer.

    Raises ValidationError where the entry is not what staff had before them, and where the grant does not wait.
    """
    if not by.may(Duty.REVIEW_ENTRIES):
        raise ValidationError("To decide about entries you need the duty “Review entries”")
    with transaction.atomic(), rows_of(by.patient.pk):
        held = hold_grant(grant, by.patient)
        if held.status != ProxyStatus.PROPOSED:
            raise ValidationError(OVER)
        before = foreseen(held, by=by, on=timezone.localdate(now))
        if entry_id not in before.revealed:
            raise ValidationError(NOT_SEEN)
        if before.revealed[entry_id].seen != seen:
            raise ValidationError(CHANGED)
        made = _keep(held, entry_id, before, by=by, now=now)
    decisions = before.decisions | {entry_id: made}
    return Foreseen(before.access, before.revealed, before.flags, decisions, before.hidden)


def _keep(
    held: ProxyGrant, entry_id: UUID, before: Foreseen, *, by: StaffAccess, now: datetime
) -> EntryDecision:
    """Keep a decision in place of an earlier one, under the grant as under a review."""
    rules = sorted({flag.rule.id for flag in before.flags.get(entry_id, ())})
    earlier = EntryDecision.objects.filter(
        patient=by.patient, review_id=held.pk, entry_id=entry_id, replaced_at=None
    )
    earlier.update(replaced_at=now)
    made = EntryDecision.objects.create(
        patient=by.patient, review_id=held.pk, entry_id=entry_id, kind=EntryDecision.Kind.SHOW,
        rules=rules, seen=before.revealed[entry_id].seen, decided_by_id=by.viewer.pk, decided_at=now,
    )  # fmt: skip
    log.record(
        "entry let be seen", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
        duty=Duty.REVIEW_ENTRIES, about=f"entry {entry_id}", details={"grant": str(held.pk)},
    )  # fmt: skip
    return made
