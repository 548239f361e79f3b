"""Organisations and their people: who is added, who leaves, what then ends, and for how many patients they act (R4.2, R4.3, R4.9)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Duty, IdentityLevel, OnlineRegistration, User
from accounts.staff import Desk, StaffAccess
from audit import log
from proxy_access.changing import begin, follow
from proxy_access.models import (
    ORGANISATION_SCOPES,
    LegalBasis,
    Organisation,
    OrganisationMember,
    ProxyGrant,
)
from proxy_access.models.organisation import OrganisationQuerySet
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import STANDING, Words
from surgeries.models import Surgery
from surgeries.terms import Section

NOT_KNOWN = (
    "No account with a proved identity has this email address. Each person needs their own: they make one, and prove"
    " who they are, before you add them"
)
BASES = (LegalBasis.CONSENT, LegalBasis.BEST_INTEREST)
"""The bases on which somebody of an organisation acts: the others are of a person, not of an employer."""
WIDER = "Say why they need more than medicines and allergies"
IN_PERSON = "A parent, an attorney or a deputy acts in person, and not for an organisation"
LEFT = "Left the organisation before"
OVER = "This has ended already"
NOT_YOURSELF = "You cannot ask for yourself as a member of staff: a colleague does"
MAY_DECIDE = "To change this you need the duty “Decide access”"


@dataclass(frozen=True)
class Known:
    """An organisation that a surgery knows, with how many people it has today, and for how many patients they act."""

    organisation: Organisation
    people: int
    acts_for: int
    is_live: bool


@dataclass(frozen=True)
class Listed:
    """Somebody of an organisation, and for how many patients they act today."""

    member: OrganisationMember
    acts_for: int
    is_live: bool


def add_organisation(*, name: str, ods_code: str, by: Desk, now: datetime) -> Organisation:
    """Put an organisation on the surgery's list, from today; raises ValidationError for a second of one name."""
    _refuse_others(by)
    made = Organisation(
        surgery=by.surgery, name=" ".join(name.split()), ods_code=ods_code.strip().upper(),
        starts_on=timezone.localdate(now),
    )  # fmt: skip
    made.full_clean()
    with transaction.atomic():
        made.save(force_insert=True)
        _log("organisation added", made, by, now)
    return made


def add_member(
    organisation: Organisation, *, email: str, by: Desk, now: datetime
) -> OrganisationMember:
    """Let a person with their own account and a proved identity belong to an organisation, from today (R4.2).

    Raises ValidationError for nobody whose identity is proved, and for whoever adds themselves.
    """
    _refuse_others(by)
    today = timezone.localdate(now)
    known = User.objects.filter(is_active=True, closed_at=None, identity_level=IdentityLevel.P9)
    user = known.filter(email=email.strip().lower()).first()
    if user is None:
        raise ValidationError({"email": NOT_KNOWN})
    if user == by.viewer:
        raise ValidationError({"email": "You cannot add yourself: a colleague does"})
    with transaction.atomic():
        if not _held(organisation, by).live(today).exists():
            raise ValidationError(OVER)
        if organisation.members.live(today).filter(user=user).exists():
            raise ValidationError({"email": "This person belongs to the organisation already"})
        member = OrganisationMember(organisation=organisation, user=user, starts_on=today)
        member.full_clean()
        member.save(force_insert=True)
        _log("organisation member added", organisation, by, now, member)
    return member


def end_member(
    member: OrganisationMember, *, on: date | None, reason: str, by: Desk, now: datetime
) -> None:
    """Let somebody's part in an organisation end after a day, or at once (None), with all that they see by it (R4.9).

    Raises ValidationError where it has ended, and for a day that is over.
    """
    with transaction.atomic():
        _held(member.organisation, by)
        member.refresh_from_db()
        _end(member, on, by, now)
        if on is None:
            _end_grants([member], reason, by, now)
        _log("organisation member ended", member.organisation, by, now, member)


def end_organisation(
    organisation: Organisation, *, on: date | None, reason: str, by: Desk, now: datetime
) -> None:
    """Let an organisation end after a day, or at once (None), with what all of its people see by it (R4.9).

    Raises ValidationError where it has ended, and for a day that is over.
    """
    with transaction.atomic():
        _held(organisation, by)
        organisation.refresh_from_db()
        _end(organisation, on, by, now)
        if on is None:
            _end_grants(organisation.members.all(), reason, by, now)
        _log("organisation ended", organisation, by, now)


def propose(
    member: OrganisationMember,
    *,
    legal_basis: str,
    scopes: Collection[str],
    wider_because: str,
    ends_on: date,
    by: StaffAccess,
    now: datetime,
) -> ProxyGrant:
    """Write down that somebody of an organisation is to act for a patient; it waits for the surgery's decision (R4.3).

    Raises ValidationError where more than medicines and allergies is asked for without a reason, and for who is gone.
    """
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(MAY_DECIDE)
    if member.user_id == by.viewer.pk:
        raise ValidationError(NOT_YOURSELF)
    today = timezone.localdate(now)
    if legal_basis not in BASES:
        raise ValidationError({"legal_basis": IN_PERSON})
    if set(scopes) - set(ORGANISATION_SCOPES) and not wider_because.strip():
        raise ValidationError({"wider_because": WIDER})
    if ends_on < today:
        raise ValidationError({"ends_on": "Choose today or a later day"})
    own = OnlineRegistration.objects.filter(user=member.user, patient=by.patient)
    if own.exists():
        raise ValidationError("Nobody acts for themselves: this is the patient")
    grant = ProxyGrant(
        patient=by.patient, proxy=member.user, on_behalf_of=member, legal_basis=legal_basis,
        scopes=[section.value for section in Section if section in scopes],
        wider_because=wider_because.strip(), starts_on=today, ends_on=ends_on,
    )  # fmt: skip
    with transaction.atomic():
        here = OrganisationMember.objects.live(today).filter(
            organisation__surgery=by.patient.surgery
        )
        if not here.select_for_update(no_key=True, of=("self",)).filter(pk=member.pk).exists():
            raise ValidationError(OVER)
        _end_grants(_left(member.user, by.patient.surgery, today), LEFT, by.desk, now)
        waits = ProxyGrant.objects.filter(patient=by.patient, proxy=member.user)
        if waits.filter(status__in=[ProxyStatus.PROPOSED, *STANDING]).exclude(ends_on__lt=today):
            raise ValidationError(
                "This person acts for the patient already, or is to: see “Proxies”"
            )
        return begin(grant, by=by.viewer, at=now)


def known_to(surgery: Surgery, *, on: date) -> list[Known]:
    """Every organisation of a surgery by name, those in force first."""
    members = OrganisationMember.objects.live(on).filter(organisation__surgery=surgery)
    people = dict(members.values_list("organisation").annotate(Count("user", distinct=True)))
    acting = _acting("on_behalf_of__organisation", surgery, on)
    known = Organisation.objects.filter(surgery=surgery)
    live = set(known.live(on).values_list("pk", flat=True))
    found = [
        Known(one, people.get(one.pk, 0), acting.get(one.pk, 0), one.pk in live)
        for one in known.order_by(Lower("name"), "starts_on")
    ]
    return sorted(found, key=lambda one: not one.is_live)


def listed(organisation: Organisation, *, on: date) -> list[Listed]:
    """Everybody who ever belonged to an organisation by name, those in force first, and for how many patients each acts."""
    acting = _acting("on_behalf_of", organisation.surgery, on)
    members = organisation.members.select_related("user")
    live = set(organisation.members.live(on).values_list("pk", flat=True))
    found = [
        Listed(member, acting.get(member.pk, 0), member.pk in live)
        for member in members.order_by("user__name", "user__email", "starts_on")
    ]
    return sorted(found, key=lambda one: not one.is_live)


def _left(user: User, surgery: Surgery, on: date) -> QuerySet[OrganisationMember]:
    """The parts in organisations that somebody left on a day that was set: what rested on them is no more than a name."""
    members = OrganisationMember.objects.filter(user=user, organisation__surgery=surgery)
    return members.exclude(pk__in=OrganisationMember.objects.live(on)).filter(starts_on__lte=on)


def _acting(of: str, surgery: Surgery, on: date) -> dict[UUID, int]:
    """For how many patients of a surgery somebody acts on a day, by organisation or by member."""
    live = ProxyGrant.objects.live(on).filter(on_behalf_of__organisation__surgery=surgery)
    return dict(live.order_by().values_list(of).annotate(Count("patient", distinct=True)))


def _held(organisation: Organisation, by: Desk) -> OrganisationQuerySet:
    """The organisation, at which nobody else adds or ends anything until this is done."""
    _refuse_others(by)
    if organisation.surgery_id != by.surgery.pk:
        raise ValidationError("This is an organisation of another surgery")
    Surgery.objects.select_for_update(no_key=True).get(pk=by.surgery.pk)
    return Organisation.objects.filter(pk=organisation.pk)


def _refuse_others(by: Desk) -> None:
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(MAY_DECIDE)


def _end(held: Organisation | OrganisationMember, on: date | None, by: Desk, now: datetime) -> None:
    today = timezone.localdate(now)
    if held.ended_at or (held.ends_on and held.ends_on < today):
        raise ValidationError(OVER)
    if on and on < today:
        raise ValidationError({"on": "Choose today or a later day, or end it at once"})
    held.ends_on, held.ended_at = on or max(today, held.starts_on), None if on else now
    held.full_clean()
    held.save(update_fields=["ends_on", "ended_at"])


def _end_grants(
    members: Iterable[OrganisationMember], reason: str, by: Desk, now: datetime
) -> None:
    """End what people see by an organisation, and take back what waits: whoever is told of it, reads nothing after (R4.8)."""
    words = Words(reason)
    grants = ProxyGrant.objects.filter(on_behalf_of__in=list(members)).select_related("patient")
    ends = {
        ProxyStatus.PROPOSED: (ProxyStatus.ENTERED_IN_ERROR, StatusReason.APPLICATION_WITHDRAWN),
    } | dict.fromkeys(STANDING, (ProxyStatus.ENDED, StatusReason.RELATIONSHIP_CHANGED))
    held = grants.filter(status__in=ends).select_for_update(no_key=True, of=("self",))
    for grant in held.order_by("pk"):
        follow(grant, *ends[ProxyStatus(grant.status)], by=by.viewer, at=now, words=words)


def _log(
    did: str, about: Organisation, by: Desk, now: datetime, member: OrganisationMember | None = None
) -> None:
    named = f"organisation {about.pk}" + (f", user {member.user_id}" if member else "")
    log.record(
        did, at=now, actor_id=by.viewer.pk, duty=Duty.DECIDE_ACCESS,
        about=f"{named} at {by.surgery.ods_code}",
    )  # fmt: skip
