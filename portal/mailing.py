"""How e-mail leaves the portal: GOV.UK Notify, else SMTP, else files that the demo shows."""

import os
from pathlib import Path
from typing import Any


def mailers(folder: Path) -> dict[str, Any]:
    """`settings.MAILERS` from the environment.

    Notify where `PORTAL_NOTIFY_API_KEY` is set, a mail server where `PORTAL_SMTP_HOST` is, else files in a
    folder. Raises KeyError where Notify has no `PORTAL_NOTIFY_TEMPLATE_ID`.
    """
    if key := os.environ.get("PORTAL_NOTIFY_API_KEY"):
        options = {"api_key": key, "template_id": os.environ["PORTAL_NOTIFY_TEMPLATE_ID"]}
        return _mailer("portal.notify.NotifyBackend", **options)
    if host := os.environ.get("PORTAL_SMTP_HOST"):
        return _mailer("django.core.mail.backends.smtp.EmailBackend", **_smtp(host))
    return _mailer("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))


def _mailer(backend: str, **options: Any) -> dict[str, Any]:
    return {"default": {"BACKEND": backend, "OPTIONS": options}}


def _smtp(host: str) -> dict[str, Any]:
    return {
        "host": host,
        "port": int(os.environ.get("PORTAL_SMTP_PORT", "587")),
        "username": os.environ.get("PORTAL_SMTP_USER", ""),
        "password": os.environ.get("PORTAL_SMTP_PASSWORD", ""),
        "use_tls": os.environ.get("PORTAL_SMTP_TLS", "1") == "1",
        "timeout": 20,
    }
