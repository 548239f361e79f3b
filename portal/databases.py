"""Which PostgreSQL to use, and as whom (ADR 1, ADR 4).

`default` is the application's own role, which row-level security binds; `owner` runs migrations only.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from portal import embedded_database

APPLICATION_ROLE = "portal_app"
PLAN_ONCE = "-c plan_cache_mode=force_generic_plan -c jit=off -c max_parallel_workers_per_gather=0"
"""Every statement names one patient: one plan serves all, and no machinery for large tables pays."""


def embedded_folder(base: Path) -> Path:
    """The folder of this checkout's embedded database."""
    return Path(os.environ.get("PORTAL_DATABASE_FOLDER") or base / "var" / "postgres")


def uses_embedded() -> bool:
    """Whether nothing else is configured."""
    return not os.environ.get("DATABASE_URL")


def databases(base: Path) -> dict[str, dict[str, Any]]:
    """The DATABASES setting, from `DATABASE_URL` and `DATABASE_OWNER_URL`, or embedded."""
    if uses_embedded():
        host = str(embedded_database.socket_folder(embedded_folder(base)))
        common = {"HOST": host, "NAME": "portal"}
        return {
            "default": _connection(common | {"USER": APPLICATION_ROLE}),
            "owner": _connection(common | {"USER": "postgres"}),
        }
    application = from_url(os.environ["DATABASE_URL"])
    owner = from_url(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    if application["USER"] != APPLICATION_ROLE:
        # One address for everything: the application steps down to its own role on every connection.
        application["OPTIONS"] = {**application["OPTIONS"], "assume_role": APPLICATION_ROLE}
    return {"default": _connection(application), "owner": _connection(owner)}


def from_url(url: str) -> dict[str, Any]:
    """The connection that a postgres:// address names; its query string becomes libpq options."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(
            "DATABASE_URL must start with postgres://, for example postgres://user@host/name"
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def _connection(values: dict[str, Any]) -> dict[str, Any]:
    """The same for every connection; planning a statement takes longer than answering it (ADR 20)."""
    if os.environ.get("PORTAL_PREPARED", "1") == "1":
        given = values.get("OPTIONS", {})
        planning = " ".join(filter(None, (given.get("options", ""), PLAN_ONCE)))
        prepared = {"server_side_binding": True, "prepare_threshold": 3, "options": planning}
        values = {**values, "OPTIONS": {**given, **prepared}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # pgbouncer in transaction mode cannot keep a cursor between statements
        "DISABLE_SERVER_SIDE_CURSORS": True,
        **values,
    }
