"""The tables of the record. `visibility` needs redactions and `entry` needs `visibility`: keep this order."""

from records.models.redaction import Redaction

from records.models.grant import (  # isort: skip
    AccessGrant,
    Decision,
    StaffTask,
    WarningAgreement,
)
from records.models.entry import Entry, Origin, Precision, RecordedFrom  # isort: skip
from records.models.source import Document, ImportedExtract, SectionNotice

__all__ = [
    "AccessGrant",
    "Decision",
    "Document",
    "Entry",
    "ImportedExtract",
    "Origin",
    "Precision",
    "RecordedFrom",
    "Redaction",
    "SectionNotice",
    "StaffTask",
    "WarningAgreement",
]
