"""What the surgery hides, and from whom."""

import uuid

from django.db import models
from django.db.models import Q

from surgeries.models import Patient


class Redaction(models.Model):
    """The surgery's decision to hide one entry from someone; undone, never deleted (R2.1, R2.2)."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", "Everyone online: the patient and all proxies"
        PROXIES = "proxies", "All proxies"
        ONE_PROXY = "one-proxy", "One proxy"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    entry_id = models.UUIDField()
    audience = models.CharField(max_length=20, choices=Audience)
    proxy_id = models.UUIDField(null=True, blank=True)
    reason = models.TextField()
    hidden_by_id = models.UUIDField()
    hidden_at = models.DateTimeField()
    review_on = models.DateField(null=True, blank=True)
    """When to look again whether this still has to be hidden."""
    together_id = models.UUIDField(null=True, blank=True)
    """The same for all that was hidden in one act: a consultation and what it made."""
    undone_by_id = models.UUIDField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="redaction_names_a_proxy_only_for_one_proxy",
                condition=Q(audience="one-proxy", proxy_id__isnull=False)
                | (~Q(audience="one-proxy") & Q(proxy_id=None)),
                violation_error_message="Choose which proxy this is hidden from",
            ),
            models.CheckConstraint(
                name="redaction_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Give a reason for hiding this",
            ),
            models.CheckConstraint(
                name="redaction_undone_by_someone",
                condition=Q(undone_at=None, undone_by_id=None)
                | Q(undone_at__isnull=False, undone_by_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["patient", "entry_id", "audience", "proxy_id"],
                condition=Q(undone_at=None),
                nulls_distinct=False,
                name="redaction_once_per_audience",
                violation_error_message="This is hidden already",
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "entry_id"],
                name="redaction_by_entry",
                condition=Q(undone_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} hidden from {self.audience}"

    @property
    def act_id(self) -> uuid.UUID:
        """What names the act by which this was hidden, alone or together with others."""
        return self.together_id or self.id
