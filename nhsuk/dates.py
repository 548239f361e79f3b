"""A date asked for in three boxes, as the design system does it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from nhsuk.wording import MONTHS


class DateParts(NamedTuple):
    """What was typed in the three boxes."""

    day: str = ""
    month: str = ""
    year: str = ""


class DateInput(forms.Widget):
    """Three boxes, named `NAME-day`, `NAME-month` and `NAME-year`; `autocomplete="bday"` asks for a birthday."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> DateParts | None:
        """What was typed, or None if nothing was."""
        parts = DateParts(
            *((data.get(f"{name}-{part}") or "").strip() for part in DateParts._fields)
        )
        return parts if any(parts) else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether the form was sent without any of the boxes."""
        return not any(f"{name}-{part}" in data for part in DateParts._fields)

    def format_value(self, value: DateParts | date | None) -> DateParts:
        """What to put in the boxes."""
        if isinstance(value, date):
            return DateParts(str(value.day), str(value.month), str(value.year))
        return value or DateParts()

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """The first box."""
        return f"{id_}-day"


class DateField(forms.Field):
    """A whole, real date; `noun` begins its messages: "Your date of birth must include a year".

    Partial and impossible dates are refused; months may be typed as words.
    """

    widget = DateInput

    def __init__(self, *, noun: str = "The date", **kwargs: Any) -> None:
        enter = {"required": f"Enter {noun[0].lower()}{noun[1:]}"}
        super().__init__(error_messages=enter | kwargs.pop("error_messages", {}), **kwargs)
        self.noun = noun

    def to_python(self, value: DateParts | date | None) -> date | None:
        """The date that was typed; ValidationError says what is missing or wrong, and in which boxes."""
        if value is None or isinstance(value, date):
            return value
        if missing := [part for part in DateParts._fields if not getattr(value, part)]:
            raise self.refusal(f"{self.noun} must include a {' and '.join(missing)}", *missing)
        if not is_number(value.year) or len(value.year) != 4:
            raise self.refusal("Year must include 4 numbers", "year")
        try:
            return date(int(value.year), month_number(value.month), number(value.day))
        except ValueError:
            raise self.refusal(f"{self.noun} must be a real date") from None

    def refusal(self, message: str, *boxes: str) -> ValidationError:
        """The error, with the boxes that it is about."""
        return ValidationError(message, code="invalid", params={"boxes": boxes})


def is_number(text: str) -> bool:
    """Whether these are the digits 0 to 9 and nothing else."""
    return text.isascii() and text.isdecimal()


def number(text: str) -> int:
    """A day or a month in one or two digits; ValueError for anything else, such as -3 or 1e1."""
    if not is_number(text) or len(text) > 2:
        raise ValueError(text)
    return int(text)


def month_number(text: str) -> int:
    """3 for 3, 03, mar or March; ValueError for anything else."""
    if not text.isalpha() or len(text) < 3:
        return number(text)
    names = [name for name in MONTHS if name.lower().startswith(text.lower())]
    if not names:
        raise ValueError(text)
    return MONTHS.index(names[0]) + 1
