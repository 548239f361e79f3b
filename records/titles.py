"""What a page calls an entry or a part of one."""

from records.models import Entry
from records.models.entry import Row
from surgeries.terms import Section

WHAT_IT_IS = {
    "allergy": "Allergy or reaction",
    "medicine": "Medicine",
    "issue": "Prescription",
    "immunisation": "Vaccination",
    "condition": "Health condition",
    "report": "Test report",
    "result-group": "Group of results",
    "result": "Test result",
    "comment": "Note",
    "consultation": "Consultation",
    "referral": "Referral",
    "procedure": "Procedure",
    "document": "Document without a title",
}


def title_of(entry: Entry | Row) -> str:
    """The clinician's words (R6.3); where there are none, what kind of thing it is."""
    named = entry.title.strip() if is_named(entry) else ""
    return named or WHAT_IT_IS.get(entry.kind, "Entry without a title")


def is_named(entry: Entry | Row) -> bool:
    """Whether a page may say what a row is called: what stands below a sealed report is not named (R5.5)."""
    return not (entry.is_sealed and entry.root_id and entry.section == Section.TEST_RESULTS)
