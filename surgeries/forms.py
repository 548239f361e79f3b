"""What somebody types to find a surgery."""

from django import forms
from django.core.exceptions import ValidationError

from surgeries.finding import MOST_WORDS, wanted


class SearchField(forms.CharField):
    """A line of text; control characters, which no keyboard types, count as spaces."""

    def to_python(self, value):
        """The text, tidied."""
        text = super().to_python(value) or ""
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class FindForm(forms.Form):
    """A name, a town, a postcode or a code."""

    q = SearchField(
        label="Name, town, postcode or code of the surgery",
        help_text="For example, Park Lane Leeds or LS1 4AP",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter the name, town, postcode or code of a surgery",
            "max_length": "Enter 100 characters or fewer",
        },
    )

    def clean_q(self):
        """What is wanted, as `finding.Wanted`."""
        what = wanted(self.cleaned_data["q"])
        if not (what.code or what.outward or what.words):
            raise ValidationError("Enter letters or numbers, such as the name of a town")
        if len("".join(what.words)) == 1:
            raise ValidationError("Enter at least 2 letters or numbers")
        if len(what.words) > MOST_WORDS:
            raise ValidationError(
                f"Enter {MOST_WORDS} words or fewer. The name and the town are enough"
            )
        return what
