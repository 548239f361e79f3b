"""The tables of the record. `visibility` needs redactions and `entry` needs `visibility`: keep this order."""

from records.models.redaction import Redaction

from records.models.grant import (  # isort: skip
    AccessGrant,
    Decision,
    StaffTask,
    WarningAgreement,
)
from records.models.entry import Entry, Origin, Precision, RecordedFrom  # isort: skip
from records.models.activity_report import ActivityReport
from records.models.correction import Correction, CorrectionMessage
from records.models.help import HelpAnswered, HelpAsked, Reach
from records.models.preview import ChangePreview, KeptDecision
from records.models.reading import (
    EverWished,
    KnownWord,
    NewsChoice,
    OpenedResult,
    ResultWish,
    SpokenAbout,
    Visit,
    Wish,
)
from records.models.request import (
    AccessRequest,
    EntryDecision,
    GrantReview,
    PracticeChange,
    RefusalGround,
    RequestState,
    RequestStep,
)
from records.models.source import Document, ExtractChange, ImportedExtract, Paper, SectionNotice
from records.models.supplier import ReceivedExtract, Supplier, UsedAssertion
from records.models.takeaway import Takeaway, TakeawayPiece

__all__ = [
    "AccessGrant",
    "AccessRequest",
    "ActivityReport",
    "ChangePreview",
    "Correction",
    "CorrectionMessage",
    "Decision",
    "Document",
    "Entry",
    "EntryDecision",
    "EverWished",
    "ExtractChange",
    "GrantReview",
    "HelpAnswered",
    "HelpAsked",
    "ImportedExtract",
    "KeptDecision",
    "KnownWord",
    "NewsChoice",
    "OpenedResult",
    "Origin",
    "Paper",
    "PracticeChange",
    "Precision",
    "Reach",
    "ReceivedExtract",
    "RecordedFrom",
    "Redaction",
    "RefusalGround",
    "RequestState",
    "RequestStep",
    "ResultWish",
    "SectionNotice",
    "SpokenAbout",
    "StaffTask",
    "Supplier",
    "Takeaway",
    "TakeawayPiece",
    "UsedAssertion",
    "Visit",
    "WarningAgreement",
    "Wish",
]
