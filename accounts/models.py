"""Who someone is: users, what they proved, which patient they are, and what duties they have."""

import uuid
from datetime import date
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from surgeries.models import Patient, Surgery


class IdentityLevel(models.TextChoices):
    """How surely a person is who they say (R3.1)."""

    P0 = "P0", "Not checked"
    P5 = "P5", "Claimed"
    P9 = "P9", "Proved"


class UserManager(BaseUserManager["User"]):
    """Makes users; the name is Django's."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password, none works until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person with an account: a patient, a proxy, a member of staff, or several of these."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    identity_level = models.CharField(
        max_length=2, choices=IdentityLevel, default=IdentityLevel.P0, editable=False
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_one_persons"),
        ]

    def __str__(self) -> str:
        return str(self.id)  # never an address: this ends up in logs

    @property
    def is_identified(self) -> bool:
        """Whether the person proved who they are at the level that a record needs (R3.1)."""
        return self.identity_level == IdentityLevel.P9


Viewer = User | AnonymousUser
"""Whoever sends a request."""


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
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.method} to {self.level}"


class Duty(models.TextChoices):
    """What a member of staff may do; one person may hold several (R8.1)."""

    CHECK_IDENTITY = "check-identity", "Check identity"
    REVIEW_ENTRIES = "review-entries", "Review entries"
    DECIDE_ACCESS = "decide-access", "Decide access"
    MANAGE_SETTINGS = "manage-settings", "Manage the surgery's settings"


class StaffRoleQuerySet(models.QuerySet["StaffRole"]):
    """Duties of staff."""

    def live(self, on: date) -> Self:
        """Those in force on a day: a leaver's rights end by the date."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


class StaffRole(models.Model):
    """One duty of one person at one surgery, for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="staff_roles")
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="staff_roles")
    duty = models.CharField(max_length=20, choices=Duty)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = StaffRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="staff_role_does_not_end_before_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="The end date must be after the start date",
            ),
            models.UniqueConstraint(
                fields=["user", "surgery", "duty"],
                condition=Q(ends_on=None),
                name="staff_role_once_at_a_time",
                violation_error_message="This person has this duty already",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty} at {self.surgery_id}"


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
