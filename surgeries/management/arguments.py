"""What operators type on the command line, and how they are told what is wrong with it."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from surgeries.models import Surgery


def day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a date: write it like 2024-03-31") from None


def bare_number(text: str) -> str:
    """An NHS number without the spaces in which people write it."""
    return "".join(text.split())


def surgery_of(ods_code: str) -> Surgery:
    """The surgery with an ODS code; CommandError where there is none."""
    surgery = Surgery.objects.filter(ods_code=ods_code.strip().upper()).first()
    if surgery is None:
        raise CommandError(f"There is no surgery {ods_code}: add it with add_surgery")
    return surgery


@contextmanager
def refusals_in_one_line() -> Iterator[None]:
    """Turn what an action refuses into one line for the terminal, and exit code 1."""
    try:
        yield
    except ValidationError as error:
        raise CommandError("; ".join(_lines(error))) from None


def _lines(error: ValidationError) -> Iterator[str]:
    if not hasattr(error, "error_dict"):
        yield from error.messages
        return
    for field, messages in error.message_dict.items():
        words = "" if field == "__all__" else f"{field.replace('_', ' ')}: "
        yield from (f"{words}{message}" for message in messages)
