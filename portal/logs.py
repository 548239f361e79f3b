"""Log lines that name nobody: what follows a `?` may be personal, a one-time link is a key, mail has addresses.

And a refused row has all that somebody typed.
"""

import logging
import re

QUERY = re.compile(r"\?\S+")
SET_UP = re.compile(r'(/set-up/|/account/confirm-email/|/stop-emails/)[^"\n]+', re.IGNORECASE)
"""To the end of the line or quotation: a link that an e-mail program broke may have spaces in it."""
DETAIL = re.compile(r"\b(DETAIL|CONTEXT|HINT|QUERY):[^\n]*|\bKey \([^\n]*|\bFailing row [^\n]*")
"""What PostgreSQL adds to an error: the values of the row."""
NUMBER = re.compile(r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])")
"""Ten digits, as NHS numbers are written."""
SIGN = r"[^\s@<>()\[\]{}'\",;:/=]"
EMAIL = re.compile(rf"({SIGN}+|{SIGN}*[\"'])@(\[[^\s\]]*\]|{SIGN}+)")
"""Also what few write: "ada"@example.test and ada@[192.0.2.1].

A mail server that refuses a message names its recipient in the error.
"""


class WithoutAddresses(logging.Filter):
    """Take query strings, one-time links and e-mail addresses out of a log line and of the error below it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line in place; every line is kept."""
        record.msg, record.args = without_addresses(record.getMessage()), None
        if record.exc_info:
            written = logging.Formatter().formatException(record.exc_info)
            record.exc_text = without_addresses(written)
        return True


def without_addresses(line: str) -> str:
    """A line without the parts of addresses that say who somebody is or let somebody in."""
    line = SET_UP.sub(r"\1[removed]", line)
    line = NUMBER.sub("[removed]", DETAIL.sub("[removed]", line))
    return EMAIL.sub("[removed]", QUERY.sub("?[removed]", line))
