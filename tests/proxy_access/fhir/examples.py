"""The national examples, and roles and files made up for tests."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import yaml

from proxy_access.fhir import Person, Role, bundle_of
from proxy_access.models import LegalBasis
from proxy_access.statuses import ProxyStatus, StatusReason

FOLDER = "proxy-relationships-r4"
AT = datetime(2026, 1, 16, 14, tzinfo=UTC)
"""When the national examples were answered."""


def example(shared, name):
    """The resource of one national example, as JSON."""
    text = (shared / FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    [told] = yaml.safe_load(text).values()
    return json.dumps(told["value"], default=str).encode()


def names(shared):
    """Every national example that there is."""
    found = (shared / FOLDER).rglob("*.yaml")
    return {str(path.relative_to(shared / FOLDER).with_suffix("")) for path in found}


ROLE = Role(
    source_id="A1", status=ProxyStatus.ACTIVE, reason=StatusReason.CREATED, basis=LegalBasis.CONSENT,
    patient=Person("9990000018", "", "Testwell", "Ada", date(1980, 2, 3)),
    proxy=Person("9990000026", "", "Demoson", "Bilal", date(1990, 5, 6)),
    starts_on=date(2024, 6, 1), ends_on=date(2025, 6, 1), written_at=datetime(2024, 6, 1, 9, tzinfo=UTC),
    changed_at=datetime(2024, 6, 2, 9, tzinfo=UTC), granted_by="Z99001",
)  # fmt: skip
"""A grant of the tests' own cast."""


def content(*roles, **changed):
    """The file that tells roles, or the one role with some values changed."""
    told = roles or [replace(ROLE, **changed)]
    return json.dumps(bundle_of(told, at=AT)).encode()


def consent(**changed):
    """The one Consent of the file, for a test to break."""
    entries = json.loads(content(**changed))["entry"]
    return next(one["resource"] for one in entries if one["resource"]["resourceType"] == "Consent")
