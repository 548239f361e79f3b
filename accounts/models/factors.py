"""What a person has besides a password: an authenticator app, recovery codes, an NHS login (R3.9)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key, key_validator

from accounts.models.fields import EncryptedField


class AuthenticatorApp(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """An authenticator app: django-otp's own, whose key lies encrypted in the database."""

    key = EncryptedField(validators=[key_validator], default=default_key)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    step: ClassVar[int] = 30
    t0: ClassVar[int] = 0
    digits: ClassVar[int] = 6
    tolerance: ClassVar[int] = 1

    class Meta(Device.Meta):  # type: ignore[misc]
        abstract = False

    bin_key = TOTPDevice.bin_key
    config_url = TOTPDevice.config_url
    verify_token = TOTPDevice.verify_token
    get_throttle_factor = TOTPDevice.get_throttle_factor
    _read_str_from_settings = TOTPDevice._read_str_from_settings


class RecoveryCodes(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """The recovery codes that a person has left, hashed; each works once."""

    hashes = ArrayField(models.CharField(max_length=64), default=list)
    made_at = models.DateTimeField(null=True)
    """When these were made: the row stays when others take their place. None of those made before this was kept."""
    kept_at = models.DateTimeField(null=True)
    """When their owner said that they have them: until then the session in which they were made shows them."""

    class Meta(Device.Meta):  # type: ignore[misc]
        abstract = False

    def get_throttle_factor(self) -> int:
        """Seconds to wait after the first wrong code; they double with each."""
        return 1


class NhsLogin(TimestampMixin, Device):  # type: ignore[misc]
    """That an account belongs to an NHS login, which proves both factors itself."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)

    class Meta(Device.Meta):  # type: ignore[misc]
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="nhs_login_belongs_to_one_account"
            ),
        ]

    def is_interactive(self) -> bool:
        """Nobody types a code for it."""
        return False
