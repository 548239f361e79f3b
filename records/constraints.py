"""What a constraint of the database refuses, in the constraint's own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model


@contextmanager
def refused_in_words(model: type[Model]) -> Iterator[None]:
    """Write rows of a model; raises ValidationError with the message of the constraint that refuses one.

    `full_clean` asks the database about each constraint of each row beforehand, which takes longer than to write
    the rows, and cannot know what a colleague writes in between.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for constraint in model._meta.constraints:
            if constraint.name == _name_in(error):
                raise ValidationError(str(constraint.get_violation_error_message())) from error
        raise


def _name_in(error: IntegrityError) -> str | None:
    """The name of the constraint that was broken, which PostgreSQL tells the driver."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return diagnosis and diagnosis.constraint_name
