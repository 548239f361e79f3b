"""What there is to know about a person of the demo, and the surgery that they share."""

from dataclasses import dataclass
from datetime import date

from portal.demo.when import Ago
from surgeries.terms import Level, Section

OPENING = ("08:00", "18:30")
LONG_AGO = Ago(years=9)


@dataclass(frozen=True)
class DemoSurgery:
    """The surgery; telephone numbers come from those that Ofcom keeps for drama."""

    ods_code: str
    name: str
    address: tuple[str, ...]
    town: str
    postcode: str
    how_to_ask: str
    phone: str
    opening_hours: dict[str, tuple[str, str]]
    went_live: Ago

    def go_live_on(self, today: date) -> date:
        """The first day of online records (R1.2)."""
        return self.went_live.before(today)


@dataclass(frozen=True)
class StaffMember:
    """Someone who works at the surgery, with their duties (R8.1)."""

    name: str
    email: str
    duties: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """A patient: who they are, what their record shows off, and the access they are meant to have.

    `decision` is granted, denied, paused or none (nothing decided: the surgery's defaults). `starts` is the
    start date staff chose; without it, the later of go-live and registration holds (R1.2).
    """

    key: str
    title: str
    given_names: str
    family_name: str
    gender: str
    nhs_number: str
    age: int
    situation: str
    phone: str
    email: str = ""
    days_since_birthday: int = 100
    registered: Ago = LONG_AGO
    current: Level = Level.FULL
    historical: Level = Level.SUMMARY
    starts: Ago | None = None
    decision: str = "granted"
    reason: str = "Asked for by the patient; record read before opening."
    reason_for_patient: str = ""
    died: Ago | None = None

    @property
    def full_name(self) -> str:
        """The name as it is shown."""
        return f"{self.given_names} {self.family_name}"

    def born_on(self, today: date) -> date:
        """The birth date that makes this person as old as promised."""
        return Ago(years=self.age, days=self.days_since_birthday).before(today)

    def registered_on(self, today: date) -> date:
        """The day of joining the surgery."""
        return self.registered.before(today)

    def starts_on(self, today: date) -> date:
        """The start date of current access (R1.2)."""
        if self.starts:
            return self.starts.before(today)
        return max(SURGERY.go_live_on(today), self.registered_on(today))

    def died_on(self, today: date) -> date | None:
        """The day of death, if the person has died."""
        return self.died.before(today) if self.died else None


@dataclass(frozen=True)
class DemoProxy:
    """Someone who acts for a patient and is not a patient here."""

    name: str
    email: str
    acts_for: str
    relationship: str
    legal_basis: str
    scopes: tuple[Section, ...]
    starts: Ago
    days_left: int = 300


SURGERY = DemoSurgery(
    ods_code="Z99001",
    name="Sampleford Surgery",
    address=("1 Example Lane", "Sampleford"),
    town="Sampleford",
    postcode="ZZ99 3CZ",
    how_to_ask=(
        "Come to the front desk, Monday to Friday, 9am to 5pm. You do not need an appointment.\n"
        "Bring something with your photo on it, such as a passport or driving licence, and something with"
        " your address on it, such as a bank statement or council tax bill.\n"
        "If you do not have these, talk to us. We can find another way."
    ),
    phone="01632 960100",
    opening_hours=dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OPENING),
    went_live=Ago(years=2),
)
