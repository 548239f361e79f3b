"""What was loaded into a record, in words: for the staff of its surgery, and for whoever asks by command (R9.1)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.staff import StaffAccess
from records.activity import names_of
from records.importing.extract import NOT_UNDERSTOOD
from records.importing.history import Kind
from records.importing.undoing import reads_since
from records.models import AccessGrant, Entry, ExtractChange, ImportedExtract
from records.seeing import people_acting
from surgeries.models import Patient
from surgeries.terms import Section

COUNTED = ("added", "updated", "withdrawn", "unchanged")


class SectionCounts(NamedTuple):
    """How many whole entries of a section an extract added, updated, withdrew and left as they were."""

    section: str
    added: int
    updated: int
    withdrawn: int
    unchanged: int


class Told(NamedTuple):
    """One extract with what it changed and who did what with it; `is_last` of those that were not taken back."""

    extract: ImportedExtract
    loaded_by: str
    undone_by: str
    sections: list[SectionCounts]
    is_last: bool


class Since(NamedTuple):
    """What happened to a record since an extract was loaded: how often it was read, and what was decided."""

    by_patient: int
    by_proxies: int
    by_others: int
    decisions: int
    proxy_decisions: int


def extracts_of(patient: Patient) -> QuerySet[ImportedExtract]:
    """Every extract that was loaded, the newest first, those that were taken back too."""
    return ImportedExtract.objects.filter(patient=patient).order_by("-loaded_at", "-id")


def tell_extracts(patient: Patient, extracts: Iterable[ImportedExtract]) -> list[Told]:
    """Extracts in words; two queries however many."""
    extracts = list(extracts)
    ids = {one.loaded_by_id for one in extracts} | {one.undone_by_id for one in extracts}
    names = names_of(ids)
    last = ImportedExtract.objects.filter(patient=patient).standing().last()
    return [
        Told(
            one,
            names.get(one.loaded_by_id, ""),
            names.get(one.undone_by_id, ""),
            counts_of(one),
            last is not None and one.id == last.id,
        )
        for one in extracts
    ]


def counts_of(extract: ImportedExtract) -> list[SectionCounts]:
    """The sections in which an extract had or changed anything, in the order of the record."""
    told = []
    for section in Section:
        counts = extract.counts.get(section.value)
        numbers = [counts.get(each, 0) for each in COUNTED] if isinstance(counts, dict) else []
        if any(numbers):
            told.append(SectionCounts(section.label, *numbers))
    return told


def not_understood(access: StaffAccess) -> list[Entry]:
    """What is shown to nobody as the source sends it so that nobody can tell whether it is true, allergies first.

    Whoever treats the patient may need it meanwhile: staff are told, until it comes so that it can be understood.
    """
    rows = Entry.objects.seen_by_staff(access).filter(withdrawn_because=NOT_UNDERSTOOD)
    order = list(Section.values)
    found = rows.defer("details", "free_text").newest_first()
    return sorted(found, key=lambda row: order.index(row.section))


def since_loaded(patient: Patient, extract: ImportedExtract) -> Since:
    """How often the record was read since, by whom, and how many decisions about access were made; inside its rows."""
    readers = list(reads_since(extract).values_list("actor_id", flat=True))
    acting = set(people_acting(patient))
    own = set(patient.online_registrations.values_list("user_id", flat=True))
    decided = AccessGrant.objects.filter(patient=patient, decided_at__gte=extract.loaded_at)
    return Since(
        sum(one in own for one in readers),
        sum(one in acting - own for one in readers),
        sum(one not in acting | own for one in readers),
        decided.count(),
        patient.proxy_grants.filter(decided_at__gte=extract.loaded_at).count(),
    )


def as_json(told: Told) -> dict[str, Any]:
    """The object that `import_history --json` prints for an extract, with the ids of what it changed; inside its rows."""
    one = told.extract
    changes = ExtractChange.objects.filter(patient=one.patient_id, extract_id=one.id)
    rows: dict[str, list[str]] = {kind.value: [] for kind in Kind}
    rows["added"] = [str(row) for row in one.added]
    for row, kind in changes.order_by("entry_id").values_list("entry_id", "kind"):
        rows[kind].append(str(row))
    return {
        "id": str(one.id), "loaded_at": one.loaded_at.isoformat(), "loaded_by": told.loaded_by or None,
        "made_at": one.extracted_at.isoformat() if one.extracted_at else None,
        "file": one.file_name, "channel": one.channel, "content": one.content_hash,
        "older_because": one.forced_because, "sections": one.counts,
        "rows": rows if one.keeps_changes else None,
        "undone": {
            "at": one.undone_at.isoformat(), "by": told.undone_by or None, "because": one.undone_because,
        } if one.undone_at else None,
    }  # fmt: skip
