"""What a patient, and staff, say of somebody who acts for the patient."""

from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ENDING, StatusReason
from proxy_access.steps import Words
from surgeries.terms import Section


class LessForm(forms.Form):
    """Less to see, or a nearer end: only what the person may see now can be ticked."""

    scopes = forms.MultipleChoiceField(
        label="What may they see?",
        help_text="Take away what they should not see any more",
        choices=Section.choices,
        widget=Checkboxes,
        error_messages={"required": "Choose at least one part. To let them see nothing, end it"},
    )
    ends_on = DateField(
        label="Until when?",
        noun="The end date",
        required=False,
        help_text="Today or later, and not after the end date that there is now",
    )

    def __init__(self, data: Any, grant: ProxyGrant) -> None:
        super().__init__(data, initial={"scopes": grant.scopes, "ends_on": grant.ends_on})
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (section.value, section.label) for section in Section if section in grant.scopes
        ]


class StartForm(forms.Form):
    """Why staff start a grant again; the patient is told of it wherever they were told of the stop."""

    text = forms.CharField(
        label="Reason, for colleagues",
        max_length=500,
        help_text="Kept in the history. Neither the patient nor the other person sees it",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason, for colleagues"},
    )

    @property
    def words(self) -> Words:
        """What was said, as the act takes it."""
        return Words(self.cleaned_data["text"])


class GoOnForm(StartForm):
    """Until when staff let somebody go on, and why it is still needed and safe (R4.6)."""

    ends_on = DateField(
        label="Until when?",
        noun="The end date",
        help_text="After the end date that there is now, and not more than a year from today",
    )
    basis_ends_on = DateField(
        label="Until when is the order or the power in force?",
        noun="The last day of the order or the power",
        required=False,
        help_text="Only where there is a newer one that has an end",
    )
    field_order = ["ends_on", "basis_ends_on", "text"]


class WhyForm(StartForm):
    """Why staff stop or end a grant, and whether the patient's own pages say so."""

    tell = forms.ChoiceField(
        label="Should the patient’s own pages say so?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=Radios(
            hints={
                "no": "Where telling could put the patient at risk, because somebody may read beside them",
            }
        ),
        error_messages={"required": "Choose whether the patient’s own pages say so"},
    )

    @property
    def words(self) -> Words:
        """What was said, as the act takes it."""
        return Words(self.cleaned_data["text"], told_patient=self.cleaned_data["tell"] == "yes")


class EndForm(WhyForm):
    """Why it ends, by the national reasons (R4.10)."""

    reason = forms.ChoiceField(
        label="Why does it end?",
        choices=[(each.value, each.label) for each in StatusReason if each in ENDING],
        widget=Radios,
        error_messages={"required": "Choose why it ends"},
    )
    field_order = ["reason", "text", "tell"]
