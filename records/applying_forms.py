"""What is asked of somebody who wants to act for another person, and of staff who find out of whom they speak."""

from datetime import date, timedelta
from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import Claims, Evidence, LegalBasis
from surgeries.models import Surgery, check_nhs_number
from surgeries.terms import Section

BASES = [
    (LegalBasis.PARENTAL_RESPONSIBILITY, "I have parental responsibility for them"),
    (LegalBasis.ATTORNEY, "I am their attorney for health and welfare"),
    (LegalBasis.DEPUTY, "A court made me their deputy for personal welfare"),
    (LegalBasis.BEST_INTEREST, "They cannot decide for themselves, and it would be best for them"),
]
HINTS: dict[str, str] = {
    LegalBasis.PARENTAL_RESPONSIBILITY: "For a child under 16. Each parent asks for themself",
    LegalBasis.ATTORNEY: "A lasting power of attorney for health and welfare, which is registered",
}
NOT_KEPT = {"autocomplete": "off", "spellcheck": "false"}


class ApplyForm(forms.Form):
    """For whom somebody wants to act, why they may, what they want to see, and until when."""

    surgery = forms.ModelChoiceField(
        label="At which GP surgery is this person?",
        queryset=Surgery.objects.filter(uses_portal=True).order_by("name", "ods_code"),
        empty_label="Choose a surgery",
        error_messages={"required": "Choose the surgery"},
    )
    legal_basis = forms.ChoiceField(
        label="Why may you act for them?",
        choices=BASES,
        widget=Radios(hints=HINTS),
        error_messages={"required": "Choose why you may act for them"},
    )
    given_names = forms.CharField(
        label="Their first names",
        max_length=200,
        widget=forms.TextInput(attrs=NOT_KEPT),
    )
    family_name = forms.CharField(
        label="Their family name",
        max_length=200,
        widget=forms.TextInput(attrs=NOT_KEPT),
    )
    date_of_birth = DateField(
        label="Their date of birth", noun="Their date of birth", help_text="For example, 31 3 1980"
    )
    nhs_number = forms.CharField(
        label="Their NHS number (optional)",
        required=False,
        max_length=30,
        help_text="10 digits. It is on letters and prescriptions",
        widget=forms.TextInput(
            attrs=NOT_KEPT | {"class": "nhsuk-input--width-10", "inputmode": "numeric"}
        ),
    )
    relationship = forms.CharField(
        label="What are you to them?",
        max_length=100,
        help_text="For example, mother, son, neighbour",
        error_messages={"required": "Enter what you are to them"},
    )
    evidence = forms.MultipleChoiceField(
        label="What can you show the surgery?",
        choices=Evidence.choices,
        widget=Checkboxes,
        help_text="You send nothing now. The surgery asks to see it and keeps no copy",
        error_messages={"required": "Choose what you can show, or “None of these yet”"},
    )
    why = forms.CharField(
        label="Why do you need to see their record?",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Enter why you need to see their record"},
    )
    scopes = forms.MultipleChoiceField(
        label="What do you need to see?",
        choices=Section.choices,
        widget=Checkboxes,
        help_text="Only what you need. The surgery may let you see less",
        error_messages={"required": "Choose at least one part"},
    )
    ends_on = DateField(
        label="Until when?",
        noun="The end date",
        required=False,
        help_text="For example, the day on which a court order ends. You can ask again before it ends",
    )
    open_ended_because = forms.CharField(
        label="Why is there no end date? (only where you leave it empty)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "2"}),
    )

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"ends_on": today + timedelta(days=365)})
        self.today = today

    def clean_date_of_birth(self) -> date:
        """A day that is past."""
        given: date = self.cleaned_data["date_of_birth"]
        if given > self.today:
            raise forms.ValidationError("Their date of birth must be in the past")
        return given

    def clean_nhs_number(self) -> str:
        """The bare digits."""
        number = "".join(self.cleaned_data["nhs_number"].replace("-", " ").split())
        if number:
            check_nhs_number(number)
        return number

    def clean_ends_on(self) -> date | None:
        """A day from today on."""
        given: date | None = self.cleaned_data["ends_on"]
        if given and given < self.today:
            raise forms.ValidationError("The end date must be today or later")
        return given

    def clean(self) -> dict[str, Any]:
        """An end date, or why there is none; paper, or none."""
        given = self.cleaned_data
        is_open = not given.get("ends_on") and "ends_on" not in self.errors
        if is_open and not given.get("open_ended_because", "").strip():
            self.add_error("ends_on", "Enter an end date, or below why there is none")
        evidence = given.get("evidence", [])
        if Evidence.NONE in evidence and len(evidence) > 1:
            self.add_error("evidence", "Choose what you can show, or only “None of these yet”")
        return given

    @property
    def claims(self) -> Claims:
        """What was said, as it is kept."""
        given = self.cleaned_data
        return Claims(**{name: given[name] for name in Claims.__struct_fields__})


class MatchForm(forms.Form):
    """How staff know that this is the patient of whom somebody speaks."""

    because = forms.CharField(
        label="How do you know that this is the patient?",
        max_length=500,
        help_text="Kept for colleagues. For example, which papers you saw",
        widget=forms.Textarea(attrs={"rows": "2"}),
        error_messages={"required": "Enter how you know that this is the patient"},
    )

    def __init__(self, data: Any, *, is_same: bool) -> None:
        super().__init__(data)
        if is_same:
            del self.fields["because"]


class NoPatientForm(forms.Form):
    """Why there is no such patient, and whether whoever asked is told that it was not granted."""

    because = forms.CharField(
        label="Reason, for colleagues",
        max_length=500,
        help_text="How you looked. The person who asked does not see it",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason, for colleagues"},
    )
    tell = forms.ChoiceField(
        label="Is the person who asked told that it is not granted?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=Radios(
            hints={
                "yes": "They read that it was not granted, and not why",
                "no": "They go on reading that it is being looked at",
            }
        ),
        error_messages={"required": "Choose whether they are told"},
    )
