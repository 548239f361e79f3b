"""Statements for rows whose text is made once and asked for every reader.

Django takes longer to build a query than PostgreSQL to answer it. What is kept here is built for nobody: where a reader's
values belong stand their names, so that no statement can come from another reader's (ADR 22).
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import msgspec
from django.db.models import FETCH_RAISE, BooleanField
from django.db.models.expressions import RawSQL

from audit.kept import Named, Text, text_of
from records.models import Entry
from records.models.entry import COLUMNS_OF_ROWS, UNREAD, Row
from records.visibility import Anyone, RecordAccess, values_of

Build = Callable[..., Any]
"""Makes the query from a reader, and from what else the text of the statement depends on."""
Columns = Callable[[Any, RecordAccess], "Asked"]
"""Chooses what of its rows a query gives."""
LOADED = [field.attname for field in Entry._meta.concrete_fields if field.attname not in UNREAD]
TEXT = COLUMNS_OF_ROWS.index("text") + 1
WIDTH = len(COLUMNS_OF_ROWS) - 1
"""The columns of a row without its place, which no row with more has."""
MOST_KEPT = 500
"""Texts of one statement, such as one for each page of each section."""
PLACES = re.compile(r"(%\(\w+\)s|\{\w+\})")
AS_IT_IS = "{rows}"


class Asked(NamedTuple):
    """A query with the columns that are wanted of it, and the statement around it."""

    rows: Any
    around: str = AS_IT_IS


class Statement:
    """A query that starts at `visible_to`, built once for each kind of reader (`Anyone`) and each set of constants.

    Sections, pages and the like are constants; what a reader may send without end, or is theirs, is a value with a name.
    `around` is a statement of its own in which `{rows}` stands for the query, and values have names: `%(sections)s`.
    `more` are columns that `rows_with_more` gives beside those of a row. A query of a name of its own stands for that
    name in `around`, with the same columns as the first: `{parts}`.
    """

    def __init__(
        self, build: Build, around: str = AS_IT_IS, more: Sequence[str] = (), **others: Build
    ) -> None:
        self._builds, self._around = {"rows": build} | others, around
        self._of_rows_and_more = partial(_of_rows, more=more)
        self._made = lru_cache(MOST_KEPT)(self._make)

    def _make(self, columns: Columns, reader: Anyone, constants: tuple[Any, ...]) -> Text:
        anyone = cast(RecordAccess, reader)
        queries = {
            f"{{{name}}}": _inside(columns(build(anyone, *constants), anyone))
            for name, build in self._builds.items()
        }
        told, values = "", list[Any]()
        for place in PLACES.split(self._around):
            sql, params = queries.get(place, (place, ()))
            is_name = place.startswith("%(")
            told += "%s" if is_name else sql
            values += [Named(place[2:-2])] if is_name else params
        return text_of(told, values)

    def ask(self, access: RecordAccess, *constants: Any, **more: Any) -> list[tuple[Any, ...]]:
        """What the query finds for this reader; `more` are values of the statement's own."""
        return self._ask(_as_built, access, constants, more)

    def rows(self, access: RecordAccess, *constants: Any, **more: Any) -> list[Row]:
        """What a list shows of the rows that this reader may see."""
        return [Row(*values) for values in self._ask(_of_rows, access, constants, more)]

    def rows_with_more(
        self, access: RecordAccess, *constants: Any, **more: Any
    ) -> list[tuple[Row, tuple[Any, ...]]]:
        """The same, each with its values of the further columns."""
        found = self._ask(self._of_rows_and_more, access, constants, more)
        return [(Row(*values[:WIDTH]), values[WIDTH:]) for values in found]

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
        reader = Anyone(access.open_text, access.asks_wishes)
        return self._made(columns, reader, constants).ask(values_of(access) | more)


def among(column: str, name: str) -> RawSQL:
    """The condition that a column of the rows is one of a list of values, which has a name."""
    return RawSQL(f"records_entry.{column} = any(%s)", [Named(name)], BooleanField())  # noqa: S611


def _inside(asked: Asked) -> tuple[str, Sequence[Any]]:
    """A query in the statement that stands around it because of its columns."""
    sql, params = asked.rows.query.sql_with_params()
    return asked.around.replace("{rows}", sql), params


def _as_built(rows: Any, access: RecordAccess) -> Asked:
    return Asked(rows)


def _of_rows(rows: Any, access: RecordAccess, more: Sequence[str] = ()) -> Asked:
    columns = rows.columns_of_rows()
    return _sealed_once(rows, access, columns[: TEXT - 1], [*columns[TEXT:], *more])


def _of_entries(rows: Any, access: RecordAccess) -> Asked:
    return _sealed_once(rows, access, ("coded",), LOADED)


def _sealed_once(
    rows: Any, access: RecordAccess, before: Sequence[str], after: Sequence[str]
) -> Asked:
    """Some columns with the free text between them; what seals a row is the longest part of a statement (ADR 22)."""
    asked = rows.text_by_level(access)
    if asked is None:
        return Asked(rows.values_list(*before, "text", *after))
    columns = ", ".join([*before, "case when coded is not null then text end", *after])
    around = f"select {columns} from (select * from ({{rows}}) asked offset 0) told"  # noqa: S608 - ours alone
    return Asked(asked.values_list(*before, "text", *after), around)


def _entry(coded: str | None, text: str | None, *values: Any) -> Entry:
    """An entry as `visible_to` loads it."""
    entry = Entry.from_db("default", LOADED, values, fetch_mode=FETCH_RAISE)
    entry.coded, entry.text = _json(coded), _json(text)  # type: ignore[attr-defined]  # a column of the query
    return entry


def entry_of(row: Row, told: dict[str, Any]) -> Entry:
    """An entry of which a row is known, and some columns more."""
    known = dict(zip(Row._fields, row, strict=True)) | told
    names = [name for name in LOADED if name in known]  # in the order of the model's
    values = [known[name] for name in names]
    entry = Entry.from_db("default", names, values, fetch_mode=FETCH_RAISE)
    entry.coded, entry.text = row.coded, row.text  # type: ignore[attr-defined]  # columns of the query
    return entry


def _json(given: str | None) -> Any:
    return None if given is None else msgspec.json.decode(given)
