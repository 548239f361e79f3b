"""What is asked of a patient who wants their full record, and of the staff who decide."""

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from records.correcting_forms import WordsField, follow
from records.models import RefusalGround
from records.previewing.reviewing import Proposal
from records.requests.steps import OVERTAKEN
from surgeries.terms import Level, Section


class AskingForm(forms.Form):
    """What a patient may write with their request."""

    words = WordsField(
        label="Is there something that you want to see most? (optional)",
        required=False,
        help_text="You do not have to give a reason",
    )


class SeenForm(forms.Form):
    """An act on a request; `seen` is the last step of it that staff had before them."""

    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={"required": OVERTAKEN, "invalid": OVERTAKEN},
    )

    def follow(self, seen):
        """Let what is sent next be about what the page shows now."""
        follow(self, seen)


def inside_reason():
    """Why, for colleagues."""
    return WordsField(
        label="Reason, for the surgery",
        help_text="Kept in the history for staff. The patient does not see this here",
        error_messages={"required": "Enter the reason, for the surgery"},
    )


def words_for_patient(hint):
    """Why, in words that the patient reads online and in the letter."""
    return WordsField(
        label="Words for the patient",
        help_text=hint,
        error_messages={"required": "Enter the words for the patient"},
    )


class RefusingForm(SeenForm):
    """A refusal: its ground, who decided on harm, and both reasons (R8.2, R8.3)."""

    ground = forms.ChoiceField(
        label="On which ground?",
        choices=RefusalGround.choices,
        widget=Radios(
            hints={
                RefusalGround.SERIOUS_HARM: "A health professional has to decide this. Name them below",
                RefusalGround.THIRD_PARTY: "Only where hiding single entries is not enough",
            }
        ),
        error_messages={"required": "Choose the ground for refusing"},
    )
    professional = forms.CharField(
        label="Health professional who decided that there is likely serious harm",
        required=False,
        max_length=200,
        help_text="Name and role. Used only with “Likely serious harm”",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = inside_reason()
    reason_for_patient = words_for_patient(
        "They read this online and in the letter, and somebody may read it with them. Do not say what the "
        "record holds, nor who could be harmed"
    )

    def clean(self):
        """A named professional, where the ground is harm (R8.3)."""
        given = self.cleaned_data
        is_harm = given.get("ground") == RefusalGround.SERIOUS_HARM
        if is_harm and not given.get("professional", "").strip():
            self.add_error("professional", "Enter the name and role of the health professional")
        return given


class DeferringForm(SeenForm):
    """Putting a request off to a day, with both reasons (R8.2)."""

    until = DateField(
        label="Until when?",
        noun="The day until when it is put off",
        help_text="It comes back to the queue on that day. At most 28 working days from today",
    )
    reason = inside_reason()
    reason_for_patient = words_for_patient("They read this online and in the letter")


class ReviewingForm(SeenForm):
    """What is proposed to be opened, to be read before it is decided (R8.6)."""

    SURGERY, PATIENT = "surgery", "patient"

    current = forms.ChoiceField(
        label="New entries: recorded on or after the start date",
        choices=Level.choices,
        widget=Radios,
    )
    historical = forms.ChoiceField(
        label="Older entries",
        choices=Level.choices,
        widget=Radios,
        help_text="Recorded before the start date, or transferred, scanned or summarised from older notes",
    )
    starts_on = DateField(label="Start date (optional)", required=False, noun="The start date")
    sections_from = forms.ChoiceField(
        label="Sections that stay closed",
        choices=[
            (SURGERY, "As the surgery has set for everyone"),
            (PATIENT, "Only these, for this patient"),
        ],
        widget=Radios,
    )
    restricted_sections = forms.MultipleChoiceField(
        label="Closed for this patient",
        choices=Section.choices,
        required=False,
        widget=Checkboxes,
        help_text="Used only with “Only these, for this patient”. Tick none to open all sections",
    )

    @property
    def proposed(self):
        """What to propose, as `start_review` takes it."""
        given = self.cleaned_data
        is_own = given["sections_from"] == self.PATIENT
        return Proposal(
            current=Level(given["current"]),
            historical=Level(given["historical"]),
            starts_on=given["starts_on"],
            restricted_sections=given["restricted_sections"] if is_own else None,
        )


class WithdrawnForm(SeenForm):
    """That a request is over, though nobody decided about it."""

    reason = WordsField(
        label="Who told you, or why is the request over?",
        help_text="For example, “Called on Monday and does not need it any more”, or “Moved to another surgery”",
        error_messages={"required": "Enter who told you, or why the request is over"},
    )


class NotingForm(forms.Form):
    """A request that came on paper, by phone or at the desk."""

    asked_on = DateField(
        label="When did they ask?",
        noun="The day on which they asked",
        help_text="For example, 31 3 2026. The 28 working days count from then",
    )
    words = WordsField(
        label="What did they ask for? (optional)",
        required=False,
        help_text="In their own words, if you can. They read this online",
    )
