"""Which systems may send, with which keys, for which surgeries."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import log
from records.models import Supplier
from records.supplier.keys import check_keys
from surgeries.models import Surgery


def keep_supplier(
    name: str, keys: Any, surgeries: Iterable[Surgery], may_add_patients: bool, *, now: datetime
) -> Supplier:
    """Register a system, or replace what one of that name had; raises UnfitKeys and changes nothing then."""
    fit, allowed = check_keys(keys), list(surgeries)
    with transaction.atomic():
        supplier, _ = Supplier.objects.update_or_create(
            name=name,
            defaults={
                "keys": fit,
                "may_add_patients": may_add_patients,
                "registered_at": now,
                "ended_at": None,
            },
        )
        supplier.surgeries.set(allowed)
        log.record(
            "supplier registered", at=now, actor_id=None, about=f"supplier {supplier.pk}",
            details={
                "kids": [key["kid"] for key in fit["keys"]],
                "surgeries": sorted(each.ods_code for each in allowed),
                "may_add_patients": may_add_patients,
            },
        )  # fmt: skip
    return supplier


def end_supplier(name: str, *, now: datetime) -> bool:
    """Take a system's right away, from the next request on; False where there is none of that name."""
    with transaction.atomic():
        supplier = Supplier.objects.filter(name=name, ended_at=None).first()
        if supplier is None:
            return False
        supplier.ended_at = now
        supplier.save(update_fields=["ended_at"])
        log.record("supplier ended", at=now, actor_id=None, about=f"supplier {supplier.pk}")
    return True
