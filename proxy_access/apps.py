"""Who may act for whom."""

from django.apps import AppConfig


class ProxyAccessConfig(AppConfig):
    """Who may act for whom."""

    name = "proxy_access"
