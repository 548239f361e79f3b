"""What comes from a record or a keyboard stays words in every kind of field (R7.7)."""

import pytest
from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from tests.nhsuk.conftest import ESCAPED, HOSTILE

KINDS = {
    "text": forms.CharField,
    "email": forms.EmailField,
    "password": lambda **kwargs: forms.CharField(widget=forms.PasswordInput, **kwargs),
    "textarea": lambda **kwargs: forms.CharField(widget=forms.Textarea, **kwargs),
    "counted": lambda **kwargs: forms.CharField(widget=forms.Textarea, max_length=5, **kwargs),
    "date": DateField,
    "radios": lambda **kwargs: forms.ChoiceField(
        choices=[(HOSTILE, HOSTILE)], widget=Radios(hints={HOSTILE: HOSTILE}), **kwargs
    ),
    "checkboxes": lambda **kwargs: forms.MultipleChoiceField(
        choices=[(HOSTILE, HOSTILE)], widget=Checkboxes(hints={HOSTILE: HOSTILE}), **kwargs
    ),
    "select": lambda **kwargs: forms.ChoiceField(choices=[(HOSTILE, HOSTILE)], **kwargs),
    "box": forms.BooleanField,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [HOSTILE, ""])
def test_hostile_words_are_escaped_in_every_kind_of_field(kind, value):
    class Hostile(forms.Form):
        it = KINDS[kind](
            label=HOSTILE,
            help_text=HOSTILE,
            error_messages={"required": HOSTILE, "invalid": HOSTILE},
        )

    html = str(Hostile({"it": value, "it-day": value}))
    assert ESCAPED in html
    assert "<script>" not in html
    assert "' onmouseover" not in html
