"""What a reader says is wrong in the record, and what the surgery answers; the entry itself stays as it is."""

import uuid

from django.db import models
from django.db.models import Q

from surgeries.models import Patient


class Correction(models.Model):
    """A thread between a reader and the surgery about one entry."""

    class State(models.TextChoices):
        SENT = "sent", "Sent to your surgery"
        READ = "read", "Your surgery is looking at it"
        CORRECTED = "corrected", "Your surgery corrected the record"
        KEPT = "kept", "Your surgery kept the record as it is"
        PASSED_ON = "passed-on", "Your surgery passed it to whoever wrote it"
        TAKEN_BACK = "taken-back", "You took it back"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    entry_id = models.UUIDField()
    opened_by_id = models.UUIDField()
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.SENT)
    state_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "entry_id", "opened_by_id"],
                condition=Q(state__in=["sent", "read"]),
                name="correction_open_once_per_entry",
                violation_error_message="You have already told your surgery about this",
            )
        ]
        indexes = [models.Index(fields=["patient", "entry_id"], name="correction_by_entry")]

    def __str__(self) -> str:
        return f"correction {self.state}"


class CorrectionMessage(models.Model):
    """What was written in a thread; never changed."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    correction_id = models.UUIDField()
    written_by_id = models.UUIDField()
    is_from_surgery = models.BooleanField()
    state = models.CharField(max_length=12, choices=Correction.State)
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["patient", "correction_id", "written_at"], name="message_in_order")
        ]
        constraints = [
            models.CheckConstraint(
                name="correction_message_has_words",
                condition=~Q(text="") | Q(state="taken-back") | Q(state="read"),
                violation_error_message="Write what is wrong",
            )
        ]

    def __str__(self) -> str:
        return f"message {self.written_at}"
