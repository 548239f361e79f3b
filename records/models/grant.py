"""How much of a record is open: the surgery's decisions, oldest to newest."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Duty, User
from surgeries.models import Patient
from surgeries.terms import Level, Section, historical_is_not_above_current


class Decision(models.TextChoices):
    """What was decided; to deny and to pause are decisions too (R1.13)."""

    GRANTED = "granted", "Access granted"
    DENIED = "denied", "Access denied"
    PAUSED = "paused", "Access paused"
    DECLINED = "declined", "Declined by the patient"


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    """Decisions about patients."""

    def of(self, patient: Patient) -> Self:
        """Those about one patient, the newest first: the first one holds."""
        return self.filter(patient=patient).order_by("-id")


class AccessGrant(models.Model):
    """One decision; only ever added (the application's role may not change or delete a row)."""

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="access_grants")
    decision = models.CharField(max_length=10, choices=Decision)
    current_level = models.CharField(max_length=20, choices=Level, default=Level.NONE)
    historical_level = models.CharField(max_length=20, choices=Level, default=Level.NONE)
    starts_on = models.DateField(null=True, blank=True)
    restricted_sections = ArrayField(
        models.CharField(max_length=20, choices=Section), null=True, blank=True
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    duty = models.CharField(max_length=20, choices=Duty, blank=True)
    decided_at = models.DateTimeField()
    reason = models.TextField()
    reason_for_patient = models.TextField(blank=True)

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="access_grant_historical_is_not_above_current",
                condition=historical_is_not_above_current("current_level", "historical_level"),
                violation_error_message=(
                    "Access to older entries can't be higher than access to new ones"
                ),
            ),
            models.CheckConstraint(
                name="access_grant_without_access_has_no_levels",
                condition=Q(decision="granted") | Q(current_level="none", historical_level="none"),
                violation_error_message="Access that is denied or paused has no levels",
            ),
            models.CheckConstraint(
                name="access_grant_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Give a reason for the decision",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-id"], name="access_grant_newest")]

    def __str__(self) -> str:
        return f"{self.decision}: {self.current_level}, {self.historical_level}"


class StaffTask(models.Model):
    """Something that the surgery's staff should look at, because of a rule."""

    class Kind(models.TextChoices):
        REVIEW_STARTING_ACCESS = "review-starting-access", "Review the access that was first set"
        LETTER_ENDED = "letter-ended", "A registration letter ended after wrong tries"
        CORRECTION = "correction", "Someone says that an entry is wrong"
        SPEAK_FIRST = "speak-first", "The patient waits to be spoken to about a result"

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="staff_tasks")
    kind = models.CharField(max_length=40, choices=Kind)
    because = models.CharField(max_length=300)
    about_id = models.UUIDField(null=True)
    """The correction or entry that the task is about, if it is about one."""
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.kind


class WarningAgreement(models.Model):
    """That someone read the four considerations and agreed to them, in one session (R5.1)."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=20)
    agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"version {self.version} agreed"
