"""Who someone is: users, staff, identity, online registration, second factor."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who someone is: users, staff, identity, online registration, second factor."""

    name = "accounts"
