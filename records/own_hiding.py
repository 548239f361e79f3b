"""What a patient hides from those who act for them, and shows them again (R2.2, R2.3).

It stands beside what the surgery hides. A patient neither learns of that nor undoes it, and what they hide themself
stays hidden when the surgery shows its own again. The one filter asks for both alike.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import User
from audit import log
from audit.row_security import rows_of
from proxy_access.models import Nomination, ProxyGrant
from proxy_access.statuses import ProxyStatus
from records.models import Entry, Redaction
from records.queue import hold_patient
from records.visibility import RecordAccess
from surgeries.models import Patient

Audience = Redaction.Audience
WITHOUT_REASON = "The patient hides this from those who act for them"
"""Nobody asks a patient why; the table wants a reason of every hiding (R2.1)."""
NOT_YOURS = "Only the patient can hide something from those who act for them"
NOT_THERE = "You do not see this in your record now, so you cannot hide it or show it here"
EVERYONE = "everyone who acts for you"
NOT_YET = "somebody who does not act for you yet"


class Hiding(NamedTuple):
    """That a patient hides an entry from somebody; `others` are the entries hidden with it in the same act, and still so."""

    entry_id: UUID
    proxy_id: UUID | None
    from_whom: str
    hidden_at: datetime
    act_id: UUID
    others: int


def hide_from(
    access: RecordAccess, entries: Collection[UUID], *, proxy_id: UUID | None, now: datetime
) -> int:
    """Hide entries from one person, or for None from everyone who acts for the patient; say how many were not before.

    The id of a part hides the entry that it belongs to (R2.1). Nothing says whether the surgery hides it too (R2.3).
    Raises ValidationError for whoever is not the patient, and for what the patient does not see themself.
    """
    _refuse_others(access)
    with rows_of(access.patient.pk):
        _wait_for_readers(access.patient, proxy_id)
        hold_patient(access.patient)
        wanted = _whole(access, entries)
        wanted -= set(_held(access.patient, proxy_id).values_list("entry_id", flat=True))
        together = uuid4() if len(wanted) > 1 else None
        made = [_hiding(access, entry_id, proxy_id, now, together) for entry_id in sorted(wanted)]
        Redaction.objects.bulk_create(made)
        _log("entry hidden by patient", made, now)
    return len(made)


def show_again(
    access: RecordAccess, entries: Collection[UUID], *, proxy_id: UUID | None, now: datetime
) -> int:
    """Undo what the patient hid of some entries from one person, or for None from everyone; say how many that were.

    What the surgery hides stays hidden. Raises ValidationError as `hide_from` does.
    """
    _refuse_others(access)
    with rows_of(access.patient.pk):
        hold_patient(access.patient)
        wanted = _whole(access, entries)
        return _undo(_held(access.patient, proxy_id).filter(entry_id__in=wanted), access, now)


def show_act_again(access: RecordAccess, act_id: UUID, *, now: datetime) -> int:
    """Undo all that one act of the patient's hid and that they still see; say how many entries that were."""
    _refuse_others(access)
    with rows_of(access.patient.pk):
        hold_patient(access.patient)
        acts = _of_patient(access.patient).filter(Q(id=act_id) | Q(together_id=act_id))
        seen = Entry.objects.visible_to(access).filter(
            id__in=list(acts.values_list("entry_id", flat=True))
        )
        return _undo(acts.filter(entry_id__in=list(seen.values_list("id", flat=True))), access, now)


def carry_over(patient: Patient, *, before: UUID, proxy_id: UUID, now: datetime) -> int:
    """Hide from a person what the patient hid from them under another id, such as that of their nomination.

    What was hidden before stays so under its own id. Done twice, it is done once.
    """
    with rows_of(patient.pk):
        hold_patient(patient)
        known = _held(patient, proxy_id).values_list("entry_id", flat=True)
        held = _held(patient, before).exclude(entry_id__in=list(known))
        made = Redaction.objects.bulk_create(_copy(each, proxy_id, now) for each in held)
        _log("entry hidden by patient", made, now)
    return len(made)


def hidings_of(access: RecordAccess, entries: Collection[UUID] | None = None) -> list[Hiding]:
    """What the patient hides, the newest first; of some entries, or all. Never what the surgery hides (R2.3)."""
    if not access.is_own_record:
        return []
    held = _of_patient(access.patient)
    if entries is not None:
        held = held.filter(entry_id__in=entries)
    found = list(held.order_by("-hidden_at", "audience", "id"))
    return _in_words(access, found) if found else []


def _in_words(access: RecordAccess, found: list[Redaction]) -> list[Hiding]:
    ids = {each.proxy_id for each in found if each.proxy_id}
    invited = _invited(access.patient, ids)
    over = {each.pk for each in invited if not each.is_open}
    names = {pk: person.name or person.email for pk, person in User.objects.in_bulk(ids).items()}
    names |= {each.stands_for: each.name for each in invited if each.never_began}
    counted = _seen_of_acts(access, {each.together_id for each in found} - {None})
    return [
        Hiding(
            each.entry_id, each.proxy_id,
            names.get(each.proxy_id, NOT_YET) if each.proxy_id else EVERYONE,
            each.hidden_at, each.act_id, max(counted.get(each.together_id, 0) - 1, 0),
        )
        for each in found if each.proxy_id not in over  # that is for nobody any more
    ]  # fmt: skip


def _seen_of_acts(access: RecordAccess, acts: set[UUID | None]) -> dict[UUID | None, int]:
    """How many entries some acts hid and hide still; what the patient does not see any more is not counted (R2.3)."""
    rows = list(
        _of_patient(access.patient).filter(together_id__in=acts).values_list("together_id", "entry_id")
    ) if acts else []  # fmt: skip
    seen = set(
        Entry.objects.visible_to(access).filter(id__in={entry for _, entry in rows}).values_list("id", flat=True)
    ) if rows else set()  # fmt: skip
    counted: dict[UUID | None, int] = {}
    for act, entry in rows:
        counted[act] = counted.get(act, 0) + (entry in seen)
    return counted


def _invited(patient: Patient, ids: Collection[UUID]) -> list[Nomination]:
    """The patient's invitations of some people, by the id of either."""
    found = Nomination.objects.filter(Q(pk__in=ids) | Q(grant__proxy__in=ids), patient=patient)
    return list(found.select_related("grant"))


def _whole(access: RecordAccess, entries: Collection[UUID]) -> set[UUID]:
    """The whole entries that some ids name, of rows that the patient sees."""
    wanted = set(entries)
    rows = Entry.objects.visible_to(access).filter(id__in=wanted)
    found = dict(rows.values_list("id", "root_id"))
    if wanted - found.keys():
        raise ValidationError(NOT_THERE)
    return {root_id or entry_id for entry_id, root_id in found.items()}


def _of_patient(patient: Patient) -> QuerySet[Redaction]:
    return Redaction.objects.filter(patient=patient, by_patient=True, undone_at=None)


def _held(patient: Patient, proxy_id: UUID | None) -> QuerySet[Redaction]:
    """What the patient hides from one person by name; for None, from everyone who acts for them."""
    return _of_patient(patient).filter(audience=_audience(proxy_id), proxy_id=proxy_id)


def _audience(proxy_id: UUID | None) -> str:
    return Audience.ONE_PROXY if proxy_id else Audience.PROXIES


def _hiding(
    access: RecordAccess,
    entry_id: UUID,
    proxy_id: UUID | None,
    now: datetime,
    together: UUID | None,
) -> Redaction:
    return Redaction(
        patient=access.patient, entry_id=entry_id, audience=_audience(proxy_id), proxy_id=proxy_id,
        by_patient=True, reason=WITHOUT_REASON, hidden_by_id=access.viewer.pk, hidden_at=now,
        together_id=together,
    )  # fmt: skip


def _copy(held: Redaction, proxy_id: UUID, now: datetime) -> Redaction:
    return Redaction(
        patient_id=held.patient_id, entry_id=held.entry_id, audience=Audience.ONE_PROXY,
        proxy_id=proxy_id, by_patient=True, reason=held.reason, hidden_by_id=held.hidden_by_id,
        hidden_at=now,
    )  # fmt: skip


def _undo(held: QuerySet[Redaction], access: RecordAccess, now: datetime) -> int:
    undone = list(held)
    ids = [each.id for each in undone]
    Redaction.objects.filter(patient=access.patient, id__in=ids).update(
        undone_at=now, undone_by_id=access.viewer.pk
    )
    _log("entry shown again by patient", undone, now, by=access.viewer.pk)
    return len(undone)


def _wait_for_readers(patient: Patient, proxy_id: UUID | None) -> None:
    """Let nobody from whom it is hidden go on reading once that was said: their pages hold their grant (R4.8)."""
    grants = ProxyGrant.objects.filter(
        patient=patient, status=ProxyStatus.ACTIVE
    )  # others open nothing
    if proxy_id:
        grants = grants.filter(proxy=proxy_id)
    held = grants.select_for_update(no_key=True, of=("self",)).order_by("pk")
    list(held.values_list("pk", flat=True))


def _refuse_others(access: RecordAccess) -> None:
    if not access.is_own_record:
        raise ValidationError(NOT_YOURS)


def _log(action: str, made: Iterable[Redaction], now: datetime, *, by: UUID | None = None) -> None:
    for each in made:
        log.record(
            action, at=now, actor_id=by or each.hidden_by_id, patient_id=each.patient_id,
            about=f"entry {each.entry_id}",
            details={"redaction": str(each.id), "audience": each.audience},
        )  # fmt: skip
