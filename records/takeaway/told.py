"""What a copy says of itself: what is not inside. What is hidden is never hinted at (R2.3)."""

from nhsuk.wording import date_words
from records.models import Takeaway
from records.takeaway.chosen import Chosen

Kind = Takeaway.Kind

ONLY_OPEN = "It has only what was open to you online on the day it was made."
NOT_INSIDE = {
    Kind.PDF: [
        ONLY_OPEN,
        "Letters and other files are not inside. It only says that they are there.",
        "What staff typed in their own words is inside only where your surgery opened it.",
    ],
    Kind.RESULTS: [
        ONLY_OPEN,
        "It has test results, and what was measured at a visit or sent in, such as blood pressure. Nothing else of the record is in it.",
        "What the laboratory typed beside a result is inside only where your surgery opened it.",
    ],
    Kind.SUMMARY: [
        ONLY_OPEN,
        "It is a summary. Visits, letters and other files are not inside.",
        "It is made for computers. To read or print your record, use the PDF.",
    ],
}


def not_opened(count: int, *, is_more: bool = False) -> str:
    """How many results wait behind a page of their own; empty where there are none (R5.5)."""
    if not count:
        return ""
    if count == 1:
        return "1 result that you have not opened yet is not in this copy."
    many = f"More than {count}" if is_more else f"{count}"
    return f"{many} results that you have not opened yet are not in this copy."


def days_words(chosen: Chosen) -> str:
    """Which days a table is of; empty where none were chosen."""
    first = f" from {date_words(chosen.from_on)}" if chosen.from_on else ""
    last = f" to {date_words(chosen.to_on)}" if chosen.to_on else ""
    return f"It has only the days{first}{last}, and what has no date." if first or last else ""


def not_inside(kind: str, sealed: int) -> list[str]:
    """What a copy of a kind does not contain, in sentences."""
    return [*NOT_INSIDE[Kind(kind)], *filter(None, [not_opened(sealed)])]
