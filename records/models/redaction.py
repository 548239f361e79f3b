"""What the surgery hides, and from whom; and what a patient hides from those who act for them."""

import uuid

from django.db import models
from django.db.models import Q

from surgeries.models import Patient


class Redaction(models.Model):
    """The decision to hide one entry from someone, the surgery's or the patient's own; undone, never deleted (R2.1, R2.2)."""

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
    by_patient = models.BooleanField(default=False, db_default=False)
    """Whether the patient hid it from those who act for them: it stands beside what the surgery hides, and neither side
    undoes or learns of the other's (R2.3)."""
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
            models.CheckConstraint(
                name="redaction_of_the_patient_is_from_others",
                condition=Q(by_patient=False) | ~Q(audience="everyone"),
                violation_error_message="Choose who should not see this",
            ),
            models.UniqueConstraint(
                fields=["patient", "entry_id", "audience", "proxy_id", "by_patient"],
                condition=Q(undone_at=None),
                nulls_distinct=False,
                name="redaction_once_per_audience_and_side",
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
