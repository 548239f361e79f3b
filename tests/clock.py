"""The day on which tests happen."""

from datetime import UTC, date, datetime

NOW = datetime(2024, 6, 3, 9, 30, tzinfo=UTC)
TODAY = date(2024, 6, 3)
