"""Results that stand behind a page of their own: opening them, and what a patient wants to be warned of (R5.5)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from audit.kept import Kept, named
from records.content import PartialDate
from records.models import (
    Entry,
    OpenedResult,
    Redaction,
    ResultWish,
    SpokenAbout,
    StaffTask,
    Wish,
)
from records.models.entry import EntryQuerySet
from records.result_categories import ABNORMAL, CATEGORIES
from records.review import hidden_entries
from records.sealing import is_alerting, is_held, is_held_of
from records.statements import Statement
from records.visibility import RecordAccess
from surgeries.terms import Section

MOST_COUNTED, ROWS_LOOKED_AT = 50, 100
HELD = "This result opens when your surgery has spoken to you"


class Closed(NamedTuple):
    """A sealed result, with what its page may say of it: never a value, nor how many are marked."""

    id: UUID
    title: str
    when: PartialDate
    section: Section
    is_marked: bool
    is_held: bool


def closed_result(access: RecordAccess, entry_id: UUID) -> Closed | None:
    """What stands behind the page of an entry; None where it is open, is no result, or may not be seen."""
    found = Entry.objects.visible_to(access).filter(id=entry_id).first()
    if found is None or not found.is_sealed:
        return None
    whole = found
    if found.root_id and found.section == Section.TEST_RESULTS:
        whole = Entry.objects.visible_to(access).get(id=found.root_id)
    near = _rows_of(access, whole)
    when = PartialDate(whole.effective_on, whole.effective_time, whole.effective_precision)
    return Closed(
        whole.id, whole.title, when, Section(whole.section),
        is_marked=near.filter(is_alerting(access), flagged=True).exists(),
        is_held=near.filter(is_held(access)).exists(),
    )  # fmt: skip


def _rows_of(access: RecordAccess, whole: Entry) -> EntryQuerySet:
    """What opens together: a report with its parts, else the row alone."""
    visible = Entry.objects.visible_to(access)
    if whole.section == Section.TEST_RESULTS:
        return visible.filter(Q(id=whole.id) | Q(root_id=whole.id))
    return visible.filter(id=whole.id)


def open_result(closed: Closed, *, by: RecordAccess, now: datetime) -> None:
    """Let one reader see one result from now on; raises ValidationError where the patient wants a word first."""
    if closed.is_held:
        raise ValidationError(HELD)
    with transaction.atomic():
        _note_opened([closed.id], by=by, now=now)
        _log("result opened", by, now, about=f"entry {closed.id}")


def open_older(*, before: date | None, by: RecordAccess, now: datetime) -> int:
    """Let a reader see every result from before a day, all of them for None, but what is held; how many."""
    visible = Entry.objects.visible_to(by)
    alerting = _alerting(by, _warns_by_name(by))
    held = _whole_ids(visible.filter(is_held(by)))
    if before:
        roots = Entry.objects.visible_to(by).filter(effective_on__lt=before).values("id")
        alerting = alerting.filter(Q(root_id=None, effective_on__lt=before) | Q(root_id__in=roots))
    ids = _whole_ids(alerting) - held
    with transaction.atomic():
        _note_opened(ids, by=by, now=now)
        _log("older results opened", by, now, opened=len(ids))
    return len(ids)


class Count(NamedTuple):
    """How many there are; `is_more` where there are more, and counting ended there."""

    number: int
    is_more: bool = False


def count_closed(access: RecordAccess) -> Count:
    """How many results this reader has not opened yet, up to 50: a report counts once (R5.5)."""
    by_name = _warns_by_name(access)
    [(rows, found)] = ALERTING_COUNT.ask(access, by_name, ROWS_LOOKED_AT)
    if found <= MOST_COUNTED and rows == ROWS_LOOKED_AT:  # few reports with many rows
        [(_, found)] = ALERTING_COUNT.ask(access, by_name, None)
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)


def _warns_by_name(access: RecordAccess) -> bool:
    """Whether the patient asked to be warned of results by their name."""
    return access.asks_wishes and bool(WARNED_BY_NAME.ask(patient=access.patient.pk))


WARNED_BY_NAME = Kept(
    lambda: (
        ResultWish.objects.filter(patient=named("patient"))
        .exclude(wish=Wish.SHOW)
        .exclude(category=ABNORMAL)
        .values("category")[:1]
    )
)


def _alerting(access: RecordAccess, by_name: bool) -> EntryQuerySet:
    """The rows for which something is sealed; by the index of what is marked, where no name was wished for."""
    rows = Entry.objects.visible_to(access).filter(is_alerting(access))
    return rows if by_name else rows.filter(flagged=True)


def _alerting_rows(access: RecordAccess, by_name: bool, most: int | None) -> Any:
    return _alerting(access, by_name).values_list("id", "root_id", "section")[:most]


ALERTING_COUNT = Statement(
    _alerting_rows,
    around="""
    select count(*), count(distinct case when section = 'test-results' then coalesce(root_id, id) else id end)
    from ({rows}) alerting
    """,
)
"""How many rows these are, and how many results: as `_whole_ids` has them."""


def _whole_ids(rows: EntryQuerySet) -> set[UUID]:
    """What is opened for these rows: the report in which each stands, else the row itself."""
    return {
        root_id if root_id and section == Section.TEST_RESULTS else id_
        for id_, root_id, section in rows.values_list("id", "root_id", "section")
    }


def _note_opened(ids: Iterable[UUID], *, by: RecordAccess, now: datetime) -> None:
    OpenedResult.objects.bulk_create(
        [
            OpenedResult(patient=by.patient, viewer_id=by.viewer.pk, entry_id=id_, opened_at=now)
            for id_ in ids
        ],
        batch_size=2000,
    )


def ask_to_be_told(closed: Closed, *, by: RecordAccess, now: datetime) -> None:
    """Tell the surgery that the patient waits for a word about a result; asked twice, it is one task."""
    if not by.is_own_record or not closed.is_held:
        raise ValidationError("This result does not wait for your surgery")
    task = {"patient": by.patient, "kind": StaffTask.Kind.SPEAK_FIRST, "about_id": closed.id}
    with transaction.atomic():
        if StaffTask.objects.filter(closed_at=None, **task).exists():
            return
        StaffTask.objects.create(
            opened_at=now, because="The patient wants to hear about a result before they read it", **task
        )  # fmt: skip
        _log("asked to be told", by, now, about=f"entry {closed.id}")


def has_asked(closed: Closed, access: RecordAccess) -> bool:
    """Whether the surgery was asked to speak to the patient about a result, and has not yet."""
    asked = StaffTask.objects.filter(patient=access.patient, kind=StaffTask.Kind.SPEAK_FIRST)
    return access.is_own_record and asked.filter(about_id=closed.id, closed_at=None).exists()


def asked_about(access: StaffAccess) -> dict[UUID, datetime]:
    """Since when the patient waits to be spoken to, by the result about which they asked."""
    asked = StaffTask.objects.filter(
        patient=access.patient, kind=StaffTask.Kind.SPEAK_FIRST, closed_at=None
    )
    return {about: at for about, at in asked.values_list("about_id", "opened_at") if about}


def wishes_of(access: RecordAccess) -> dict[str, str]:
    """What a patient chose for each category, or what holds where they chose nothing."""
    chosen = dict(ResultWish.objects.filter(patient=access.patient).values_list("category", "wish"))
    usual = {ABNORMAL: Wish.ASK.value} | dict.fromkeys(CATEGORIES, Wish.SHOW.value)
    return usual | chosen


def choose_wishes(wishes: Mapping[str, str], *, by: RecordAccess, now: datetime) -> None:
    """Keep what a patient wants to be warned of; it is theirs to choose and to change at any time.

    Raises ValidationError for a category that is none, and where what the laboratory marked would be shown
    at once (R5.5).
    """
    if not by.is_own_record or set(wishes) - {ABNORMAL, *CATEGORIES}:
        raise ValidationError("Choose from the list")
    if wishes.get(ABNORMAL) == Wish.SHOW:
        raise ValidationError("Results that a laboratory marked always open behind a page")
    held = wishes_of(by)
    with transaction.atomic():
        for category, wish in wishes.items():
            if held[category] != wish:
                ResultWish.objects.update_or_create(
                    patient=by.patient, category=category,
                    defaults={"wish": wish, "chosen_by_id": by.viewer.pk, "chosen_at": now},
                )  # fmt: skip
                _log("wish about results", by, now, about=category, wish=wish)


def results_held(access: StaffAccess) -> list[Entry]:
    """The results that wait until somebody has spoken to the patient, for staff, newest first.

    One that is hidden from everyone is left out: the patient does not know of it, and no word opens it (R2.3).
    """
    seen = Entry.objects.seen_by_staff(access).filter(withdrawn_at=None, released=True)
    return list(seen.filter(id__in=_held_ids(access, seen)).newest_first())


def waits_for_word(entry: Entry, access: StaffAccess) -> bool:
    """Whether an entry, or something in it, waits until somebody has spoken to the patient."""
    seen = Entry.objects.seen_by_staff(access).filter(withdrawn_at=None, released=True)
    return bool(_held_ids(access, seen.filter(Q(id=entry.id) | Q(root_id=entry.id))))


def last_spoken(entry: Entry, access: StaffAccess) -> SpokenAbout | None:
    """When the surgery last spoke to the patient about an entry, if it did."""
    spoken = SpokenAbout.objects.filter(patient=access.patient, entry_id=entry.id)
    return spoken.order_by("-spoken_at").first()


def _held_ids(access: StaffAccess, seen: EntryQuerySet) -> set[UUID]:
    return _whole_ids(seen.filter(is_held_of(access.patient))) - {
        entry_id
        for entry_id, hidings in hidden_entries(access).items()
        if any(each.audience == Redaction.Audience.EVERYONE for each in hidings)
    }


def note_spoken(entry: Entry, *, by: StaffAccess, now: datetime) -> None:
    """Write down that the surgery spoke to the patient about a result, which can then be opened by them."""
    with transaction.atomic():
        SpokenAbout.objects.create(
            patient=by.patient, entry_id=entry.id, spoken_by_id=by.viewer.pk, spoken_at=now
        )
        StaffTask.objects.filter(
            patient=by.patient, kind=StaffTask.Kind.SPEAK_FIRST, about_id=entry.id, closed_at=None
        ).update(closed_at=now, closed_by=by.viewer)
        log.record(
            "spoken about result", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
            duty=Duty.REVIEW_ENTRIES, about=f"entry {entry.id}",
        )  # fmt: skip


def _log(action: str, by: RecordAccess, now: datetime, about: str = "", **details: object) -> None:
    log.record(
        action, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk, about=about, details=details
    )  # fmt: skip
