"""How people proved who they are, and which patient they are."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.people import IdentityLevel, User
from surgeries.models import Patient, Surgery


class IdentityCheck(models.Model):
    """How a person proved who they are; evidence kinds only, never copies (R3.5)."""

    class Method(models.TextChoices):
        DOCUMENTS = "documents", "Documents seen"
        VOUCHING = "vouching", "Vouched for"
        VOUCHING_CONFIRMED = "vouching-confirmed", "Vouched for, confirmed from the record"
        LETTER = "letter", "Registration letter"
        NHS_LOGIN = "nhs-login", "NHS login"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identity_checks")
    method = models.CharField(max_length=20, choices=Method)
    level = models.CharField(max_length=2, choices=IdentityLevel)
    evidence = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    surgery = models.ForeignKey(
        Surgery, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    voucher = models.CharField(max_length=200, blank=True)
    """Who vouched, by name; they know the person for two years or more (R3.5)."""
    known_since = models.DateField(null=True, blank=True)
    questions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    """Kinds of questions asked from the record; the answers are never stored (R3.5)."""
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.method} to {self.level}"


class OnlineRegistrationQuerySet(models.QuerySet["OnlineRegistration"]):
    """Who is which patient."""

    def live(self, on: date) -> Self:
        """Those in force on a day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on), started_on__lte=on)


class OnlineRegistration(models.Model):
    """The finding that a user is a patient, since when and how; it ends, and is never deleted (R1.13)."""

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="online_registrations"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="online_registrations")
    identity_check = models.ForeignKey(IdentityCheck, on_delete=models.PROTECT, related_name="+")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    terms_version = models.CharField(max_length=20, blank=True)
    """Which wording of the terms the patient agreed to; empty where an operator opened the account."""
    agreed_at = models.DateTimeField(null=True, blank=True)

    objects = OnlineRegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_on=None),
                name="online_registration_one_account_per_patient",
                violation_error_message="This patient has an online account already",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_on=None),
                name="online_registration_one_patient_per_account",
                violation_error_message="This account belongs to another patient already",
            ),
            models.CheckConstraint(
                name="online_registration_does_not_end_before_it_starts",
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                violation_error_message="The end date must be after the start date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.patient_id}"
