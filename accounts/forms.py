"""What is asked at sign-in and when an account is set up."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator


class AddressField(forms.EmailField):
    """An e-mail address as addresses are stored: one address however it is typed, 254 signs at most."""

    default_error_messages = {
        "required": "Enter your email address",
        "invalid": "Enter an email address in the right format, like name@example.com",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_python(self, value: Any) -> str:
        """In lower case before anything is measured: there are letters of which it makes two."""
        return (super().to_python(value) or "").lower()


class SignInForm(forms.Form):
    """The first step; whether the two fit is for the view to find out."""

    email = AddressField(label="Email address")
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password"},
    )


class CodeForm(forms.Form):
    """A code of six digits; spaces do not matter."""

    code = forms.CharField(
        label="6-digit code",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "class": "nhsuk-input--width-5",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter the code that your app shows"},
    )

    def clean_code(self):
        """The bare digits."""
        code = "".join(self.cleaned_data["code"].split())
        RegexValidator(r"\A[0-9]{6}\Z", "The code must have 6 digits, like 123456")(code)
        return code


class NewPasswordForm(forms.Form):
    """A password that nobody has yet; the person who sets it is passed as `user`."""

    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        help_text="At least 10 characters. Three words that only you would put together work well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password"},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        """Long enough, and not one that everybody tries first."""
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]
