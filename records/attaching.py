"""Which attachments are too large to come with a record (R6.9)."""

import re

from django.conf import settings

SAYS_SO = re.compile(
    r"\b(?:too (?:large|big)|(?:greater|larger|bigger) than (?:the )?(?:maximum|limit)|exceeds)\b",
    re.I,
)


def most() -> int:
    """The most bytes of one attachment: what GP Connect gives out, unless whoever runs the portal sets another limit."""
    return int(settings.DOCUMENT_MOST_BYTES)


def is_too_large(size: int | None, title: str, *, has_source: bool) -> bool:
    """Whether an attachment is too large, by its size, or because the source says so in place of its title."""
    if size is not None and size > most():
        return True
    return not has_source and bool(SAYS_SO.search(title))
