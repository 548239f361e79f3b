"""Keeping the words of a record to search by: with each extract, and for rows from before there was a search."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from audit.row_security import rows_of
from records.content import PartialDate
from records.importing.new_row import AnyRow
from records.importing.writing import write
from records.indexing import Indexing
from records.models import Entry, KnownWord
from records.own_dates import is_dated_apart
from records.test_names import MEASURED, test_name
from surgeries.models import Patient

BATCH = 2000
HAS_NO_WORDS = Q(search_words=None) | Q(test_name=None, kind__in=MEASURED)


def know_words_of(patient: Patient, rows: Iterable[AnyRow]) -> None:
    """Let the words of rows lead to their entries; none is ever taken away, as each is looked at again."""
    found = _entries_by_word(rows)
    is_asked = RawSQL("records_knownword.word = any(%s)", [list(found)], BooleanField())
    held = KnownWord.objects.filter(is_asked, patient=patient).values_list("word", "entries")
    for word, entries in held.iterator(BATCH):
        found[word] = list({*found[word], *map(str, entries)})
    written = (
        {"patient_id": patient.pk, "word": word, "entries": ids} for word, ids in found.items()
    )
    write(KnownWord, ("patient_id", "word"), written)


def _entries_by_word(rows: Iterable[AnyRow]) -> dict[str, list[str]]:
    """The ids of the entries in which each word stands, each once: what stands in their parts is theirs."""
    words: dict[UUID, set[str]] = {}
    for row in rows:
        known = words.setdefault(row.root_id or row.id, set())
        known.update(row.search_words or (), row.search_text or ())
    found: dict[str, list[str]] = defaultdict(list)
    for entry, known in words.items():
        written = str(entry)
        for word in known:
            found[word].append(written)
    return found


def index_record(patient: Patient, *, again: bool = False) -> int:
    """Find the words of rows that have none yet, or of all rows again; how many there were.

    Each batch is a transaction of its own, so that what was done stays when it is interrupted.
    """
    note_dates(patient)
    done, after = 0, None
    while batch := _index_batch(patient, after, again=again):
        done, after = done + len(batch), batch[-1].id
    return done


def note_dates(patient: Patient) -> None:
    """Mark the parts that are of another day than their entry, where nobody has looked yet (R1.1)."""
    while _note_dates_of_batch(patient):
        pass


def _note_dates_of_batch(patient: Patient) -> int:
    columns = ("effective_on", "effective_time", "effective_precision")
    with rows_of(patient.pk):
        held = Entry.objects.of(patient)
        waiting = held.filter(root_id__isnull=False, dated_apart=None).order_by("id")
        parts = waiting.values_list("id", "root_id", "kind", *columns)[:BATCH]
        roots = {part[1] for part in parts}
        wholes = {
            id: PartialDate(*when)
            for id, *when in held.filter(id__in=roots).values_list("id", *columns)
        }
        apart: dict[bool, list[UUID]] = {True: [], False: []}
        for id, root, kind, *when in parts:
            whole = wholes.get(root, PartialDate())
            apart[is_dated_apart(kind, PartialDate(*when), whole)].append(id)
        for is_apart, ids in apart.items():
            held.filter(id__in=ids).update(dated_apart=is_apart)
        return len(parts)


def _index_batch(patient: Patient, after: object, *, again: bool) -> list[Entry]:
    with rows_of(patient.pk):
        rows = Entry.objects.of(patient).order_by("id")
        rows = rows if again else rows.filter(HAS_NO_WORDS)
        rows = rows.filter(id__gt=after) if after else rows
        batch, index = list(rows.select_for_update()[:BATCH]), Indexing()
        for row in batch:
            row.search_words = index.words_of(
                row.title, row.details, row.effective_on, row.effective_precision
            )
            row.search_text = index.words_typed(row.free_text)
            row.test_name = test_name(row.kind, row.title)
        Entry.objects.of(patient).bulk_update(
            batch, ["search_words", "search_text", "test_name"], batch_size=200
        )
        know_words_of(patient, batch)
    return batch
