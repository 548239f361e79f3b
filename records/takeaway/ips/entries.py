"""The entries of a document, read some at a time through the one filter and written each by its kind."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from records.models import Entry
from records.models.entry import Row
from records.sections import in_reading_order
from records.showing import Shown, attachments_of, linked_entries, parts_of
from records.takeaway.ips.clinical import (
    write_allergy,
    write_condition,
    write_immunisation,
    write_procedure,
)
from records.takeaway.ips.events import (
    write_comment,
    write_consultation,
    write_document,
    write_observation,
    write_referral,
)
from records.takeaway.ips.medicines import write_medicine
from records.takeaway.ips.naming import Names
from records.takeaway.ips.results import write_report
from records.takeaway.ips.written import Around, Written
from records.visibility import RecordAccess
from surgeries.terms import Section

AT_ONCE = 500

WRITERS: dict[str, Callable[[Around, Shown], Written]] = {
    "allergy": write_allergy,
    "medicine": write_medicine,
    "immunisation": write_immunisation,
    "condition": write_condition,
    "report": write_report,
    "consultation": write_consultation,
    "referral": write_referral,
    "procedure": write_procedure,
    "document": write_document,
    "observation": write_observation,
    "comment": write_comment,
}


class Entries:
    """Every entry that a viewer may read; what they have not opened yet is counted and left out (R5.5)."""

    def __init__(self, access: RecordAccess, names: Names) -> None:
        """Nothing is read before the entries are gone through."""
        self.access, self.names = access, names
        self.sealed = 0

    def __iter__(self) -> Iterator[tuple[Shown, Written]]:
        """Each entry with what it becomes, section by section in the order of its pages."""
        for section in Section:
            found = list(in_reading_order(self.access, section).values_list("id", flat=True))
            for start in range(0, len(found), AT_ONCE):
                yield from self._some(found[start : start + AT_ONCE])

    def _some(self, wanted: Sequence[UUID]) -> Iterator[tuple[Shown, Written]]:
        rows = {row.id: row for row in self._rows(wanted)}
        # an entry that was hidden a moment ago is not there any more
        opened = [rows[each] for each in wanted if each in rows and not rows[each].is_sealed]
        self.sealed += len(rows) - len(opened)
        parts = parts_of(self.access, opened)
        documents = [row for row in opened if row.kind == "document"]
        attached = attachments_of(self.access, documents) if documents else {}
        around = Around(self.names, self._linked(opened, parts))
        for row in opened:
            shown = Shown(row, parts.get(row.id, ()), attached.get(row.id, ()))
            self.sealed += sum(part.is_sealed for part in shown.parts)
            yield shown, WRITERS[row.kind](around, shown)

    def _rows(self, wanted: Sequence[UUID]) -> list[Row]:
        return Entry.objects.visible_to(self.access).filter(id__in=wanted).as_rows()

    def _linked(
        self, rows: Sequence[Row], parts: dict[UUID | None, list[Shown]]
    ) -> dict[str, Shown]:
        """What consultations refer to, as far as it may be seen: their own parts, and other entries."""
        found = {str(part.id): part for below in parts.values() for part in below}
        others = {
            each
            for row in rows
            if row.kind == "consultation"
            for each in linked_entries(row.coded)
            if str(each) not in found
        }
        return found | {str(row.id): Shown(row) for row in self._rows(sorted(others))}
