"""How much of a record is open, and the decisions that make it so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max
from django.utils import timezone

from accounts.models import Duty, User, Viewer
from audit import log
from audit.kept import Beside, Kept, columns_of, made, named
from audit.row_security import rows_of
from proxy_access.access import (
    IS_PATIENT,
    Access,
    Refusal,
    access_of,
    find_beside,
    people_open_to,
)
from records.models import (
    AccessGrant,
    Decision,
    Entry,
    EverWished,
    ImportedExtract,
    PracticeChange,
    StaffTask,
)
from records.models.grant import AccessGrantQuerySet
from records.visibility import Levels, RecordAccess
from surgeries.models import Patient
from surgeries.terms import Level

DECLINED = "1290331000000103"  # by a code on the record; Decision.DECLINED is by the patient, here
REVIEW_INDICATED = "1364731000000104"
REVIEW_NOT_INDICATED = "1364751000000106"


def open_record(*, viewer: Viewer, patient_id: UUID, now: datetime) -> RecordAccess | Refusal:
    """What a viewer may read of a patient's record, or why it does not open: the one decision."""
    access, held = find_beside(OWN_AND_HELD, viewer=viewer, patient_id=patient_id, now=now)
    if isinstance(access, Refusal) or not access.is_own_record:
        return _levelled(access)
    return _under_held(access, held)


def record_of(
    viewer: User,
    patient_id: UUID,
    *,
    on: date,
    at: datetime | None = None,
    decided_by: date | None = None,
) -> RecordAccess | Refusal:
    """What a person may read on a day, or why not, where nobody is signed in: for a task, a mail, a command.

    The steps of `open_record` but for the second factor, which was asked for when the task was. Without the moment `at`,
    what is paused for a part of the day counts as paused.
    """
    if viewer.closed_at or not viewer.is_active:  # nobody can sign in to it
        return Refusal.SIGNED_OUT
    found = _levelled(access_of(viewer, patient_id, on=on, at=at), decided_by)
    # a task takes long: what its patient asks for meanwhile holds for the rest of it
    return replace(found, asks_wishes=True) if isinstance(found, RecordAccess) else found


def _levelled(access: Access | Refusal, decided_by: date | None = None) -> RecordAccess | Refusal:
    return access if isinstance(access, Refusal) else with_levels(access, decided_by=decided_by)


def records_to_choose(viewer: User, *, on: date, at: datetime | None = None) -> list[Access]:
    """The records that a person can choose from: their own, and those of whom they may act for today.

    One that is closed to a proxy is left out, as after an end: a pause must not show here (R5.2).
    """
    return [
        access
        for access in people_open_to(viewer, on=on, at=at)
        if access.is_own_record or isinstance(with_levels(access), RecordAccess)
    ]


def with_levels(access: Access, *, decided_by: date | None = None) -> RecordAccess | Refusal:
    """An access with the levels of the patient's latest decision, or of the one that held when a day ended.

    To a proxy, a record that is paused, denied or not open answers as an ended grant does (R5.2, R4.8).
    """
    if decided_by:
        return under(access, AccessGrant.objects.of(access.patient).made_by(decided_by).first())
    held = HELD.ask(patient=access.patient.pk)
    return _under_held(access, held[0] if held else (None,))


def _under_held(access: Access, held: Sequence[Any]) -> RecordAccess | Refusal:
    """An access under the row of `HELD`: where no decision was made, its id is None."""
    *grant, asks_wishes = held
    if not grant or grant[0] is None:
        return under(access, None)
    return under(access, made(AccessGrant, grant), asks_wishes=asks_wishes)


def is_closed_to_all(patient_id: UUID) -> bool:
    """Whether the decision that holds opens a record to nobody, as its patient reads on their own pages."""
    held = HELD.ask(patient=patient_id)
    return _refusal_of(made(AccessGrant, held[0][:-1]) if held else None) is not None


HELD = Kept(
    lambda: (
        AccessGrant.objects.of(named("patient"))
        .annotate(asks_wishes=Exists(EverWished.objects.filter(patient=named("patient"))))
        .values_list(*columns_of(AccessGrant), "asks_wishes")[:1]
    )
)
"""The decision that holds, and whether the patient's wishes have to be asked: every page of a record asks."""
OWN_AND_HELD = Beside(IS_PATIENT, HELD)
"""The same beside who a person is to a patient: all that opens their own record, in one trip to the database."""


def under(
    access: Access, grant: AccessGrant | None, *, asks_wishes: bool = True
) -> RecordAccess | Refusal:
    """The same under a decision that holds, held or might be made; None where none was."""
    refusal = _refusal_of(grant)
    if grant is None or refusal:
        return refusal if access.is_own_record and refusal else Refusal.ENDED
    restricted = grant.restricted_sections
    if restricted is None:  # the patient's own setting wins, even an empty one (R1.12)
        restricted = access.patient.surgery.restricted_sections
    words = grant.reason_for_patient if access.is_own_record else ""
    levels = levels_of(access.patient, grant)
    return RecordAccess(access, levels, frozenset(restricted), words, asks_wishes)


def _refusal_of(grant: AccessGrant | None) -> Refusal | None:
    if grant is None or (grant.decision == Decision.GRANTED and grant.current_level == Level.NONE):
        return Refusal.NO_ACCESS
    return REFUSALS.get(Decision(grant.decision))


REFUSALS = {
    Decision.DENIED: Refusal.DENIED,
    Decision.PAUSED: Refusal.PAUSED,
    Decision.DECLINED: Refusal.DECLINED,
}


def levels_of(patient: Patient, grant: AccessGrant) -> Levels:
    """The levels of a decision, with the moment from which entries are current (R1.2)."""
    starts_on = grant.starts_on or usual_start(patient)
    return Levels(
        current=Level(grant.current_level),
        historical=Level(grant.historical_level),
        starts_at=timezone.make_aware(datetime.combine(starts_on, time.min)) if starts_on else None,
        read_until=grant.reads_until,
    )


def usual_start(patient: Patient) -> date | None:
    """The later of the surgery's go-live date and the patient's registration; None before go-live (R1.2)."""
    go_live_on = patient.surgery.go_live_on
    return max(go_live_on, patient.registered_on) if go_live_on else None


def decide_access(
    patient: Patient,
    *,
    by: User | None,
    now: datetime,
    reason: str,
    decision: Decision = Decision.GRANTED,
    current: Level = Level.NONE,
    historical: Level = Level.NONE,
    starts_on: date | None = None,
    restricted_sections: list[str] | None = None,
    reason_for_patient: str = "",
    practice_change_id: UUID | None = None,
    read_until: datetime | None = None,
) -> AccessGrant:
    """Decide how much of a record is open; raises ValidationError where the decision cannot be.

    The decision is added to the patient's history and holds from now on. `starts_on` is set only where
    staff choose another date than the usual one (R1.2); None for `restricted_sections` leaves the
    surgery's own setting in force (R1.12). `read_until` is until when what came was read; None for all of it where
    older entries open further than before, and otherwise for what was read before (R1.5).
    """
    grant = AccessGrant(
        patient=patient, decision=decision, current_level=current, historical_level=historical,
        starts_on=starts_on, restricted_sections=restricted_sections, decided_by=by, decided_at=now,
        duty=Duty.DECIDE_ACCESS if by else "", reason=reason.strip(),
        reason_for_patient=reason_for_patient.strip(), practice_change_id=practice_change_id,
    )  # fmt: skip
    grant.full_clean()
    with transaction.atomic():
        latest = latest_of(patient)
        refuse_over_the_patient(grant, latest)
        grant.read_until = read_until or _reads_until(grant, latest)
        return _add(grant, "access decided")


def _reads_until(grant: AccessGrant, latest: AccessGrant | None) -> datetime:
    """Until when what came counts as read: a decision that opens no more of the history has read no more (R1.5)."""
    if latest is not None and not grant.raises_older(latest):
        return latest.reads_until
    return all_until(grant.patient, now=grant.decided_at)


def all_until(patient: Patient, *, now: datetime) -> datetime:
    """Until when everything came that is held, also where the clock of whoever loaded it goes before ours."""
    with rows_of(patient.pk):
        extracts = ImportedExtract.objects.filter(patient=patient)
        last = extracts.aggregate(
            Max("loaded_at"), Max("undone_at")
        )  # what is taken back changes rows too
    latest: datetime = max([now, *(at for at in last.values() if at)])
    return latest


def latest_of(patient: Patient) -> AccessGrant | None:
    """The decision that holds; until the transaction ends, nobody else decides about this patient."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    return AccessGrant.objects.of(patient).first()


def refuse_over_the_patient(grant: AccessGrant, latest: AccessGrant | None) -> None:
    """Only the patient declines and starts again; staff may close what is declined, not open it."""
    if grant.decision == Decision.DECLINED:
        raise ValidationError("Only the patient can decline online access")
    declined = latest is not None and latest.decision == Decision.DECLINED
    if declined and grant.decision == Decision.GRANTED:
        raise ValidationError("The patient declined online access. Only they can start it again")


def _add(grant: AccessGrant, action: str) -> AccessGrant:
    """Add a decision, the newest of all, in the transaction that holds the patient's lock."""
    grant.save(force_insert=True)
    details = {
        "current": grant.current_level, "historical": grant.historical_level, "decision": grant.decision
    }  # fmt: skip
    log.record(
        action, at=grant.decided_at, actor_id=grant.decided_by_id, patient_id=grant.patient_id,
        duty=grant.duty, about=f"grant {grant.pk}", details=details,
    )  # fmt: skip
    return grant


def start_access(patient: Patient, *, now: datetime) -> AccessGrant:
    """Set the access with which a patient begins online: the surgery's defaults, or less (R1.9, R1.11).

    Where a decision is held already it stays: the codes of R1.11 never take access away. Only what the
    patient themself declined is as it was before: who registers again wants it again.
    """
    with rows_of(patient.pk):  # the codes are rows of the record
        held = latest_of(patient)
        if held and held.decision == Decision.DECLINED:
            return _again(patient, by=None, now=now)
        return held or _begin(patient, now=now)


def _begin(patient: Patient, *, now: datetime) -> AccessGrant:
    surgery = patient.surgery
    current, historical = surgery.default_current_level, surgery.default_historical_level
    because = reason_for_less(patient, on=timezone.localdate(now))
    if because == DECLINED:
        current, historical = Level.NONE, Level.NONE
    elif because:
        current, historical = Level.SUMMARY, Level.SUMMARY
    if because:
        StaffTask.objects.create(
            patient=patient, kind=StaffTask.Kind.REVIEW_STARTING_ACCESS, opened_at=now,
            because=REASONS_FOR_LESS[because],
        )  # fmt: skip
    return decide_access(
        patient, by=None, now=now, current=Level(current), historical=Level(historical),
        reason=REASONS_FOR_LESS.get(because, "The surgery's defaults for a new online account"),
    )  # fmt: skip


REASONS_FOR_LESS = {
    DECLINED: "The record says that the patient declined online access",
    REVIEW_INDICATED: "The record says that enhanced review is needed",
    "under 16": "The patient is under 16",
}


def reason_for_less(patient: Patient, *, on: date) -> str:
    """Why a patient begins with less than the surgery's defaults; empty when nothing speaks against them."""
    codes = list(
        Entry.objects.of(patient)
        .filter(kind="access-code", withdrawn_at=None)
        .order_by("effective_on", "recorded_at")
        .values_list("details__code", flat=True)
    )
    if DECLINED in codes:
        return DECLINED
    reviews = [code for code in codes if code in {REVIEW_INDICATED, REVIEW_NOT_INDICATED}]
    if reviews and reviews[-1] == REVIEW_INDICATED:
        return REVIEW_INDICATED
    return "under 16" if patient.is_under(16, on) else ""


def decline_access(*, by: Access, now: datetime) -> AccessGrant:
    """Close a patient's record online because they themself want it closed, for everyone (R1.13).

    Raises ValidationError where the viewer is not the patient or the record is not open.
    """
    _refuse_others(by)
    grant = AccessGrant(
        patient=by.patient, decision=Decision.DECLINED, decided_by=by.viewer,
        decided_at=now, reason="The patient declined online access",
    )  # fmt: skip
    with transaction.atomic():
        if _refusal_of(latest_of(by.patient)):
            raise ValidationError("Your record is not open online, so there is nothing to stop")
        return _add(grant, "online access declined")


def resume_access(*, by: Access, now: datetime) -> AccessGrant:
    """Open a record as it was before its patient declined; raises ValidationError unless they did.

    What staff denied or paused since stays so.
    """
    _refuse_others(by)
    with transaction.atomic():
        latest = latest_of(by.patient)
        if latest is None or latest.decision != Decision.DECLINED:
            raise ValidationError(
                "You have not stopped online access, so you cannot start it again"
            )
        return _again(by.patient, by=by.viewer, now=now)


def _refuse_others(by: Access) -> None:
    if not by.is_own_record:
        raise ValidationError("Only the patient can stop and start their online access")


def not_undone(patient: Patient, *, but: UUID | None = None) -> AccessGrantQuerySet:
    """The decisions about a patient, the newest first, less those of changes that were undone; `but` of one change."""
    changes = PracticeChange.objects.exclude(undone_at=None)
    undone = (changes.exclude(pk=but) if but else changes).values("pk")
    held = AccessGrant.objects.of(patient)
    # only those of a change that was undone: a plain exclude would drop what has none
    return held.exclude(practice_change_id__isnull=False, practice_change_id__in=undone)


def _again(patient: Patient, *, by: User | None, now: datetime) -> AccessGrant:
    """Repeat the decision that held before the patient declined, but for one that was undone meanwhile."""
    grant = not_undone(patient).exclude(decision=Decision.DECLINED)[0]
    grant.pk = None
    grant.read_until = grant.reads_until  # what came since was in no review (R1.5)
    grant.decided_by, grant.decided_at, grant.duty = by, now, ""
    grant.practice_change_id = None
    grant.reason = "The patient started online access again, as it was before they declined"
    return _add(grant, "online access resumed")
