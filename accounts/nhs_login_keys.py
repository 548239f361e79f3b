"""The keys with which the portal proves to NHS login that it is itself; a folder of files, read as it changes."""

import json
import logging
import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

logger = logging.getLogger("portal.nhs_login")
LATER = "later-"
"""How the name of a key begins that is published already, and does not sign yet."""
SIZE = 3072
"""Bits of a new key."""

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each key file: when this differs, the files are read again."""


class NoKey(Exception):
    """There is no key to sign with."""


def signing_key() -> RSAKey:
    """The private key of the file whose name sorts last, but for those that are for later.

    Raises NoKey where there is none.
    """
    folder, stamp = _files()
    keys = _keys(folder, tuple(one for one in stamp if not one[0].startswith(LATER)))
    if not keys:
        raise NoKey
    return keys[-1]


def public_keys() -> dict[str, Any]:
    """The public half of every key, as a JSON Web Key Set: what NHS login reads to know us."""
    about = {"use": "sig", "alg": "RS512"}
    keys = _keys(*_files())
    return {"keys": [key.as_dict(private=False) | about for key in reversed(keys)]}


def make_key(*, now: datetime, later: bool = False, size: int = SIZE) -> Path:
    """Make a new key in a file that only its owner can read; it signs at once, unless it is for later."""
    folder = Path(settings.NHS_LOGIN_KEYS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = RSAKey.generate_key(size, private=True, auto_kid=True)
    path = folder / f"{LATER if later else ''}{now:%Y%m%dT%H%M%S%f}.json"
    # under another name until it is whole: the server may read the folder at any moment
    unfinished = path.with_suffix(".unfinished")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
    unfinished.rename(path)
    return path


def _files() -> tuple[Path, Stamp]:
    folder = Path(settings.NHS_LOGIN_KEYS)
    if not folder.is_dir():
        return folder, ()
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".pem"}]
    about = [(path.name, path.stat()) for path in paths]
    return folder, tuple((name, held.st_mtime_ns, held.st_size) for name, held in about)


@lru_cache(maxsize=4)
def _keys(folder: Path, stamp: Stamp) -> tuple[RSAKey, ...]:
    """The keys in the folder, by file name; a file that is no private RSA key is named in the log and left out."""
    read = [_key(folder / name) for name, *_ in stamp]
    return tuple(key for key in read if key)


def _key(path: Path) -> RSAKey | None:
    try:
        text = path.read_text()
        key = RSAKey.import_key(json.loads(text) if path.suffix == ".json" else text)
        if not key.is_private:
            raise ValueError
    except (JoseError, TypeError, ValueError, OSError):
        logger.warning("%s is not a private RSA key that can be read", path.name)
        return None
    if not key.kid:
        key.ensure_kid()
    return key


__all__ = ["NoKey", "make_key", "public_keys", "signing_key"]
