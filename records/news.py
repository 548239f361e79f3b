"""Whether there is something new for a reader of a record, at the moment of asking: what a notice may be sent of (R2.3, R5.4).

Only what they may see by the one filter counts, and of that only what opens to them.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from records.models import Entry, NewsChoice, ResultWish, Visit, Wish
from records.models.entry import EntryQuerySet
from records.sealing import can_have_text, has_open_text, is_held
from records.since import OVERLAP, changed_access, says_something, set_since
from records.visibility import RecordAccess
from surgeries.models import Patient
from surgeries.terms import Section


def has_news(access: RecordAccess, *, since: datetime, until: datetime) -> bool:
    """Whether something came or changed after one moment and not after another, and can be read now.

    Inside the patient's rows. As on the page of what is new, but for what is gone; and a result that stays closed
    until the surgery has spoken to the patient is none, nor is the report that it closes (R5.5).
    """
    came = _came(access, since, until)
    if not ResultWish.objects.filter(patient=access.patient, wish=Wish.HOLD).exists():
        return came.exists()
    held = set(_opened_with(Entry.objects.visible_to(access).filter(is_held(access))))
    return any(one not in held for one in _opened_with(came))


def _opened_with(rows: EntryQuerySet) -> Iterator[UUID]:
    """With what each of some rows opens: a part of a report with the report, any other with itself."""
    for section, id, root in rows.values_list("section", "id", "root_id").iterator():
        yield root if root and section == Section.TEST_RESULTS else id


def _came(access: RecordAccess, since: datetime, until: datetime) -> EntryQuerySet:
    came = _between("added_at", since, until) | _between("words_changed_at", since, until)
    if can_have_text(access):
        came |= _between("text_changed_at", since, until) & has_open_text(access)
    touched = Q(changed_at__gt=since) & came & says_something(access)
    return Entry.objects.visible_to(access).filter(touched)


def _between(column: str, since: datetime, until: datetime) -> Q:
    return Q(**{f"{column}__gt": since, f"{column}__lte": until})


def access_changed_at(access: RecordAccess, *, since: datetime) -> datetime | None:
    """When what is open to the patient themself was last changed, by a decision or a setting; to a proxy never (R4.11).

    As on the page of what is new: what staff read and hid tells nothing of itself (R2.3). Inside the patient's rows.
    """
    if not access.is_own_record:
        return None
    times = (changed_access(access, since), set_since(access.patient, since))
    return max((at for at in times if at and at > since), default=None)


def seen_until(access: RecordAccess) -> datetime | None:
    """Up to when a reader has seen what there was: what came before they last began to look is no news."""
    visits = Visit.objects.filter(patient=access.patient, viewer_id=access.viewer.pk)
    last = visits.order_by("-began_at").values_list("began_at", flat=True).first()
    return last - OVERLAP if last else None


def note_moved(patient: Patient, *, at: datetime) -> None:
    """Keep that an extract changed something, for whoever wants to be told; in its transaction, whatever it changed."""
    NewsChoice.objects.filter(patient=patient, is_wanted=True).update(moved_at=at)
