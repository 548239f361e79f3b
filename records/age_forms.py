"""What staff are asked at an age of a child, and which birthdays they want to see."""

from typing import Any

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import Competence, Outcome, ProxyGrant
from proxy_access.statuses import StatusReason
from proxy_access.steps import Words
from records.age_planner import Wanted
from records.age_reviewing import Decision
from records.people_forms import WhyForm
from surgeries.terms import Section

REASONS = (
    StatusReason.PATIENT_REQUEST,
    StatusReason.RELATIONSHIP_CHANGED,
    StatusReason.INACTIVE,
    StatusReason.FAMILY,
    StatusReason.SAFEGUARDING,
    StatusReason.OTHER,
)
"""Why a parent's access ends at an age, of the national reasons (R4.10)."""


class AgeReviewForm(WhyForm):
    """What was found about the young person, and what is decided about one person who acts for them."""

    competence = forms.ChoiceField(
        label="Does the young person decide themself who sees their record?",
        help_text="Talk to them without anybody who acts for them",
        choices=Competence.choices,
        widget=Radios,
        error_messages={"required": "Choose what you found about the young person"},
    )
    outcome = forms.ChoiceField(
        label="What about this person’s access?",
        choices=Outcome.choices,
        widget=Radios,
        error_messages={"required": "Choose what becomes of this person’s access"},
    )
    scopes = forms.MultipleChoiceField(
        label="If they see less: what may they see?",
        required=False,
        widget=Checkboxes,
    )
    ends_on = DateField(
        label="If they see less: until when?",
        noun="The end date",
        required=False,
        help_text="Today or later, and not after the end date that there is now",
    )
    reason = forms.ChoiceField(
        label="If it ends: why?",
        required=False,
        choices=[(each.value, each.label) for each in REASONS],
        widget=Radios,
    )
    field_order = ["competence", "outcome", "scopes", "ends_on", "reason", "tell", "text"]

    def __init__(self, data: Any, grant: ProxyGrant) -> None:
        super().__init__(data, initial={"scopes": grant.scopes, "ends_on": grant.ends_on})
        self.fields["tell"].label = "If it ends: should the patient’s own pages say so?"
        self.fields["tell"].required = False
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (section.value, section.label) for section in Section if section in grant.scopes
        ]

    def clean(self) -> dict[str, Any]:
        """A reason for an end and whether it is told, and no going on against whoever can decide."""
        given = self.cleaned_data
        if given.get("outcome") == Outcome.ENDS:
            if not given.get("reason"):
                self.add_error("reason", "Choose why it ends")
            if not given.get("tell"):
                self.add_error("tell", "Choose whether the patient’s own pages say so")
        against = (Competence.REFUSES, Outcome.GOES_ON)
        if (given.get("competence"), given.get("outcome")) == against:
            self.add_error(
                "outcome",
                "The young person can decide and does not want it as it is. Let this person see less, or end it",
            )
        return given

    @property
    def words(self) -> Words:
        """What was said; that they see less, the patient's pages say in any case."""
        is_told = self.cleaned_data["outcome"] != Outcome.ENDS or self.cleaned_data["tell"] == "yes"
        return Words(self.cleaned_data["text"], told_patient=is_told)

    @property
    def decision(self) -> Decision:
        """What was found and decided."""
        given = self.cleaned_data
        return Decision(
            given["competence"], given["outcome"], self.words, given["scopes"], given["ends_on"],
            given["reason"],
        )  # fmt: skip


class PlannerForm(forms.Form):
    """Which birthdays to show; whatever is asked for that is not there, all is shown."""

    age = forms.ChoiceField(label="Which age", required=False)
    days = forms.ChoiceField(
        label="How far ahead",
        required=False,
        choices=[("", "A year"), ("30", "30 days"), ("90", "90 days")],
    )

    def __init__(self, asked: Any, ages: list[int]) -> None:
        super().__init__(asked)
        every = [("", "Every age")]
        self.fields["age"].choices = every + [(str(age), str(age)) for age in ages]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What to show."""
        self.is_valid()  # what is not valid is left out of the answers
        given = self.cleaned_data
        return Wanted(*(int(given[name]) if given.get(name) else None for name in ("age", "days")))
