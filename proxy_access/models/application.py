"""What somebody says who wants to act for a patient, before anybody has found out of whom they speak (R3.1, R4.5)."""

import uuid
from datetime import date
from typing import Self

import msgspec
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.models.fields import EncryptedField
from proxy_access.models.grant import LegalBasis, ProxyGrant, named
from surgeries.models import Patient, Surgery


class Evidence(models.TextChoices):
    """Kinds of paper that somebody has; no copy is ever kept."""

    BIRTH_CERTIFICATE = "birth-certificate", "Birth certificate that names me"
    ADOPTION = "adoption", "Adoption certificate"
    PARENTAL_ORDER = "parental-order", "Court order or agreement about parental responsibility"
    LASTING_POWER = "lasting-power", "Lasting power of attorney for health and welfare, registered"
    DEPUTY_ORDER = "deputy-order", "Court order that makes me a personal welfare deputy"
    PROFESSIONAL = "professional", "Letter from somebody who treats or cares for them"
    NONE = "none", "None of these yet"


class Claims(msgspec.Struct, frozen=True):
    """Of whom somebody speaks, and what they want: their own words, which nobody has proved."""

    given_names: str
    family_name: str
    date_of_birth: date
    nhs_number: str
    relationship: str
    evidence: list[str]
    why: str
    scopes: list[str]
    ends_on: date | None
    open_ended_because: str = ""

    @property
    def full_name(self) -> str:
        """The patient's name, as it was given."""
        return f"{self.given_names} {self.family_name}".strip()

    @property
    def sections(self) -> list[str]:
        """What they want to see, by name."""
        return named(self.scopes)

    @property
    def evidence_words(self) -> list[str]:
        """Which papers they have, in words."""
        return [kind.label for kind in Evidence if kind in self.evidence]

    def is_of(self, patient: Patient) -> bool:
        """Whether number, date of birth and family name are all the patient's (R3.7)."""
        return self.nhs_number == patient.nhs_number and self.is_like(patient)

    def is_like(self, patient: Patient) -> bool:
        """Whether date of birth and family name are: enough to be careful, never to match."""
        is_born_then = self.date_of_birth == patient.date_of_birth
        return is_born_then and patient.has_family_name(self.family_name)


class ProxyApplicationQuerySet(models.QuerySet["ProxyApplication"]):
    """What people asked for."""

    def waiting(self) -> Self:
        """Those of which nobody found out yet of whom they speak."""
        return self.filter(grant=None, answered_at=None, withdrawn_at=None)


class ProxyApplication(models.Model):
    """That somebody wants to act for a person who may be a patient of a surgery; kept, whatever comes of it (R4.5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    applicant = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="+")
    legal_basis = models.CharField(max_length=50, choices=LegalBasis)
    stated = EncryptedField()
    """The claims as JSON: they are about somebody who does not know of it."""
    sent_at = models.DateTimeField()
    grant = models.OneToOneField(
        ProxyGrant, on_delete=models.PROTECT, null=True, blank=True, related_name="application"
    )
    """What waits for a decision, once the surgery knows of whom they speak."""
    answered_at = models.DateTimeField(null=True, blank=True)
    """When the surgery found that there is no such patient."""
    handled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    handled_because = models.CharField(max_length=500, blank=True)
    """Why this is the patient, where not all three facts were given right, or why there is none; for colleagues only."""
    tells_applicant = models.BooleanField(default=False, db_default=False)
    """Whether they are told that it was not granted, where there is no such patient."""
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ProxyApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proxy_application_does_not_rest_on_consent",
                condition=~Q(legal_basis="consent"),
                violation_error_message="Only the patient can begin what rests on their agreement",
            ),
            models.CheckConstraint(
                name="proxy_application_is_matched_or_answered",
                condition=Q(grant=None) | Q(answered_at=None),
                violation_error_message="This was matched with a patient already",
            ),
        ]
        indexes = [
            models.Index(
                fields=["surgery", "sent_at"],
                name="proxy_application_waiting",
                condition=Q(grant=None, answered_at=None, withdrawn_at=None),
            ),
            models.Index(fields=["applicant", "-sent_at"], name="proxy_application_of_one"),
        ]

    def __str__(self) -> str:
        return str(self.id)  # never a name: this ends up in logs

    @property
    def claims(self) -> Claims:
        """What was said."""
        return msgspec.json.decode(self.stated, type=Claims)
