"""What a reader looks for in a record."""

from django import forms

from nhsuk.forms import DateField
from records.finding import Asked
from records.indexing import asked_tokens
from surgeries.terms import Section

MOST_WORDS = 8


class FindForm(forms.Form):
    """Some words, and where and when to look."""

    words = forms.CharField(
        label="Words to find",
        max_length=200,
        help_text="For example a medicine, a test, a name, or a date such as March 2021",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={
            "required": "Enter what you want to find",
            "max_length": "What you want to find must be 200 characters or less",
        },
    )
    section = forms.ChoiceField(
        label="Part of the record (optional)",
        choices=[("", "All parts"), *Section.choices],
        required=False,
        error_messages={"invalid_choice": "Choose a part from the list"},
    )
    since = DateField(label="From (optional)", required=False, noun="The first date")
    until = DateField(label="To (optional)", required=False, noun="The last date")
    similar = forms.BooleanField(label="Also find words that are spelt alike", required=False)

    def clean_words(self):
        """At least one word, and not too many."""
        words = " ".join(self.cleaned_data["words"].split())
        count = len(asked_tokens(words))
        if not count:
            raise forms.ValidationError("Enter a word with letters or numbers")
        if count > MOST_WORDS:
            raise forms.ValidationError(f"Enter {MOST_WORDS} words or fewer")
        return words

    def clean(self):
        """Dates in their order."""
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", "The last date must be the same as or after the first date")
        return given

    @property
    def kept(self):
        """What was asked, to keep in the session."""
        given = self.cleaned_data
        days = {name: given[name] and given[name].isoformat() for name in ("since", "until")}
        return {name: given[name] for name in ("words", "section", "similar")} | days


def asked_of(form, *, undated):
    """What a form asks for, with only what has no date where that is wanted."""
    given = form.cleaned_data
    days = {} if undated else {name: given[name] for name in ("since", "until")}
    return Asked(
        words=given["words"],
        section=given["section"],
        similar=given["similar"],
        undated=undated,
        **days,
    )


def form_of(kept):
    """The form as it was sent, from what the session keeps."""
    data = {name: kept[name] for name in ("words", "section")}
    data |= {"similar": "on"} if kept["similar"] else {}
    for name in ("since", "until"):
        if kept[name]:
            parts = zip(("year", "month", "day"), kept[name].split("-"), strict=True)
            data |= {f"{name}-{part}": value for part, value in parts}
    return FindForm(data)
