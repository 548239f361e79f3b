"""The roof: settings, addresses and middleware; imported by none."""

from django.apps import AppConfig
from django.core import checks

from portal.guidance import check_content


class PortalConfig(AppConfig):
    """The roof: settings, addresses and middleware; imported by none."""

    name = "portal"

    def ready(self) -> None:
        """Look at the public pages whenever the project is checked."""
        checks.register(check_content)
