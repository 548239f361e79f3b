"""The tables of the record. `visibility` needs redactions and `entry` needs `visibility`: keep this order."""

from records.models.redaction import Redaction

from records.models.grant import (  # isort: skip
    AccessGrant,
    Decision,
    StaffTask,
    WarningAgreement,
)
from records.models.entry import Entry, Origin, Precision, RecordedFrom  # isort: skip
from records.models.correction import Correction, CorrectionMessage
from records.models.reading import KnownWord, OpenedResult, ResultWish, SpokenAbout, Visit, Wish
from records.models.source import Document, ImportedExtract, SectionNotice
from records.models.takeaway import Takeaway, TakeawayPiece

__all__ = [
    "AccessGrant",
    "Correction",
    "CorrectionMessage",
    "Decision",
    "Document",
    "Entry",
    "ImportedExtract",
    "KnownWord",
    "OpenedResult",
    "Origin",
    "Precision",
    "RecordedFrom",
    "Redaction",
    "ResultWish",
    "SectionNotice",
    "SpokenAbout",
    "StaffTask",
    "Takeaway",
    "TakeawayPiece",
    "Visit",
    "WarningAgreement",
    "Wish",
]
