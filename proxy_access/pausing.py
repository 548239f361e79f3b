"""Closing a record for a time: to everyone, to all who act for the patient or to one of them; and coming back (R5.2, R4.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Duty, Kind
from accounts.signing_in import Confirmed
from accounts.staff import StaffAccess
from audit import log
from proxy_access.access import Access
from proxy_access.models import Pause, PauseEnd, ProxyGrant, Whom
from proxy_access.notices import tell_patient
from surgeries.models import Patient

LONGEST = timedelta(days=366)
SAME = timedelta(minutes=1)
"""Two that end within a minute of each other are one that was sent twice."""
FACTOR_HOLDS = timedelta(minutes=15)
"""How long a second factor counts for coming back."""
NOT_YOURS = "Only the patient can do this"
TOO_LONG = "Choose a day within a year. For longer, choose “Until I come back”"
NOT_PAUSED = "This is not paused now. Nothing is left to do"
ONLY_SURGERY = "Only your surgery can open this again"
FACTOR_FIRST = "First show that it is you, with an app, passkey or recovery code that you had before you paused"
WHY = "Enter the reason, for colleagues"
ALONE_FIRST = "The patient wants to be spoken to alone before this opens. Speak to them first, then say so here"


@dataclass(frozen=True)
class Wanted:
    """What a patient wants paused: to whom, until when (None: until they return), and who ends it before then."""

    whom: Whom = Whom.EVERYONE
    until: datetime | None = None
    through_surgery: bool = False
    grant: ProxyGrant | None = None


def pause(wanted: Wanted, *, by: Access, now: datetime) -> Pause:
    """Close the record at once as the patient wants it; asked for twice, it is paused once.

    A pause never makes another one shorter or easier to end: each holds for as long as it says (ADR 38). Raises
    ValidationError for whoever is not the patient, and for an end that is past or more than a year away.
    """
    is_others = wanted.grant is not None and wanted.grant.patient_id != by.patient.pk
    if not by.is_own_record or is_others:
        raise ValidationError(NOT_YOURS)
    if wanted.until and wanted.until > now + LONGEST:
        raise ValidationError({"until": TOO_LONG})
    made = Pause(
        patient=by.patient, whom=wanted.whom, grant=wanted.grant, made_by=by.viewer, made_at=now,
        until=wanted.until, through_surgery=wanted.through_surgery,
    )  # fmt: skip
    with transaction.atomic():
        _wait_for_proxies(made)
        hold_pauses(by.patient)
        for held in Pause.objects.in_force(now).of(by.patient, wanted.whom, wanted.grant):
            if _covers(held, made):
                return held
        made.full_clean()
        made.save(force_insert=True)
        _log("paused", made, by=by, now=now)
    return made


def _wait_for_proxies(made: Pause) -> None:
    """Let whoever acts for the patient finish the page that they read (R4.8).

    A pause for everyone waits for nobody: what is read meanwhile is thrown away (`records/holding.py`).
    """
    if made.whom != Whom.EVERYONE:
        rows = ProxyGrant.objects.filter(patient=made.patient).order_by("pk")
        list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def hold_pauses(patient: Patient) -> None:
    """Let nobody else pause or come back until the transaction ends."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _covers(held: Pause, made: Pause) -> bool:
    """Whether what is paused already lasts as long and is as hard to end."""
    if made.through_surgery and not held.through_surgery:
        return False
    return held.until is None or (made.until is not None and made.until <= held.until + SAME)


def pauses_of(patient: Patient, *, at: datetime) -> QuerySet[Pause]:
    """What a patient has paused at a moment, the newest first."""
    found = Pause.objects.in_force(at).filter(patient=patient)
    return found.select_related("made_by", "grant__proxy").order_by("-made_at", "-id")


def come_back(
    whom: Whom,
    *,
    by: Access,
    now: datetime,
    confirmed: Confirmed | None,
    grant: ProxyGrant | None = None,
) -> int:
    """End the patient's own pauses of a kind before their time; say how many there were.

    `confirmed` is when this session last used a second factor: it has to be after the pause, so that nobody opens again
    with a session that was open when it was made, and with one that the patient had before it, so that nobody adds one
    of their own from that session (R3.9). What stops one person alone, as the patient may at any time, needs
    none (R4.8). Raises ValidationError where it is not paused, where the factor is missing, and where only the surgery ends it.
    """
    if not by.is_own_record:
        raise ValidationError(NOT_YOURS)
    with transaction.atomic():
        hold_pauses(by.patient)
        held = list(Pause.objects.in_force(now).of(by.patient, whom, grant))
        if not held:
            raise ValidationError(NOT_PAUSED, "not-paused")
        if any(each.through_surgery for each in held):
            raise ValidationError(ONLY_SURGERY, "surgery")
        if whom != Whom.ONE and needs_factor(held, confirmed, now=now):
            raise ValidationError(FACTOR_FIRST, "factor")
        for each in held:
            PauseEnd.objects.create(pause=each, at=now, by=by.viewer)
            _log("pause ended", each, by=by, now=now)
        _tell_opened(by.patient, whom, now=now)
    return len(held)


def _tell_opened(patient: Patient, whom: str, *, now: datetime) -> None:
    """What gives access is told whoever did it, also in the patient's name; that it was paused is not (R4.8, R5.2)."""
    tell_patient(patient.pk, Kind.ACCESS if whom == Whom.EVERYONE else Kind.PEOPLE, now=now)


def needs_factor(held: Iterable[Pause], confirmed: Confirmed | None, *, now: datetime) -> bool:
    """Whether a second factor has to be used again before these can be ended."""
    if confirmed is None or not timedelta(0) <= now - confirmed.at <= FACTOR_HOLDS:
        return True
    return any(not confirmed.held_since <= each.made_at < confirmed.at for each in held)


def end_as_staff(
    pause: Pause, *, by: StaffAccess, now: datetime, text: str, spoke_alone: bool
) -> PauseEnd:
    """End a patient's pause on a reason that is kept, by somebody who decides access.

    Raises ValidationError without the duty or the reason, where the patient wants to be spoken to alone first and nobody
    says that they did, and where it is over already.
    """
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError("To change this you need the duty “Decide access”")
    if not text.strip():
        raise ValidationError({"text": WHY})
    if pause.through_surgery and not spoke_alone:
        raise ValidationError({"spoke_alone": ALONE_FIRST})
    with transaction.atomic():
        hold_pauses(by.patient)
        held = Pause.objects.in_force(now).filter(pk=pause.pk, patient=by.patient).first()
        if held is None:
            raise ValidationError(NOT_PAUSED, "not-paused")
        made = PauseEnd(
            pause=held, at=now, by=by.viewer, duty=Duty.DECIDE_ACCESS, text=text.strip(),
            spoke_alone=spoke_alone,
        )  # fmt: skip
        made.full_clean()
        made.save(force_insert=True)
        _log("pause ended", held, by=by, now=now)
        _tell_opened(by.patient, held.whom, now=now)
    return made


def carry_pauses(patient: Patient, *, now: datetime) -> int:
    """Let what a person paused at the surgery that they left hold on at the next (R1.5); say how much that was.

    Called where they register there, in its transaction: to move is not to come back. Somebody of the same NHS number and date of
    birth is the same person (R3.7).
    """
    earlier = Patient.objects.filter(
        nhs_number=patient.nhs_number, date_of_birth=patient.date_of_birth
    ).exclude(pk=patient.pk)
    found = Pause.objects.in_force(now).filter(patient__in=earlier).exclude(whom=Whom.ONE)
    known = Pause.objects.exclude(carried_from=None).values("carried_from")
    carried = [
        Pause(
            patient=patient, whom=each.whom, made_by_id=each.made_by_id, made_at=each.made_at,
            until=each.until, through_surgery=each.through_surgery, carried_from=each,
        )
        for each in found.exclude(pk__in=known)
    ]  # fmt: skip
    Pause.objects.bulk_create(carried)
    for each in carried:
        log.record(
            "pause carried on", at=now, actor_id=None, patient_id=patient.pk,
            about=f"pause {each.pk}", details=_details(each),
        )  # fmt: skip
    return len(carried)


def _log(action: str, pause: Pause, *, by: Access | StaffAccess, now: datetime) -> None:
    """Write it down; of one that only the surgery ends, who made it is in its row and not in what the patient reads."""
    duty = Duty.DECIDE_ACCESS if isinstance(by, StaffAccess) else ""
    is_unsaid = pause.through_surgery and not duty
    log.record(
        action, at=now, actor_id=None if is_unsaid else by.viewer.pk, patient_id=pause.patient_id,
        duty=duty, about=f"pause {pause.pk}", details=_details(pause),
    )  # fmt: skip


def _details(pause: Pause) -> dict[str, object]:
    return {
        "whom": pause.whom, "until": pause.until, "through surgery": pause.through_surgery,
        "grant": pause.grant_id,
    }  # fmt: skip
