"""What is asked when an account is made, and on the pages where people keep it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms import AddressField, NewPasswordForm
from accounts.models import User

WRONG_FORMAT = AddressField.default_error_messages["invalid"]


class AddressForm(forms.Form):
    """An e-mail address that may be anybody's."""

    email = AddressField(label="Email address")

    def clean_email(self) -> str:
        """The address as it is stored; letters that only look like a, b or c are for no mailbox that we can reach."""
        email: str = self.cleaned_data["email"]
        if not email.rpartition("@")[0].isascii():
            raise ValidationError(WRONG_FORMAT, code="invalid")
        return email


class NewAddressForm(AddressForm):
    """Another address for the account of `user`."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["email"].label = "New email address"
        self.fields["email"].error_messages["required"] = "Enter your new email address"

    def clean_email(self) -> str:
        """Not the one that the account has."""
        email = super().clean_email()
        if email == self.user.email:
            raise ValidationError("This is your email address already. Enter another one")
        return email


class ChangePasswordForm(NewPasswordForm):
    """A new password; and the current one, where the account of `user` has one."""

    current = forms.CharField(
        label="Current password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your current password"},
    )
    field_order = ("current", "password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)  # type: ignore[no-untyped-call]
        self.fields["password"].label = "New password"
        self.fields["password"].error_messages["required"] = "Enter a new password"
        if not user.has_usable_password():
            del self.fields["current"]


class CloseForm(forms.Form):
    """The one box to tick."""

    sure = forms.BooleanField(
        label="I want to close my account for good",
        error_messages={"required": "Tick the box if you want to close your account"},
    )
