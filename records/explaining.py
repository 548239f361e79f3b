"""What a viewer would see on a day, and why: for operators and staff, from the same conditions as the pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Q, When

from accounts.models import OnlineRegistration, User
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, pause_of
from records.grants import record_of, with_levels
from records.models import Entry, Redaction
from records.models.entry import EntryQuerySet
from records.rules_in_words import RULES_THAT_HIDE
from records.sealing import can_have_text, has_open_text, is_sealed
from records.visibility import RecordAccess, hiding_rule
from surgeries.models import Patient
from surgeries.terms import Section

RULE_OF_REFUSAL = {
    Refusal.SIGNED_OUT: "R3.9",
    Refusal.IDENTITY: "R3.1",
    Refusal.UNKNOWN: "R4.1",
    Refusal.ENDED: "R4.9",
    Refusal.REGISTRATION_OVER: "R1.5",
    Refusal.PAUSED: "R5.2",
    Refusal.PAUSED_BY_PATIENT: "R5.2",
    Refusal.DENIED: "R1.13",
    Refusal.DECLINED: "R1.13",
    Refusal.NO_ACCESS: "R1.6",
}


def access_of_patient(
    patient: Patient, *, on: date, at: datetime | None = None, decided_by: date | None = None
) -> RecordAccess | Refusal:
    """What the patient themself may read on a day; one without an account is taken as if they had one.

    By the decision that holds now, or by the one that held when the day `decided_by` ended.
    """
    if not patient.is_registered(on):
        return Refusal.REGISTRATION_OVER
    if paused := pause_of(patient.pk, on=on, at=at):
        return paused
    registration = (
        OnlineRegistration.objects.live(on).filter(patient=patient).select_related("user").first()
    )
    viewer = registration.user if registration else User()
    access = Access(patient=patient, viewer=viewer, scopes=frozenset(Section))
    return with_levels(access, decided_by=decided_by)


def access_of_proxy(
    patient: Patient, email: str, *, on: date, at: datetime | None = None
) -> RecordAccess | Refusal:
    """What a proxy may read on a day; raises User.DoesNotExist where nobody has this address."""
    return record_of(User.objects.get(email=email.lower()), patient.pk, on=on, at=at)


def explain(
    patient: Patient, access: RecordAccess | Refusal | None, *, hidden: bool
) -> list[dict[str, Any]]:
    """Each entry that the viewer sees, with the rule; with `hidden`, also each that they do not.

    None for `access` stands for the staff of the surgery, who see everything, marked.
    """
    with rows_of(patient.pk):
        rows = list(_rows(patient, access))
        redacted = set(
            Redaction.objects.filter(patient=patient, undone_at=None).values_list(
                "entry_id", flat=True
            )
        )
    told = [_told(row, access, redacted) for row in rows]
    parts: dict[Any, list[dict[str, Any]]] = {}
    for row, one in zip(rows, told, strict=True):
        if row.root_id and (one["shown"] or hidden):
            parts.setdefault(row.root_id, []).append(one)
    entries = [(row, one) for row, one in zip(rows, told, strict=True) if row.root_id is None]
    return [
        one | {"parts": parts.get(row.id, [])} for row, one in entries if one["shown"] or hidden
    ]


def explained(access: RecordAccess, ids: Iterable[UUID]) -> list[Any]:
    """Some rows in the order given, each with its rule, and what of it stays closed though the row is shown."""
    has_text = Q(free_text__isnull=False)
    is_open = has_open_text(access) if can_have_text(access) else Q(pk__in=[])
    rows = Entry.objects.explained_to(access).defer("free_text", "details")
    wanted = list(dict.fromkeys(ids))
    found = rows.filter(id__in=wanted).annotate(
        stands_sealed=is_sealed(access),
        keeps_text=Case(
            When(~has_text, then=False), When(is_open, then=False), default=True,
            output_field=BooleanField(),
        ),
    )  # fmt: skip
    by_id = {row.id: row for row in found}
    return [by_id[each] for each in wanted if each in by_id]


def kept_from(access: RecordAccess, *, rule: str = "") -> EntryQuerySet:
    """What a viewer does not see: whole entries, and parts of entries that they do see; all, or by one rule."""
    told = Entry.objects.explained_to(access).defer("free_text", "details")
    rows = told.filter(is_shown=False)  # type: ignore[misc]  # explained_to annotates it
    whole = list(rows.filter(root_id=None).values_list("id", flat=True))
    found = rows.filter(Q(root_id=None) | ~Q(root_id__in=whole))
    return found.alias(by=hiding_rule(access)).filter(by=rule) if rule else found


def rules_that_keep(access: RecordAccess) -> dict[str, int]:
    """How much each rule keeps from a viewer, in the order of telling."""
    rows = kept_from(access).annotate(by=hiding_rule(access)).order_by()
    counted = dict(rows.values_list("by").annotate(Count("id")))
    return {rule: counted[rule] for rule in RULES_THAT_HIDE if rule in counted}


def _rows(patient: Patient, access: RecordAccess | Refusal | None) -> Iterable[Entry]:
    rows = Entry.objects.of(patient).defer("free_text", "details")
    if isinstance(access, RecordAccess):
        rows = Entry.objects.explained_to(access).defer("free_text", "details")
    order = {section: number for number, section in enumerate(Section)}
    return sorted(
        rows, key=lambda row: (order[Section(row.section)], -_day(row), row.position, str(row.id))
    )


def _day(row: Entry) -> int:
    return row.effective_on.toordinal() if row.effective_on else 0


def _told(row: Entry, access: RecordAccess | Refusal | None, redacted: set[Any]) -> dict[str, Any]:
    shown, rule = _rule(row, access)
    told: dict[str, Any] = {
        "id": str(row.id), "source_id": row.source_id, "resource": row.source_type,
        "section": row.section, "kind": row.kind, "title": row.title,
        "effective": row.effective_on and row.effective_on.isoformat(),
        "effective_precision": row.effective_precision,
        "recorded_at": row.recorded_at and row.recorded_at.isoformat(),
        "recorded_from": row.recorded_from, "origin": row.origin,
        "level_needed": row.level_needed, "shown": shown, "rule": rule,
    }  # fmt: skip
    if access is None:
        told["marks"] = _marks(row, redacted)
    return told


def _rule(row: Any, access: RecordAccess | Refusal | None) -> tuple[bool, str]:
    if access is None:
        return True, "R2.2"
    if isinstance(access, Refusal):
        return False, RULE_OF_REFUSAL[access]
    return row.is_shown, row.shown_rule or row.hiding_rule


def _marks(row: Entry, redacted: set[Any]) -> list[str]:
    marks = ["withdrawn"] if row.withdrawn_at else []
    marks += [row.unreleased_because] if row.unreleased_because else []
    hidden = redacted & {row.id, row.root_id, row.repeats_id}
    return [*marks, "hidden"] if hidden else marks
