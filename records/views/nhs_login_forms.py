"""What is asked of a person whom NHS login proved."""

from django import forms

from accounts.forms import AddressField

TERMS = {"required": "Tick the box if you agree to the terms of use"}


class TermsForm(forms.Form):
    """Agreement to the terms, without which there is no online access."""

    agrees = forms.BooleanField(label="I agree to the terms of use", error_messages=TERMS)


class NewAccountForm(TermsForm):
    """An e-mail address for the account besides."""

    email = AddressField(
        label="Email address",
        help_text="We write to it when something about your account changes, never what your record says",
    )
    field_order = ("email", "agrees")
