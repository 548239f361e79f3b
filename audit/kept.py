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
        found: list[tuple[Any, ...]] = self._run(known, _all_of)
        return found

    def do(self, known: Mapping[str, Any]) -> None:
        """Run it where nothing is asked back."""
        self._run(known, lambda _: None)

    def _run(self, known: Mapping[str, Any], take: Callable[[CursorWrapper], Any]) -> Any:
        values = [known[each] if type(each) is Named else each for each in self.values]
        cursor = _cursor_for(self.sql)
        filled: _Filled = cursor.cursor
        filled.given = values
        try:
            cursor.execute(cast(str, self.sql))
            return take(cursor)
        finally:
            filled.forget()


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


def _all_of(cursor: CursorWrapper) -> list[tuple[Any, ...]]:
    return cast(list[tuple[Any, ...]], cursor.fetchall())


class Kept:
    """A query whose text is made when it is first asked, with `named` values in it."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._text = cache(lambda: text_of(*self.told()))

    def told(self) -> tuple[str, Sequence[Any]]:
        """The statement as Django writes it, with its values and the names of values."""
        sql, params = self._build().query.sql_with_params()
        return sql, params

    def ask(self, **known: Any) -> list[tuple[Any, ...]]:
        """All that it finds."""
        return self._text().ask(known)


class Beside(Kept):
    """Two of them in one trip to the database: each row of the first with that of the second, or with nothing."""

    def __init__(self, first: Kept, second: Kept) -> None:
        self._first, self._second = first, second
        super().__init__(lambda: None)

    def told(self) -> tuple[str, Sequence[Any]]:
        """The statement around both."""
        (first, params), (second, more) = self._first.told(), self._second.told()
        told = f"select * from ({first}) first left join ({second}) second on true"  # noqa: S608 - ours alone
        return told, [*params, *more]


class _Filled(RawCursor[Any]):
    """A cursor that knows its values: Django, whose placeholders are others, is told of the text alone."""

    given: Sequence[Any] = ()

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Send the statement with its values."""
        return super().execute(query, self.given, **options)

    def forget(self) -> None:
        """Let go of what was asked and answered: the cursor outlives the request, and another person's may be next."""
        self.given = ()
        self._reset()
        # the driver's reader of types holds the answer; before the first one there is no reader
        if reader := getattr(self, "_tx", None):
            reader.set_pgresult(None)


MOST_CURSORS = 200
"""As many statements as one connection keeps ready, and then begins anew."""


def _cursor_for(sql: bytes) -> CursorWrapper:
    """As `connection.cursor()` gives one, errors, log and all; the same for the same statement on one connection.

    The driver finds out once for a cursor and its statement how each type is sent and read, and not for every request.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    if connection.queries_logged:
        return connection.make_debug_cursor(_Filled(connection.connection))  # type: ignore[arg-type]
    cursors = _cursors_of(connection)
    found = cursors.get(sql)
    if found is None:
        found = cursors[sql] = connection.make_cursor(_Filled(connection.connection))  # type: ignore[arg-type]
    return found


def _cursors_of(ours: Any) -> dict[bytes, CursorWrapper]:
    """The cursors of a thread's connection; what a connection that is gone had goes with it."""
    of, cursors = getattr(ours, "kept_cursors", (None, {}))
    if of is not ours.connection or len(cursors) >= MOST_CURSORS:
        cursors = {}
        ours.kept_cursors = ours.connection, cursors
    return cursors


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
