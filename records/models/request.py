"""What patients ask their surgery for, and how it is decided: the request, its steps, and what is to be granted."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Duty, User
from records.models.grant import AccessGrant
from surgeries.models import Patient
from surgeries.terms import Level, Section, historical_is_not_above_current


class RequestState(models.TextChoices):
    """How a request stands; the first four are open (R8.2, R8.4)."""

    SENT = "sent", "Sent"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    REVIEWING = "reviewing", "Being reviewed"
    DEFERRED = "deferred", "Put off"
    GRANTED = "granted", "Granted"
    GRANTED_IN_PART = "granted-in-part", "Granted in part"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_STATES = ("sent", "acknowledged", "reviewing", "deferred")


class RefusalGround(models.TextChoices):
    """The only grounds on which access may be refused (R8.3)."""

    SERIOUS_HARM = "serious-harm", "Likely serious harm to the patient or somebody else"
    THIRD_PARTY = "third-party", "What another person said, or what is about them"


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    """Requests of patients."""

    def open(self) -> Self:
        """Those that wait for a decision."""
        return self.filter(state__in=OPEN_STATES)


class AccessRequest(models.Model):
    """A patient's wish to see their full record: one open at a time (R8.2, R8.4)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="access_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    words = models.TextField(blank=True)
    """What the patient wrote, if anything: never needed to be given access."""
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.SENT)
    state_at = models.DateTimeField()
    due_on = models.DateField()
    """The last of the 28 working days (R8.2)."""
    deferred_until = models.DateField(null=True, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(state__in=OPEN_STATES),
                name="access_request_one_open_per_patient",
                violation_error_message="There is an open request already",
            ),
            models.CheckConstraint(
                name="access_request_is_put_off_until_a_day",
                condition=Q(state="deferred", deferred_until__isnull=False)
                | (~Q(state="deferred") & Q(deferred_until=None)),
                violation_error_message="Say until when the request is put off",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-asked_at"], name="access_request_newest")]

    def __str__(self) -> str:
        return f"request {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in OPEN_STATES


class RequestStep(models.Model):
    """One step of a request, with both reasons where staff took it; only ever added."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=20, choices=RequestState)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=20, choices=Duty, blank=True)
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    """For colleagues only: never for the patient."""
    reason_for_patient = models.TextField(blank=True)
    ground = models.CharField(max_length=20, choices=RefusalGround, blank=True)
    professional = models.CharField(max_length=200, blank=True)
    """The health professional who decided that there is likely serious harm, by name and role (R8.3)."""
    grant = models.ForeignKey(
        AccessGrant, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="request_step_of_staff_has_a_reason",
                condition=~Q(state__in=["granted", "granted-in-part", "refused", "deferred"])
                | (~Q(reason="") & ~Q(reason_for_patient="")),
                violation_error_message="Give a reason for colleagues and words for the patient",
            ),
            models.CheckConstraint(
                name="request_step_refuses_only_on_a_ground",
                condition=Q(state="refused", ground__in=["serious-harm", "third-party"])
                | (~Q(state="refused") & Q(ground="")),
                violation_error_message="Choose the ground for refusing",
            ),
            models.CheckConstraint(
                name="request_step_for_harm_names_a_professional",
                condition=~Q(ground="serious-harm") | ~Q(professional=""),
                violation_error_message="Name the health professional who decided this",
            ),
        ]

    def __str__(self) -> str:
        return f"step to {self.state}"


class GrantReview(models.Model):
    """Reading what a decision would newly open before it is made (R8.6); ended, never deleted.

    It holds the decision as it is proposed. `finished_at` is when every flagged entry had a decision and somebody
    said that they are done; `used_at` when the decision was made, `dropped_at` when the review was given up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="grant_reviews")
    request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    current_level = models.CharField(max_length=20, choices=Level)
    historical_level = models.CharField(max_length=20, choices=Level)
    starts_on = models.DateField(null=True, blank=True)
    restricted_sections = ArrayField(
        models.CharField(max_length=20, choices=Section), null=True, blank=True
    )
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    rest_accepted_at = models.DateTimeField(null=True, blank=True)
    """When somebody said that what is not flagged need not be read entry by entry."""
    rest_accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rest_seen = models.CharField(max_length=64, blank=True, default="", db_default="")
    """A digest of what was not flagged when somebody accepted it: what is new has to be accepted too."""
    reason = models.TextField(blank=True, default="", db_default="")
    reason_for_patient = models.TextField(blank=True, default="", db_default="")
    """Both reasons of the decision, while it waits to be made."""
    sent_back_because = models.TextField(blank=True, default="", db_default="")
    """Why the second person did not agree, for colleagues."""
    used_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(used_at=None, dropped_at=None),
                name="grant_review_one_open_per_patient",
                violation_error_message="A review of this patient is open already",
            ),
            models.CheckConstraint(
                name="grant_review_historical_is_not_above_current",
                condition=historical_is_not_above_current("current_level", "historical_level"),
                violation_error_message=(
                    "Access to older entries can't be higher than access to new ones"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.id}"


class EntryDecision(models.Model):
    """What somebody decided about one entry in a review; a later one takes the place of an earlier one."""

    class Kind(models.TextChoices):
        SHOW = "show", "Show it"
        HIDE = "hide", "Hide it"
        ASK = "ask", "Ask a clinician"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    review_id = models.UUIDField()
    entry_id = models.UUIDField()
    kind = models.CharField(max_length=4, choices=Kind)
    reason = models.TextField(blank=True)
    rules = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    """The rules that flagged the entry when it was decided; empty where none did."""
    seen = models.CharField(max_length=64, blank=True, default="", db_default="")
    """A digest of what the decision would open of the entry: it holds for this alone."""
    decided_by_id = models.UUIDField()
    decided_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "review_id", "entry_id"],
                condition=Q(replaced_at=None),
                name="entry_decision_holds_once",
            ),
            models.CheckConstraint(
                name="entry_decision_to_hide_has_a_reason",
                condition=~Q(kind="hide") | ~Q(reason=""),
                violation_error_message="Give a reason for hiding this",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entry_id}"


class PracticeChange(models.Model):
    """One change for many patients of a surgery, seen before it was made; undone as one, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    surgery = models.ForeignKey("surgeries.Surgery", on_delete=models.PROTECT, related_name="+")
    cohort = models.JSONField()
    """Which patients: the levels that they have now, and their ages."""
    current_level = models.CharField(max_length=20, choices=Level)
    historical_level = models.CharField(max_length=20, choices=Level)
    reason = models.TextField()
    reason_for_patient = models.TextField(blank=True)
    counted = models.JSONField(default=dict)
    """What the preview said: patients, entries newly open, entries flagged."""
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="practice_change_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Give a reason for the change",
            ),
            models.CheckConstraint(
                name="practice_change_historical_is_not_above_current",
                condition=historical_is_not_above_current("current_level", "historical_level"),
                violation_error_message=(
                    "Access to older entries can't be higher than access to new ones"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.id}"
