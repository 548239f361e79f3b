"""Statements for rows whose text is made once and asked for every reader.

Django takes longer to build a query than PostgreSQL to answer it. What is kept here is built for nobody: where a reader's
values belong stand their names, so that no statement can come from another reader's (ADR 22).
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

import msgspec

from audit.kept import Named, Text, text_of
from records.models.entry import Row
from records.visibility import Anyone, OpenText, RecordAccess, values_of

Build = Callable[..., Any]
"""Makes the query from a reader, and from what else the text of the statement depends on."""
TEXT = Row._fields.index("text") + 1
MOST_KEPT = 500
"""Texts of one statement, such as one for each page of each section."""
NAME = re.compile(r"%\((\w+)\)s")


class Statement:
    """A query that starts at `visible_to`, built once for each amount of open text and each set of constants.

    Sections, pages and the like are constants; what a reader may send without end, or is theirs, is a value with a name.
    `around` is a statement of its own in which `{rows}` stands for the query, and values have names: `%(sections)s`,
    all of them before the first `{rows}`.
    """

    def __init__(self, build: Build, around: str = "{rows}") -> None:
        self._build, self._around = build, around
        self._made = lru_cache(MOST_KEPT)(self._make)
        self._rows = lru_cache(MOST_KEPT)(self._make_rows)

    def _make(self, text: OpenText, constants: tuple[Any, ...]) -> Text:
        rows = self._build(cast(RecordAccess, Anyone(text)), *constants)
        return self._text(*rows.query.sql_with_params())

    def _make_rows(self, text: OpenText, constants: tuple[Any, ...]) -> Text:
        rows = self._build(cast(RecordAccess, Anyone(text)), *constants)
        return self._text(*rows.values_list(*rows.columns_of_rows()).query.sql_with_params())

    def _text(self, sql: str, params: Sequence[Any]) -> Text:
        own = [Named(name) for name in NAME.findall(self._around)]
        around = NAME.sub("%s", self._around)
        return text_of(around.format(rows=sql), [*own, *list(params) * around.count("{rows}")])

    def ask(self, access: RecordAccess, *constants: Any, **more: Any) -> list[tuple[Any, ...]]:
        """What the query finds for this reader; `more` are values of the statement's own."""
        return self._made(access.open_text, constants).ask(values_of(access) | more)

    def rows(self, access: RecordAccess, *constants: Any, **more: Any) -> list[Row]:
        """What a list shows of the rows that this reader may see."""
        text = self._rows(access.open_text, constants)
        return [_row(*values) for values in text.ask(values_of(access) | more)]


def _row(*values: Any) -> Row:
    """A row as the database gives it: Django leaves JSON to its fields, which are not asked here."""
    *told, coded, text = values[:TEXT]
    return Row(*told, _json(coded), _json(text), *values[TEXT:])  # type: ignore[call-arg]


def _json(given: str | None) -> Any:
    return None if given is None else msgspec.json.decode(given)
