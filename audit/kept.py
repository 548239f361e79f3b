"""Statements whose text is kept: built once, for nobody, and sent as PostgreSQL reads them (ADR 22).

Django takes longer to build a query than PostgreSQL to answer it, and the driver longer to read a long one
than to send it. Where a request's values belong stand their names, and each is sent once, however often it is named.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.models.expressions import RawSQL
from psycopg import RawCursor

PLACEHOLDER = re.compile(r"%([s%])")


class Named(str):
    """The name of a value that each request brings, where a statement is built for nobody in particular."""

    __slots__ = ()


def named(name: str) -> Any:
    """The place of such a value in a condition of Django's, whatever type it asks for."""
    return RawSQL("%s", [Named(name)])


class Text(NamedTuple):
    """A statement with numbers in place of its values, and for each number the value or the name of one."""

    sql: bytes
    values: tuple[Any, ...]

    def ask(self, known: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All that it finds for the values that are `known` by their names; KeyError where one is not given."""
        values = [known[each] if type(each) is Named else each for each in self.values]
        with _cursor(values) as cursor:
            cursor.execute(cast(str, self.sql))
            return cast(list[tuple[Any, ...]], cursor.fetchall())


def text_of(sql: str, params: Sequence[Any]) -> Text:
    """The text of a statement as Django writes it: what has a name is numbered once."""
    values: list[Any] = []
    numbers: dict[str, int] = {}
    given = iter(params)

    def number(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        value = next(given)
        if type(value) is Named and value in numbers:
            return f"${numbers[value]}"
        values.append(value)
        if type(value) is Named:
            numbers[value] = len(values)
        return f"${len(values)}"

    # in bytes, whose hash is kept: the driver looks for what is prepared by the whole text
    numbered = PLACEHOLDER.sub(number, sql).encode()
    return Text(numbered, tuple(values))


class Kept:
    """A query whose text is made when it is first asked, with `named` values in it."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._text = cache(lambda: text_of(*build().query.sql_with_params()))

    def ask(self, **known: Any) -> list[tuple[Any, ...]]:
        """All that it finds."""
        return self._text().ask(known)


class _Filled(RawCursor[Any]):
    """A cursor that knows its values: Django, whose placeholders are others, is told of the text alone."""

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__(connection.connection)
        self._given = values

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Send the statement with its values."""
        return super().execute(query, self._given, **options)


def _cursor(values: Sequence[Any]) -> CursorWrapper:
    """As `connection.cursor()` gives one, errors, log and all."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    filled: Any = _Filled(values)
    if connection.queries_logged:
        return connection.make_debug_cursor(filled)
    return connection.make_cursor(filled)


@cache
def _columns(model: type[Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """The names of a model's columns, and the places of those that the database gives in another form."""
    fields = model._meta.concrete_fields
    converted = [
        (place, field.from_db_value)
        for place, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]
    return [field.attname for field in fields], converted


def columns_of(model: type[Model], below: str = "") -> list[str]:
    """The columns from which `made` makes a model, for `values_list`; `below` is the way to it: "patient__"."""
    return [below + name for name in _columns(model)[0]]


def made[M: Model](model: type[M], values: Sequence[Any]) -> M:
    """A model from the values of its columns, as Django would make it."""
    names, converted = _columns(model)
    given = list(values)
    for place, convert in converted:
        given[place] = convert(given[place], None, connection)
    return model.from_db("default", names, given)
