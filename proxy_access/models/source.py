"""Where a grant came from that another system tells of."""

from django.db import models

from proxy_access.models.grant import ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from surgeries.models import Patient


class GrantSource(models.Model):
    """What another system last told of a grant, so that the same file twice changes nothing."""

    grant = models.OneToOneField(
        ProxyGrant, on_delete=models.PROTECT, primary_key=True, related_name="source"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    source_id = models.CharField(max_length=64)
    """The id of the Consent there; for one that had none yet, made of what it said."""
    status = models.CharField(max_length=20)
    reason = models.CharField(max_length=50)
    text = models.CharField(max_length=500, blank=True)
    starts_on = models.DateField()
    """There: here it begins on the day it came, so that nobody is said to have seen a record before."""
    ends_on = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "source_id"],
                name="grant_source_told_once_of_a_patient",
                violation_error_message="This grant was taken in already",
            ),
        ]

    def __str__(self) -> str:
        return self.source_id

    @property
    def words(self) -> str:
        """How the grant stands there, and why, in words."""
        return f"{ProxyStatus(self.status).label}: {StatusReason(self.reason).label}"
