"""What staff answer when they decide about somebody who asks to act for a patient; the questions follow the legal basis."""

from datetime import date
from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.checklist import (
    CAPACITY,
    COERCION,
    Answer,
    Item,
    asks_child,
    items_for,
    problems,
)
from proxy_access.deciding import OVERTAKEN, Before, Terms
from proxy_access.models import ProxyGrant, Told
from proxy_access.statuses import REJECTING, StatusReason
from surgeries.terms import Section

YES, NO = "yes", "no"
USUAL = "usual"


class DecidingForm(forms.Form):
    """What every decision has: why, for colleagues, and the last step of the grant that staff had before them."""

    text = forms.CharField(
        label="Reason, for colleagues",
        max_length=500,
        help_text="Kept in the history. Neither the patient nor the other person sees it",
        widget=forms.Textarea,
        error_messages={"required": "Enter the reason, for colleagues"},
    )
    seen = forms.IntegerField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid": OVERTAKEN}
    )

    @property
    def before(self) -> Before:
        """What staff had before them."""
        return Before(self.cleaned_data["seen"])


class GrantForm(DecidingForm):
    """The checklist of a legal basis, then what is granted: from what was asked, only less (R4.3, R4.6)."""

    scopes = forms.MultipleChoiceField(
        label="What may they see?",
        help_text="Take away what they do not need. Never more than the patient sees",
        choices=Section.choices,
        widget=Checkboxes,
        error_messages={"required": "Choose at least one part"},
    )
    starts_on = DateField(label="From when?", noun="The start date", help_text="Today or later")
    ends_on = DateField(
        label="Until when?",
        noun="The end date",
        required=False,
        help_text="Not after the end of a dated order or document. Both sides are told before it ends",
    )
    open_ended_because = forms.CharField(
        label="Why is there no end date? (only where you leave it empty)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "2"}),
    )

    def __init__(self, data: Any, *, grant: ProxyGrant, today: date, seen: int | None) -> None:
        initial = {
            "scopes": grant.scopes, "starts_on": max(today, grant.starts_on),
            "ends_on": grant.ends_on, "open_ended_because": grant.open_ended_because, "seen": seen,
        }  # fmt: skip
        super().__init__(data, initial=initial)
        self.basis, self.today = grant.legal_basis, today
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (section.value, section.label) for section in Section if section in grant.scopes
        ]
        self.of_child = asks_child(grant.legal_basis, grant.patient, on=today)
        self.items = items_for(grant.legal_basis, of_child=self.of_child)
        for item in self.items:
            self._ask(item)
        asked = [name for name in self.fields if name.partition("_")[0] in ("yes", "words", "on")]
        rest = ["scopes", "starts_on", "ends_on", "open_ended_because", "text", "seen"]
        self.order_fields([*asked, *rest])

    def _ask(self, item: Item) -> None:
        """The fields of one question: yes or no, words, and a day where it asks for one."""
        self.fields[f"yes_{item.key}"] = forms.ChoiceField(
            label=item.question,
            choices=[(YES, "Yes"), (NO, "No")],
            widget=Radios,
            error_messages={"required": f"Answer this: {item.question}"},
        )
        self.fields[f"words_{item.key}"] = forms.CharField(
            label=item.words, required=False, max_length=1000,
            widget=forms.Textarea(attrs={"rows": "2"}),
        )  # fmt: skip
        if item.day:
            noun = "The day of the finding" if item is CAPACITY else "The day on which it ends"
            self.fields[f"on_{item.key}"] = DateField(label=item.day, noun=noun, required=False)

    @property
    def answers(self) -> dict[str, Answer]:
        """What was answered, as the act takes it; what was not is left out."""
        given = self.cleaned_data
        return {
            item.key: Answer(
                given[f"yes_{item.key}"] == YES,
                given.get(f"words_{item.key}", ""),
                given.get(f"on_{item.key}"),
            )
            for item in self.items
            if given.get(f"yes_{item.key}")
        }

    @property
    def terms(self) -> Terms:
        """What is granted, as the act takes it."""
        names = ("scopes", "starts_on", "ends_on", "open_ended_because")
        return Terms(**{name: self.cleaned_data[name] for name in names})

    @property
    def has_coercion(self) -> bool:
        """Whether a sign of coercion was ticked."""
        return self.is_bound and self.data.get(f"yes_{COERCION.key}") == YES

    def clean(self) -> dict[str, Any]:
        """What the checklist says against it, each beside its question; an end date, or why there is none."""
        answers = self.answers
        found = problems(self.basis, answers, today=self.today, of_child=self.of_child)
        for key, words in found.items():
            if answer := answers.get(key):
                self.add_error(f"{place_of(key, answer)}_{key}", words)
        given = self.cleaned_data
        is_open = not given.get("ends_on") and "ends_on" not in self.errors
        if is_open and not given.get("open_ended_because", "").strip():
            self.add_error("ends_on", "Enter an end date, or below why there is none")
        return given


def place_of(key: str, answer: Answer) -> str:
    """Beside which field of a question a problem stands: the choice, the words or the day."""
    if key == COERCION.key or not answer.is_yes:
        return "yes"
    return "on" if answer.words.strip() else "words"


class RejectForm(DecidingForm):
    """Why it is not granted, by the national reasons (R4.10), and who is told (R4.5)."""

    reason = forms.ChoiceField(
        label="Why is it not granted?",
        choices=[(each.value, each.label) for each in StatusReason if each in REJECTING],
        widget=Radios,
        error_messages={"required": "Choose why it is not granted"},
    )
    told = forms.ChoiceField(
        label="Who is told that it is not granted?",
        choices=[(USUAL, "As usual for the reason"), *Told.choices],
        widget=Radios(
            hints={
                USUAL: "No one where it is coercion, safeguarding or that the patient does not agree. Else the person"
                " who asked, and the patient if it was to rest on their agreement",
                Told.NO_ONE: "The person who asked goes on reading that it is being looked at",
                Told.PATIENT: "Their own pages say so. Somebody may read beside them",
            }
        ),
        error_messages={"required": "Choose who is told"},
    )
    field_order = ["reason", "text", "told"]

    def __init__(self, data: Any, *, seen: int | None, reason: str = "") -> None:
        super().__init__(data, initial={"seen": seen, "told": USUAL, "reason": reason})

    @property
    def told_to(self) -> Told | None:
        """Who is told; None as usual."""
        told = self.cleaned_data["told"]
        return None if told == USUAL else Told(told)
