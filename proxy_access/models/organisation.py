"""Organisations, such as care homes, on whose behalf named people act for patients."""

import uuid
from datetime import date
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import User
from surgeries.models import Surgery


def _in_force(on: date, at: str = "") -> Q:
    """That something has begun and not ended on a day: by its last day, or on that day at once."""
    last_day = Q(**{f"{at}ends_on": on, f"{at}ended_at": None})
    still = Q(**{f"{at}ends_on": None}) | Q(**{f"{at}ends_on__gt": on}) | last_day
    return still & Q(**{f"{at}starts_on__lte": on})


def _rules_of_dates(what: str) -> list[models.BaseConstraint]:
    """What the database holds of everything that begins and ends."""
    return [
        models.CheckConstraint(
            name=f"{what}_does_not_end_before_it_starts",
            condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            violation_error_message="The last day must not be before the first",
        ),
        models.CheckConstraint(
            name=f"{what}_ended_at_once_has_a_last_day",
            condition=Q(ended_at=None) | Q(ends_on__isnull=False),
        ),
    ]


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations that surgeries know."""

    def live(self, on: date) -> Self:
        """Those on whose behalf somebody may act on a day."""
        return self.filter(_in_force(on))


class Organisation(models.Model):
    """An organisation that one surgery knows, whose people may act for its patients; it ends, and is never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="organisations")
    name = models.CharField(max_length=200)
    ods_code = models.CharField(
        "ODS code",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"\A[A-Z0-9]{3,10}\Z", "An ODS code is 3 to 10 letters and digits")],
    )  # fmt: skip
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            *_rules_of_dates("organisation"),
            models.UniqueConstraint(
                F("surgery"),
                Lower("name"),
                condition=Q(ends_on=None),
                name="organisation_once_at_a_surgery",
                violation_error_message="An organisation of this name is on your list already",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationMemberQuerySet(models.QuerySet["OrganisationMember"]):
    """People of organisations."""

    def live(self, on: date) -> Self:
        """Those who belong to an organisation in force on a day: a leaver's access ends with this, everywhere."""
        return self.filter(_in_force(on), _in_force(on, "organisation__"))


class OrganisationMember(models.Model):
    """One person of an organisation, for a time; who comes back is a new one, so that no old access begins again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="organisations")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When somebody ended it at once: then its last day is not a whole one."""

    objects = OrganisationMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            *_rules_of_dates("organisation_member"),
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(ends_on=None),
                name="organisation_member_once_at_a_time",
                violation_error_message="This person belongs to the organisation already",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)  # never a name: this ends up in logs
