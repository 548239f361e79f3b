"""The ground floor: what happened, in a form that cannot be changed afterwards."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Append-only events, chained per patient."""

    name = "audit"
