"""What a Consent tells of one person who acts for another."""

from dataclasses import dataclass
from datetime import date, datetime

from proxy_access.models import LegalBasis
from proxy_access.statuses import ProxyStatus, StatusReason
from surgeries.terms import Section


@dataclass(frozen=True)
class Person:
    """Somebody as a file names them: by NHS number, with name and date of birth where it gives them (R3.7)."""

    nhs_number: str = ""
    account: str = ""
    """The id of an account of this portal, for a proxy whose NHS number is not known."""
    family_name: str = ""
    given_names: str = ""
    date_of_birth: date | None = None

    @property
    def is_matchable(self) -> bool:
        """Whether it says enough to find the person by it: never by the NHS number alone (R3.7)."""
        return bool(self.nhs_number and self.family_name and self.date_of_birth)


@dataclass(frozen=True)
class Role:
    """One grant: whose, to whom, on what basis, where it stands and why, and from when until when.

    Days are whole, as the writer of the file counted them: a time of day with them is dropped.
    """

    source_id: str
    """The id that the source knows it by; empty where it gave none yet."""
    status: ProxyStatus
    reason: StatusReason
    basis: LegalBasis
    patient: Person
    proxy: Person
    starts_on: date
    ends_on: date | None
    written_at: datetime
    changed_at: datetime | None = None
    text: str = ""
    """What the reason "other" is."""
    granted_by: str = ""
    """The ODS code of the surgery that granted it."""
    asked_for: frozenset[Section] = frozenset()
    """The parts that an application asks for; a Consent cannot carry them."""
