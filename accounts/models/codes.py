"""Codes that prove something once: the registration letter and the code for the front desk, both hashed."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models.people import User
from surgeries.models import Patient, Surgery


class RegistrationLetterQuerySet(models.QuerySet["RegistrationLetter"]):
    """Letters that were made."""

    def usable(self, now: datetime) -> Self:
        """Those with which somebody can still register (R3.6)."""
        return self.filter(ended_because="", ends_at__gt=now)


class RegistrationLetter(models.Model):
    """A letter with which a patient registers online: once, within 14 days (R3.6). It ends, and is kept."""

    class End(models.TextChoices):
        USED = "used", "Used"
        TRIES = "tries", "Too many wrong tries"
        REVOKED = "revoked", "Taken back by the surgery"
        REPLACED = "replaced", "Replaced by a newer letter"
        LEFT = "left", "The patient is no longer registered here"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="letters")
    account_id_hash = models.CharField(max_length=64, unique=True)
    linkage_key_hash = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    ended_because = models.CharField(max_length=10, choices=End, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RegistrationLetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_because=""),
                name="registration_letter_one_at_a_time",
                violation_error_message="This patient has a letter already",
            ),
            models.CheckConstraint(
                name="registration_letter_end_has_a_time",
                condition=Q(ended_because="", ended_at=None)
                | (~Q(ended_because="") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeskCodeQuerySet(models.QuerySet["DeskCode"]):
    """Codes for the front desk."""

    def usable(self, now: datetime) -> Self:
        """Those that still say whose account it is."""
        return self.filter(used_at=None, ends_at__gt=now)


class DeskCode(models.Model):
    """What a person shows at the front desk, so that the right account is connected with them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="desk_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, null=True, related_name="+")
    """Where the person goes with it, if they said: all that a surgery learns before it sees them (R3.1)."""
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = DeskCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.id)


class Tries(models.Model):
    """How often something was tried in a stretch of time: one counter for all processes."""

    what = models.CharField(max_length=40)
    about_hash = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["what", "about_hash"], name="tries_one_counter_each"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.count}"


class SignedInDevice(models.Model):
    """A browser in which somebody is or was signed in, as their list of devices shows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signed_in_devices")
    session_key = models.CharField(max_length=40, blank=True)
    """Emptied when the session ends."""
    kind = models.CharField(max_length=80)
    """For example "Firefox on Windows": never the whole of what the browser says of itself."""
    factor = models.CharField(max_length=30)
    browser_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Of the mark that this browser keeps; the same for all who sign in with it."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-began_at"], name="signed_in_device_newest")]

    def __str__(self) -> str:
        return self.kind
