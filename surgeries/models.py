"""GP surgeries and the people registered with them."""

import re
import unicodedata
import uuid
from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Replace
from nhs_number import is_valid

from nhsuk.wording import NO_BREAK_SPACE
from surgeries.terms import Level, Section, historical_is_not_above_current


class SurgeryStatus(models.TextChoices):
    """Whether a surgery sees patients, as the Organisation Data Service (ODS) knows it."""

    ACTIVE = "active", "Open"
    CLOSED = "closed", "Closed"
    DORMANT = "dormant", "Not seeing patients now"
    PROPOSED = "proposed", "Not open yet"


def in_findable_words() -> Lower:
    """What a search looks at: name, address, postcode and code, in small letters and without apostrophes."""
    fields = ["name", "town", "address", "postcode", "ods_code"]
    spaced = [piece for field in fields for piece in (field, Value(" "))]
    text = models.TextField()
    together = Concat(*spaced[:-1], output_field=text)
    return Lower(Replace(together, Value("'"), output_field=text))


class Surgery(models.Model):
    """A GP surgery, and what it decides for all of its patients.

    Most rows come from the ODS list, so that people can find their surgery; only where `uses_portal` does
    a surgery have patients and staff here. `address` holds lines, without the postcode.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ods_code = models.CharField("ODS code", max_length=10, unique=True)
    name = models.CharField(max_length=200)
    uses_portal = models.BooleanField(default=False, db_default=False)
    status = models.CharField(
        max_length=10, choices=SurgeryStatus, default=SurgeryStatus.ACTIVE, db_default="active"
    )
    closed_on = models.DateField(null=True, blank=True)
    address = models.TextField(blank=True)
    town = models.CharField(max_length=100, blank=True, default="", db_default="")
    postcode = models.CharField(max_length=10, blank=True, default="", db_default="")
    phone = models.CharField(max_length=40, blank=True)
    opening_hours = models.JSONField(default=dict, blank=True)
    opening_exceptions = models.JSONField(default=dict, blank=True, db_default={})
    """Days with other hours: {"2026-12-24": ["08:00", "12:00"]}, or null for a day on which it is closed."""
    letter_words = models.TextField(blank=True, default="", db_default="")
    """What the surgery adds to the letters that the portal prepares."""
    two_people_for_full = models.BooleanField(default=False, db_default=False)
    """Whether a second person has to agree before the full history opens."""
    how_to_ask = models.TextField(blank=True, default="", db_default="")
    go_live_on = models.DateField(null=True, blank=True)
    default_current_level = models.CharField(max_length=20, choices=Level, default=Level.FULL)
    default_historical_level = models.CharField(max_length=20, choices=Level, default=Level.SUMMARY)
    proxy_review_age = models.PositiveSmallIntegerField(default=11)
    restricted_sections = ArrayField(
        models.CharField(max_length=20, choices=Section), default=list, blank=True
    )

    class Meta:
        verbose_name_plural = "surgeries"
        constraints = [
            models.CheckConstraint(
                name="surgery_review_age_is_11_to_13",
                condition=Q(proxy_review_age__range=(11, 13)),
                violation_error_message="The review age is 11, 12 or 13",
            ),
            models.CheckConstraint(
                name="surgery_historical_default_is_not_above_current",
                condition=historical_is_not_above_current(
                    "default_current_level", "default_historical_level"
                ),
                violation_error_message=(
                    "The default for older entries can't be higher than the one for new entries"
                ),
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(in_findable_words(), name="gin_trgm_ops"),
                name="surgery_by_its_words",
                fastupdate=False,  # with many changes on wait, PostgreSQL would rather read all rows
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.ods_code})"

    def is_closed(self, on: date) -> bool:
        """Whether the surgery has closed, by its status or because its last day is past."""
        return self.status == SurgeryStatus.CLOSED or bool(self.closed_on and self.closed_on <= on)

    @property
    def address_lines(self) -> list[str]:
        """The whole address as on an envelope; the last line is the postcode, which does not break."""
        lines = [line.strip() for line in self.address.splitlines()]
        lines = [line for line in lines if line and line != self.postcode]
        return [*lines, self.postcode.replace(" ", NO_BREAK_SPACE)] if self.postcode else lines

    @property
    def phone_digits(self) -> str:
        """The phone number as a telephone dials it; "" for words that are no number."""
        digits = re.sub(r"[^\d+]", "", self.phone, flags=re.ASCII)
        return digits if re.fullmatch(r"\+?\d{3,15}", digits) else ""


def check_nhs_number(value: str) -> None:
    """Refuse what is not a valid NHS number (R7.1)."""
    if not (value.isascii() and value.isdigit() and is_valid(value)):
        raise ValidationError("This is not a valid NHS number: check the 10 digits")


def bare_name(name: str) -> str:
    """A name as it is compared (R3.7): letters only, without case or accents, so O'Brien is OBRIEN."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients on the lists of surgeries."""

    def of_surgery(self, surgery: Surgery) -> Self:
        """Those that one surgery's staff may know of (R8.1)."""
        return self.filter(surgery=surgery)


class Patient(models.Model):
    """One person's registration with one surgery: a move to another surgery makes another row (R1.5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="patients")
    nhs_number = models.CharField("NHS number", max_length=10, validators=[check_nhs_number])
    family_name = models.CharField(max_length=200)
    given_names = models.CharField(max_length=200)
    date_of_birth = models.DateField()
    registered_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)
    is_restricted = models.BooleanField(default=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="patient_nhs_number_is_ten_digits",
                condition=Q(nhs_number__regex=r"^[0-9]{10}$"),
                violation_error_message="An NHS number has 10 digits",
            ),
            models.UniqueConstraint(
                fields=["nhs_number"],
                condition=Q(left_on=None),
                name="patient_on_one_list_at_a_time",
                violation_error_message="This NHS number is on a surgery's list already",
            ),
            models.CheckConstraint(
                name="patient_does_not_leave_before_registering",
                condition=Q(left_on=None) | Q(left_on__gte=F("registered_on")),
                violation_error_message="The day of leaving must not be before the day of registering",
            ),
        ]
        indexes = [models.Index(fields=["surgery", "family_name"], name="patient_by_name")]

    def __str__(self) -> str:
        return str(self.id)  # never a name: this ends up in logs

    @property
    def full_name(self) -> str:
        """The name as it is shown."""
        return f"{self.given_names} {self.family_name}".strip()

    def has_family_name(self, name: str) -> bool:
        """Whether this is the family name on the list, however it is written (R3.7)."""
        return bool(bare_name(name)) and bare_name(name) == bare_name(self.family_name)

    def is_registered(self, on: date) -> bool:
        """Whether the person is on this list on a day: registered, not moved away, not dead (R1.5)."""
        is_gone = (self.left_on and self.left_on <= on) or (self.died_on and self.died_on <= on)
        return self.registered_on <= on and not is_gone

    def birthday(self, age: int) -> date:
        """The day on which the person reaches an age; 29 February counts as 1 March in other years."""
        year = self.date_of_birth.year + age
        try:
            return self.date_of_birth.replace(year=year)
        except ValueError:
            return date(year, 3, 1)

    def is_under(self, age: int, on: date) -> bool:
        """Whether the person is younger than an age on a day."""
        return on < self.birthday(age)
