"""What readers write about an entry that looks wrong, and what staff answer."""

from django import forms

from nhsuk.forms import Radios
from records.corrections import (
    ALLOWED,
    GIVE_REASON,
    MOST_WORDS,
    NOT_THAT_ANSWER,
    NOTHING_WRITTEN,
    OVERTAKEN_SURGERY,
    OVERTAKEN_WRITER,
    tidy,
)
from records.threads import State


class WordsField(forms.CharField):
    """Words as they are kept, so that what a browser counts is what is counted here."""

    widget = forms.Textarea

    def __init__(self, **kwargs):
        super().__init__(max_length=MOST_WORDS, **kwargs)

    def to_python(self, value):
        """Without what cannot be read."""
        return tidy(super().to_python(value) or "")


class TellingForm(forms.Form):
    """The first words about an entry."""

    text = WordsField(
        label="What looks wrong, and what should it say?",
        help_text="For example, “This happened in 2019, not 2009” or “This is about someone else”",
        error_messages={"required": NOTHING_WRITTEN},
    )


class WritingForm(forms.Form):
    """More words; `seen` is the last message that the writer had before them."""

    text = WordsField(
        label="Write to the surgery", error_messages={"required": "Write something to send"}
    )
    seen = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": OVERTAKEN_WRITER, "invalid": OVERTAKEN_WRITER},
    )

    def answers_to(self, seen):
        """Let what is sent next be about what the page shows now."""
        follow(self, seen)


class AnswerForm(forms.Form):
    """The surgery's answer to a thread; `seen` is the last message that staff had before them."""

    ANSWERS = {
        State.READ: (
            "We are looking at it",
            "The task stays open. If you need to know more, ask below",
        ),
        State.CORRECTED: (
            "We corrected the record",
            "Say what you changed. Change it in your clinical system first: this page does not",
        ),
        State.KEPT: (
            "We keep the record as it is",
            "Give the reason, and say whether you added a note",
        ),
        State.PASSED_ON: ("We passed it on", "Say who it went to, and who will answer"),
    }

    state = forms.ChoiceField(
        label="What is your answer?",
        choices=[(state.value, label) for state, (label, _) in ANSWERS.items()],
        widget=Radios(hints={state.value: hint for state, (_, hint) in ANSWERS.items()}),
        error_messages={"required": "Choose an answer", "invalid_choice": NOT_THAT_ANSWER},
    )
    text = WordsField(
        label="Words for the person who wrote",
        required=False,
        help_text="They read this online. You can leave it empty only if you are looking at it",
    )
    seen = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": OVERTAKEN_SURGERY, "invalid": OVERTAKEN_SURGERY},
    )

    def answers_to(self, state, seen):
        """Offer what the surgery may answer now, to what the page shows now."""
        allowed = ALLOWED[State(state)].by_surgery
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            (each.value, label) for each, (label, _) in self.ANSWERS.items() if each in allowed
        ]
        follow(self, seen)

    def clean(self):
        """Words, for all but that someone is looking at it."""
        given = self.cleaned_data
        if given.get("state", State.READ) != State.READ and given.get("text") == "":
            self.add_error("text", GIVE_REASON)
        return given


def follow(form, seen):
    """Put the last message on a form, whatever it was sent with."""
    form.initial["seen"] = str(seen)
    if form.is_bound:
        form.data = form.data.copy()
        form.data["seen"] = str(seen)
