"""What comes later to a visit that the patient hides is hidden with it (R2.3, R2.4)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from audit import log
from records.importing.new_row import NewRow
from records.models import Entry, Redaction
from records.showing import linked_entries
from surgeries.models import Patient


def hide_with_visits(
    patient: Patient, rows: list[NewRow], held: Mapping[UUID, Entry], *, now: datetime
) -> None:
    """Hide what a visit names and nobody held before from whom the patient hides that visit, as a part of that act.

    What was held before they chose about themself. What the surgery hides is not followed: staff decide about each, and
    a result must not be kept from its patient by nobody's decision.
    """
    whole = {row.id: row.root_id or row.id for row in rows}
    new = {row_id: root_id for row_id, root_id in whole.items() if root_id not in held}
    visits = {row.id: row for row in rows if row.kind == "consultation" and row.id in held}
    made = _copies(patient, visits, new, now) if new and visits else []
    Redaction.objects.bulk_create(made, ignore_conflicts=True)
    for copy in made:
        log.record(
            "entry hidden by patient", at=now, actor_id=copy.hidden_by_id, patient_id=patient.pk,
            about=f"entry {copy.entry_id}",
            details={"redaction": str(copy.id), "audience": copy.audience, "with": str(copy.together_id)},
        )  # fmt: skip


def _copies(
    patient: Patient, visits: Mapping[UUID, NewRow], new: Mapping[UUID, UUID], now: datetime
) -> list[Redaction]:
    """What hides the new entries of hidden visits, each once from the same people."""
    hidings = Redaction.objects.filter(
        patient=patient, by_patient=True, undone_at=None, entry_id__in=list(visits)
    )
    made: dict[tuple[UUID, str, UUID | None], Redaction] = {}
    for hiding in hidings.order_by("hidden_at", "id"):
        for named in _made_by(visits[hiding.entry_id]) & new.keys():
            copy = _with(hiding, new[named], now)
            made.setdefault((copy.entry_id, copy.audience, copy.proxy_id), copy)
    return list(made.values())


def _made_by(visit: NewRow) -> set[UUID]:
    """What stands in a visit as an entry of its own, without the problem that it was about."""
    topics = visit.details.get("topics", [])
    return set(linked_entries([topic.get("headings", []) for topic in topics])) - {visit.id}


def _with(hiding: Redaction, entry_id: UUID, now: datetime) -> Redaction:
    return Redaction(
        patient_id=hiding.patient_id, entry_id=entry_id, audience=hiding.audience,
        proxy_id=hiding.proxy_id, by_patient=True, reason=hiding.reason,
        hidden_by_id=hiding.hidden_by_id, hidden_at=now, together_id=hiding.act_id,
    )  # fmt: skip
