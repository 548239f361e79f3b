"""What staff are asked at the desk: whom to find, how much to open, what to hide."""

from django import forms
from django.core.exceptions import ValidationError

from nhsuk.forms import Checkboxes, DateField, Radios
from records.models import Decision, Redaction
from surgeries.models import check_nhs_number
from surgeries.terms import Level, Section


class FindForm(forms.Form):
    """An NHS number, or a family name with a date of birth."""

    nhs_number = forms.CharField(
        label="NHS number",
        required=False,
        max_length=30,
        help_text="10 digits, for example 999 000 0018",
        widget=forms.TextInput(
            attrs={
                "class": "nhsuk-input--width-10",
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    family_name = forms.CharField(
        label="Family name",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "class": "nhsuk-input--width-20",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    date_of_birth = DateField(
        label="Date of birth",
        required=False,
        noun="The date of birth",
        help_text="For example, 31 3 1980",
    )

    def clean_nhs_number(self):
        """The bare digits."""
        number = "".join(self.cleaned_data["nhs_number"].replace("-", " ").split())
        if number:
            check_nhs_number(number)
        return number

    def clean(self):
        """One of the two ways, whole."""
        given = self.cleaned_data
        if self.errors or given["nhs_number"]:
            return given
        if not given["family_name"] and not given["date_of_birth"]:
            raise ValidationError("Enter an NHS number, or a family name and a date of birth")
        for field, label in (("family_name", "family name"), ("date_of_birth", "date of birth")):
            if not given[field]:
                self.add_error(field, f"Enter the {label} as well, or an NHS number instead")
        return given


class DecisionForm(forms.Form):
    """How much of a record is open, from when, and why; `made_from` and `review` are what staff had before them."""

    SURGERY, PATIENT = "surgery", "patient"

    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[
            (Decision.GRANTED, "Grant access"),
            (Decision.PAUSED, "Pause access"),
            (Decision.DENIED, "Deny access"),
        ],
        widget=Radios(
            hints={
                "granted": "At the levels that you choose below",
                "paused": "For now: the record closes at once, until someone grants access again",
                "denied": "The record closes at once and the refusal stays on file",
            }
        ),
        error_messages={"required": "Choose what you decide"},
    )
    current = forms.ChoiceField(
        label="New entries: recorded on or after the start date",
        choices=Level.choices,
        required=False,
        widget=Radios,
    )
    historical = forms.ChoiceField(
        label="Older entries",
        choices=Level.choices,
        required=False,
        widget=Radios,
        help_text="Recorded before the start date, or transferred, scanned or summarised from older notes",
    )
    starts_on = DateField(label="Start date", required=False, noun="The start date")
    sections_from = forms.ChoiceField(
        label="Sections that stay closed",
        error_messages={"required": "Choose which sections stay closed"},
        choices=[
            (SURGERY, "As the surgery has set for everyone"),
            (PATIENT, "Only these, for this patient"),
        ],
        widget=Radios,
    )
    restricted_sections = forms.MultipleChoiceField(
        label="Closed for this patient",
        choices=Section.choices,
        required=False,
        widget=Checkboxes,
        help_text="Used only with “Only these, for this patient”. Tick none to open all sections",
    )
    reason = forms.CharField(
        label="Reason, for the surgery",
        max_length=2000,
        help_text="Kept in the history for staff. The patient does not see this",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason for the decision"},
    )
    reason_for_patient = forms.CharField(
        label="Words for the patient (optional)",
        required=False,
        max_length=2000,
        help_text="The patient sees this on their record, while it is open to them. Do not say here what the record holds",
        widget=forms.Textarea,
    )
    made_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    review = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self):
        """Levels for a grant, none for anything else."""
        given = self.cleaned_data
        given["current"] = Level(given.get("current") or Level.NONE)
        given["historical"] = Level(given.get("historical") or Level.NONE)
        if given.get("decision") != Decision.GRANTED:
            given["current"] = given["historical"] = Level.NONE
            return given
        for field, which in (("current", "new"), ("historical", "older")):
            if not self.data.get(field) and field not in self.errors:
                self.add_error(field, f"Choose a level for {which} entries")
        return given

    @property
    def decided(self):
        """What to decide, as `decide_access` takes it."""
        names = ("current", "historical", "starts_on", "reason", "reason_for_patient")
        chosen = {name: self.cleaned_data[name] for name in names}
        is_own = self.cleaned_data["sections_from"] == self.PATIENT
        chosen["restricted_sections"] = self.cleaned_data["restricted_sections"] if is_own else None
        return chosen | {"decision": Decision(self.cleaned_data["decision"])}


class LookAgainForm(forms.Form):
    """When to look again whether something still has to be hidden."""

    review_on = DateField(
        label="Look again on",
        required=False,
        noun="The day",
        help_text="Staff are asked on that day whether it still has to be hidden. Leave it empty only where that will"
        " never change, and say why in the reason",
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_review_on(self):
        """A day to come."""
        day = self.cleaned_data["review_on"]
        if day and day <= self.today:
            raise ValidationError("The day to look again must be in the future")
        return day


class HidingForm(LookAgainForm):
    """From whom an entry is hidden, and why; `proxies` are pairs of user id and name.

    `beside` are pairs of id and words of the entries that can be hidden with it, in one act. Where it `is_hidden` from
    everyone already, that is not offered once more.
    """

    also = forms.MultipleChoiceField(
        label="Hide with it, in one act",
        required=False,
        widget=Checkboxes,
        help_text="Only what you tick is hidden. You can undo all of it in one step",
    )
    audience = forms.ChoiceField(
        label="Who should not see this?",
        widget=Radios,
        error_messages={"required": "Choose who should not see this"},
    )
    proxy = forms.ChoiceField(
        label="Which proxy?", required=False, help_text="Used only with “One proxy”"
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text="Kept for staff. Nobody online sees it",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason for hiding this"},
    )
    field_order = ("also", "audience", "proxy", "reason", "review_on")

    def __init__(self, *args, proxies, beside=(), is_hidden=False, **kwargs):
        super().__init__(*args, **kwargs)
        choices = Redaction.Audience.choices
        if is_hidden and not self.is_bound:  # what was sent is answered with who hid it
            choices = choices[1:]
        self.fields["audience"].choices = choices if proxies else choices[:-1]  # type: ignore[attr-defined]
        self.fields["proxy"].choices = [("", "Choose a proxy"), *proxies]  # type: ignore[attr-defined]
        self.fields["also"].choices = beside  # type: ignore[attr-defined]
        for name, has_choices in (("proxy", proxies), ("also", beside)):
            if not has_choices:
                del self.fields[name]

    def clean(self):
        """A proxy, for one proxy; otherwise none."""
        given = self.cleaned_data
        if given.get("audience") != Redaction.Audience.ONE_PROXY:
            given["proxy"] = ""
        elif not given.get("proxy") and "proxy" not in self.errors:
            self.add_error("proxy", "Choose which proxy this is hidden from")
        return given
