"""Replace the key that encrypts what only the application may read."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.rotating import rotate_encryption
from records.papers.keeping import NotKept
from records.papers.rotating import rotate_papers


class Command(BaseCommand):
    """Encrypts everything with the first of PORTAL_ENCRYPTION_KEYS."""

    help = (
        "Encrypt every encrypted value, and the content of attachments, with the first of PORTAL_ENCRYPTION_KEYS,"
        " so that the others can be removed. Put the new key first, restart the portal, run this, then remove the"
        " old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many rows and attachments there were."""
        try:
            count = rotate_encryption()
            papers = rotate_papers()
        except InvalidToken:
            raise CommandError(
                "A value cannot be read with any of PORTAL_ENCRYPTION_KEYS. Put the key back that is missing"
            ) from None
        except NotKept as error:
            raise CommandError(f"An attachment was not encrypted anew: {error}") from None
        self.stdout.write(f"Encrypted with the first key: {count} rows, {papers.done} attachments.")
        if papers.unreadable:
            raise CommandError(
                f"{papers.unreadable} attachments cannot be read and stay as they are. sweep_documents names those"
                " whose file is missing; if there are more, a key is: put it back, and take none out"
            )
