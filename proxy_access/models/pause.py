"""That a patient closed their record for a time: to everyone, to all who act for them, or to one of these (R5.2)."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Duty, User
from proxy_access.models.grant import ProxyGrant
from surgeries.models import Patient


class Whom(models.TextChoices):
    """To whom a pause closes a record."""

    EVERYONE = "everyone", "Everyone, the patient too"
    PROXIES = "proxies", "Everyone who acts for the patient"
    ONE = "one", "One person who acts for the patient"


class PauseQuerySet(models.QuerySet["Pause"]):
    """Pauses of patients."""

    def in_force(self, at: datetime, *, made_by: datetime | None = None) -> Self:
        """Those that close something at a moment; at the second of their end they do not any more (ADR 8).

        One that another connection has just made holds for whoever began before: so it is asked when a pause was made only
        where the question is about the past, with `made_by`.
        """
        known = self if made_by is None else self.filter(made_at__lt=made_by)
        return known.filter(Q(until=None) | Q(until__gt=at), ended=None)

    def of(self, patient: Patient, whom: Whom, grant: ProxyGrant | None = None) -> Self:
        """Those of a patient that close their record to the same people."""
        return self.filter(patient=patient, whom=whom, grant=grant)


class Pause(models.Model):
    """One pause; only ever added (ADR 7). Two that overlap close as long as either does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="pauses")
    whom = models.CharField(max_length=10, choices=Whom)
    grant = models.ForeignKey(
        ProxyGrant, on_delete=models.PROTECT, null=True, blank=True, related_name="pauses"
    )
    """Whose access it closes, where it closes that of one person."""
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    """The moment at which it is over by itself; None for until the patient returns."""
    through_surgery = models.BooleanField(default=False)
    """Whether before then only the surgery ends it, once it has spoken to the patient alone: their own choice."""
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """The pause at the surgery before, that holds on at this one (R1.5)."""

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pause_of_one_person_says_whose",
                condition=Q(whom="one", grant__isnull=False) | (~Q(whom="one") & Q(grant=None)),
                violation_error_message="Say whose access is paused",
            ),
            models.CheckConstraint(
                name="pause_ends_after_it_began",
                condition=Q(until=None) | Q(until__gt=F("made_at")),
                violation_error_message="Choose a day after today",
            ),
        ]

    def __str__(self) -> str:
        return f"pause of {self.whom}"


class PauseEnd(models.Model):
    """That a pause was ended before its time, by the patient or by staff; only ever added."""

    id = models.BigAutoField(primary_key=True)
    pause = models.OneToOneField(Pause, on_delete=models.PROTECT, related_name="ended")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=20, choices=Duty, blank=True)
    """Empty where the patient did it themself."""
    text = models.CharField(max_length=500, blank=True)
    """Why staff did, for colleagues only."""
    spoke_alone = models.BooleanField(default=False)
    """Whether staff say that they spoke to the patient alone."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pause_that_staff_end_says_why",
                condition=Q(duty="") | ~Q(text=""),
                violation_error_message="Enter the reason, for colleagues",
            ),
        ]

    def __str__(self) -> str:
        return f"end of pause {self.pause_id}"


def is_paused(at: datetime, *, made_by: datetime | None = None) -> Exists:
    """That a grant opens nothing at a moment because its patient paused it, all who act for them, or the record."""
    theirs = Q(patient=OuterRef("patient")) & ~Q(whom=Whom.ONE)
    held = Pause.objects.in_force(at, made_by=made_by)
    return Exists(held.filter(theirs | Q(grant=OuterRef("pk"))))
