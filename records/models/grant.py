"""How much of a record is open: the surgery's decisions, oldest to newest."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Duty, User
from surgeries.models import Patient
from surgeries.terms import Level, Section, historical_is_not_above_current

EVERYTHING = datetime.max.replace(tzinfo=UTC)
"""Later than anything that came."""


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

    def made_by(self, day: date) -> Self:
        """Those that had been made when a day ended."""
        ended_at = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        return self.filter(decided_at__lt=ended_at)


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
    read_until = models.DateTimeField(null=True, blank=True)
    """Until when what came counts as read before older entries opened (R1.5); None for until this decision."""
    reason = models.TextField()
    reason_for_patient = models.TextField(blank=True)
    practice_change_id = models.UUIDField(null=True, blank=True)
    """The change for many patients that this decision is part of, if it is."""

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
        indexes = [
            models.Index(fields=["patient", "-id"], name="access_grant_newest"),
            models.Index(fields=["decided_at"], name="access_grant_by_time"),
            models.Index(
                fields=["practice_change_id"],
                name="access_grant_by_change",
                condition=Q(practice_change_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision}: {self.current_level}, {self.historical_level}"

    @property
    def reads_until(self) -> datetime:
        """Until when what came to the record counts as read before older entries were opened (R1.5).

        A decision that is not made yet is about everything that is held: its preview leaves nothing out.
        """
        return self.read_until or self.decided_at or EVERYTHING

    @property
    def opens_older(self) -> bool:
        """Whether entries from before the start date are open beyond medicines and allergies."""
        return Level(self.historical_level).is_above(Level.SUMMARY)

    def says_the_same(self, held: "AccessGrant | None") -> bool:
        """Whether another decision said the same, whatever had been read by then."""
        return held is not None and self._says() == held._says()

    def _says(self) -> tuple[object, ...]:
        closed = self.restricted_sections
        said = (self.decision, self.current_level, self.historical_level, self.starts_on)
        return *said, None if closed is None else frozenset(closed)

    def raises_older(self, held: "AccessGrant | None") -> bool:
        """Whether older entries open further than by the decision that was held."""
        before = Level(held.historical_level) if held else Level.NONE
        return Level(self.historical_level).is_above(before)


class StaffTask(models.Model):
    """Something that the surgery's staff should look at, because of a rule."""

    class Kind(models.TextChoices):
        REVIEW_STARTING_ACCESS = "review-starting-access", "Review the access that was first set"
        LETTER_ENDED = "letter-ended", "A registration letter ended after wrong tries"
        CORRECTION = "correction", "Someone says that an entry is wrong"
        SPEAK_FIRST = "speak-first", "The patient waits to be spoken to about a result"
        REQUEST = "request", "The patient asks for their full record"
        SECOND_PERSON = "second-person", "A second person has to agree to opening the full record"
        CLINICIAN = "clinician", "A clinician is asked about an entry"
        PRINT_LETTER = "print-letter", "A letter to print and send"
        REVIEW_HIDDEN = "review-hidden", "Look again at what is hidden"
        DORMANT = "dormant", "Online access that nobody used for a year"
        PROXY_APPLICATION = "proxy-application", "Somebody wants to act for the patient"
        NOMINATION = "nomination", "The patient names a person at their own address"
        PROXY_STOPPED = "proxy-stopped", "A patient stopped somebody who acts for them by law"
        PROXY_GOES_ON = "proxy-goes-on", "Somebody who acts for a patient by law asks to go on"
        AGE_REVIEW = "age-review", "A child’s age: look again at somebody who acts for them"
        AGE_16 = "age-16", "A young person is 16: see what they want instead"
        PROXY_DORMANT = "proxy-dormant", "Proxy access that nobody used for a year"
        LATE_HISTORY = "late-history", "Older entries came that nobody has read"
        ACCESS_AGAIN = "access-again", "The patient asks for online access again"
        HELP = "help", "The patient asks for a talk alone: do not call or write"
        ACTIVITY = "activity", "The patient says that something in their activity looks wrong"

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="staff_tasks")
    kind = models.CharField(max_length=40, choices=Kind)
    because = models.CharField(max_length=300)
    about_id = models.UUIDField(null=True)
    """The correction or entry that the task is about, if it is about one."""
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    shows_from = models.DateField(null=True)
    """The day from which the task stands in the queue; None for at once."""
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who does it."""
    version = models.PositiveIntegerField(default=0, db_default=0)
    """How often it changed: whoever acts says which one they had before them."""
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "kind"], name="staff_task_open", condition=Q(closed_at=None)
            )
        ]

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
