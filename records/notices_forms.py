"""What a person is asked on the page of what we tell them."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Kind, Readers
from nhsuk.forms import Checkboxes, Radios
from proxy_access.access import Access
from records.choosing_notices import Answers

USUAL, ANY, OWN = "usual", "any", "own"
WORDS = {
    Kind.ACCESS: "What I can see, and answers from my surgery",
    Kind.PEOPLE: "People who act for me, or for whom I act",
    Kind.ENDS: "What ends soon",
}
HINTS: dict[str, str] = {
    Kind.ACCESS: "When your surgery changes how much of your record you see, or answers something you asked for",
    Kind.PEOPLE: "When you invite somebody, or somebody begins, is stopped or ends. What you yourself stop or end, we do not email about",
    Kind.ENDS: "30 days and 7 days before access ends, and before a child’s age changes something",
}
HOURS = [(hour, f"{hour % 12 or 12}{'pm' if hour >= 12 else 'am'}") for hour in range(24)]


class NoticesForm(forms.Form):
    """New entries of each record, what else there is, the hours, and who reads the mail."""

    records = forms.MultipleChoiceField(
        label="Tell me when there is something new in",
        help_text="At most one email a day, for all records together. It is off unless you choose it",
        widget=Checkboxes,
        required=False,
        error_messages={"invalid_choice": "Choose from the records that are listed here"},
    )
    kinds = forms.MultipleChoiceField(
        label="Tell me about",
        choices=list(WORDS.items()),
        widget=Checkboxes(hints=HINTS),
        required=False,
    )
    hours = forms.ChoiceField(
        label="When may we email you?",
        help_text="What comes at another time waits. UK time, also in summer",
        choices=[
            (USUAL, "Between 8am and 8pm"),
            (ANY, "At any time, also at night"),
            (OWN, "Between the hours that I choose below"),
        ],
        widget=Radios,
        error_messages={"required": "Choose when we may email you"},
    )
    from_hour = forms.TypedChoiceField(
        label="Not before", choices=HOURS, coerce=int, required=False, empty_value=None
    )
    until_hour = forms.TypedChoiceField(
        label="Not after", choices=HOURS, coerce=int, required=False, empty_value=None
    )
    readers = forms.ChoiceField(
        label="Who reads the emails to this address?",
        choices=[each for each in Readers.choices if each[0]],
        widget=Radios(
            hints={
                Readers.NOT_SAFE: "Then we send you nothing but emails that keep your account safe"
            }
        ),
        required=False,
    )

    def __init__(self, data: Any, *, answers: Answers, offered: list[Access], email: str) -> None:
        super().__init__(data, initial=_initial(answers))
        self.fields["records"].choices = [(str(each.patient.pk), _named(each)) for each in offered]  # type: ignore[attr-defined]
        self.fields[
            "readers"
        ].help_text = f"Your address is {email}. Think of phones that show emails, too"
        if not offered:
            del self.fields["records"]

    def clean(self) -> dict[str, Any]:
        """Two different hours, where somebody wants hours of their own."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = given.get("from_hour"), given.get("until_hour")
        if given.get("hours") == OWN and (begins is None or begins == ends or ends is None):
            self.add_error("until_hour", ValidationError(TWO_HOURS))
        return given

    @property
    def answers(self) -> Answers:
        """What was said, as the act takes it."""
        given = self.cleaned_data
        hours = {USUAL: None, ANY: (0, 0), OWN: (given["from_hour"], given["until_hour"])}
        records = frozenset(UUID(each) for each in given.get("records", ()))
        return Answers(records, frozenset(given["kinds"]), hours[given["hours"]], given["readers"])


TWO_HOURS = "Choose two different hours, or choose “At any time” above"


def _named(access: Access) -> str:
    return "My own record" if access.is_own_record else f"The record of {access.patient.full_name}"


def _initial(answers: Answers) -> dict[str, Any]:
    begins, ends = answers.hours or (8, 20)
    mode = USUAL if answers.hours is None else ANY if begins == ends else OWN
    return {
        "records": [str(each) for each in answers.records],
        "kinds": list(answers.kinds),
        "hours": mode,
        "from_hour": begins if mode == OWN else 8,
        "until_hour": ends if mode == OWN else 20,
        "readers": answers.readers,
    }
