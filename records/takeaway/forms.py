"""What somebody is asked who wants a copy."""

from django import forms

from nhsuk.forms import Checkboxes, DateField, Radios
from records.models import Takeaway
from records.takeaway.record_pdf import can_make_pdf
from surgeries.terms import Section

Kind = Takeaway.Kind
HINTS = {
    "pdf": "The pages of the record in one file. A long record comes as several files in a ZIP",
    "summary": "For an app or a hospital that can read FHIR. People cannot read it easily",
    "results": "With what was measured at visits, such as blood pressure. Opens in a spreadsheet",
}


def kinds_for(access):
    """The kinds of copies that can be made of what is open to a viewer."""
    kinds = [kind for kind in Kind if kind is not Kind.PDF or can_make_pdf()]
    return [
        kind for kind in kinds if kind is not Kind.RESULTS or access.allows(Section.TEST_RESULTS)
    ]


class CopyForm(forms.Form):
    """The kind, the sections and days, and that the warning was read (R5.6)."""

    kind = forms.ChoiceField(
        label="What do you want?",
        widget=Radios(hints=HINTS),
        error_messages={"required": "Choose what you want"},
    )
    sections = forms.MultipleChoiceField(
        label="Which parts, in a PDF?",
        help_text="Tick none to have every part that is open to you online",
        required=False,
        widget=Checkboxes,
    )
    from_on = DateField(
        label="From which day? (optional)",
        help_text="Not for the FHIR summary, which is always whole. A medicine has the date it was started. Entries without a date are always in the copy",
        noun="The first day",
        required=False,
    )
    to_on = DateField(label="To which day? (optional)", noun="The last day", required=False)
    agreed = forms.BooleanField(
        label="I have read this. I am responsible for the copy and who sees it",
        error_messages={"required": "Tick the box to say that you are responsible for the copy"},
    )

    def __init__(self, *args, access, **kwargs):
        super().__init__(*args, **kwargs)
        self.open_sections = [each for each in Section if access.allows(each)]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds_for(access)]  # type: ignore[attr-defined]
        self.fields["sections"].choices = [(each.value, each.label) for each in self.open_sections]  # type: ignore[attr-defined]

    def clean(self):
        """The days in order."""
        given = self.cleaned_data
        first, last = given.get("from_on"), given.get("to_on")
        if first and last and last < first:
            self.add_error("to_on", "The last day must be the same as or after the first day")
        return given

    @property
    def asked(self):
        """What to make; some kinds have no choice of parts or days."""
        given = self.cleaned_data
        kind, chosen = given["kind"], given["sections"]
        sections = [each.value for each in self.open_sections if each in chosen or not chosen]
        asked = {
            "kind": kind,
            "sections": sections,
            "from_on": given["from_on"],
            "to_on": given["to_on"],
        }
        if kind == Kind.RESULTS:
            asked["sections"] = [Section.TEST_RESULTS.value]
        if kind == Kind.SUMMARY:
            every = [each.value for each in self.open_sections]
            asked |= {"sections": every, "from_on": None, "to_on": None}
        return asked
