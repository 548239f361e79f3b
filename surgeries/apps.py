"""GP surgeries and the patients on their lists."""

from django.apps import AppConfig

from surgeries import checks

__all__ = ["SurgeriesConfig", "checks"]


class SurgeriesConfig(AppConfig):
    """GP surgeries and the patients on their lists."""

    name = "surgeries"
