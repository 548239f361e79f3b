"""Whose view of a record staff want to take, and of which day."""

from django import forms

from nhsuk.forms import DateField, Radios
from records.seeing import PATIENT


class SeeAsForm(forms.Form):
    """The patient or somebody who acts for them, and a day."""

    whose = forms.ChoiceField(
        label="Whose view do you want to see?",
        widget=Radios,
        error_messages={"required": "Choose whose view you want to see"},
    )
    on = DateField(
        label="On which day?",
        noun="The day",
        help_text="Today, or a day before or after. For example, 31 3 2026",
    )

    def __init__(self, *args, patient, people, **kwargs):
        super().__init__(*args, **kwargs)
        acting = sorted((person.name or person.email, str(pk)) for pk, person in people.items())
        self.fields["whose"].choices = [  # type: ignore[attr-defined]
            (PATIENT, f"{patient.full_name}, the patient"),
            *((pk, f"{name}, who acts for the patient") for name, pk in acting),
        ]

    def clean_on(self):
        """A day that an address can name."""
        day = self.cleaned_data["on"]
        if not 1900 <= day.year < 2200:
            raise forms.ValidationError("The day must be between 1900 and 2199")
        return day
