"""Counting what a change would newly open before anybody makes it (R8.6)."""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from copy import copy
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import User
from accounts.staff import Desk
from audit import log
from audit.row_security import rows_of
from records.grants import reason_for_less
from records.models import AccessGrant, ChangePreview, Decision
from records.models.grant import EVERYTHING
from records.models.preview import OWN_FIELD
from records.practice.cohort import Cohort, Member, decided_about, members_of, why_alone
from records.practice.counting import (
    NewlyOpen,
    newly_open,
    with_grant,
    with_settings,
)
from surgeries.models import Surgery

logger = logging.getLogger(__name__)
Kind, State = ChangePreview.Kind, ChangePreview.State
EACH = 25
"""After so many patients it is written down how far the counting is."""


def ask_preview(desk: Desk, kind: str, proposed: dict[str, Any], *, now: datetime) -> ChangePreview:
    """Have it counted what a change would open."""
    with transaction.atomic():
        preview = ChangePreview.objects.create(
            surgery=desk.surgery, kind=kind, proposed=proposed, asked_by=desk.viewer, asked_at=now
        )
        log.record(
            "change previewed", at=now, actor_id=desk.viewer.pk, duty=" ".join(sorted(desk.duties)),
            about=f"preview {preview.pk}", details={"kind": kind, "surgery": desk.surgery.ods_code},
        )  # fmt: skip
        count.enqueue(str(preview.pk))
    return preview


@task(priority=-10)
def count(preview_id: str) -> None:
    """Count for each patient of the change what it would newly open; whatever goes wrong, it counts as failed."""
    preview = ChangePreview.objects.select_related("surgery", "asked_by").get(pk=UUID(preview_id))
    try:
        _count(preview, on=timezone.localdate())
    except Exception as error:
        # never its words: they may be those of a record
        logger.error("preview %s could not be counted: %s", preview.pk, type(error).__name__)
        ChangePreview.objects.filter(pk=preview.pk).update(state=State.FAILED)


def _count(preview: ChangePreview, *, on: date) -> None:
    members, left_out = _members(preview, on)
    _note(preview, total=len(members))
    found = []
    for number, member in enumerate(members, start=1):
        opened = opened_for(preview, member, [preview.asked_by], on=on)
        if isinstance(opened, str):
            left_out[opened] += 1
        else:
            found.append([str(member.patient.pk), member.grant.pk, *opened])
        if number % EACH == 0:
            _note(preview, done=number)
    _note(preview, done=len(members), found=found, left_out=dict(left_out), state=State.READY)


def _note(preview: ChangePreview, **values: Any) -> None:
    ChangePreview.objects.filter(pk=preview.pk).update(**values)


def _members(preview: ChangePreview, on: date) -> tuple[list[Member], Counter[str]]:
    """Whom a change is for; a setting of the surgery holds for those about whom nothing else is decided."""
    if preview.kind == Kind.LEVELS:
        return members_of(preview.surgery, Cohort(**preview.proposed), on=on)
    members, left_out = [], Counter[str]()
    for member in decided_about(preview.surgery, on=on):
        if why := why_not_set(member.grant, preview.kind):
            left_out[why] += 1
        else:
            members.append(member)
    return members, left_out


def why_not_set(grant: AccessGrant, kind: str) -> str:
    """Why a setting does not hold for a patient (R1.2, R1.12); "" where it does."""
    if grant.decision != Decision.GRANTED:
        return str(grant.decision)
    return "" if getattr(grant, OWN_FIELD[kind]) is None else "own setting"


def opened_for(
    preview: ChangePreview, member: Member, people: Collection[User], *, on: date
) -> NewlyOpen | str:
    """What a change newly opens of one record, or why it leaves the patient as they are.

    `people` are all who take part. To whom a setting would open something, though they have to be decided about alone,
    it opens nothing (ADR 25).
    """
    is_levels = preview.kind == Kind.LEVELS
    with rows_of(member.patient.pk):
        if is_levels and (why := _why_left(preview, member, people)):
            return why
        opened = newly_open(member, CHANGED[preview.kind](preview, member), by=preview.asked_by)
        if opened.entries and not is_levels and (why := why_kept(member, people, on=on)):
            return why
        return opened


def _why_left(preview: ChangePreview, member: Member, people: Collection[User]) -> str:
    opens = Cohort(**preview.proposed).raises(member.grant)
    less = reason_for_less(member.patient, on=date.max)
    return REASONS[less] if less else why_alone(member.patient, by=people, opens=opens)


def why_kept(member: Member, people: Collection[User], *, on: date) -> str:
    """Why nothing opens to a patient but by a decision about them alone; inside the patient's rows."""
    less = reason_for_less(member.patient, on=on)
    return REASONS.get(less, less) or why_alone(member.patient, by=people, opens=True)


REASONS = {
    "1290331000000103": "declined in the record",
    "1364731000000104": "enhanced review",
}


def with_levels_of(preview: ChangePreview, member: Member) -> Member:
    """The patient with the levels that a change gives them; date and sections stay theirs."""
    cohort = Cohort(**preview.proposed)
    grant: AccessGrant = copy(member.grant)
    grant.current_level, grant.historical_level = cohort.current, cohort.historical
    if grant.raises_older(member.grant):  # the decision will count all that came as read (R1.5)
        grant.read_until = EVERYTHING
    return with_grant(member, grant)


def with_settings_of(preview: ChangePreview, member: Member) -> Member:
    """The patient, were the surgery's setting the proposed one."""
    surgery: Surgery = copy(preview.surgery)
    for field, value in proposed_settings(preview).items():
        setattr(surgery, field, value)
    return with_settings(member, surgery)


def proposed_settings(preview: ChangePreview) -> dict[str, Any]:
    """The setting that a preview is about, by field, with its new value."""
    new = dict(preview.proposed["new"])
    if new.get("go_live_on"):
        new["go_live_on"] = date.fromisoformat(new["go_live_on"])
    return new


CHANGED: dict[str, Callable[[ChangePreview, Member], Member]] = {
    Kind.LEVELS: with_levels_of,
    Kind.GO_LIVE: with_settings_of,
    Kind.SECTIONS: with_settings_of,
}


def totals_of(preview: ChangePreview, *, with_flagged: bool = True) -> dict[str, int]:
    """How many patients a change is for, how many would newly see something, how many entries,
    how many flagged; and what it would close."""
    rows = [row for row in preview.found if with_flagged or not row[3]]
    return {
        "patients": len(rows),
        "see_more": sum(1 for row in rows if row[2]),
        "entries": sum(row[2] for row in rows),
        "with_flagged": sum(1 for row in rows if row[3]),
        "flagged": sum(row[3] for row in rows),
        "see_less": sum(1 for row in rows if row[5]),
        "closed": sum(row[5] for row in rows),
    }
