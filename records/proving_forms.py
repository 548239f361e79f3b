"""What is asked of who proves who they are, and of the staff who see that they are."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html

from accounts.forms import AddressField
from accounts.identity import ADDRESS, PHOTO, Evidence, Question
from accounts.letters import Typed
from nhsuk.forms import Checkboxes, DateField, Radios
from records.at_desk import Method, Proof
from surgeries.models import Surgery

TERMS = lazy(format_html, str)(
    'I have read the <a href="{}">terms of use</a> and agree to them',
    reverse_lazy("guidance", args=["terms"]),
)

COMPETENT = "This young person was assessed as competent to see their record online"
"""Asked of staff for those from 13 to 15 only (R3.8)."""


def code_field(label, width, **kwargs):
    """A code to copy from paper: no dictionary may mend it and no browser keep it."""
    attrs = {
        "class": f"nhsuk-input--width-{width}",
        "autocomplete": "off",
        "autocapitalize": "characters",
        "spellcheck": "false",
    }
    enter = {
        "required": f"Enter the {label[0].lower() if label[1].islower() else label[0]}{label[1:]}"
    }
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=label, max_length=40, widget=widget, error_messages=enter, **kwargs
    )


def tick(label, otherwise):
    """A box that must be ticked."""
    return forms.BooleanField(label=label, error_messages={"required": otherwise})


class LetterForm(forms.Form):
    """What stands in a registration letter, and what does not: the date of birth."""

    account_id = code_field("Account ID", 20, help_text="10 letters and numbers, like K7WPA 4M2XB")
    ods_code = code_field("ODS code", 10, help_text="The code of your surgery, like Z99001")
    linkage_key = code_field(
        "Linkage key", 20, help_text="12 letters and numbers, like 7HJK 4M2X 9QRS"
    )
    date_of_birth = DateField(
        label="Your date of birth", noun="Your date of birth", help_text="For example, 31 3 1980"
    )
    agreed = tick(TERMS, "You can only go on if you agree to the terms of use")

    @property
    def typed(self):
        """What to hold against the letters."""
        names = ("ods_code", "account_id", "linkage_key", "date_of_birth")
        return Typed(**{name: self.cleaned_data[name] for name in names})


class GoingForm(forms.Form):
    """Where somebody goes with their code: the surgery learns that somebody made one, and not who (R3.1)."""

    surgery = forms.ModelChoiceField(
        label="Which surgery will you go to? (optional)",
        queryset=Surgery.objects.filter(uses_portal=True).order_by("name", "ods_code"),
        required=False,
        empty_label="I do not know yet",
        help_text="We tell them that somebody comes with a code, and not who",
    )


class ProofForm(forms.Form):
    """How staff know who the person in front of them is (R3.5)."""

    method = forms.ChoiceField(
        label="How do you know who this person is?",
        choices=[
            (Method.DOCUMENTS, "I have seen their documents"),
            (Method.VOUCHING, "Somebody who has known them for 2 years or more vouches for them"),
            (Method.VOUCHING_CONFIRMED, "The same, and they answered questions from the record"),
        ],
        widget=Radios,
        error_messages={"required": "Choose how you know who this person is"},
    )
    photo = forms.ChoiceField(
        label="Documents: which photo ID did you see?",
        choices=[(kind.value, kind.label) for kind in Evidence if kind in PHOTO],
        required=False,
        widget=Radios,
        help_text="Only the kind is kept. Do not make a copy",
    )
    address = forms.ChoiceField(
        label="Documents: which proof of address did you see?",
        choices=[(kind.value, kind.label) for kind in Evidence if kind in ADDRESS],
        required=False,
        widget=Radios,
    )
    voucher = forms.CharField(
        label="Vouching: who vouches?",
        required=False,
        max_length=200,
        help_text="The full name of a member of staff who knows the person",
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-20", "autocomplete": "off"}),
    )
    known_since = DateField(
        label="Vouching: since when do they know them?",
        required=False,
        noun="The date since when they know them",
        help_text="At least 2 years ago",
    )
    questions = forms.MultipleChoiceField(
        label="Questions from the record: what did you ask?",
        choices=Question.choices,
        required=False,
        widget=Checkboxes,
        help_text="At least 2, only if you chose questions. Do not write down the answers",
    )
    is_here = tick(
        "The person is here in front of me", "You can only do this with the person in front of you"
    )
    is_right_record = tick(
        "The name, the date of birth and the NHS number above are theirs: this is the right record",
        "Check that this is the record of the person in front of you",
    )

    def clean(self):
        """What the chosen way needs, and nothing of the others."""
        given = self.cleaned_data
        method = given.get("method")
        if method == Method.DOCUMENTS:
            self.need("photo", "Choose the photo ID that you saw")
            self.need("address", "Choose the proof of address that you saw")
        elif method:
            self.need("voucher", "Enter the name of the person who vouches")
            self.need("known_since", "Enter since when they know the person")
        if method == Method.VOUCHING_CONFIRMED:
            self.need("questions", "Choose what you asked from the record")
        return given

    def need(self, name, words):
        """Say that a field is missing, once."""
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, words)

    @property
    def proof(self):
        """What was seen or heard, as the records take it."""
        given = self.cleaned_data
        if given["method"] == Method.DOCUMENTS:
            return Proof(given["method"], evidence=[given["photo"], given["address"]])
        is_asked = given["method"] == Method.VOUCHING_CONFIRMED
        questions = given["questions"] if is_asked else []
        return Proof(
            given["method"],
            voucher=given["voucher"],
            known_since=given["known_since"],
            questions=questions,
        )


class DeskIdentityForm(ProofForm):
    """The same, with the account that becomes the person's."""

    CODE, NEW = "code", "new"

    account = forms.ChoiceField(
        label="Does the person have an account?",
        choices=[(CODE, "Yes, and they made a code for the front desk"), (NEW, "No")],
        widget=Radios(
            hints={
                NEW: "You get a link to hand over, with which they set up how they sign in",
            }
        ),
        error_messages={"required": "Choose whether the person has an account"},
    )
    email = AddressField(
        label="Their email address",
        help_text="As the person says it to you",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Enter their email address",
        },
    )
    code = code_field(
        "Code for the front desk",
        10,
        required=False,
        help_text="8 letters and numbers, like K7WP 4M2X",
    )
    is_competent = tick(
        COMPETENT, "From 13 to 15, open a record only after somebody here assessed them"
    )
    agreed = tick(
        "The person has read the terms of use and agrees to them",
        "They can only go on if they agree to the terms of use",
    )
    field_order = ("is_here", "is_right_record", "is_competent", "method")

    def __init__(self, *args, is_young, **kwargs):
        super().__init__(*args, **kwargs)
        if not is_young:
            del self.fields["is_competent"]

    def clean(self):
        """A code where there is an account."""
        given = super().clean()
        if given.get("account") == self.CODE:
            self.need("code", "Enter the code for the front desk")
        return given


class InvitedIdentityForm(ProofForm):
    """The same for somebody whom a patient invited: nothing of the record is asked, since it is not theirs."""

    name = forms.CharField(
        label="Their full name, as their papers say it",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter their full name"},
    )
    email = DeskIdentityForm.base_fields["email"]
    code = code_field(
        "Code for the front desk", 10, help_text="8 letters and numbers, like K7WP 4M2X"
    )
    field_order = ("is_here", "name", "email", "code", "method")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["is_right_record"], self.fields["questions"]
        ways = self.base_fields["method"].choices  # type: ignore[attr-defined]
        self.fields["method"].choices = ways[:2]  # type: ignore[attr-defined]

    @property
    def proof(self):
        """What was seen or heard."""
        given = self.cleaned_data
        if given["method"] == Method.DOCUMENTS:
            return Proof(given["method"], evidence=[given["photo"], given["address"]])
        return Proof(given["method"], voucher=given["voucher"], known_since=given["known_since"])


class LetterMakingForm(forms.Form):
    """What staff say before a letter is made; the tick for the young is asked of them only (R3.8)."""

    is_known = tick(
        "I know who this person is, and this is the right record",
        "Make sure who this person is before you make a letter",
    )
    is_competent = tick(
        COMPETENT,
        "From 13 to 15, make a letter only after somebody here assessed them",
    )

    def __init__(self, *args, is_young, **kwargs):
        super().__init__(*args, **kwargs)
        if not is_young:
            del self.fields["is_competent"]


def put_on(form, error: ValidationError):
    """Show why it was refused at the top of the form."""
    form.add_error(None, error.messages)
