"""The host's keys of the log: whoever has the database, and not these, cannot make what they seal (ADR 40)."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32
"""Characters of a key, so that nobody finds one by trying."""


@dataclass(frozen=True)
class HostKey:
    """One key: each use has a secret of its own, made from it."""

    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """What anchors call it, which tells nothing of it."""
        return self._made_for("name").hex()[:16]

    def seal_of(self, parts: Iterable[str]) -> str:
        """The seal of some lines, in hexadecimal; each must be without a line break."""
        sealing = hmac.new(self._made_for("anchor"), digestmod=sha256)
        for part in parts:
            sealing.update(part.encode() + b"\n")
        return sealing.hexdigest()

    def veiled(self, chain: UUID) -> str:
        """Another name of a chain, the same each time, from which only a holder of the key finds the chain."""
        return self._block().encryptor().update(chain.bytes).hex()

    def unveiled(self, name: str) -> UUID:
        """The chain of such a name; raises ValueError for what is no name."""
        return UUID(bytes=self._block().decryptor().update(bytes.fromhex(name)))

    def box(self) -> Fernet:
        """What keeps receipts closed: the same content looks different each time."""
        return Fernet(urlsafe_b64encode(self._made_for("receipt")))

    def _block(self) -> Cipher[modes.ECB]:
        # one block under a key of its own is a change of names, and has to be the same each time
        return Cipher(algorithms.AES(self._made_for("chain")), modes.ECB())  # noqa: S305

    def _made_for(self, use: str) -> bytes:
        return hmac.new(self.secret.encode(), f"audit {use}".encode(), sha256).digest()


def host_keys() -> list[HostKey]:
    """The keys of the settings: the first seals, all of them read. Raises ImproperlyConfigured where one is too short."""
    given: list[str] = settings.PORTAL_AUDIT_KEYS
    if not given or any(len(each) < SHORTEST for each in given):
        raise ImproperlyConfigured(f"PORTAL_AUDIT_KEY: each key has {SHORTEST} characters or more")
    return [HostKey(each) for each in given]
