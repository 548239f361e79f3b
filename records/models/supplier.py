"""Systems that send extracts by themselves, and what they sent."""

import uuid

from django.db import models

from surgeries.models import Surgery


class Supplier(models.Model):
    """A system that may send extracts of the patients of some surgeries; its public keys are a JWK Set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    keys = models.JSONField()
    surgeries = models.ManyToManyField(Surgery, related_name="+")
    may_add_patients = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    """Since when these are its keys: tokens from before are good for nothing."""
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class UsedAssertion(models.Model):
    """An assertion that was taken: nobody can use it a second time while it would still be good."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    jti = models.CharField(max_length=200)
    good_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "jti"], name="assertion_is_used_once"),
        ]

    def __str__(self) -> str:
        return f"assertion of {self.supplier_id}"


class ReceivedExtract(models.Model):
    """One extract that a supplier sent: its bytes lie sealed in a file until it is loaded or refused."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waits to be loaded"
        LOADED = "loaded", "Loaded"
        UNCHANGED = "unchanged", "Changed nothing"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "idempotency_key"], name="received_extract_once_for_a_key"
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(state="waiting"),
                name="received_extract_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"extract of {self.supplier_id}, {self.state}"
