"""How a patient says what they pause, and how staff say why they end it."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from nhsuk.forms import DateField, Radios
from proxy_access.access import start_of
from proxy_access.models import ProxyGrant, Whom
from proxy_access.pausing import LONGEST, Wanted

DAYS = {"1": "1 day", "7": "7 days", "30": "30 days"}
UNTIL, RETURN = "until", "return"
ME, SURGERY = "me", "surgery"
HOW_LONG = [*DAYS.items(), (UNTIL, "Until a day that I choose"), (RETURN, "Until I come back")]


WRONG = ("required", "invalid_choice")


class PauseForm(forms.Form):
    """For how long, and who opens it again before then."""

    how_long = forms.ChoiceField(
        label="For how long?",
        choices=HOW_LONG,
        widget=Radios,
        error_messages=dict.fromkeys(WRONG, "Choose for how long"),
    )
    until_on = DateField(
        label="If you choose a day, which one?",
        noun="The day",
        required=False,
        help_text="It opens again when this day begins",
    )
    opens = forms.ChoiceField(
        label="Who can open it again before that?",
        choices=[
            (ME, "I can, with my code or passkey"),
            (SURGERY, "Only my surgery, once they have spoken to me alone"),
        ],
        widget=Radios(
            hints={
                SURGERY: "Safer if somebody has your phone or your codes, or tells you what to do"
            }
        ),
        error_messages=dict.fromkeys(WRONG, "Choose who can open it again"),
    )

    def __init__(self, data: Any, *, now: datetime, today: date) -> None:
        super().__init__(data, initial={"how_long": RETURN, "opens": ME})
        self.now, self.today = now, today

    def clean(self) -> dict[str, Any]:
        """With the moment at which it is over by itself."""
        given = super().clean() or {}
        on = given.get("until_on")
        if given.get("how_long") == UNTIL and "until_on" not in self.errors:
            if on is None:
                self.add_error("until_on", "Enter the day on which it opens again")
            elif on <= self.today:
                self.add_error("until_on", "Choose a day after today")
            elif on > self.today + LONGEST:
                self.add_error("until_on", "Choose a day within a year, or “Until I come back”")
        return given

    def wanted(self, whom: Whom, grant: ProxyGrant | None = None) -> Wanted:
        """What was chosen, as the act takes it."""
        given = self.cleaned_data
        return Wanted(whom, self._until(given), given["opens"] == SURGERY, grant)

    def _until(self, given: dict[str, Any]) -> datetime | None:
        if days := DAYS.get(given["how_long"]):
            return self.now + timedelta(days=int(days.split()[0]))
        return start_of(given["until_on"]) if given["how_long"] == UNTIL else None


class EndPauseForm(forms.Form):
    """Why staff open it again."""

    spoke_alone = forms.BooleanField(
        label="I spoke to the patient alone, and they want it open",
        required=False,
    )
    text = forms.CharField(
        label="Reason, for colleagues",
        max_length=500,
        help_text="Kept in the history. Neither the patient nor whoever acts for them sees it",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason, for colleagues"},
    )
