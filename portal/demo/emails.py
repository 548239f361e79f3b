"""The e-mails of the demo, which lie in files instead of being sent."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

END = b"-" * 79
SHOWN = 50
ADDRESS = re.compile(r"(https?://\S+)")


@dataclass(frozen=True)
class Words:
    """A piece of an e-mail's text; `href` where it is an address of this portal."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class SentEmail:
    """An e-mail as its reader would see it."""

    to: str
    subject: str
    sent_at: datetime
    text: str

    @property
    def words(self) -> list[Words]:
        """The text in pieces; only addresses of this portal become links."""
        pieces = [piece for piece in ADDRESS.split(self.text) if piece]
        return [Words(piece, piece if _is_ours(piece) else "") for piece in pieces]


def sent_emails() -> list[SentEmail]:
    """The newest of the e-mails in `settings.SENT_MAIL`, newest first."""
    files = sorted(Path(settings.SENT_MAIL).glob("*.log"), key=_written_at, reverse=True)
    found = [email for file in files[:SHOWN] for email in _emails_in(file)]
    return sorted(found, key=lambda email: email.sent_at, reverse=True)[:SHOWN]


def _written_at(file: Path) -> float:
    return file.stat().st_mtime


def _emails_in(file: Path) -> list[SentEmail]:
    return [_read(part) for part in file.read_bytes().split(END) if part.strip()]


def _read(written: bytes) -> SentEmail:
    message: EmailMessage = message_from_bytes(written.lstrip(), policy=default)
    body = message.get_body(("plain",))
    return SentEmail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=body.get_content() if body else "",
    )


def _is_ours(address: str) -> bool:
    return address == settings.PORTAL_URL or address.startswith(f"{settings.PORTAL_URL}/")
