"""Show what a viewer would see of a record on a day, and the rule for each entry."""

import json
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from audit import log
from proxy_access.access import Refusal
from records.explaining import access_of_patient, access_of_proxy, explain
from records.visibility import RecordAccess
from surgeries.models import Patient


class Command(BaseCommand):
    """Explains one patient's record to an operator."""

    help = (
        "What a viewer would see on a day, by today's decisions and hidings: each entry with the rule"
        " that shows it and, with --hidden, each other one with the rule that hides it."
    )

    def add_arguments(self, parser: Any) -> None:
        """Whose record, for whom, and when."""
        parser.add_argument("nhs_number")
        parser.add_argument("--as", dest="viewer", default="self", metavar="self|proxy:EMAIL|staff")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--hidden", action="store_true", help="also what the viewer does not see"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the record as the viewer would see it."""
        patient = patient_of(options["nhs_number"])
        on = options["on"] or timezone.localdate()
        access = self.access(patient, options["viewer"], on)
        log.record(
            "record explained", at=timezone.now(), actor_id=None, patient_id=patient.pk,
            about=f"as {options['viewer'].partition(':')[0]} on {on}",
        )  # fmt: skip
        entries = explain(patient, access, hidden=options["hidden"])
        if options["json"]:
            told = {"nhs_number": patient.nhs_number, "as": options["viewer"], "on": on.isoformat()}
            self.stdout.write(json.dumps(told | describe(access) | {"entries": entries}))
        else:
            self.report(access, entries)

    def access(self, patient: Patient, viewer: str, on: date) -> RecordAccess | Refusal | None:
        """The access of the viewer that was named; None for staff."""
        if viewer == "staff":
            return None
        now = timezone.now()
        at = (
            now if on == timezone.localdate(now) else None
        )  # of another day, a pause of a part of it counts
        if viewer == "self":
            return access_of_patient(patient, on=on, at=at)
        role, _, email = viewer.partition(":")
        if role != "proxy" or not email:
            raise CommandError("--as takes self, proxy:EMAIL or staff", returncode=2)
        try:
            return access_of_proxy(patient, email, on=on, at=at)
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody has an account with the address {email}") from error

    def report(self, access: RecordAccess | Refusal | None, entries: list[dict[str, Any]]) -> None:
        """One line for each entry."""
        if isinstance(access, Refusal):
            self.stdout.write(f"The record does not open: {access.value}")
        for entry in entries:
            mark = "shown " if entry["shown"] else "hidden"
            self.stdout.write(
                f"{mark} {entry['rule']:6} {entry['effective'] or 'undated':10}"
                f" {entry['section']:18} {entry['title']}"
            )


def patient_of(nhs_number: str) -> Patient:
    """The patient of this number who is on a list now, else the latest who was; raises CommandError."""
    bare = nhs_number.replace(" ", "").replace("-", "")
    patients = Patient.objects.select_related("surgery").filter(nhs_number=bare)
    found = patients.filter(left_on=None).first() or patients.order_by("-left_on").first()
    if found is None:
        raise CommandError(f"No patient has the NHS number {nhs_number}")
    return found


def describe(access: RecordAccess | Refusal | None) -> dict[str, Any]:
    """Whether the record opens, and with which levels."""
    if access is None:
        return {"access": "staff", "levels": None}
    if isinstance(access, Refusal):
        return {"access": access.value, "levels": None}
    starts_at: datetime | None = access.levels.starts_at
    levels = {
        "current": access.levels.current,
        "historical": access.levels.historical,
        "starts_on": timezone.localdate(starts_at).isoformat() if starts_at else None,
    }
    return {"access": "open", "levels": levels}
