"""GP surgeries and the patients on their lists."""

from django.apps import AppConfig


class SurgeriesConfig(AppConfig):
    """GP surgeries and the patients on their lists."""

    name = "surgeries"
