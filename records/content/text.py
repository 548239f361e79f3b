"""The free text of each kind: what was typed, which only the full level loads (R1.7)."""

from records.content.pieces import Content


class AllergyText(Content, frozen=True):
    """What was typed beside an allergy."""

    notes: list[str] = []
    reactions: list[str] = []


class ReportText(Content, frozen=True):
    """What was typed in a report."""

    conclusion: str = ""
    specimen_notes: list[str] = []


class ObservationText(Content, frozen=True):
    """What was typed beside an observation or result; `values` are typed answers."""

    comment: str = ""
    specimen_notes: list[str] = []
    values: list[str] = []


class CommentText(Content, frozen=True):
    """The words of a comment note."""

    text: str = ""


class ConsultationText(Content, frozen=True):
    """Narrative and notes on a consultation's lists, and items that are only words."""

    notes: list[str] = []


class ReferralText(Content, frozen=True):
    """What was typed in a referral."""

    description: str = ""
    notes: list[str] = []


class DocumentText(Content, frozen=True):
    """The description that was typed for a document."""

    description: str = ""


class Notes(Content, frozen=True):
    """What was typed beside an entry of a kind that has nothing else in free text."""

    notes: list[str] = []


FREE_TEXT_BY_KIND: dict[str, type[Content]] = {
    "allergy": AllergyText,
    "immunisation": Notes,
    "condition": Notes,
    "report": ReportText,
    "result-group": ObservationText,
    "result": ObservationText,
    "comment": CommentText,
    "consultation": ConsultationText,
    "observation": ObservationText,
    "referral": ReferralText,
    "procedure": Notes,
    "document": DocumentText,
    "diary": Notes,
}
