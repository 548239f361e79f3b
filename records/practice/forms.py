"""What whoever changes the access of many patients is asked."""

from django import forms

from nhsuk.forms import Checkboxes, Radios
from records.practice.cohort import Cohort
from surgeries.terms import Level, historical_allowed

NUMBER = {"class": "nhsuk-input--width-3", "inputmode": "numeric"}
OLDEST = 130


def levels(label, hint="", *, error):
    """One level to choose."""
    return forms.ChoiceField(
        label=label, choices=Level.choices, widget=Radios, help_text=hint,
        error_messages={"required": error},
    )  # fmt: skip


def levels_now(label, which):
    """The levels that patients may have now to be changed."""
    return forms.MultipleChoiceField(
        label=label, choices=Level.choices, widget=Checkboxes,
        error_messages={"required": f"Tick at least one level that patients have now for {which} entries"},
    )  # fmt: skip


def age(label, error):
    """An age in years, or none."""
    return forms.IntegerField(
        label=label, required=False, min_value=16, max_value=OLDEST,
        widget=forms.TextInput(attrs=NUMBER),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), error),
    )  # fmt: skip


class CohortForm(forms.Form):
    """Which patients, and the levels that they are to have."""

    now_current = levels_now("New entries are open to them now at", "new")
    now_historical = levels_now("Older entries are open to them now at", "older")
    age_from = age("Youngest age (optional)", "The youngest age must be a number from 16 to 130")
    age_to = age("Oldest age (optional)", "The oldest age must be a number from 16 to 130")
    current = levels("New entries are to be open at", error="Choose a level for new entries")
    historical = levels("Older entries are to be open at", error="Choose a level for older entries")

    def clean(self):
        """Ages in their order, and levels that make sense together."""
        given = self.cleaned_data
        youngest, oldest = given.get("age_from"), given.get("age_to")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.add_error("age_to", "The oldest age can't be below the youngest")
        current, historical = given.get("current"), given.get("historical")
        if current and historical and not historical_allowed(current, historical):
            self.add_error(
                "historical", "Access to older entries can't be higher than access to new ones"
            )
        return given

    @property
    def cohort(self):
        """What was chosen."""
        return Cohort(**self.cleaned_data)


class ReasonForm(forms.Form):
    """Why a setting is to change."""

    reason = forms.CharField(
        label="Reason, for the surgery",
        max_length=2000,
        help_text="Kept for staff. Patients do not see this",
        widget=forms.Textarea(attrs={"rows": "4"}),
        error_messages={"required": "Enter the reason for the change"},
    )

    @property
    def asked(self):
        """As the change takes it."""
        given = dict(self.cleaned_data)
        flagged = given.pop("flagged", None)
        return given if flagged is None else given | {"with_flagged": flagged == OpeningForm.CHANGE}


class OpeningForm(ReasonForm):
    """Why a change that opens something is made, and whether also where an entry is flagged."""

    LEAVE, CHANGE = "leave", "change"

    flagged = forms.ChoiceField(
        label="Patients with flagged entries",
        choices=[
            (LEAVE, "Leave them as they are, so that somebody reads these entries first"),
            (CHANGE, "Change them too"),
        ],
        widget=Radios,
        initial=LEAVE,
        error_messages={"required": "Choose what happens to patients with flagged entries"},
    )
    field_order = ("flagged", "reason")


class MakingForm(OpeningForm):
    """The same for levels, with words that each of the patients sees."""

    reason_for_patient = forms.CharField(
        label="Words for the patients (optional)",
        required=False,
        max_length=2000,
        help_text="Each of them sees this on their record",
        widget=forms.Textarea(attrs={"rows": "4"}),
    )
