"""A column whose words only the application can read."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def box() -> MultiFernet:
    """What encrypts with the first key of `PORTAL_ENCRYPTION_KEYS` and reads with any of them."""
    return _box(tuple(settings.PORTAL_ENCRYPTION_KEYS))


class EncryptedField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database, and so can be neither searched nor compared there."""

    def get_prep_value(self, value: Any) -> Any:
        """The encrypted text; a new one each time."""
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else box().encrypt(str(prepared).encode()).decode()

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> str | None:
        """The text; raises cryptography's InvalidToken where no key fits."""
        return value if value is None else box().decrypt(value.encode()).decode()
