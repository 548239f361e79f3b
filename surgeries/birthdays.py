"""Birthdays of many patients at once: what `Patient.birthday` says of one, as the database asks it."""

from django.db.models import DateField, Func


class Birthday(Func):
    """The day on which people born on a day reach an age; 29 February counts as 1 March in other years."""

    template = (
        "(case when extract(month from %(expressions)s) = 2 and extract(day from %(expressions)s) = 29"
        " then %(expressions)s - 1 + make_interval(years => %(age)s) + interval '1 day'"
        " else %(expressions)s + make_interval(years => %(age)s) end)::date"
    )
    output_field = DateField()

    def __init__(self, age: int, *, born: str = "date_of_birth") -> None:
        super().__init__(born, age=int(age))
