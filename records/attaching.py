"""Which attachments are too large to come with a record (R6.9)."""

import re

MOST = 5 * 1024 * 1024
"""Bytes: what GP Connect gives out; a system that holds more says how large it is and sends nothing."""

SAYS_SO = re.compile(
    r"\b(?:too (?:large|big)|(?:greater|larger|bigger) than (?:the )?(?:maximum|limit)|exceeds)\b",
    re.I,
)


def is_too_large(size: int | None, title: str, *, has_source: bool) -> bool:
    """Whether an attachment is too large, by its size, or because the source says so in place of its title."""
    if size is not None and size > MOST:
        return True
    return not has_source and bool(SAYS_SO.search(title))
