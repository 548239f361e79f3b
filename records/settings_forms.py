"""What whoever manages a surgery's settings is asked: how to reach it, when it is open, and how access begins."""

from datetime import date, time

from django import forms
from django.core.exceptions import ValidationError

from nhsuk.forms import Checkboxes, DateField, Radios
from surgeries.opening import DAYS
from surgeries.terms import Level, Section, historical_allowed

TIMES = ("%H:%M", "%H.%M", "%H", "%I:%M%p", "%I.%M%p", "%I%p")


def words(label, hint="", *, rows="4", limit=2000):
    """Some lines of text that may be empty."""
    return forms.CharField(
        label=label, required=False, max_length=limit, help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class SettingsForm(forms.Form):
    """Some settings; `seen` is the seal of what stood there when the form was made."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def new(self):
        """The settings by field, as they are to be."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @staticmethod
    def answers_of(surgery, fields):
        """What the form begins with."""
        return {field: getattr(surgery, field) for field in fields}


class ContactForm(SettingsForm):
    """How patients reach the surgery, and what it tells them."""

    phone = forms.CharField(
        label="Phone number",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-20", "inputmode": "tel"}),
    )
    address = words("Address, without the postcode", "One line each, as on an envelope", limit=500)
    postcode = forms.CharField(
        label="Postcode",
        required=False,
        max_length=10,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-10"}),
    )
    how_to_ask = words(
        "How to ask for online access",
        "Shown on the surgery’s public page. Leave empty for the portal’s own words",
    )
    letter_words = words(
        "Words of the surgery in letters",
        "Added to each letter that the portal prepares. Do not name a patient here",
    )


class NewAccountsForm(SettingsForm):
    """How access begins for whoever registers, and what takes a second person."""

    default_current_level = forms.ChoiceField(
        label="New entries, for a new online account",
        choices=Level.choices,
        widget=Radios,
        help_text="Recorded on or after the start date",
        error_messages={"required": "Choose a level for new entries"},
    )
    default_historical_level = forms.ChoiceField(
        label="Older entries, for a new online account",
        choices=Level.choices,
        widget=Radios,
        help_text="More than “Medicines and allergies” opens older entries that nobody has read first",
        error_messages={"required": "Choose a level for older entries"},
    )
    proxy_review_age = forms.TypedChoiceField(
        label="Review age for parents’ access",
        choices=[(age, str(age)) for age in (11, 12, 13)],
        coerce=int,
        widget=Radios,
        help_text="At this age staff look at whether the child can decide for themself",
    )
    two_people_for_full = forms.TypedChoiceField(
        label="Who has to agree before the full history opens?",
        choices=[("False", "One person"), ("True", "Two people")],
        coerce=lambda value: value == "True",
        widget=Radios,
    )

    def clean(self):
        """What is new is never more closed than what is old."""
        given = self.cleaned_data
        current, historical = (
            given.get("default_current_level"),
            given.get("default_historical_level"),
        )
        if current and historical and not historical_allowed(current, historical):
            self.add_error(
                "default_historical_level",
                "The default for older entries can't be higher than the one for new entries",
            )
        return given


class GoLiveForm(SettingsForm):
    """From when entries count as new."""

    go_live_on = DateField(label="Go-live date", noun="The go-live date")


class SectionsForm(SettingsForm):
    """Sections that stay closed to everybody for whom nothing else is decided."""

    restricted_sections = forms.MultipleChoiceField(
        label="Sections that stay closed",
        required=False,
        choices=Section.choices,
        widget=Checkboxes,
        help_text="Tick none to open all of them",
    )

    def clean_restricted_sections(self):
        """In the order of the record, so that the same ticks are the same setting."""
        ticked = self.cleaned_data["restricted_sections"]
        return [section.value for section in Section if section in ticked]


class TimeOfDay(forms.TimeField):
    """A time such as 8, 8:30, 8am or 18:30."""

    def __init__(self, label, **kwargs):
        super().__init__(
            label=label, required=False, input_formats=TIMES,
            widget=forms.TextInput(attrs={"class": "nhsuk-input--width-5"}),
            error_messages={"invalid": f"{label}: enter a time like 08:00 or 6:30pm"},
            **kwargs,
        )  # fmt: skip

    def to_python(self, value):
        """Without the spaces that people type."""
        return super().to_python(
            "".join(value.lower().split()) if isinstance(value, str) else value
        )


class HoursForm(SettingsForm):
    """The hours of an ordinary week: two times for each day, none for a day on which it is closed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for day in DAYS:
            self.fields[f"{day}_from"] = TimeOfDay(f"{day.capitalize()} from")
            self.fields[f"{day}_to"] = TimeOfDay(f"{day.capitalize()} until")

    def clean(self):
        """Both times of a day or neither, in their order."""
        for day in DAYS:
            check_window(self, f"{day}_from", f"{day}_to", day.capitalize())
        return self.cleaned_data

    @property
    def new(self):
        """The hours as the surgery keeps them."""
        given = self.cleaned_data
        pairs = {day: pair_of(given[f"{day}_from"], given[f"{day}_to"]) for day in DAYS}
        return {"opening_hours": {day: pair for day, pair in pairs.items() if pair}}

    @staticmethod
    def answers_of(surgery, fields):
        """The hours as they are."""
        answers: dict[str, str] = {}
        for day in DAYS:
            pair = surgery.opening_hours.get(day) or ("", "")
            answers |= {f"{day}_from": pair[0], f"{day}_to": pair[1]}
        return answers


class OtherDayForm(SettingsForm):
    """One day with other hours than usual, or none."""

    CLOSED, OPEN, USUAL = "closed", "open", "usual"

    on = DateField(label="Which day?", noun="The day")
    what = forms.ChoiceField(
        label="What is different?",
        choices=[
            (CLOSED, "Closed all day"),
            (OPEN, "Open at other times"),
            (USUAL, "Nothing: take this day off the list"),
        ],
        widget=Radios,
        error_messages={"required": "Choose what is different"},
    )
    opens = TimeOfDay("Open from", help_text="Used only with “Open at other times”")
    closes = TimeOfDay("Open until")

    def __init__(self, *args, surgery, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept, self.today = dict(surgery.opening_exceptions), today

    def clean_on(self):
        """A day to come."""
        if self.cleaned_data["on"] < self.today:
            raise ValidationError("The day must be today or later")
        return self.cleaned_data["on"]

    def clean(self):
        """Times for a day that is open at other ones."""
        if self.cleaned_data.get("what") == self.OPEN:
            check_window(self, "opens", "closes", "", required=True)
        return self.cleaned_data

    @property
    def new(self):
        """All such days, with this one; those of more than a year ago are let go."""
        given = self.cleaned_data
        oldest = self.today.replace(day=1, year=self.today.year - 1)
        kept = {day: pair for day, pair in self.kept.items() if date.fromisoformat(day) >= oldest}
        kept.pop(given["on"].isoformat(), None)
        if given["what"] != self.USUAL:
            is_open = given["what"] == self.OPEN
            pair = pair_of(given["opens"], given["closes"]) if is_open else None
            kept[given["on"].isoformat()] = pair
        return {"opening_exceptions": dict(sorted(kept.items()))}

    @staticmethod
    def answers_of(surgery, fields):
        """Nothing is filled in."""
        return {}


def check_window(form, opens, closes, name, *, required=False):
    """Put on a form what is wrong with two times that belong together; `name` is the day where there are several."""
    if opens in form.errors or closes in form.errors:
        return
    first, last = form.cleaned_data.get(opens), form.cleaned_data.get(closes)
    if first is None and last is None and not required:
        return
    day = f"{name}: " if name else ""
    for field, value, does in ((opens, first, "opens"), (closes, last, "closes")):
        if value is None:
            form.add_error(field, capitalised(f"{day}enter when the surgery {does}"))
    if first is not None and last is not None and first >= last:
        form.add_error(closes, capitalised(f"{day}the surgery must close after it opens"))


def capitalised(words):
    """With a capital letter at the beginning, and the rest as it is."""
    return words[:1].upper() + words[1:]


def pair_of(opens: time | None, closes: time | None):
    """Two times as they are kept."""
    return [f"{opens:%H:%M}", f"{closes:%H:%M}"] if opens and closes else None
