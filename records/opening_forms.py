"""What a reader is asked about results that stand behind a page."""

from datetime import timedelta

from django import forms

from nhsuk.forms import Radios
from records.models import Wish
from records.result_categories import ABNORMAL, CATEGORIES

ASK, HOLD = (
    (Wish.ASK.value, Wish.ASK.label),
    (Wish.HOLD.value, Wish.HOLD.label),
)


class WishesForm(forms.Form):
    """One choice for each category; what a laboratory marked is never shown at once (R5.5)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[ABNORMAL] = forms.ChoiceField(
            label="Results that the laboratory marked",
            help_text="A mark means that the laboratory wants someone to look at the result."
            " It may be nothing to worry about.",
            choices=[ASK, HOLD],
            widget=Radios,
        )
        for name, category in CATEGORIES.items():
            self.fields[name] = forms.ChoiceField(
                label=category.label, help_text=category.hint, choices=Wish.choices, widget=Radios
            )


class OlderForm(forms.Form):
    """From how long ago results are opened at once."""

    HALF_A_YEAR, ALL = "half-a-year", "all"

    which = forms.ChoiceField(
        label="Which results do you want to open?",
        choices=[(HALF_A_YEAR, "Results from more than 6 months ago"), (ALL, "All results")],
        widget=Radios,
        error_messages={"required": "Choose which results you want to open"},
    )

    def before(self, today):
        """The day before which a result must be; None for all."""
        is_old = self.cleaned_data["which"] == self.HALF_A_YEAR
        return today - timedelta(days=182) if is_old else None
