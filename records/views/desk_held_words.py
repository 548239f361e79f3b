"""What staff read in place of the names of fields, and of the words of a source that only programs know."""

from records.content import (
    Allergy,
    Condition,
    Content,
    Diary,
    Issue,
    Medicine,
    Observation,
    Procedure,
    Report,
    ResultGroup,
)

LABELS = {
    "absent_because": "Why there is no value",
    "also": "Also part of this report",
    "asserter": "Written by",
    "authors": "By",
    "behind": "What it comes from",
    "categories": "Kind",
    "components": "Measured",
    "criticality": "How serious it could be",
    "custodian": "Kept by",
    "days_supply": "Lasts for",
    "encounter_type": "Kind of contact",
    "flags": "Laboratory’s remark",
    "issues_made": "Times issued",
    "performers": "By",
    "prescription_type": "Type",
    "ranges": "Range",
    "recipients": "Sent to",
    "recorder": "Written by",
    "related": "Linked with it in the record",
    "related_problems": "Related health conditions",
    "requested": "Asked for",
    "requester": "Asked for by",
    "specimen_notes": "About the sample",
    "specimens": "Sample",
}
"""What fields are called whose own names do not tell it."""
PRESCRIPTIONS = {
    "acute": "Acute (short term)",
    "repeat": "Repeat",
    "repeat-dispensing": "Repeat, collected in batches",
    "unknown": "",
}
OF_A_RESULT = {
    "final": "",
    "unknown": "",
    "preliminary": "Preliminary",
    "amended": "Amended",
    "corrected": "Corrected",
    "cancelled": "Cancelled",
}
WORDS: dict[tuple[type[Content], str], dict[str, str]] = {
    (Allergy, "categories"): {
        "medication": "Medicine",
        "environment": "Environment",
        "food": "Food",
        "biologic": "Biological substance",
    },
    # GP Connect says of every one that it is unconfirmed
    (Allergy, "certainty"): {"unconfirmed": "", "confirmed": "Confirmed"},
    (Allergy, "criticality"): {"low": "Low risk", "high": "High risk", "unable-to-assess": ""},
    (Allergy, "status"): {"active": "Active", "inactive": "Past", "resolved": "Past"},
    (Condition, "certainty"): {
        "unconfirmed": "Not confirmed",
        "provisional": "Not certain yet",
        "differential": "One of several that it could be",
    },
    (Condition, "significance"): {"major": "Significant", "minor": "Minor"},
    (Condition, "status"): {"active": "Active", "inactive": "Past", "resolved": "Past"},
    (Diary, "status"): {"active": "", "unknown": ""},
    (Issue, "prescription_type"): PRESCRIPTIONS,
    (Medicine, "prescription_type"): PRESCRIPTIONS,
    (Medicine, "status"): {"active": "", "stopped": "Stopped", "completed": "Ended"},
    (Observation, "status"): OF_A_RESULT,
    (Procedure, "status"): {"completed": "", "unknown": ""},
    (Report, "status"): OF_A_RESULT,
    (ResultGroup, "status"): OF_A_RESULT,
}
"""Words for the words of a field of a kind, empty for one that says nothing; one that is not here is shown as it is."""


def label_of(name: str) -> str:
    """What a field is called."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def in_words(content: Content, name: str, line: str) -> str:
    """A line of a field in words; "" where it says nothing."""
    return WORDS.get((type(content), name), {}).get(line, line)
