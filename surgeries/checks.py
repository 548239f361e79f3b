"""What `manage.py check` says of what the surgeries' rules are counted with."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage
from django.utils import timezone

from surgeries.working_days import LAST_KNOWN

IN_TIME = timedelta(days=180)


@checks.register()
def bank_holidays_are_known(**kwargs: Any) -> Sequence[CheckMessage]:
    """Warn half a year before the list of bank holidays ends (R8.2)."""
    return holidays_end_soon(timezone.localdate())


def holidays_end_soon(today: date) -> list[CheckMessage]:
    """A warning, where due dates are soon counted without all bank holidays."""
    if today + IN_TIME < LAST_KNOWN:
        return []
    return [
        checks.Warning(
            f"England's bank holidays are known to the end of {LAST_KNOWN.year} only",
            hint="Update govuk-bank-holidays: later due dates come out too early by the days that are missing",
            id="surgeries.W001",
        )
    ]
