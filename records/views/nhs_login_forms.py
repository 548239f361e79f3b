"""What is asked of a person whom NHS login proved."""

from django import forms

TERMS = {"required": "Tick the box if you agree to the terms of use"}


class TermsForm(forms.Form):
    """Agreement to the terms, without which there is no online access."""

    agrees = forms.BooleanField(label="I agree to the terms of use", error_messages=TERMS)


class NewAccountForm(TermsForm):
    """An e-mail address for the account besides."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        help_text="We write to it when something about your account changes, never what your record says",
        error_messages={
            "required": "Enter your email address",
            "invalid": "Enter an email address in the right format, like name@example.com",
        },
    )
    field_order = ("email", "agrees")

    def clean_email(self):
        """As addresses are stored."""
        return self.cleaned_data["email"].lower()
