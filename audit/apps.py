"""The ground floor: what happened, in a form that cannot be changed afterwards."""

from django.apps import AppConfig
from django.core import checks

from audit.settled import check_settings


class AuditConfig(AppConfig):
    """Append-only events, chained per patient."""

    name = "audit"

    def ready(self) -> None:
        """Look at the keys whenever the project is checked."""
        checks.register(check_settings)
