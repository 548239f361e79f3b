"""What staff say of organisations, their people, and for whom they are to act."""

from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import ORGANISATION_SCOPES, LegalBasis, OrganisationMember
from proxy_access.organisations import BASES
from surgeries.terms import Section


class OrganisationForm(forms.Form):
    """An organisation that the surgery knows."""

    name = forms.CharField(
        label="Name of the organisation", max_length=200,
        help_text="As the patient knows it: they read it beside the person’s name",
        error_messages={"required": "Enter the name of the organisation"},
    )  # fmt: skip
    ods_code = forms.CharField(
        label="ODS code, if it has one", max_length=10, required=False,
        help_text="3 to 10 letters and digits, for example VL1A2",
    )  # fmt: skip


class PersonForm(forms.Form):
    """Somebody who belongs to an organisation, by the address of their own account (R4.2)."""

    email = forms.EmailField(
        label="Email address of their account", max_length=254,
        help_text="Each person needs an account of their own, with a proved identity. Nobody shares one",
        error_messages={"required": "Enter an email address"},
    )  # fmt: skip


class LeavingForm(forms.Form):
    """When somebody, or a whole organisation, stops, and why."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label="When does it end?",
        choices=[(NOW, "At once"), (LATER, "After a day that I choose")],
        widget=Radios(hints={NOW: "Also where they are reading a record at this moment"}),
        error_messages={"required": "Choose when it ends"},
    )
    on = DateField(label="Last day", required=False, noun="The last day")
    reason = forms.CharField(
        label="Reason, for colleagues", max_length=500, widget=forms.Textarea,
        help_text="Kept in the history of each patient they act for. Neither they nor the patient sees it",
        error_messages={"required": "Enter the reason, for colleagues"},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A day, where one is chosen."""
        given = self.cleaned_data
        if given.get("when") != self.LATER:
            given["on"] = None
        elif not given.get("on") and "on" not in self.errors:
            self.add_error("on", "Enter the last day")
        return given


class ActingForm(forms.Form):
    """Who of an organisation is to act for the patient, on what basis, and for what (R4.3, R4.6)."""

    member = forms.ChoiceField(
        label="Who?", widget=Radios, error_messages={"required": "Choose who acts for the patient"}
    )
    legal_basis = forms.ChoiceField(
        label="On what basis?",
        choices=[(basis.value, basis.label) for basis in LegalBasis if basis in BASES],
        widget=Radios,
        error_messages={"required": "Choose the legal basis"},
    )
    scopes = forms.MultipleChoiceField(
        label="What do they need to see?",
        help_text="Medicines and allergies are enough for most care",
        choices=Section.choices,
        initial=[scope.value for scope in ORGANISATION_SCOPES],
        widget=Checkboxes,
        error_messages={"required": "Choose at least one part"},
    )
    wider_because = forms.CharField(
        label="If more than medicines and allergies: why do they need it?",
        max_length=500, required=False, widget=forms.Textarea,
    )  # fmt: skip
    ends_on = DateField(
        label="Until when?", noun="The end date",
        help_text="It also ends when the person leaves the organisation",
    )  # fmt: skip

    def __init__(self, data: Any, members: list[OrganisationMember]) -> None:
        super().__init__(data)
        self.members = {str(member.pk): member for member in members}
        self.fields["member"].choices = [  # type: ignore[attr-defined]
            (key, f"{one.user.name or one.user.email}, of {one.organisation}")
            for key, one in self.members.items()
        ]

    def clean_member(self) -> OrganisationMember:
        """The person who was chosen."""
        return self.members[self.cleaned_data["member"]]
