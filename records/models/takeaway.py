"""Copies that people take of a record: asked for, made, kept encrypted for an hour, and gone."""

import uuid

from django.db import models

from surgeries.models import Patient


class Takeaway(models.Model):
    """One copy that somebody asked for; what it holds is in its pieces, for an hour."""

    class Kind(models.TextChoices):
        PDF = "pdf", "A document to read or print (PDF)"
        SUMMARY = "summary", "A summary for other health systems (FHIR)"
        RESULTS = "results", "A table of test results (CSV)"

    class State(models.TextChoices):
        ASKED = "asked", "Waiting"
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"
        ENDED = "ended", "No longer kept"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    viewer_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    basis = models.CharField(max_length=64, blank=True)
    """What decided about visibility when the making began, as a digest: another one ends the copy."""
    sections = models.JSONField(default=list)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    done = models.IntegerField(default=0)
    total = models.IntegerField(null=True)
    file_name = models.CharField(max_length=100, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "viewer_id", "-asked_at"], name="takeaway_newest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class TakeawayPiece(models.Model):
    """One encrypted piece of a copy; the only rows about a patient that the application may delete."""

    pk = models.CompositePrimaryKey("patient_id", "takeaway_id", "number")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    takeaway_id = models.UUIDField()
    number = models.IntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"piece {self.number}"
