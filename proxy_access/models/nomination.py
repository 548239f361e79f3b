"""Whom a patient wants to let act for them, before anybody does, and what they agreed to."""

import uuid
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from proxy_access.models.grant import ProxyGrant, named
from proxy_access.statuses import ProxyStatus
from surgeries.models import Patient
from surgeries.terms import Section


class NominationState(models.TextChoices):
    """How far a nomination is; what becomes of it once it was accepted is said by the grant."""

    DRAFT = "draft", "Not finished"
    WITH_SURGERY = "with-surgery", "The surgery looks at it before the code is given"
    SENT = "sent", "The code waits to be used"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"


class Relationship(models.TextChoices):
    """Who somebody is to the patient, as the patient says."""

    PARTNER = "partner", "Husband, wife or partner"
    PARENT = "parent", "Parent"
    CHILD = "child", "Son or daughter"
    RELATIVE = "relative", "Another relative"
    FRIEND = "friend", "Friend or neighbour"
    CARER = "carer", "Paid carer"
    OTHER = "other", "Somebody else"


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Nominations of patients."""

    def open(self) -> Self:
        """Those that nobody has answered or cancelled."""
        return self.filter(state__in=UNANSWERED)

    def agreed(self) -> Self:
        """Those that the patient agreed to, whatever came of them: the others are no business of the surgery's."""
        return self.filter(Exists(ProxyConsent.objects.filter(nomination=OuterRef("pk"))))

    def answerable(self, now: datetime) -> Self:
        """Those that can be accepted or declined: in time, and of a patient who has not closed their account since."""
        return self.filter(
            state=NominationState.SENT, code_ends_at__gt=now, made_by__is_active=True
        )

    def with_code(self, code_hash: str, now: datetime) -> Self:
        """Those whose code this is, while it can be used."""
        return self.answerable(now).filter(code_hash=code_hash).exclude(code_hash="")


NEVER_BEGAN = (ProxyStatus.PROPOSED, ProxyStatus.REJECTED, ProxyStatus.ENTERED_IN_ERROR)
UNANSWERED = (NominationState.DRAFT, NominationState.WITH_SURGERY, NominationState.SENT)


class Nomination(models.Model):
    """That a patient wants somebody to act for them: who, what they may see, until when (R4.4).

    It opens nothing: only the surgery's decision does, which is a ProxyGrant. It is kept, whatever comes of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    """Also stands for the person in what is hidden from them before they have an account."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="nominations")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    email = models.EmailField()
    relationship = models.CharField(max_length=20, choices=Relationship)
    name_shown = models.CharField(max_length=200)
    """How the patient is called to the person before the surgery has decided: all that they learn (R3.1)."""
    scopes = ArrayField(models.CharField(max_length=20, choices=Section), default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    open_ended_because = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=20, choices=NominationState, default=NominationState.DRAFT, editable=False
    )
    state_at = models.DateTimeField()
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    """Of a code that nobody has used yet; emptied when somebody does."""
    code_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    """Whose account gave the right code."""
    grant = models.OneToOneField(
        ProxyGrant, on_delete=models.PROTECT, null=True, blank=True, related_name="nomination"
    )

    objects = NominationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code_hash"], condition=~Q(code_hash=""), name="nomination_code_is_one"
            ),
            models.CheckConstraint(
                name="nomination_has_a_grant_once_accepted",
                condition=Q(state="accepted", grant__isnull=False)
                | Q(state="cancelled")
                | (~Q(state="accepted") & Q(grant=None)),
            ),
            models.CheckConstraint(
                name="nomination_code_only_while_sent",
                condition=Q(state="sent") | Q(code_hash=""),
            ),
            models.CheckConstraint(
                name="nomination_says_what_and_until_when",  # R4.3, R4.6
                condition=Q(state__in=["draft", "cancelled"])
                | (Q(scopes__len__gt=0) & (Q(ends_on__isnull=False) | ~Q(open_ended_because=""))),
            ),
        ]
        indexes = [models.Index(fields=["patient", "-made_at"], name="nomination_newest")]

    def __str__(self) -> str:
        return f"{self.state} for {self.patient_id}"

    @property
    def sections(self) -> list[str]:
        """What the person would see, by the names of the sections."""
        return named(self.scopes)

    @property
    def last_day(self) -> date | None:
        """The last whole day on which the code works, or on which it can be answered."""
        ends_at = self.code_ends_at
        return timezone.localdate(ends_at) - timedelta(days=1) if ends_at else None

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted, changed or cancelled."""
        return self.state in UNANSWERED

    @property
    def stands_for(self) -> UUID:
        """Under which id something is hidden from the person: this one until they have accepted."""
        return self.grant.proxy_id if self.grant else self.pk

    @property
    def never_began(self) -> bool:
        """Whether nobody acted by it: the patient knows the person by their own word, and by no other name."""
        return self.grant is None or self.grant.status in NEVER_BEGAN

    @property
    def is_undecided(self) -> bool:
        """Whether it waits for somebody's answer, as far as the patient is told (R4.5)."""
        return self.is_open or (
            self.state == NominationState.ACCEPTED and self.told_as == "waiting"
        )

    @property
    def told_as(self) -> str:
        """How far the surgery is with what was accepted, as its patient is told (R4.5): waiting, begun or rejected."""
        if self.grant is None or self.grant.status == ProxyStatus.PROPOSED:
            return "waiting"
        if self.grant.status != ProxyStatus.REJECTED:
            return "begun"
        rejected = self.grant.steps.filter(status=ProxyStatus.REJECTED).order_by("id").last()
        return "rejected" if rejected and rejected.told_patient else "waiting"


class ProxyConsent(models.Model):
    """What a patient read and agreed to before somebody was invited, as it was shown (R4.4); only ever added."""

    id = models.BigAutoField(primary_key=True)
    nomination = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="consents")
    version = models.CharField(max_length=20)
    facts = models.JSONField()
    """A list of {"about", "heading", "text"}: the eight facts, in the words of that moment."""
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"version {self.version} agreed"
