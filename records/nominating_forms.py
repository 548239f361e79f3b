"""What a patient says of whom they want to invite, and what staff and that person answer."""

from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import Relationship
from proxy_access.nominating import What, Who
from records.visibility import RecordAccess
from surgeries.models import Patient
from surgeries.terms import Section

SHOWS = {
    Section.ALLERGIES: "For example: “Penicillin, a rash in 2019”",
    Section.MEDICINES: "For example: “Amlodipine 5 mg tablets, one a day”",
    Section.IMMUNISATIONS: "For example: “Flu vaccine, 3 October 2025”",
    Section.HEALTH_CONDITIONS: "For example: “Asthma”. Also what you may not talk about, such as mental health or a pregnancy",
    Section.TEST_RESULTS: "For example: “Cholesterol 5.1 mmol/L”. Results can be upsetting, and can say what they were for",
    Section.CONSULTATIONS: "What was said and found at appointments, in the words of your doctor or nurse. It can be about anything",
    Section.DOCUMENTS: "For example: a letter from a hospital. It can be about anything",
}
"""What each part of the record shows, by an example that is made up."""
NOT_OPEN_YET = "You cannot see this part yourself now. They would see it once it is open to you"


class WhoForm(forms.Form):
    """Who it is, and how the patient is called to them."""

    name = forms.CharField(
        label="Their full name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter their full name"},
    )
    email = forms.EmailField(
        label="Their own email address",
        help_text="One that only they read. They sign in with it. Do not enter yours or one that you share",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter their email address",
            "invalid": "Enter an email address like name@example.com",
        },
    )
    relationship = forms.ChoiceField(
        label="Who are they to you?",
        choices=Relationship.choices,
        widget=Radios,
        error_messages={"required": "Choose who they are to you"},
    )
    name_shown = forms.CharField(
        label="Which name of yours do they see before your surgery has decided?",
        max_length=200,
        help_text="They see nothing else about you until then. It can be your first name, or what they call you",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the name by which they know you"},
    )

    @property
    def who(self) -> Who:
        """What was said, as the act takes it."""
        return Who(**{name: self.cleaned_data[name] for name in Who._fields})


class WhatForm(forms.Form):
    """What they may see, and until when."""

    scopes = forms.MultipleChoiceField(
        label="What may they see?",
        help_text="Choose only what they need to help you. They never see more than you can see",
        choices=Section.choices,
        widget=Checkboxes,
        error_messages={"required": "Choose at least one part of your record"},
    )
    ends_on = DateField(
        label="Until when?",
        noun="The end date",
        required=False,
        help_text="It ends by itself after this day. For example, a year from now. You can end it sooner, or renew it",
    )
    open_ended_because = forms.CharField(
        label="If there should be no end date, say why",
        max_length=500,
        required=False,
        help_text="Leave this empty if you entered a date",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, record: RecordAccess, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        closed = [section for section in Section if not record.allows(section)]
        hints = SHOWS | {section: f"{SHOWS[section]}. {NOT_OPEN_YET}" for section in closed}
        self.fields["scopes"].widget.hints = hints

    @property
    def what(self) -> What:
        """What was said, as the act takes it."""
        return What(**{name: self.cleaned_data[name] for name in What._fields})


class AgreeForm(forms.Form):
    """That the patient read the eight facts and wants it."""

    agreed = forms.BooleanField(
        label="I have read this and I agree",
        error_messages={"required": "Tick that you agree, or go back and change it"},
    )
    is_free = forms.BooleanField(
        label="Nobody makes me do this",
        error_messages={
            "required": "Invite nobody if somebody makes you do it. Your surgery can help you"
        },
    )


class CodeForm(forms.Form):
    """The code that the person was given."""

    code = forms.CharField(
        label="The code from the person who invited you",
        max_length=40,
        help_text="12 letters and numbers. Spaces and small letters do not matter",
        widget=forms.TextInput(
            attrs={
                "class": "nhsuk-input--width-20",
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "characters",
            }
        ),
        error_messages={"required": "Enter the code"},
    )


class AcceptForm(forms.Form):
    """That the person knows what they take on."""

    duties = forms.BooleanField(
        label="I have read what I may and may not do, and I will keep to it",
        error_messages={"required": "Tick that you will keep to it, or decline"},
    )


def usual_name(patient: Patient) -> str:
    """The name that is offered to be shown: the first one only, which tells a stranger little."""
    return patient.given_names.split()[0] if patient.given_names.split() else patient.full_name
