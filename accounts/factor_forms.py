"""What is asked about the ways into an account."""

from django import forms
from django.core.validators import RegexValidator

from accounts.hashing import bare_code
from nhsuk.forms import Radios

APP, PASSWORD_AND_PASSKEY, PASSKEY = "app", "password-and-passkey", "passkey"


class WayForm(forms.Form):
    """How a new account is to be opened."""

    way = forms.ChoiceField(
        label="How do you want to sign in?",
        choices=[
            (APP, "With a password and an app"),
            (PASSWORD_AND_PASSKEY, "With a passkey, and a password too"),
            (PASSKEY, "With a passkey only"),
        ],
        widget=Radios(
            hints={
                APP: "An authenticator app on your phone shows a code that you type. Works on every device.",
                PASSWORD_AND_PASSKEY: "A passkey opens your account with your fingerprint, your face or the PIN "
                "of your device. With a password you can also use recovery codes if you lose your device.",
                PASSKEY: "No password to remember. If you lose your device, your surgery has to help you.",
            }
        ),
        error_messages={"required": "Choose how you want to sign in"},
    )


class RecoveryCodeForm(forms.Form):
    """One of the recovery codes, in any case and with or without spaces and dashes."""

    code = forms.CharField(
        label="Recovery code",
        help_text="It has 12 letters and numbers, like K7WP 4M2X 9QTR",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "nhsuk-input--width-20",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter one of your recovery codes"},
    )

    def clean_code(self) -> str:
        """The bare signs."""
        code = bare_code(self.cleaned_data["code"])
        RegexValidator(r"\A[A-Z0-9]{12}\Z", "The code must have 12 letters and numbers")(code)
        return code


class FactorNameForm(forms.Form):
    """What a person calls an app or a passkey of theirs."""

    name = forms.CharField(
        label="Name",
        help_text="For example, my phone",
        max_length=64,
        error_messages={"required": "Enter a name"},
    )


class KeptForm(forms.Form):
    """That the recovery codes are somewhere safe."""

    kept = forms.BooleanField(
        label="I have kept my recovery codes",
        error_messages={"required": "Print or copy the codes, then tick that you have kept them"},
    )


__all__ = [
    "APP",
    "PASSKEY",
    "PASSWORD_AND_PASSKEY",
    "FactorNameForm",
    "KeptForm",
    "RecoveryCodeForm",
    "WayForm",
]
