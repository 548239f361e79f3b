"""The roof: settings, addresses and middleware; imported by none."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The roof: settings, addresses and middleware; imported by none."""

    name = "portal"
