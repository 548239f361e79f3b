"""Encrypting everything with the newest key, so that an old one can be thrown away."""

from django.apps import apps
from django.db import models, transaction

from accounts.models.fields import EncryptedField

BATCH = 500


def rotate_encryption() -> int:
    """Encrypt every value of every encrypted column with the first key; the number of rows.

    Each batch is a transaction of its own. Safe to repeat, and while people use the portal. Raises
    cryptography's InvalidToken where no key reads a value; what was rotated before stays so.
    """
    return sum(_rotate(model, names) for model in apps.get_models() if (names := _encrypted(model)))


def _encrypted(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.fields if isinstance(field, EncryptedField)]


def _rotate(model: type[models.Model], names: list[str]) -> int:
    count, last = 0, None
    while batch := _rotate_batch(model, names, last):
        count, last = count + len(batch), batch[-1]
    return count


def _rotate_batch(model: type[models.Model], names: list[str], after: object) -> list[object]:
    """The keys of the rows that were rotated, in order; saving encrypts anew."""
    with transaction.atomic():
        rows = model._base_manager.select_for_update().order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        batch = list(rows[:BATCH])
        for row in batch:
            row.save(update_fields=names)
    return [row.pk for row in batch]


__all__ = ["rotate_encryption"]
