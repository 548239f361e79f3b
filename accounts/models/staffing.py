"""The duties of staff."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models.people import User
from surgeries.models import Surgery


class Duty(models.TextChoices):
    """What a member of staff may do; one person may hold several (R8.1)."""

    CHECK_IDENTITY = "check-identity", "Check identity"
    REVIEW_ENTRIES = "review-entries", "Review entries"
    DECIDE_ACCESS = "decide-access", "Decide access"
    MANAGE_SETTINGS = "manage-settings", "Manage the surgery's settings"


class StaffRoleQuerySet(models.QuerySet["StaffRole"]):
    """Duties of staff."""

    def live(self, on: date) -> Self:
        """Those in force on a day: a leaver's rights end by the date, or on that day at once."""
        last_day = Q(ends_on=on, ended_at=None)
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=on) | last_day, starts_on__lte=on)


class StaffRole(models.Model):
    """One duty of one person at one surgery, for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="staff_roles")
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="staff_roles")
    duty = models.CharField(max_length=20, choices=Duty)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When somebody ended it at once: then its last day is not a whole one."""

    objects = StaffRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="staff_role_does_not_end_before_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="The end date must be after the start date",
            ),
            models.CheckConstraint(
                name="staff_role_ended_at_once_has_a_last_day",
                condition=Q(ended_at=None) | Q(ends_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["user", "surgery", "duty"],
                condition=Q(ends_on=None),
                name="staff_role_once_at_a_time",
                violation_error_message="This person has this duty already",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty} at {self.surgery_id}"
