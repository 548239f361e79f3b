"""What people want to be told by e-mail, when, and who else reads their mail."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.people import User


class Kind(models.TextChoices):
    """What there is to tell that a person may do without; what keeps an account safe is none of these."""

    ENTRIES = "entries", "Something new in a record"
    ACCESS = "access", "What can be seen, and answers of a surgery"
    PEOPLE = "people", "Who acts for whom"
    ENDS = "ends", "What ends soon"


class Readers(models.TextChoices):
    """Who reads what is sent to an address, as its owner says."""

    UNASKED = "", "Not asked yet"
    ONLY_ME = "only-me", "Only me"
    OTHERS_SAFE = "others-safe", "Other people too, and that is safe"
    NOT_SAFE = "not-safe", "Other people too, and it is not safe, or I am not sure"


class NoticeChoice(models.Model):
    """What one person chose, and what waits for them; who has no row never chose, and the defaults hold (ADR 41)."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, primary_key=True, related_name="notice_choice"
    )
    entries = models.BooleanField(default=False)
    access = models.BooleanField(default=True)
    people = models.BooleanField(default=True)
    ends = models.BooleanField(default=True)
    from_hour = models.PositiveSmallIntegerField(null=True)
    """From which hour in London something may be sent, 0 to 23; None for the usual hours."""
    until_hour = models.PositiveSmallIntegerField(null=True)
    """Before which hour; the same as `from_hour` for any time."""
    readers = models.CharField(max_length=20, choices=Readers, blank=True, default="")
    readers_of = models.EmailField(blank=True, default="")
    """Of which address this was said: of another one, nobody was asked."""
    sharers = ArrayField(models.UUIDField(), default=list)
    """Who was known to share the mailbox when it was said."""
    stop_id = models.UUIDField(default=uuid.uuid4, unique=True)
    """Stands for this row in the link that stops e-mails: it is nowhere else, and another one with another address."""
    waiting = ArrayField(models.CharField(max_length=20, choices=Kind), default=list)
    """What there is to tell once the hour allows it."""
    news_at = models.DateTimeField(null=True)
    """When this person was last told of what came together; at most once a day."""
    chosen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notice_hours_are_both_set_or_none",
                condition=Q(from_hour=None, until_hour=None)
                | Q(from_hour__range=(0, 23), until_hour__range=(0, 23)),
                violation_error_message="Choose both hours",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], name="notice_that_waits", condition=~Q(waiting=[])),
        ]

    def wants(self, kind: str) -> bool:
        """Whether the person wants to be told of this kind."""
        return bool(getattr(self, Kind(kind).value))

    def __str__(self) -> str:
        return f"choices of {self.user_id}"
