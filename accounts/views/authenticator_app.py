"""Connecting an authenticator app: the key that nobody else may see, and its picture."""

import segno
from django.utils.safestring import mark_safe
from django_otp.plugins.otp_totp.models import default_key

from accounts.models import AuthenticatorApp
from accounts.sealing import seal, unseal


def new_sealed_key():
    """A new key, encrypted for the session."""
    return seal(default_key())


def app_with(user, sealed_key):
    """An app with the key that a session kept, not saved yet; None where the key is none."""
    key = unseal(sealed_key or "")
    return key and AuthenticatorApp(user=user, name="Authenticator app", key=key)


def shown_secret(app):
    """The secret for the app to read: as a picture without styles, and as text in groups of four."""
    address = app.config_url
    secret = address.partition("secret=")[2].partition("&")[0]
    picture = segno.make(address, error="m").svg_inline(
        scale=5, border=4, light="#fff", svgclass=None, lineclass=None, title="QR code for your app"
    )
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return {"picture": mark_safe(picture), "secret": " ".join(groups)}  # noqa: S308
