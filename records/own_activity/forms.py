"""What a patient writes about their activity, the receipt that they bring, and what staff answer."""

from django import forms

from audit.receipts import NOTHING, TOO_LONG
from records.correcting_forms import WordsField
from records.own_activity.reporting import WRITE_ANSWER

MOST_BYTES = 20_000
NO_TEXT = "This file is not a receipt. Choose the file that you downloaded, which ends in .json"


class ReportForm(forms.Form):
    """Words about an event, for whoever wants to write any."""

    text = WordsField(
        label="What looks wrong? (optional)",
        help_text="For example, “I was abroad on this day” or “I do not know this person”",
        required=False,
    )


class ReceiptForm(forms.Form):
    """A receipt, as a file or as text."""

    file = forms.FileField(required=False, allow_empty_file=True)
    text = forms.CharField(
        label="Or paste the text of the receipt",
        widget=forms.Textarea(attrs={"rows": "6", "spellcheck": "false", "autocomplete": "off"}),
        required=False,
        strip=False,
    )

    def clean(self):
        """The text of whichever was given; the file, where both were."""
        given = self.cleaned_data
        text = given.get("text") or ""
        if file := given.get("file"):
            text = self._read(file)
        if not text.strip() and not self.errors:
            self.add_error("text", NOTHING)
        given["given"] = text
        return given

    def _read(self, file):
        if file.size > MOST_BYTES:
            self.add_error("text", TOO_LONG)
            return ""
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("text", NO_TEXT)
            return ""


class ReportAnswerForm(forms.Form):
    """The surgery's answer."""

    text = WordsField(
        label="Answer for the patient",
        help_text="They read this online. Do not write what is hidden from them, or who looked at it",
        error_messages={"required": WRITE_ANSWER},
    )
