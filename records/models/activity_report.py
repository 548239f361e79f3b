"""What a patient says looks wrong in their activity, and what the surgery answers."""

import uuid

from django.db import models
from django.db.models import Q

from surgeries.models import Patient

OPEN_REPORTS = ("sent", "read")


class ActivityReport(models.Model):
    """One event of which a patient says that it looks wrong; ended with an answer, never deleted.

    The event is named by its id alone: it is final, and told from the log each time.
    """

    class State(models.TextChoices):
        SENT = "sent", "Sent to your surgery"
        READ = "read", "Your surgery is looking at it"
        ANSWERED = "answered", "Your surgery answered"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    event_id = models.UUIDField()
    is_of_account = models.BooleanField()
    """Whether the event is of the chain that concerns no patient: a sign-in, for example."""
    reported_by_id = models.UUIDField()
    reported_at = models.DateTimeField()
    words = models.TextField(blank=True)
    due_on = models.DateField()
    """The working day by which the surgery answers; the patient reads it."""
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    state_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "event_id"],
                condition=Q(state__in=OPEN_REPORTS),
                name="activity_report_one_open_per_event",
                violation_error_message="You have told your surgery about this already",
            ),
            models.CheckConstraint(
                name="activity_report_is_answered_with_words_by_somebody",
                condition=Q(state="answered", answered_by_id__isnull=False) & ~Q(answer="")
                | (~Q(state="answered") & Q(answer="", answered_by_id=None)),
                violation_error_message="Write the answer for the patient",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-reported_at"], name="activity_report_newest")]

    def __str__(self) -> str:
        return f"activity report {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state in OPEN_REPORTS
