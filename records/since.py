"""What is new, changed or gone in a record since its reader last looked, as far as they may see it (R2.3)."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from audit.kept import Kept, named
from records.content import PartialDate
from records.grants import levels_of
from records.models import AccessGrant, ChangePreview, Entry, KeptDecision, Visit
from records.models.entry import EntryQuerySet, Row
from records.models.preview import OWN_FIELD
from records.previewing.reveals import newly_revealed
from records.sealing import can_have_text, has_open_text, stands_over_something
from records.statements import Statement, among
from records.titles import title_of
from records.visibility import RecordAccess
from surgeries.models import Patient
from surgeries.terms import Section

REMEMBERED = "looked_before"
OVERLAP = timedelta(minutes=5)
"""What was still being loaded at the last visit carries an earlier moment: rather told twice than never."""
LISTED = 50


class Tally(NamedTuple):
    """How many entries of a section are new, changed and no longer there."""

    new: int = 0
    changed: int = 0
    gone: int = 0

    def __bool__(self) -> bool:
        return any(self)


class Changes(NamedTuple):
    """What happened since a reader last looked; sections without any change are left out.

    `access_changed_at` is when the surgery changed what the patient can see, if it did; a proxy never
    learns that (R4.11). `without_a_part` are the entries from which the source took a part.
    """

    looked_at: datetime
    sections: dict[Section, Tally]
    without_a_part: Collection[UUID] = ()
    access_changed_at: datetime | None = None

    @property
    def total(self) -> Tally:
        """All sections together."""
        return Tally(*map(sum, zip(*self.sections.values(), strict=True)))


class Line(NamedTuple):
    """An entry in the list of what is new or changed: never what it says."""

    page_id: UUID
    title: str
    when: PartialDate
    is_sealed: bool


class SectionLines(NamedTuple):
    """One section of the page: its counts, and the newest of what is counted."""

    section: Section
    tally: Tally
    new: list[Line]
    changed: list[Line]


def begin_visit(session: SessionBase, access: RecordAccess, *, now: datetime) -> datetime | None:
    """When this reader last looked at this record before this session; None on a first visit.

    The first call in a session notes the visit; later ones compare with the same moment.
    """
    known = session.get(REMEMBERED, {})
    name = f"{access.viewer.pk} {access.patient.pk}"
    if name not in known:
        visits = Visit.objects.filter(patient=access.patient, viewer_id=access.viewer.pk)
        last = visits.order_by("-began_at").values_list("began_at", flat=True).first()
        Visit.objects.create(patient=access.patient, viewer_id=access.viewer.pk, began_at=now)
        known = {**known, name: last.isoformat() if last else ""}
        session[REMEMBERED] = known
    return datetime.fromisoformat(known[name]) if known[name] else None


def read_changes(access: RecordAccess, looked_at: datetime) -> Changes:
    """How much is new, changed and gone, by section, in the order of the record."""
    since = looked_at - OVERLAP
    [(has_changed, has_other_levels)] = ANYTHING.ask(access, since=since)
    set_at = set_since(access.patient, since)
    is_same = not (has_other_levels or set_at) and not _is_new_proxy(access, since)
    gone, without_a_part = _gone(access, since) if is_same else (Counter(), set())
    is_any = has_changed or without_a_part
    found = _counts(access, since, without_a_part) if is_any else {}
    tallies = {
        section: found.get(section, Tally())._replace(gone=gone[section]) for section in Section
    }
    return Changes(
        looked_at,
        {section: tally for section, tally in tallies.items() if tally},
        without_a_part,
        _told_at(access, looked_at, has_other_levels, set_at),
    )


def _told_at(
    access: RecordAccess, looked_at: datetime, has_other_levels: bool, set_at: datetime | None
) -> datetime | None:
    """When the patient is told that their access changed, by a decision or a setting: to nobody else (R4.11)."""
    if not access.is_own_record:
        return None
    decided_at = changed_access(access, looked_at) if has_other_levels else None
    was_set = set_at if set_at and set_at > looked_at else None
    return max((at for at in (decided_at, was_set) if at), default=None)


def set_since(patient: Patient, since: datetime) -> datetime | None:
    """When the surgery last changed by a setting what is open to a patient, if it did since some moment.

    Not where the patient has a date or sections of their own, nor a date where all entries are as open (R1.2, R1.12).
    """
    found = SET_SINCE.ask(surgery=patient.surgery_id, since=since)
    grant = AccessGrant.objects.of(patient).first() if found else None
    return next((at for kind, at in found if grant and _holds(kind, grant)), None)


SET_SINCE = Kept(
    lambda: (
        ChangePreview.objects.filter(
            surgery=named("surgery"), kind__in=list(OWN_FIELD), used_at__gt=named("since")
        )
        .order_by("-used_at")
        .values_list("kind", "used_at")
    )
)
"""What was changed by a setting: whoever comes back asks."""


def _holds(kind: str, grant: AccessGrant) -> bool:
    """Whether a setting of this kind makes a difference under a decision."""
    is_date = kind == ChangePreview.Kind.GO_LIVE
    if is_date and grant.current_level == grant.historical_level:
        return False
    return getattr(grant, OWN_FIELD[kind]) is None


def _changed(access: RecordAccess) -> Any:
    return Entry.objects.visible_to(access).filter(changed_at__gt=named("since")).values("id")


ANYTHING = Statement(
    _changed,
    around="""
    select exists (select from ({rows}) changed),
        exists (
            select from records_accessgrant decision
            where decision.patient_id = %(patient)s and decision.decided_at > %(since)s
        )
    """,
)
"""Whether a row that may be seen changed, and whether anything was decided anew: most visits find neither."""


def _counts(
    access: RecordAccess, since: datetime, without_a_part: Collection[UUID]
) -> dict[str, Tally]:
    """How many entries of each section are new, and how many are not but changed."""
    values = {"since": since, "without_a_part": list(without_a_part)}
    rows = COUNTS.ask(access, bool(without_a_part), **values)
    return {section: Tally(new, wholes - new) for section, new, wholes in rows}


def _counted(access: RecordAccess, some_lost_a_part: bool) -> Any:
    counted = _touched(access, some_lost_a_part).values("section")
    return counted.annotate(
        new=Count("id", filter=Q(root_id=None, added_at__gt=named("since"))),
        wholes=Count(Coalesce("root_id", "id"), distinct=True),
    ).values_list("section", "new", "wholes")


def read_lines(access: RecordAccess, changes: Changes) -> list[SectionLines]:
    """The newest entries of what was counted, section by section."""
    since = changes.looked_at - OVERLAP
    values = {"since": since, "without_a_part": list(changes.without_a_part)}
    wholes: dict[str, set[UUID]] = {}
    for section, whole in TOUCHED.ask(access, bool(changes.without_a_part), **values):
        wholes.setdefault(section, set()).add(whole)
    found = []
    for section, tally in changes.sections.items():
        # by id and not by a query inside the query: there the one filter would ask about the outer row
        ids = wholes.get(section, ())
        entries = Entry.objects.visible_to(access).entries().filter(id__in=ids).newest_first()
        new = _lines(entries.filter(added_at__gt=since)) if tally.new else []
        changed = _lines(entries.filter(added_at__lte=since)) if tally.changed else []
        found.append(SectionLines(section, tally, new, changed))
    return found


def _lines(entries: EntryQuerySet) -> list[Line]:
    return [_line(row) for row in entries[:LISTED].as_rows()]


def _line(row: Row) -> Line:
    when = PartialDate(row.effective_on, row.effective_time, row.effective_precision)
    return Line(row.id, title_of(row), when, row.is_sealed)


def _touched(access: RecordAccess, some_lost_a_part: bool) -> EntryQuerySet:
    """The visible rows that are new or of which what this reader sees changed, or lost a part."""
    since = named("since")
    changed = Q(added_at__gt=since) | Q(words_changed_at__gt=since)
    if can_have_text(access):
        changed |= Q(text_changed_at__gt=since) & has_open_text(access)
    own = Q(changed_at__gt=since) & changed & says_something(access)
    lost = Q(among("id", "without_a_part"))
    return Entry.objects.visible_to(access).filter(
        own | (Q(root_id=None) & lost) if some_lost_a_part else own
    )


def _wholes(access: RecordAccess, some_lost_a_part: bool) -> Any:
    touched = _touched(access, some_lost_a_part)
    return touched.values_list("section", Coalesce("root_id", "id"))


COUNTS, TOUCHED = Statement(_counted), Statement(_wholes)


def says_something(access: RecordAccess) -> Q:
    """That a row shows by itself: a heading may stand over what is hidden, a comment may have no words (R2.3).

    A heading with a laboratory's mark says something, where it stands over something.
    """
    heading = Q(kind="result-group", root_id__isnull=False)
    told = ~heading & ~Q(kind="comment", root_id__isnull=False)
    told |= heading & Q(flagged=True) & Q(stands_over_something(access))
    if can_have_text(access):
        told |= Q(kind="comment", free_text__isnull=False) & has_open_text(access)
    return told


def _gone(access: RecordAccess, since: datetime) -> tuple[Counter[str], set[UUID]]:
    """How many whole entries are gone from each section, and which entries a part is gone from.

    Not to be asked where the access changed since: what is gone may never have been open to this reader.
    """
    found = TAKEN_BACK.ask(access, since=since)
    whole = Counter(section for section, root in found if root is None)
    return whole, {root for _, root in found if root is not None}


def _taken_back(access: RecordAccess) -> Any:
    rows = Entry.objects.taken_back_from(access, named("since")).filter(
        ~Q(kind__in=["result-group", "comment"], root_id__isnull=False),
        changed_at__gt=named("since"),
    )
    return rows.values_list("section", "root_id")


TAKEN_BACK = Statement(_taken_back)


def _is_new_proxy(access: RecordAccess, since: datetime) -> bool:
    grant = access.access.grant
    return grant is not None and (
        grant.starts_on > since.date() or (grant.decided_at or since) > since
    )


def changed_access(access: RecordAccess, looked_at: datetime) -> datetime | None:
    """When staff last changed what the patient sees, if it is not as it was when they last looked."""
    decisions = AccessGrant.objects.of(access.patient)
    # what was kept while a setting opened more to others changed nothing for this patient
    kept = KeptDecision.objects.filter(grant__patient=access.patient).exclude(why="")
    made = decisions.filter(decided_at__gt=looked_at).exclude(duty="")
    newest = made.exclude(pk__in=kept.values("pk")).first()
    if newest is None:
        return None
    before = decisions.filter(decided_at__lte=looked_at).first()
    is_same = before is not None and _opening(access.patient, before) == _opening(
        access.patient, newest
    )
    if before and is_same:  # what staff read and hid tells nothing of itself (R2.3)
        is_same = not _opens_by_reading(access.patient, before, newest)
    return None if is_same else newest.decided_at


def _opening(patient: Patient, grant: AccessGrant) -> tuple[object, ...]:
    levels = replace(levels_of(patient, grant), read_until=None)
    return levels, grant.restricted_sections


def _opens_by_reading(patient: Patient, before: AccessGrant, newest: AccessGrant) -> bool:
    """Whether one of two decisions that say the same opens what came late, and something of it is to be seen (R1.5)."""
    if newest.reads_until <= before.reads_until:
        return False
    return bool(newly_revealed(patient, before=before, after=newest, came_after=before.reads_until))
