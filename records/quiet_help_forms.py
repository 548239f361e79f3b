"""How a patient wants to be reached safely, and what staff did."""

from django import forms

from nhsuk.forms import Radios
from records.models import Reach


class TalkForm(forms.Form):
    """How somebody at the surgery may speak with the patient."""

    reach = forms.ChoiceField(
        label="How is it safe to talk?",
        choices=Reach.choices,
        widget=Radios,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose how it is safe to talk"
        ),
    )
    when = forms.CharField(
        label="If you want a call, when is it safe?",
        help_text="For example, weekdays from 10am to noon. They call the number that they have for you",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": False}),
    )


class TalkedForm(forms.Form):
    """What was done for a patient who asked."""

    text = forms.CharField(
        label="What was done, for colleagues",
        max_length=500,
        help_text="Kept for the staff of your surgery only",
        widget=forms.Textarea,
        error_messages={"required": "Enter what was done, for colleagues"},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1000)
