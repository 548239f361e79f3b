"""Statements for rows whose text is made once and asked for every reader.

Django takes longer to build a query than PostgreSQL to answer it. What is kept here is built for nobody: where a reader's
values belong stand their names, so that no statement can come from another reader's (ADR 22).
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import msgspec
from django.db.models import FETCH_RAISE, BooleanField
from django.db.models.expressions import RawSQL

from audit.kept import Named, Text, text_of
from records.models import Entry
from records.models.entry import UNREAD, Row
from records.visibility import Anyone, OpenText, RecordAccess, values_of

Build = Callable[..., Any]
"""Makes the query from a reader, and from what else the text of the statement depends on."""
Columns = Callable[[Any], Any]
"""Chooses what of its rows a query gives."""
LOADED = [field.attname for field in Entry._meta.concrete_fields if field.attname not in UNREAD]
TEXT = Row._fields.index("text") + 1
MOST_KEPT = 500
"""Texts of one statement, such as one for each page of each section."""
PLACES = re.compile(r"(%\(\w+\)s|\{rows\})")


class Statement:
    """A query that starts at `visible_to`, built once for each amount of open text and each set of constants.

    Sections, pages and the like are constants; what a reader may send without end, or is theirs, is a value with a name.
    `around` is a statement of its own in which `{rows}` stands for the query, and values have names: `%(sections)s`.
    """

    def __init__(self, build: Build, around: str = "{rows}") -> None:
        self._build, self._around = build, around
        self._made = lru_cache(MOST_KEPT)(self._make)

    def _make(self, columns: Columns, text: OpenText, constants: tuple[Any, ...]) -> Text:
        rows = columns(self._build(cast(RecordAccess, Anyone(text)), *constants))
        sql, params = rows.query.sql_with_params()
        told, values = "", list[Any]()
        for place in PLACES.split(self._around):
            is_name = place.startswith("%(")
            told += "%s" if is_name else sql if place == "{rows}" else place
            values += [Named(place[2:-2])] if is_name else params if place == "{rows}" else []
        return text_of(told, values)

    def ask(self, access: RecordAccess, *constants: Any, **more: Any) -> list[tuple[Any, ...]]:
        """What the query finds for this reader; `more` are values of the statement's own."""
        return self._ask(_as_built, access, constants, more)

    def rows(self, access: RecordAccess, *constants: Any, **more: Any) -> list[Row]:
        """What a list shows of the rows that this reader may see."""
        return [_row(*values) for values in self._ask(_of_rows, access, constants, more)]

    def entries(self, access: RecordAccess, *constants: Any, **more: Any) -> list[Entry]:
        """The same as entries, for a page that tells more of one than a list does."""
        return [_entry(*values) for values in self._ask(_of_entries, access, constants, more)]

    def _ask(
        self,
        columns: Columns,
        access: RecordAccess,
        constants: tuple[Any, ...],
        more: dict[str, Any],
    ) -> list[tuple[Any, ...]]:
        return self._made(columns, access.open_text, constants).ask(values_of(access) | more)


def among(column: str, name: str) -> RawSQL:
    """The condition that a column of the rows is one of a list of values, which has a name."""
    return RawSQL(f"records_entry.{column} = any(%s)", [Named(name)], BooleanField())  # noqa: S611


def _as_built(rows: Any) -> Any:
    return rows


def _of_rows(rows: Any) -> Any:
    return rows.values_list(*rows.columns_of_rows())


def _of_entries(rows: Any) -> Any:
    return rows.values_list("coded", "text", *LOADED)


def _row(*values: Any) -> Row:
    """A row as the database gives it: Django leaves JSON to its fields, which are not asked here."""
    *told, coded, text = values[:TEXT]
    return Row(*told, _json(coded), _json(text), *values[TEXT:])  # type: ignore[call-arg]


def _entry(coded: str | None, text: str | None, *values: Any) -> Entry:
    """An entry as `visible_to` loads it."""
    entry = Entry.from_db("default", LOADED, values, fetch_mode=FETCH_RAISE)
    entry.coded, entry.text = _json(coded), _json(text)  # type: ignore[attr-defined]  # a column of the query
    return entry


def _json(given: str | None) -> Any:
    return None if given is None else msgspec.json.decode(given)
