"""Statements for rows whose text is made once and asked for every reader.

Django takes longer to build a query than PostgreSQL to answer it. What is kept here is built for nobody: where a reader's
values belong stand their names, so that no statement can come from another reader's (ADR 22).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec
from django.db import connection

from records.models.entry import Row
from records.visibility import Anyone, Named, OpenText, RecordAccess, values_of

Build = Callable[..., Any]
"""Makes the query from a reader, and from what else the text of the statement depends on."""
TEXT = Row._fields.index("text") + 1
MOST_KEPT = 500
"""Texts of one statement, such as one for each page of each section."""


class Text(NamedTuple):
    """A statement's SQL, and for each placeholder its value or the name of one."""

    sql: str
    params: Sequence[Any]

    def values(self, access: RecordAccess, **more: Any) -> list[Any]:
        """What the placeholders stand for with this reader; `more` are values of the statement's own."""
        known = values_of(access) | more
        return [known[each] if type(each) is Named else each for each in self.params]


class Statement:
    """A query that starts at `visible_to`, built once for each amount of open text and each set of constants.

    Sections, pages and the like are constants; what a reader may send without end, or is theirs, is a value with a name.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._made = lru_cache(MOST_KEPT)(self._make)
        self._rows = lru_cache(MOST_KEPT)(self._make_rows)

    def _make(self, text: OpenText, constants: tuple[Any, ...]) -> Text:
        rows = self._build(cast(RecordAccess, Anyone(text)), *constants)
        return Text(*rows.query.sql_with_params())

    def _make_rows(self, text: OpenText, constants: tuple[Any, ...]) -> Text:
        rows = self._build(cast(RecordAccess, Anyone(text)), *constants)
        return Text(*rows.values_list(*rows.columns_of_rows()).query.sql_with_params())

    def text(self, access: RecordAccess, *constants: Any) -> Text:
        """The statement for readers to whom as much free text is open."""
        return self._made(access.open_text, constants)

    def rows(self, access: RecordAccess, *constants: Any, **more: Any) -> list[Row]:
        """What a list shows of the rows that this reader may see."""
        found = self._rows(access.open_text, constants)
        with connection.cursor() as cursor:
            cursor.execute(found.sql, found.values(access, **more))
            return [_row(*values) for values in cursor.fetchall()]


def _row(*values: Any) -> Row:
    """A row as the database gives it: Django leaves JSON to its fields, which are not asked here."""
    *told, coded, text = values[:TEXT]
    return Row(*told, _json(coded), _json(text), *values[TEXT:])  # type: ignore[call-arg]


def _json(given: str | None) -> Any:
    return None if given is None else msgspec.json.decode(given)
