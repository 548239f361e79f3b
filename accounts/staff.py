"""Which member of staff may look at which patient: the other door's decision (R8.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from accounts.models import Duty, RecoveryCodes, StaffRole, User, Viewer
from surgeries.models import Patient, Surgery


class StaffRefusal(StrEnum):
    """Why a page of the surgery's desk does not open."""

    SIGNED_OUT = "signed-out"
    SECOND_FACTOR = "second-factor"
    RECOVERY_CODE = "recovery-code"  # good for adding an app or passkey, not for the desk
    UNKNOWN = "unknown"  # not staff, or the patient of another surgery: never told apart
    DUTY = "duty"


@dataclass(frozen=True)
class Desk:
    """A member of staff at their own surgery, with the duties that they have today."""

    viewer: User
    surgery: Surgery
    duties: frozenset[str]

    def may(self, duty: Duty) -> bool:
        """Whether one of the duties is this one."""
        return duty in self.duties


@dataclass(frozen=True)
class StaffAccess:
    """A member of staff looking at a patient of their surgery, and the duty under which they do."""

    desk: Desk
    patient: Patient
    duty: str

    @property
    def viewer(self) -> User:
        """The member of staff."""
        return self.desk.viewer

    def may(self, duty: Duty) -> bool:
        """Whether they also have another duty: to show a form, never to act on it."""
        return self.desk.may(duty)


def find_desk(
    *, viewer: Viewer, needs: Collection[Duty] = (), now: datetime
) -> Desk | StaffRefusal:
    """The desk of a member of staff; of several surgeries, the first by name. `needs`: one of these duties."""
    if refusal := _not_in(viewer):
        return refusal
    desk = desk_of(viewer, on=timezone.localdate(now))  # type: ignore[arg-type]  # somebody is in
    if isinstance(desk, Desk) and needs and not desk.duties & set(needs):
        return StaffRefusal.DUTY
    return desk


def _not_in(viewer: Viewer) -> StaffRefusal | None:
    """What is missing of a sign-in with two factors (R3.9)."""
    if not viewer.is_authenticated:
        return StaffRefusal.SIGNED_OUT
    if not viewer.is_verified():  # type: ignore[attr-defined]
        return StaffRefusal.SECOND_FACTOR
    if isinstance(getattr(viewer, "otp_device", None), RecoveryCodes):
        return StaffRefusal.RECOVERY_CODE
    return None


def desk_of(viewer: User, *, on: date, surgery: Surgery | None = None) -> Desk | StaffRefusal:
    """The desk that a person's duties give on a day."""
    roles = StaffRole.objects.live(on).filter(user=viewer).select_related("surgery")
    if surgery:
        roles = roles.filter(surgery=surgery)
    held = list(roles.order_by("surgery__name", "surgery_id"))
    if not held:
        return StaffRefusal.UNKNOWN
    first = held[0].surgery
    return Desk(viewer, first, frozenset(role.duty for role in held if role.surgery_id == first.pk))


def find_staff_access(
    *, viewer: Viewer, patient_id: UUID, needs: Duty | None, now: datetime
) -> StaffAccess | StaffRefusal:
    """The access of staff to a patient of their own surgery; `needs` is the duty that the act takes."""
    if refusal := _not_in(viewer):
        return refusal
    patient = Patient.objects.select_related("surgery").filter(pk=patient_id).first()
    if patient is None:
        return StaffRefusal.UNKNOWN
    desk = desk_of(viewer, on=timezone.localdate(now), surgery=patient.surgery)  # type: ignore[arg-type]
    if isinstance(desk, StaffRefusal):
        return desk
    if needs and not desk.may(needs):
        return StaffRefusal.DUTY
    return StaffAccess(desk, patient, needs or " ".join(sorted(desk.duties)))
