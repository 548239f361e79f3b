"""Setting for a surgery what was seen before: at once, or with a second person who agrees (R8.6, ADR 25)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit import log
from records.grants import latest_of
from records.models import AccessRequest, ChangePreview, GrantReview
from records.models.preview import OWN_FIELD
from records.practice.cohort import Member, decided_about
from records.practice.keeping import follow, keep
from records.practice.previewing import (
    Kind,
    State,
    opened_for,
    proposed_settings,
    why_not_set,
)
from records.practice.proposing import hold, note, note_agreed, note_wanted
from records.practice.two_people import opens_records, takes_two_to_set
from surgeries.changing import OVERTAKEN, ChangedMeanwhile, change_settings, seal_of
from surgeries.models import Surgery

TAKES_TWO = "This takes a second person at your surgery. Ask for one, then they agree to it"
CLOSES = "Opens nothing more to anybody"


def set_at_once(
    surgery: Surgery, new: dict[str, Any], *, seen: str, by: UUID, duty: str, now: datetime
) -> None:
    """Change some settings of a surgery; raises ValidationError where that takes a second person, too."""
    with transaction.atomic():
        if takes_two_to_set(_held(surgery), new):
            raise ValidationError(TAKES_TWO)
        change_settings(surgery, new, seen=seen, by=by, duty=duty, now=now)


def _held(surgery: Surgery) -> Surgery:
    """The surgery as it is; until the transaction ends nobody else sets anything."""
    return Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)


def ask_for_two(desk: Desk, new: dict[str, Any], *, seen: str, now: datetime) -> ChangePreview:
    """Put settings that open nothing to anybody, and so need no counting, before a second person."""
    return ChangePreview.objects.create(
        surgery=desk.surgery, kind=Kind.ACCOUNTS, proposed={"new": new, "seen": seen},
        asked_by=desk.viewer, asked_at=now, state=State.READY,
    )  # fmt: skip


def propose_setting(
    preview: ChangePreview, *, reason: str = "", with_flagged: bool = False, by: Desk, now: datetime
) -> None:
    """Set what was previewed, or ask for a second person where the surgery wants one.

    Raises ValidationError where it was not counted lately, or is set already, or somebody set it otherwise meanwhile,
    and without a reason where it opens something.
    """
    with transaction.atomic():
        held = hold(preview, by=by, now=now)
        surgery, new = _held(by.surgery), proposed_settings(held)
        two = takes_two_to_set(surgery, new)
        if not (two or opens_records(surgery, new)):
            reason = reason.strip() or CLOSES
        held.with_flagged = with_flagged
        note_wanted(held, by=by, reason=reason)
        if two:
            note("proposed", held, by=by, now=now)
        else:
            _begin(held, surgery, now=now)


def agree_to_setting(preview: ChangePreview, *, by: Desk, now: datetime) -> None:
    """Agree as the second person to a setting that somebody else wants; it is then set."""
    with transaction.atomic():
        held = hold(preview, by=by, now=now)
        note_agreed(held, by=by, now=now)
        note("agreed", held, by=by, now=now)
        _begin(held, _held(by.surgery), now=now)


def _begin(held: ChangePreview, surgery: Surgery, *, now: datetime) -> None:
    """What closes holds at once; before something opens, those are looked for to whom it must not open unread."""
    new = proposed_settings(held)
    if opens_records(surgery, new):
        if seal_of(surgery, new) != held.proposed["seen"]:
            raise ChangedMeanwhile(OVERTAKEN)
        held.state, held.done = State.SAVING, 0
        held.save(update_fields=["state", "done"])
    else:
        _set(held, now=now)
    if held.kind in OWN_FIELD:
        carry_out_setting.enqueue(str(held.pk))


def _set(held: ChangePreview, *, now: datetime) -> None:
    change_settings(
        held.surgery, proposed_settings(held), seen=held.proposed["seen"], by=held.proposed_by_id,  # type: ignore[arg-type]  # somebody wants it
        duty=Duty.MANAGE_SETTINGS, now=now,
    )  # fmt: skip
    held.state, held.used_at = State.READY, now
    held.save(update_fields=["state", "used_at"])


@task(priority=-5)
def carry_out_setting(preview_id: str) -> None:
    """Keep for some patients what they have, then set what opens for all others; begun again, it goes on where it was."""
    found = ChangePreview.objects.select_related("surgery", "asked_by", "proposed_by", "agreed_by")
    preview = found.get(pk=UUID(preview_id))
    if preview.state == State.SAVING:
        began, counted = timezone.now(), {row[0]: row[4] for row in preview.found}
        for done, member in enumerate(_members(preview), start=1):
            _keep_if_alone(preview, member, counted)
            if done % EACH == 0:
                ChangePreview.objects.filter(pk=preview.pk).update(done=done)
        _set_for_the_others(preview, counted, since=began)
    follow(preview, now=timezone.now())


EACH = 25
"""After so many patients it is written down how far it is."""


def _members(preview: ChangePreview) -> Iterator[Member]:
    """Those for whom the setting holds."""
    for member in decided_about(preview.surgery, on=timezone.localdate()):
        if not why_not_set(member.grant, preview.kind):
            yield member


def _keep_if_alone(preview: ChangePreview, member: Member, counted: dict[str, str]) -> None:
    now = timezone.now()
    with transaction.atomic():
        latest = latest_of(member.patient)
        if latest is None or why_not_set(latest, preview.kind):
            return
        member = Member(member.patient, latest)
        if why := _why_kept(preview, member, counted, on=timezone.localdate(now)):
            keep(member, preview, why=why, now=now)


def _why_kept(preview: ChangePreview, member: Member, counted: dict[str, str], *, on: date) -> str:
    """Why the setting opens nothing to a patient: what opens to the others is what was counted, and nothing else."""
    people = [one for one in (preview.asked_by, preview.proposed_by, preview.agreed_by) if one]
    opened = opened_for(preview, member, people, on=on)
    if isinstance(opened, str):
        return opened
    if not opened.entries:
        return ""
    seal = counted.get(str(member.patient.pk))
    if seal != opened.seal:
        return "changed" if seal else "not counted"
    return "flagged" if opened.flagged and not preview.with_flagged else ""


def _set_for_the_others(
    preview: ChangePreview, counted: dict[str, str], *, since: datetime
) -> None:
    """Set it, as long as nobody set it otherwise meanwhile: else it counts as failed, and what was kept ends again."""
    now = timezone.now()
    held = ChangePreview.objects.select_for_update(of=("self",)).select_related(
        "surgery", "proposed_by"
    )
    try:
        with transaction.atomic():
            found = held.filter(pk=preview.pk, state=State.SAVING).first()
            if found is None:  # another worker did it
                return
            for member in _asked_since(preview, since):
                _keep_if_alone(preview, member, counted)
            _set(found, now=now)
    except ValidationError:
        ChangePreview.objects.filter(pk=preview.pk).update(state=State.FAILED)
        log.record(
            "setting not saved", at=now, actor_id=preview.proposed_by_id,
            about=f"preview {preview.pk}",
        )  # fmt: skip


def _asked_since(preview: ChangePreview, since: datetime) -> list[Member]:
    """Those about whom somebody began to decide alone after they were looked at here."""
    asked = AccessRequest.objects.filter(state_at__gte=since)
    reviewed = GrantReview.objects.filter(opened_at__gte=since)
    late = {*asked.values_list("patient_id", flat=True), *reviewed.values_list("patient_id", flat=True)}  # fmt: skip
    return [member for member in _members(preview) if late and member.patient.pk in late]
