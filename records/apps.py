"""What the surgery wrote, and what of it may be seen."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """What the surgery wrote, and what of it may be seen."""

    name = "records"
