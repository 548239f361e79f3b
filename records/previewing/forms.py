"""What staff send on the pages of a review; hidden fields say what they had before them."""

from django import forms


class EntryForm(forms.Form):
    """A decision about one entry."""

    reason = forms.CharField(
        label="Reason for hiding it",
        required=False,
        max_length=2000,
        help_text="Kept for staff. Nobody online sees it. Staff are asked in a year whether it still has to be hidden",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    over = forms.UUIDField(required=False, widget=forms.HiddenInput)


class SeenForm(forms.Form):
    """That somebody looked, and at what."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class FinishForm(SeenForm):
    """Both reasons of the decision."""

    reason = forms.CharField(
        label="Reason, for the surgery",
        max_length=2000,
        help_text="Kept in the history for staff. The patient does not see this",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason for the decision"},
    )
    reason_for_patient = forms.CharField(
        label="Words for the patient",
        required=False,
        max_length=2000,
        help_text="The patient sees this. Do not say here what the record holds, or that something is hidden",
        widget=forms.Textarea,
    )


class SendBackForm(forms.Form):
    """Why the second person does not agree."""

    because = forms.CharField(
        label="Why do you not agree?",
        max_length=2000,
        help_text="For colleagues. The patient does not see this",
        widget=forms.Textarea,
        error_messages={"required": "Enter why you do not agree"},
    )
