"""What was decided about who may act for whom, and each change of it."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value

from accounts.models import Duty, IdentityLevel, OnlineRegistration, User
from proxy_access.models.days import Days, days_of
from proxy_access.models.organisation import OrganisationMember
from proxy_access.statuses import ProxyStatus, StatusReason
from surgeries.models import Patient
from surgeries.terms import Section


class LegalBasis(models.TextChoices):
    """Why someone may act for another (R4.1)."""

    CONSENT = "consent", "The patient agreed"
    PARENTAL_RESPONSIBILITY = "parental-responsibility", "Parental responsibility"
    ATTORNEY = "health-and-welfare-lasting-power-of-attorney", "Lasting power of attorney"
    DEPUTY = "court-appointed-personal-welfare-deputy", "Deputy appointed by the court"
    BEST_INTEREST = "best-interest", "Best interest of the patient"


def _is_on_list(on: date) -> Q:
    """That the patient is registered here and alive, as `Patient.is_registered` says of one (R1.5)."""
    still = [
        Q(**{f"patient__{gone}": None}) | Q(**{f"patient__{gone}__gt": on})
        for gone in ("left_on", "died_on")
    ]
    return Q(*still, patient__registered_on__lte=on)


def _proxy_is_gone(on: date) -> models.QuerySet[OnlineRegistration]:
    """Registrations by which the proxy, a patient too, has died, or has moved since the grant began (R4.9)."""
    moved = Q(patient__left_on__lte=on, patient__left_on__gte=OuterRef("starts_on"))
    own = OnlineRegistration.objects.filter(user=OuterRef("proxy"))
    return own.filter(Q(patient__died_on__lte=on) | moved)


def _closed_by_patient() -> models.QuerySet[OnlineRegistration]:
    """Accounts that the patient closed after they gave the consent on which a grant rests (R4.8)."""
    return OnlineRegistration.objects.filter(
        patient=OuterRef("patient"), user__closed_at__date__gte=OuterRef("starts_on")
    )


def _still_of_organisation(on: date) -> models.QuerySet[OrganisationMember]:
    """The membership under which the proxy acts, while they belong to the organisation and it is in force."""
    member = OrganisationMember.objects.live(on)
    return member.filter(pk=OuterRef("on_behalf_of"), user=OuterRef("proxy"))


ORGANISATION_SCOPES = (Section.ALLERGIES, Section.MEDICINES)
"""What somebody of an organisation sees, where nobody said why they need more (R4.3)."""


def _is_used(long_ago: date) -> Q:
    """That the proxy opened the record, or began to be allowed to, less than five years ago (R4.6)."""
    return Q(last_used_on__gt=long_ago) | Q(last_used_on=None, starts_on__gt=long_ago)


class ProxyGrantQuerySet(models.QuerySet["ProxyGrant"]):
    """Grants of one person to act for another."""

    def live(self, on: date | Days) -> Self:
        """Those under which the proxy may act on a day (R4.6, R4.7, R4.9).

        Dates, ages, deaths, moves, closed accounts and years without use speak for themselves: no job has to run.
        `PLACES` in place of the day make a condition for a kept statement.
        """
        return self.not_over_by_rule(on).filter(status=ProxyStatus.ACTIVE)

    def not_over_by_rule(self, on: date | Days) -> Self:
        """Those that would be live on a day, if nobody had stopped or ended them."""
        days = on if isinstance(on, Days) else days_of(on)
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=days.on),
            ~Q(legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY)
            | Q(patient__date_of_birth__gt=days.adult_born),
            ~Q(legal_basis=LegalBasis.CONSENT) | ~Exists(_closed_by_patient()),
            _is_used(days.unused_since),
            ~Exists(_proxy_is_gone(days.on)),
            Q(on_behalf_of=None) | Exists(_still_of_organisation(days.on)),
            _is_on_list(days.on),
            proxy__identity_level=IdentityLevel.P9,
            starts_on__lte=days.on,
        )

    def with_names(self) -> Self:
        """With who acts, and as whose member, so that a list asks for neither again."""
        return self.select_related("proxy", "on_behalf_of__organisation")

    def known_to_proxy(self) -> Self:
        """Those under which the proxy has had access at some time, so that saying "ended" tells nothing."""
        return self.filter(
            status__in=[ProxyStatus.ACTIVE, ProxyStatus.SUSPENDED, ProxyStatus.ENDED]
        )


class DateRange(Func):
    """The days of a grant, both ends included."""

    function = "DATERANGE"
    output_field = DateRangeField()


class ProxyGrant(models.Model):
    """The surgery's decision that one person may act for another.

    Never edited to take access away: it ends, is suspended or is rejected, so that the table can always
    say who could see what on a given day (R4.9).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="proxy_grants")
    proxy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="proxy_grants")
    legal_basis = models.CharField(max_length=50, choices=LegalBasis)
    scopes = ArrayField(models.CharField(max_length=20, choices=Section))
    status = models.CharField(max_length=20, choices=ProxyStatus, default=ProxyStatus.PROPOSED)
    status_reason = models.CharField(max_length=50, choices=StatusReason)
    """Why it stands there; the database refuses another status without one that fits (R4.9, R4.10)."""
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    basis_ends_on = models.DateField(null=True, blank=True)
    """The last day of the order or the power that it rests on, where that has one: it ends by then (R4.9)."""
    open_ended_because = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    on_behalf_of = models.ForeignKey(
        OrganisationMember, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    """As whose member the proxy acts; empty for somebody who acts for themselves alone."""
    wider_because = models.CharField(max_length=500, blank=True, default="", db_default="")
    """Why somebody of an organisation sees more than medicines and allergies."""
    last_used_on = models.DateField(null=True, blank=True)
    """The last day on which the proxy opened the record; None where they never did."""
    asked_to_go_on = models.DateField(null=True, blank=True)
    """When the proxy asked to go on after the end date; None again once it went on (R4.6)."""

    objects = ProxyGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proxy_grant_does_not_end_before_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="The end date must be after the start date",
            ),
            models.CheckConstraint(
                name="proxy_grant_has_an_end_date_or_a_reason",  # R4.6
                condition=Q(ends_on__isnull=False) | ~Q(open_ended_because=""),
                violation_error_message="Give an end date, or the reason for having none",
            ),
            models.CheckConstraint(
                name="proxy_grant_ends_with_its_basis",  # R4.9
                condition=Q(basis_ends_on=None)
                | Q(ends_on__isnull=False, ends_on__lte=F("basis_ends_on")),
                violation_error_message="It cannot go on for longer than the order or the power that it rests on",
            ),
            ExclusionConstraint(
                name="proxy_grant_one_per_pair_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("proxy", RangeOperators.EQUAL),
                    (
                        DateRange(
                            "starts_on",
                            "ends_on",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status=Value(ProxyStatus.ACTIVE.value)),
                violation_error_message="This person acts for the patient already on these dates",
            ),
            models.CheckConstraint(
                name="proxy_grant_of_an_organisation_is_narrow_or_says_why",  # R4.3
                condition=Q(on_behalf_of=None)
                | Q(scopes__contained_by=[scope.value for scope in ORGANISATION_SCOPES])
                | ~Q(wider_because=""),
                violation_error_message="Say why they need more than medicines and allergies",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proxy_id} for {self.patient_id}"

    @property
    def proxy_name(self) -> str:
        """Who acts, by name, and as whose member: "Ann, of Willow House"."""
        name = self.proxy.name or self.proxy.email
        return f"{name}, of {self.on_behalf_of.organisation}" if self.on_behalf_of else name

    @property
    def rests_on_agreement(self) -> bool:
        """Whether the patient agreed to it, so that they can end it; else a law or a court is its basis (R4.1, R4.8)."""
        return self.legal_basis == LegalBasis.CONSENT


def named(scopes: Collection[str]) -> list[str]:
    """What somebody may see, by the names of the sections in their order."""
    return [section.label for section in Section if section in scopes]


class ProxyStep(models.Model):
    """One change of a grant, and how it stood after it; only ever added (R4.9)."""

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(ProxyGrant, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=20, choices=ProxyStatus)
    reason = models.CharField(max_length=50, choices=StatusReason, blank=True)
    """Why its status changed; empty where only what may be seen, or until when, did."""
    text = models.CharField(max_length=500, blank=True)
    """For colleagues only: neither the patient nor the proxy reads it."""
    scopes = ArrayField(models.CharField(max_length=20, choices=Section))
    ends_on = models.DateField(null=True, blank=True)
    went_on_from = models.DateField(null=True, blank=True)
    """The end date before it, where it was let go on for another term (R4.6)."""
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    duty = models.CharField(max_length=20, choices=Duty, blank=True)
    """Empty where the patient or the proxy did it themself."""
    at = models.DateTimeField()
    told_patient = models.BooleanField(default=True)
    """Whether the patient's own pages say so: what is looked into for their safety may have to be kept from whoever reads
    beside them (R4.5)."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proxy_step_of_another_reason_says_which",  # R4.10
                condition=~Q(reason="OTHER") | ~Q(text=""),
                violation_error_message="Say what the other reason is",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"

    @property
    def sections(self) -> list[str]:
        """What could be seen after it, by name."""
        return named(self.scopes)


class EndNotice(models.Model):
    """That both sides were told, some days before, that a grant ends; only ever added (R4.6)."""

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(ProxyGrant, on_delete=models.PROTECT, related_name="end_notices")
    ends_on = models.DateField()
    days_before = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "ends_on", "days_before"], name="end_notice_is_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days_before} days before {self.ends_on}"
