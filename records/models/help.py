"""That a patient asked their surgery for a talk in a way that leaves no trace for whoever holds their phone (R5.2)."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Duty
from surgeries.models import Patient


class Reach(models.TextChoices):
    """How the patient can be reached without danger."""

    NEXT_VISIT = "next-visit", "Speak to me when I am next at the surgery"
    I_COME = "i-come", "I call or come in myself. Let whoever is there know"
    CALL_WHEN = "call-when", "Call me, but only when I say here"
    NOTHING = "nothing", "Do not contact me. I want you to know"


class HelpAsked(models.Model):
    """One such wish; only ever added, and in the rows of the patient (ADR 39)."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    by_id = models.UUIDField()
    at = models.DateTimeField()
    reach = models.CharField(max_length=10, choices=Reach)
    when = models.CharField(max_length=200, blank=True)
    """When a call is safe, in the patient's words."""
    read_by = models.DateTimeField()
    """By when somebody at the surgery reads it, as the patient was told."""

    def __str__(self) -> str:
        return f"help asked: {self.reach}"


class HelpAnswered(models.Model):
    """That staff dealt with all that was asked until then, and how; only ever added."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    by_id = models.UUIDField()
    duty = models.CharField(max_length=20, choices=Duty)
    at = models.DateTimeField()
    text = models.CharField(max_length=500)
    """What was done, for colleagues only."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="help_answered_says_what_was_done",
                condition=~Q(text=""),
                violation_error_message="Enter what was done, for colleagues",
            ),
        ]

    def __str__(self) -> str:
        return "help answered"
