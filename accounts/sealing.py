"""Words that a session keeps for a while and that only the application may read."""

from cryptography.fernet import InvalidToken

from accounts.models.fields import box


def seal(text: str) -> str:
    """The text, encrypted as the columns of the database are."""
    return box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The text; None where no key reads it, or no longer."""
    try:
        return box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


__all__ = ["seal", "unseal"]
