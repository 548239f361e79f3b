"""What a patient is asked when they hide an entry from those who act for them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from nhsuk.forms import Checkboxes, Radios
from records.beside import Beside

EVERYONE = "everyone"


class HideForm(forms.Form):
    """From whom, and what else: no reason is asked."""

    from_whom = forms.ChoiceField(
        label="Who should not see it?",
        widget=Radios,
        error_messages={
            "required": "Choose who should not see it",
            "invalid_choice": "Choose who should not see it from this list, which is as it is now",
        },
    )
    also = forms.MultipleChoiceField(
        label="Hide these as well?",
        help_text="They belong with it. What is not ticked goes on showing",
        required=False,
        widget=Checkboxes,
        error_messages={"invalid_choice": "Look at what belongs with it again: this has changed"},
    )

    def __init__(
        self, data: Any, *, people: Sequence[tuple[str, str]], also: Sequence[Beside]
    ) -> None:
        ticked = [str(each.id) for each in also if each.is_part_of_it]
        first = {} if people else {"from_whom": EVERYONE}
        super().__init__(data, initial={"also": ticked} | first)
        everyone = (EVERYONE, "Everyone who acts for you, now or later")
        self.fields["from_whom"].choices = [*people, everyone]  # type: ignore[attr-defined]
        self.fields["also"].choices = [(str(each.id), each.words) for each in also]  # type: ignore[attr-defined]
        if not also:
            del self.fields["also"]

    @property
    def proxy_id(self) -> UUID | None:
        """Whom it is hidden from; None for everyone."""
        whom = self.cleaned_data["from_whom"]
        return None if whom == EVERYONE else UUID(whom)

    @property
    def others(self) -> list[UUID]:
        """What was ticked."""
        return [UUID(each) for each in self.cleaned_data.get("also", [])]
