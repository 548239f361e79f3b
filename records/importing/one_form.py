"""A record comes in one form: what stands in two would show twice, once perhaps out of date (R7.3)."""

from collections.abc import Iterable

from records.importing.extract import Extract, UnreadableExtract
from records.models import Entry

FORMS = {
    "gp-connect": "GP Connect (FHIR STU3)",
    "fhir-r4": "FHIR R4",
    "fhir-r4-document": "a document of FHIR R4, such as a summary",
}
"""What each source system is called."""


def refuse_another_form(extract: Extract, held: Iterable[Entry]) -> None:
    """Raise UnreadableExtract where the record that is held came in another form than an extract.

    Two forms of one record name its entries differently: nothing could be found again, so a medicine would be
    listed twice, and each form would take the other's entries for gone.
    """
    held_as = {row.source_system for row in held if row.withdrawn_at is None}
    others = sorted(held_as - {extract.source_system})
    if extract.source_system and others:
        form = FORMS.get(others[0], others[0])
        raise UnreadableExtract(
            f"the record that is held came as {form}, and this is another form: load the record in that one"
        )
