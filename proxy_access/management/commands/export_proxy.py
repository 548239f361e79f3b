"""Print the grants about a patient as FHIR."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from audit import log
from proxy_access.fhir import bundle_of
from proxy_access.handing_over import roles_of
from surgeries.management.arguments import bare_number
from surgeries.models import Patient


class Command(BaseCommand):
    """Tells another system who acts for a patient."""

    help = (
        "Print who acts for a patient, or did, as a Bundle of Consents of the Validated Relationships API (FHIR R4)."
        " What may be seen and what is hidden is not in it; nor is who acts on behalf of an organisation."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose grants, and to whom."""
        parser.add_argument("nhs_number", type=bare_number, metavar="NHS_NUMBER")
        parser.add_argument("--proxy-email", metavar="EMAIL", help="only those to one person")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one Bundle; of a person who moved, the registration that is theirs now, else the latest."""
        now = timezone.now()
        known = Patient.objects.filter(nhs_number=options["nhs_number"])
        patient = known.filter(left_on=None).first() or known.order_by("-left_on").first()
        if patient is None:
            raise CommandError("No patient here has this NHS number")
        roles = roles_of(patient, proxy=self.proxy(options), today=timezone.localdate(now))
        log.record(
            "proxy access told", at=now, actor_id=None, patient_id=patient.pk,
            details={"grants": [role.source_id for role in roles]},
        )  # fmt: skip
        if patient.proxy_grants.exclude(on_behalf_of=None).exists():
            self.stderr.write(
                "Left out: who acts on behalf of an organisation, which a Consent cannot say"
            )
        self.stdout.write(json.dumps(bundle_of(roles, at=now), ensure_ascii=False, indent=2))

    def proxy(self, options: dict[str, Any]) -> User | None:
        """The one person, where they were named."""
        email = options["proxy_email"]
        user = email and User.objects.filter(email=email.strip().lower()).first()
        if email and not user:
            raise CommandError(f"Nobody has an account with {email}")
        return user or None
