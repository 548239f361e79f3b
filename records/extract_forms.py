"""Why staff take an extract back."""

from django import forms


class TakeBackForm(forms.Form):
    """The reason, for colleagues; it is kept."""

    because = forms.CharField(
        label="Why is this extract taken back?",
        help_text="For colleagues, and kept. Name nobody: “the extract of another patient, found on 3 June” is enough.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why the extract is taken back"},
    )
