"""Where the content of attachments lies: a folder, or the store that a host names (ADR 36)."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

MEGABYTE = 1024 * 1024
MOST = "5"
"""Megabytes of one attachment: what GP Connect gives out."""


def document_storage(var: Path) -> dict[str, Any]:
    """The entry of `STORAGES`; raises ImproperlyConfigured where the environment names none that can be."""
    given = os.environ.get("PORTAL_DOCUMENT_STORAGE")
    if not given:
        folder = os.environ.get("PORTAL_DOCUMENT_FOLDER") or var / "documents"
        private = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, **private},
        }
    try:
        named = json.loads(given)
    except ValueError:
        named = None
    if not isinstance(named, dict) or not isinstance(named.get("BACKEND"), str):
        raise ImproperlyConfigured(
            'PORTAL_DOCUMENT_STORAGE is JSON such as {"BACKEND": "package.Class", "OPTIONS": {}}'
        )
    return named


def most_bytes() -> int:
    """The most bytes of one attachment; raises ImproperlyConfigured where the environment has no such number."""
    given = os.environ.get("PORTAL_DOCUMENT_MB") or MOST
    try:
        most = int(float(given) * MEGABYTE)
    except (ValueError, OverflowError):
        most = 0
    if most <= 0:
        raise ImproperlyConfigured("PORTAL_DOCUMENT_MB is a number of megabytes, such as 5")
    return most
