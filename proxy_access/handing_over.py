"""A grant as it is told to another system."""

from datetime import date, datetime, time

from django.utils import timezone

from accounts.models import OnlineRegistration, User
from proxy_access.fhir import Person, Role
from proxy_access.models import GrantSource, LegalBasis, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from surgeries.models import Patient

UNSAID = "Not told"


def roles_of(patient: Patient, *, proxy: User | None = None, today: date) -> list[Role]:
    """Every grant about a patient, or those to one person, the oldest first.

    None on behalf of an organisation: a Consent cannot say so, and elsewhere it would outlive the person's part in it.
    """
    grants = ProxyGrant.objects.filter(patient=patient, on_behalf_of=None)
    grants = grants.select_related("patient__surgery", "proxy")
    if proxy:
        grants = grants.filter(proxy=proxy)
    return [role_of(grant, today=today) for grant in grants.order_by("starts_on", "id")]


def role_of(grant: ProxyGrant, *, today: date) -> Role:
    """What is told of a grant; one that a rule or its end date has stopped is never told as active (R4.6, R4.7, R4.9)."""
    source = GrantSource.objects.filter(grant=grant).first()
    steps = list(grant.steps.order_by("id"))
    status, reason = _stands(grant, today)
    texts = [step.text for step in steps if step.reason == reason and step.text]
    if source and (source.status, source.reason) == (status, reason):
        texts = [source.text]  # without what staff here wrote with it
    first = steps[0].at if steps else grant.decided_at
    return Role(
        source_id=source.source_id if source else str(grant.pk), status=status, reason=reason,
        basis=LegalBasis(grant.legal_basis), patient=_person(grant.patient),
        proxy=_proxy(grant.proxy, today), starts_on=source.starts_on if source else grant.starts_on,
        ends_on=grant.ends_on, written_at=first or _morning(grant.starts_on),
        changed_at=steps[-1].at if steps else None,
        text=(texts[-1] if texts else UNSAID) if reason is StatusReason.OTHER else "",
        granted_by=grant.patient.surgery.ods_code,
    )  # fmt: skip


def _stands(grant: ProxyGrant, today: date) -> tuple[ProxyStatus, StatusReason]:
    """Where it stands for somebody who cannot ask the rules again tomorrow."""
    if grant.status == ProxyStatus.ACTIVE:
        if grant.ends_on and grant.ends_on < today:
            return ProxyStatus.ENDED, StatusReason.END_DATE_REACHED
        by_rule = ProxyGrant.objects.not_over_by_rule(max(today, grant.starts_on))
        if not by_rule.filter(pk=grant.pk).exists():
            return ProxyStatus.SUSPENDED, StatusReason.SUSPENDED
    return ProxyStatus(grant.status), StatusReason(grant.status_reason)


def _person(patient: Patient) -> Person:
    return Person(
        nhs_number=patient.nhs_number, family_name=patient.family_name,
        given_names=patient.given_names, date_of_birth=patient.date_of_birth,
    )  # fmt: skip


def _proxy(user: User, today: date) -> Person:
    own = OnlineRegistration.objects.live(today).filter(user=user).select_related("patient").first()
    return _person(own.patient) if own else Person(account=str(user.pk))


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
