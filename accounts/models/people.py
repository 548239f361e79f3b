"""People with an account."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class IdentityLevel(models.TextChoices):
    """How surely a person is who they say (R3.1)."""

    P0 = "P0", "Not checked"
    P5 = "P5", "Claimed"
    P9 = "P9", "Proved"


class UserManager(BaseUserManager["User"]):
    """Makes users; the name is Django's."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password, none works until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # the devices of django-otp
    """A person with an account: a patient, a proxy, a member of staff, or several of these."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_self_made = models.BooleanField(default=False, editable=False)
    """Made on the public page, and so by whoever has the mailbox; never by a surgery."""
    email_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    new_email = models.EmailField(blank=True, editable=False)
    """The address to change to, until a link sent to it is followed."""
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    identity_level = models.CharField(
        max_length=2, choices=IdentityLevel, default=IdentityLevel.P0, editable=False
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_one_persons"),
        ]

    def __str__(self) -> str:
        return str(self.id)  # never an address: this ends up in logs

    @property
    def is_identified(self) -> bool:
        """Whether the person proved who they are at the level that a record needs (R3.1)."""
        return self.identity_level == IdentityLevel.P9


Viewer = User | AnonymousUser
"""Whoever sends a request."""
