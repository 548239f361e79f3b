"""Whose record each of several files is, in a table of its own, where the files do not say (R7.2)."""

import csv
from pathlib import Path

from django.core.exceptions import ValidationError

from surgeries.models import check_nhs_number


class UnreadableNumbers(Exception):
    """The table cannot be used; the message names the line and says what to do."""


def numbers_in(table: Path) -> dict[Path, str]:
    """The NHS number of each file that a CSV table of two columns names: file, NHS number.

    A file is named as the table's own folder sees it. Raises UnreadableNumbers.
    """
    found: dict[Path, str] = {}
    try:
        lines = table.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableNumbers(f"{table} cannot be read: {error}") from error
    for place, cells in enumerate(csv.reader(lines), start=1):
        if cells:
            file, number = _line(cells, place)
            if found.setdefault((table.parent / file).resolve(), number) != number:
                raise UnreadableNumbers(f"line {place}: this file has two numbers: leave one")
    return found


def _line(cells: list[str], place: int) -> tuple[str, str]:
    if len(cells) != 2:
        raise UnreadableNumbers(
            f"line {place}: write the file and the NHS number, with a comma between them"
        )
    number = cells[1].replace(" ", "").replace("-", "")
    try:
        check_nhs_number(number)
    except ValidationError as error:
        raise UnreadableNumbers(f"line {place}: the NHS number is not valid: check it") from error
    return cells[0].strip(), number
