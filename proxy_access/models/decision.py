"""What the surgery decided about somebody who asked to act for a patient, and from what (R4.5)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Duty, User
from proxy_access.models.grant import LegalBasis, ProxyGrant
from proxy_access.statuses import StatusReason
from surgeries.terms import Section


class Told(models.TextChoices):
    """Who learns how it was decided (R4.5)."""

    BOTH = "both", "The patient and the person who asked"
    APPLICANT = "applicant", "The person who asked, not the patient"
    PATIENT = "patient", "The patient, not the person who asked"
    NO_ONE = "no-one", "No one"


TELLS_APPLICANT, TELLS_PATIENT = (Told.BOTH, Told.APPLICANT), (Told.BOTH, Told.PATIENT)


class ProxyDecision(models.Model):
    """One decision about a grant that waited, with the answers it was made from; only ever added (R4.5)."""

    class Outcome(models.TextChoices):
        GRANTED = "granted", "Granted"
        REJECTED = "rejected", "Not granted"

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(ProxyGrant, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=50, choices=StatusReason)
    legal_basis = models.CharField(max_length=50, choices=LegalBasis)
    answers = models.JSONField(default=dict)
    """What staff answered, by the name of each question of the checklist."""
    seen = models.JSONField(default=dict)
    """What staff had before them: how many entries were flagged and hidden, and whether the other record was looked at."""
    scopes = ArrayField(models.CharField(max_length=20, choices=Section))
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    open_ended_because = models.CharField(max_length=500, blank=True)
    text = models.CharField(max_length=500)
    """Why, for colleagues only."""
    told = models.CharField(max_length=10, choices=Told)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=20, choices=Duty)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proxy_decision_that_grants_is_told_to_both",  # ADR 28
                condition=~Q(outcome="granted") | Q(told="both"),
                violation_error_message="A grant is told to both: it cannot be kept from either",
            ),
            models.CheckConstraint(
                name="proxy_decision_has_a_reason",
                condition=~Q(text=""),
                violation_error_message="Enter the reason, for colleagues",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reason}"

    @property
    def tells_applicant(self) -> bool:
        """Whether the person who asked learns of it."""
        return self.told in TELLS_APPLICANT

    @property
    def tells_patient(self) -> bool:
        """Whether the patient's own pages say so."""
        return self.told in TELLS_PATIENT
