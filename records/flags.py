"""Which values a laboratory marked: its own word for it, never an interpretation of ours (R6.6)."""

from collections.abc import Mapping
from typing import Any

NORMAL_CODES = frozenset({"N", "n"})
NORMAL_WORDS = frozenset({"", "normal", "within reference range", "within normal range"})


def is_flagged(details: Mapping[str, Any]) -> bool:
    """Whether a measurement, or a component of it, is marked as anything that is not plainly normal (R5.5)."""
    measured = [details, *details.get("components", ())]
    return any(_is_marked(flag) for each in measured for flag in each.get("flags", ()))


def _is_marked(flag: Mapping[str, str]) -> bool:
    code, words = flag.get("code", ""), flag.get("words", "").strip().casefold()
    if code:
        return code not in NORMAL_CODES or words not in NORMAL_WORDS
    return words not in NORMAL_WORDS
