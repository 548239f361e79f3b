"""Hashes of codes that are long enough to need no slow hash: useless to whoever copies the table."""

import secrets

from django.utils.crypto import salted_hmac

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which are read for one another on paper: 32 signs, 5 bits each."""


def hash_of(purpose: str, code: str) -> str:
    """The hash of a code, 64 hexadecimal digits; another purpose gives another hash."""
    return salted_hmac(f"accounts.{purpose}", code, algorithm="sha256").hexdigest()


def new_code(length: int) -> str:
    """A random code of `length` signs, 5 bits each."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def in_groups(code: str, size: int = 4) -> str:
    """A code as people copy it: K7WP 4M2X."""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))


def bare_code(typed: str) -> str:
    """A code as it was made, however it was typed: case, spaces and dashes do not matter."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())
