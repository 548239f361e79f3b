"""The coded content of each kind of entry and part."""

from records.content.pieces import (
    Author,
    Code,
    Component,
    Content,
    EntryLink,
    Measurement,
    PartialDate,
    Reaction,
    RelatedProblem,
    Specimen,
    Topic,
)


class Allergy(Content, frozen=True):
    """An allergy or adverse reaction; an end date is shown only with its reason (R6.5)."""

    codes: list[Code] = []
    categories: list[str] = []
    reactions: list[Reaction] = []
    certainty: str = ""
    criticality: str = ""
    status: str = ""
    last_occurred: PartialDate | None = None
    ended_on: PartialDate | None = None
    reason_ended: str = ""
    recorder: Author | None = None


class Medicine(Content, frozen=True):
    """A medicine with its plan; prescriber notes are never read from a source (R6.4).

    `prescription_type` is acute, repeat, repeat-dispensing or unknown. `status` (active, stopped,
    completed) only tells current from discontinued repeats and is never shown.
    """

    codes: list[Code] = []
    prescription_type: str = "unknown"
    status: str = ""
    dose: str = ""
    patient_instruction: str = ""
    quantity: str = ""
    days_supply: str = ""
    started_on: PartialDate | None = None
    ended_on: PartialDate | None = None
    last_issued_on: PartialDate | None = None
    issues_made: int | None = None
    issues_allowed: int | None = None
    reason_stopped: str = ""
    stopped_on: PartialDate | None = None
    prescribed_elsewhere: bool = False
    prescriber: Author | None = None
    reasons: list[EntryLink] = []


class Issue(Content, frozen=True):
    """One prescription issued under a medicine; `cancelled` says that it was taken back, on a day if that is known."""

    prescription_type: str = ""
    dose: str = ""
    patient_instruction: str = ""
    quantity: str = ""
    days_supply: str = ""
    prescriber: Author | None = None
    cancelled: bool = False
    cancelled_on: PartialDate | None = None


class Immunisation(Content, frozen=True):
    """A vaccine that was given."""

    codes: list[Code] = []
    product: str = ""
    manufacturer: str = ""
    batch: str = ""
    expires_on: PartialDate | None = None
    site: str = ""
    route: str = ""
    quantity: str = ""
    dose_number: str = ""
    diseases: list[str] = []
    reasons: list[str] = []
    given_by: Author | None = None
    given_at: str = ""


class Condition(Content, frozen=True):
    """A problem: significance is major, minor or empty, status active or inactive (R6.8).

    `certainty` says that nobody is sure yet: unconfirmed, provisional or differential; empty for all else.
    """

    codes: list[Code] = []
    significance: str = ""
    status: str = ""
    certainty: str = ""
    ended_on: PartialDate | None = None
    asserter: Author | None = None
    behind: EntryLink | None = None
    related: list[EntryLink] = []
    related_problems: list[RelatedProblem] = []

    def problems(self, relation: str) -> list[EntryLink]:
        """The problems that stand to this one as parent or child; for "" all that are neither."""
        return [
            each.problem
            for each in self.related_problems
            if (each.relation if each.relation in ("parent", "child") else "") == relation
        ]


class Report(Content, frozen=True):
    """A test report; its results are its parts, `also` are those that stand below another report.

    `status` is the source's word: preliminary is marked (R6.6).
    """

    codes: list[Code] = []
    categories: list[str] = []
    status: str = ""
    issued: PartialDate | None = None
    specimens: list[Specimen] = []
    performers: list[Author] = []
    asked_by: list[Author] = []
    requested: list[str] = []
    also: list[EntryLink] = []


class Observation(Measurement, frozen=True):
    """Something found or measured; in a report perhaps below a group."""

    codes: list[Code] = []
    components: list[Component] = []
    status: str = ""
    body_site: str = ""
    method: str = ""
    specimens: list[Specimen] = []
    performers: list[Author] = []
    asked_by: list[Author] = []
    group: EntryLink | None = None


class ResultGroup(Measurement, frozen=True):
    """A heading over results in a report, such as a full blood count; perhaps below another one.

    What the laboratory says of all of them together is its own: a mark, a range, why there is no value.
    """

    codes: list[Code] = []
    status: str = ""
    specimens: list[Specimen] = []
    performers: list[Author] = []
    asked_by: list[Author] = []
    group: EntryLink | None = None


class Comment(Content, frozen=True):
    """A comment note has no coded content, only who wrote it and below which group of results."""

    performers: list[Author] = []
    group: EntryLink | None = None


class Consultation(Content, frozen=True):
    """A consultation; its outline refers to parts and entries in the source's order (R6.3)."""

    encounter_type: str = ""
    ended: PartialDate | None = None
    lasted: str = ""
    authors: list[Author] = []
    place: str = ""
    organisation: str = ""
    topics: list[Topic] = []


class Referral(Content, frozen=True):
    """A referral to someone else."""

    codes: list[Code] = []
    priority: str = ""
    recipients: list[Author] = []
    specialties: list[str] = []
    reasons: list[str] = []
    requester: Author | None = None
    documents: list[EntryLink] = []


class Procedure(Content, frozen=True):
    """A procedure or a request for one."""

    codes: list[Code] = []
    status: str = ""
    performers: list[Author] = []


class Document(Content, frozen=True):
    """A letter or attachment; all its words are untrusted (R7.7)."""

    codes: list[Code] = []
    created: PartialDate | None = None
    authors: list[Author] = []
    custodian: str = ""
    setting: str = ""


class Diary(Content, frozen=True):
    """A recall or plan of the surgery, never shown (R1.10)."""

    codes: list[Code] = []
    status: str = ""


class AccessCode(Content, frozen=True):
    """A code that steers online access when it is first set up (R1.11), never shown."""

    code: str = ""


CONTENT_BY_KIND: dict[str, type[Content]] = {
    "allergy": Allergy,
    "medicine": Medicine,
    "issue": Issue,
    "immunisation": Immunisation,
    "condition": Condition,
    "report": Report,
    "result-group": ResultGroup,
    "result": Observation,
    "comment": Comment,
    "consultation": Consultation,
    "observation": Observation,
    "referral": Referral,
    "procedure": Procedure,
    "document": Document,
    "diary": Diary,
    "access-code": AccessCode,
}
