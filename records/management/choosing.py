"""Whom an operator means on the command line: a member of staff with a duty, or a patient of a surgery."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.models import Duty, User
from accounts.staff import StaffRefusal, desk_of
from surgeries.management.arguments import bare_number, surgery_of
from surgeries.models import Patient, Surgery


def staff_member(email: str, surgery: Surgery, *, duty: Duty | None = None) -> User:
    """The member of staff who has a duty at a surgery today, or for None any (R8.1); raises CommandError."""
    refusal = (
        f"{email} does not have the duty {duty} at the patient's surgery"
        if duty
        else f"{email} is not one of the surgery's staff"
    )
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    desk = desk_of(user, on=timezone.localdate(), surgery=surgery) if user else None
    if not user or not desk or isinstance(desk, StaffRefusal) or (duty and not desk.may(duty)):
        raise CommandError(refusal)
    return user


def add_patient_arguments(parser: CommandParser) -> None:
    """A patient by number and surgery, or by the id that addresses have."""
    parser.add_argument("--surgery", default="", metavar="ODS")
    parser.add_argument("--nhs-number", default="", type=bare_number, metavar="N")
    parser.add_argument("--patient", default=None, type=UUID, metavar="UUID",
                        help="instead of the two: the id in the addresses of the patient's pages")  # fmt: skip


def chosen_patient(options: dict[str, Any]) -> Patient:
    """The patient whom the arguments name: on the surgery's list now, else the latest who was; raises CommandError."""
    patients = Patient.objects.select_related("surgery")
    if options["patient"]:
        patients = patients.filter(pk=options["patient"])
    elif options["surgery"] and options["nhs_number"]:
        surgery = surgery_of(options["surgery"])
        patients = patients.filter(surgery=surgery, nhs_number=options["nhs_number"])
    else:
        raise CommandError(
            "Name the patient: --surgery and --nhs-number, or --patient", returncode=2
        )
    found = patients.filter(left_on=None).first() or patients.order_by("-left_on").first()
    if found is None:
        raise CommandError("The surgery has no such patient")
    return found
