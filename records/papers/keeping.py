"""The content of attachments where it is kept: encrypted files under names that tell nothing (ADR 36).

The store is whatever `STORAGES["documents"]` says. A file is written once and never changed.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import cast
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils.crypto import salted_hmac

from accounts.models.fields import box
from records.models import Paper

SALT = "records.papers.name"
OVERHEAD, BLOCK = 57, 16
"""What the encryption adds, in bytes, and the blocks in which it works, before it is written as base64."""


class Unreadable(Exception):
    """The content of an attachment cannot be read: it is missing, no key fits, or it is another one; the message says which."""


class NotKept(Exception):
    """The content of attachments could not be written: nothing of their extract may be stored."""


def shelf() -> Storage:
    """Where the files lie."""
    return storages["documents"]


def names_of(patient_id: UUID, content: bytes) -> list[str]:
    """The name of a content under each key, first under the one that encrypts.

    The same content has another name for another patient, and nobody without a key can tell whether some
    document that they have is among the files.
    """
    told = patient_id.bytes + content
    return [
        salted_hmac(SALT, told, secret=key, algorithm="sha256").hexdigest()
        for key in settings.PORTAL_ENCRYPTION_KEYS
    ]


def path_of(name: str) -> str:
    """Where the file of that name lies: in one of 256 folders, as a folder with a million files is slow."""
    return f"{name[:2]}/{name}"


def write(name: str, content: bytes, *, is_new: bool) -> bool:
    """Keep a content under its name; False where it is there already. Raises NotKept where the store does not take it.

    Half a file, as a crash leaves it, is replaced; and for a new row any file, which may be about to be swept away.
    """
    path = path_of(name)
    try:
        if not is_new and is_there(name, len(content)):
            return False
        shelf().delete(path)
        sealed = ContentFile(box().encrypt(content))
        if shelf().save(path, sealed) != path:
            raise NotKept("the documents could not be stored: somebody else stores the same")
    except NotKept:
        raise
    except Exception as error:  # of whatever store it is
        raise NotKept(f"the documents could not be stored ({type(error).__name__})") from error
    return True


def is_there(name: str, size: int) -> bool:
    """Whether the whole file of a content is there, told by its length: it is not read."""
    path = path_of(name)
    return shelf().exists(path) and shelf().size(path) == _length_sealed(size)


def remove(names: Iterable[str]) -> None:
    """Delete files; one that the store does not let go of is found by the next `sweep_documents`."""
    for name in names:
        with suppress(Exception):  # of whatever store it is
            shelf().delete(path_of(name))


def _length_sealed(size: int) -> int:
    """How many bytes a content has once it is encrypted."""
    inner = OVERHEAD + (size // BLOCK + 1) * BLOCK
    return (inner + 2) // 3 * 4


def read(paper: Paper) -> bytes:
    """The content of an attachment; raises Unreadable where it is not the very one that was kept."""
    try:
        with shelf().open(path_of(paper.name)) as file:
            sealed = cast(bytes, file.read())
    except Exception as error:  # of whatever store it is
        raise Unreadable(f"not there ({type(error).__name__})") from error
    try:
        content = box().decrypt(sealed)
    except InvalidToken as error:
        raise Unreadable("no key reads it") from error
    if paper.name not in names_of(paper.patient_id, content):
        raise Unreadable("it is the content of another attachment")
    return content


__all__ = [
    "NotKept",
    "Unreadable",
    "is_there",
    "names_of",
    "path_of",
    "read",
    "remove",
    "shelf",
    "write",
]
