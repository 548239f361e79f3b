"""Who may act for whom today: the first half of the one decision. How much they see is records' half."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import OnlineRegistration, User, Viewer
from audit.kept import Kept, columns_of, made, named
from proxy_access.models import Nomination, Pause, ProxyGrant, Whom, is_paused
from proxy_access.models.days import PLACES, days_of
from proxy_access.models.grant import ProxyGrantQuerySet
from proxy_access.models.pause import PauseQuerySet
from surgeries.models import Patient, Surgery
from surgeries.terms import Section


class Refusal(StrEnum):
    """Why a record does not open; each has a page of its own that says what to do next."""

    SIGNED_OUT = "signed-out"
    SECOND_FACTOR = "second-factor"
    IDENTITY = "identity"
    UNKNOWN = "unknown"  # the viewer may not know that there is such a patient
    ENDED = "ended"  # a proxy's access is over, whatever the reason (R4.8, R5.2)
    REGISTRATION_OVER = "registration-over"  # the patient moved to another surgery (R1.5)
    PAUSED = "paused"  # by the surgery, or by the patient who wants only the surgery to end it
    PAUSED_BY_PATIENT = "paused-by-patient"  # who can end it themself
    DENIED = "denied"
    DECLINED = "declined"  # by the patient themself, who may start it again
    NO_ACCESS = "no-access"
    SECTION = "section"

    @property
    def hides_existence(self) -> bool:
        """Whether the answer is 404, as for a record that does not exist."""
        return self is Refusal.UNKNOWN


@dataclass(frozen=True)
class Access:
    """Who is looking at whose record, and at which parts, decided once per request."""

    patient: Patient
    viewer: User
    scopes: frozenset[str]
    grant: ProxyGrant | None = None

    @property
    def is_own_record(self) -> bool:
        """Whether the viewer is the patient."""
        return self.grant is None


def find_access(
    *, viewer: Viewer, patient_id: UUID, now: datetime, own_matters: bool = False
) -> Access | Refusal:
    """The access that a viewer has to a patient's record, or why there is none.

    The steps are those of a person's way: signed in, second factor (R3.9), identity P9 (R3.1), then is
    this patient or acts for them, and nobody paused it (R5.2). Until identity is proved nothing about any patient is
    looked up. Only the doors to what a patient wants of others set `own_matters`: there they get to it though they paused
    their record, to stop somebody or to come back (R4.8). It opens nothing of the record.
    """
    return find_beside(
        IS_PATIENT, viewer=viewer, patient_id=patient_id, now=now, own_matters=own_matters
    )[0]


def find_beside(
    told: Kept, *, viewer: Viewer, patient_id: UUID, now: datetime, own_matters: bool = False
) -> tuple[Access | Refusal, tuple[Any, ...]]:
    """The same, and of a patient's own record what `told` asks beside who they are, in the same trip to the database.

    `told` is `IS_PATIENT`, or that beside something else; to a proxy and with a refusal there is nothing beside.
    """
    if not viewer.is_authenticated:
        return Refusal.SIGNED_OUT, ()
    if not viewer.is_verified():  # type: ignore[attr-defined]
        return Refusal.SECOND_FACTOR, ()
    today = timezone.localdate(now)
    return _access_beside(told, viewer, patient_id, today, now, own_matters=own_matters)


def access_of(
    viewer: User,
    patient_id: UUID,
    *,
    on: date,
    at: datetime | None = None,
    own_matters: bool = False,
) -> Access | Refusal:
    """The access of a person on a day, whether or not they are signed in: for the door and `show_record`.

    Without the moment `at`, what was paused for a part of the day counts as paused for all of it: who asks for a day
    alone is never told that something is open which is not yet.
    """
    return _access_beside(IS_PATIENT, viewer, patient_id, on, at, own_matters=own_matters)[0]


def _access_beside(
    told: Kept, viewer: User, patient_id: UUID, on: date, at: datetime | None, *, own_matters: bool
) -> tuple[Access | Refusal, tuple[Any, ...]]:
    if not viewer.is_identified:
        return Refusal.IDENTITY, ()
    moment, made_by = moments(on, at)
    own = told.ask(viewer=viewer.pk, patient=patient_id, on=on, at=moment, made_by=made_by)
    if not own:
        return _access_of_proxy(viewer, patient_id, on, at), ()
    patient, (through_surgery, *beside) = _patient_of(own[0]), own[0][PAUSED:]
    if not patient.is_registered(on):
        return Refusal.REGISTRATION_OVER, ()
    if through_surgery is not None and not own_matters:
        return Refusal.PAUSED if through_surgery else Refusal.PAUSED_BY_PATIENT, ()
    return Access(patient, viewer, frozenset(Section)), tuple(beside)


def start_of(day: date) -> datetime:
    """The moment at which a day begins in London."""
    return timezone.make_aware(datetime.combine(day, time.min))


def moments(on: date, at: datetime | None) -> tuple[datetime, datetime]:
    """When a pause must not be over, and by when it must have been made, to count at a moment or on a whole day.

    A day more than the moment, so that what is paused while somebody reads counts, and on a past day only what was by then.
    """
    return (at, at + DAY) if at else (start_of(on), start_of(on + DAY))


DAY = timedelta(days=1)


def is_paused_by_patient(grant: ProxyGrant, *, on: date, at: datetime | None = None) -> bool:
    """Whether the patient paused what a grant opens: it, all who act for them, or their record (R5.2)."""
    moment, made_by = moments(on, at)
    return bool(PAUSED_GRANT.ask(grant=grant.pk, at=moment, made_by=made_by))


PAUSED_GRANT = Kept(
    lambda: (
        ProxyGrant.objects.filter(pk=named("grant"))
        .filter(is_paused(named("at"), made_by=named("made_by")))
        .values_list("pk")
    )
)


def pause_of(patient_id: UUID, *, on: date, at: datetime | None = None) -> Refusal | None:
    """What the patient's own pause of their record answers them; None where there is none."""
    found = _own_pauses(patient_id, *moments(on, at)).values_list("through_surgery", flat=True)[:1]
    for through_surgery in found:
        return Refusal.PAUSED if through_surgery else Refusal.PAUSED_BY_PATIENT
    return None


def _own_pauses(patient: Any, at: Any, made_by: Any) -> PauseQuerySet:
    """The patient's pauses of their record, one that only the surgery ends first: that one answers."""
    pauses = Pause.objects.in_force(at, made_by=made_by)
    return pauses.filter(patient=patient, whom=Whom.EVERYONE).order_by("-through_surgery")


OF_PATIENT = columns_of(Patient, below="patient__")
OF_SURGERY = columns_of(Surgery, below="patient__surgery__")
IS_PATIENT = Kept(
    lambda: (
        OnlineRegistration.objects.live(named("on"))
        .filter(user=named("viewer"), patient=named("patient"))
        .annotate(
            paused=Subquery(
                _own_pauses(OuterRef("patient"), named("at"), named("made_by")).values(
                    "through_surgery"
                )[:1]
            )
        )
        .values_list(*OF_PATIENT, *OF_SURGERY, "paused")
    )
)
"""The patient that a person is on a day, with their surgery, and their pause if any: every page of a record asks."""
PAUSED = len(OF_PATIENT) + len(OF_SURGERY)
"""The place of the pause among its columns, the last of its own."""


def _patient_of(values: tuple[Any, ...]) -> Patient:
    """The patient with whose columns, and their surgery's, a row begins."""
    patient = made(Patient, values[: len(OF_PATIENT)])
    patient.surgery = made(Surgery, values[len(OF_PATIENT) :][: len(OF_SURGERY)])
    return patient


def _open_grants(on: date, at: datetime | None) -> ProxyGrantQuerySet:
    """The grants under which somebody may act at a moment of a day: in force, and not paused by the patient."""
    moment, made_by = moments(on, at)
    return ProxyGrant.objects.live(on).filter(~is_paused(moment, made_by=made_by))


def _kept_open() -> ProxyGrantQuerySet:
    """The same for statements that are kept."""
    paused = is_paused(named("at"), made_by=named("made_by"))
    return ProxyGrant.objects.live(PLACES).filter(~paused).order_by("pk")


def _known(on: date, at: datetime | None) -> dict[str, Any]:
    """What such a statement has to know of the moment of a day."""
    moment, made_by = moments(on, at)
    return {**days_of(on).known, "at": moment, "made_by": made_by}


OPEN_TO = Kept(lambda: _kept_open().filter(patient=named("patient"), proxy=named("viewer"))[:1])
"""The grant under which somebody may act for a patient."""
STILL_OPEN = Kept(
    lambda: _kept_open().filter(pk=named("grant")).select_for_update(no_key=True, of=("self",))
)
"""One grant while it opens, held."""
WAS_OPEN = Kept(
    lambda: (
        ProxyGrant.objects.known_to_proxy()
        .filter(patient=named("patient"), proxy=named("viewer"), starts_on__lte=named("on"))
        .values_list("pk")[:1]
    )
)
WITH_SURGERY = Kept(
    lambda: (
        Patient.objects.filter(pk=named("patient"))
        .order_by()
        .values_list(*columns_of(Patient), *columns_of(Surgery, below="surgery__"))
    )
)


def _access_of_proxy(
    viewer: User, patient_id: UUID, on: date, at: datetime | None
) -> Access | Refusal:
    """The access of someone who is not the patient; all ends look alike to them (R4.8, R4.11)."""
    known = WITH_SURGERY.ask(patient=patient_id)
    if not known:
        return Refusal.UNKNOWN
    theirs = {"patient": patient_id, "viewer": viewer.pk}
    if found := OPEN_TO.ask(**theirs, **_known(on, at)):
        live = made(ProxyGrant, found[0])
        return Access(_patient_of(known[0]), viewer, frozenset(live.scopes), live)
    return Refusal.ENDED if WAS_OPEN.ask(**theirs, on=on) else Refusal.UNKNOWN


def access_if_granted(grant: ProxyGrant, *, on: date) -> Access | Refusal:
    """The access that a grant which waits would give if it were in force on a day (R4.3): to look at beforehand.

    For staff who decide and for the patient who agrees: never for the person who asks.
    """
    if not grant.patient.is_registered(on):
        return Refusal.ENDED
    return Access(grant.patient, grant.proxy, frozenset(grant.scopes), grant)


def hold(access: Access, *, on: date, at: datetime | None = None) -> Access | Refusal:
    """The access of a proxy as it is now, which nobody takes away or narrows until the transaction ends (R4.8).

    So nothing is read once whoever ended it was told that it has ended. The patient's own is only looked at again: they
    may have paused it (R5.2). The day is kept as the last on which a proxy used it (R4.6).
    """
    if access.grant is None:
        return pause_of(access.patient.pk, on=on, at=at) or access
    if transaction.get_autocommit():
        raise transaction.TransactionManagementError("Access is held inside a transaction only")
    found = STILL_OPEN.ask(grant=access.grant.pk, **_known(on, at))
    if not found:
        return Refusal.ENDED
    held = made(ProxyGrant, found[0])
    if held.last_used_on is None or held.last_used_on < on:  # once a day
        held.last_used_on = on
        held.save(update_fields=["last_used_on"])
    return Access(access.patient, access.viewer, frozenset(held.scopes), held)


def is_involved(viewer: User, patient_id: UUID) -> bool:
    """Whether a person is this patient or has to do with acting for them, now or at any time, also as invited to it."""
    return patient_id in involved_with(viewer, patient_id)


def involved_with(viewer: User, *patients: UUID) -> set[UUID]:
    """The patients, or those of some, of whom `is_involved` is true of a person."""
    rows = (
        OnlineRegistration.objects.filter(user=viewer),
        ProxyGrant.objects.filter(proxy=viewer),
        Nomination.objects.filter(opened_by=viewer),  # they know more than a name by then
    )
    narrowed = [each.filter(patient__in=patients) if patients else each for each in rows]
    own, *others = [each.order_by().values_list("patient_id", flat=True) for each in narrowed]
    return set(own.union(*others))


def people_open_to(viewer: User, *, on: date, at: datetime | None = None) -> list[Access]:
    """Every record that a person may try to open on a day: their own first, then those they act for.

    Their own also while they have paused it: from there they come back (R5.2).
    """
    if not viewer.is_identified:  # then nobody is looked up (R3.1)
        return []
    own = (
        OnlineRegistration.objects.live(on).filter(user=viewer).values_list("patient_id", flat=True)
    )
    acted_for = (
        _open_grants(on, at)
        .filter(proxy=viewer)
        .order_by("starts_on", "id")
        .values_list("patient_id", flat=True)
    )
    found = [
        access_of(viewer, patient_id, on=on, at=at, own_matters=True)
        for patient_id in [*own, *acted_for]
    ]
    return [access for access in found if isinstance(access, Access)]
