"""Changing what a surgery sets for itself."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from audit import log
from surgeries.models import Surgery


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the same settings since they were read."""


OVERTAKEN = (
    "Somebody else changed these settings while you had this page open. Nothing of yours was saved."
    " Read below what is set now, then send your answers again if you still want them"
)


def seal_of(surgery: Surgery, fields: Iterable[str]) -> str:
    """A mark of what some settings are now; another one as soon as one of them changes."""
    values = {field: getattr(surgery, field) for field in sorted(fields)}
    return hashlib.sha256(_as_json(values).encode()).hexdigest()[:20]


def change_settings(
    surgery: Surgery, new: dict[str, Any], *, seen: str, by: UUID, duty: str, now: datetime
) -> list[str]:
    """Set some settings of a surgery, and say which of them changed; old and new values are on file.

    `seen` is the seal of what stood there when they were read. Raises ChangedMeanwhile where that is not what
    stands there now, and ValidationError where a value cannot be.
    """
    with transaction.atomic():
        held = Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)
        if seal_of(held, new) != seen:
            raise ChangedMeanwhile(OVERTAKEN)
        old = {field: getattr(held, field) for field in new}
        changed = [field for field in new if old[field] != new[field]]
        for field in changed:
            setattr(held, field, new[field])
        held.full_clean()
        if changed:
            held.save(update_fields=changed)
            log.record(
                "settings changed", at=now, actor_id=by, duty=duty,
                about=f"surgery {surgery.ods_code}",
                details={
                    "old": {field: old[field] for field in changed},
                    "new": {field: new[field] for field in changed},
                },
            )  # fmt: skip
    return changed


def _as_json(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True)
