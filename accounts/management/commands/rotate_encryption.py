"""Replace the key that encrypts the keys of authenticator apps."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.rotating import rotate_encryption


class Command(BaseCommand):
    """Encrypts everything with the first of PORTAL_ENCRYPTION_KEYS."""

    help = (
        "Encrypt every encrypted value with the first of PORTAL_ENCRYPTION_KEYS, so that the others can be "
        "removed. Put the new key first, restart the portal, run this, then remove the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many rows there were."""
        try:
            count = rotate_encryption()
        except InvalidToken:
            raise CommandError(
                "A value cannot be read with any of PORTAL_ENCRYPTION_KEYS. Put the key back that is missing"
            ) from None
        self.stdout.write(f"Encrypted with the first key: {count} rows.")
