"""Events that are written once (R9.1). Their order, hashes and immutability are the database's work."""

import uuid

from django.db import models


class Outcome(models.TextChoices):
    """How what was tried ended."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    NOT_FOUND = "not-found", "Not found"


class AuditEvent(models.Model):
    """One thing that someone did or tried.

    People and patients are ids without foreign keys: the log outlives what it speaks of. `sequence`,
    `previous_hash` and `hash` are set by a trigger; what is given for them is ignored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_id = models.UUIDField(null=True)
    sequence = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    duty = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome)
    request_id = models.CharField(max_length=32, blank=True)
    details = models.JSONField(default=dict)
    previous_hash = models.BinaryField(default=b"")
    hash = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient_id", "sequence"],
                name="audit_event_one_place_in_the_chain",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["patient_id", "at"], name="audit_event_by_patient"),
            models.Index(
                fields=["actor_id", "at"],
                name="audit_event_of_account",
                condition=models.Q(patient_id=None),
            ),
            models.Index(
                fields=["object", "at"],
                name="audit_event_about_account",
                condition=models.Q(patient_id=None, object__startswith="user "),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.outcome})"


class ChainHead(models.Model):
    """The end of one patient's chain; a nil id is the chain of what concerns no patient."""

    patient_id = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")

    class Meta:
        db_table = "audit_chain_head"

    def __str__(self) -> str:
        return f"{self.patient_id} at {self.sequence}"
