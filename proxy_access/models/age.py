"""What was decided about a grant at an age, and who was told that the age comes."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from proxy_access.models.grant import ProxyGrant
from surgeries.models import Patient


class Competence(models.TextChoices):
    """What staff found when they assessed whether a young person decides themself (R4.7)."""

    NOT_YET = "not-yet", "Not yet able to decide about this themself"
    AGREES = "agrees", "Able to decide, and wants this person to go on"
    REFUSES = "refuses", "Able to decide, and does not want it as it is"


class Outcome(models.TextChoices):
    """What was decided about one person who acts for the child, apart from any other (R4.12)."""

    GOES_ON = "goes-on", "It goes on as it is"
    LESS = "less", "They see less, or for a shorter time"
    ENDS = "ends", "It ends now"


class AgeReview(models.Model):
    """That staff looked at a grant because of the child's age; only ever added."""

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(ProxyGrant, on_delete=models.PROTECT, related_name="age_reviews")
    competence = models.CharField(max_length=10, choices=Competence)
    outcome = models.CharField(max_length=10, choices=Outcome)
    text = models.CharField(max_length=500)
    """How it was assessed, and why it was decided so: for colleagues only."""
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="age_review_does_not_go_on_against_who_can_decide",
                condition=~Q(competence="refuses", outcome="goes-on"),
                violation_error_message=(
                    "The young person can decide and does not want it as it is. Let this person see less, or end it"
                ),
            ),
            models.CheckConstraint(
                name="age_review_has_a_reason",
                condition=~Q(text=""),
                violation_error_message="Enter the reason, for colleagues",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at an age"


class AgeNotice(models.Model):
    """That somebody was told of a birthday that changes something; only ever added, so that nobody is told twice."""

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    age = models.PositiveSmallIntegerField()
    days_before = models.PositiveSmallIntegerField()
    """Which of the three times it was; the last that had come, where nothing was told on its day."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user", "age", "days_before"],
                name="age_notice_once",
            ),
        ]

    def __str__(self) -> str:
        return f"told {self.days_before} days before {self.age}"
