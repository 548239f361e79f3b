"""Drawing a field once: the official macros take milliseconds, and an empty form is the same for everybody."""

import json
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from nhsuk.forms import NhsField

Macro = Callable[[dict[str, Any]], Markup]
MOST_KEPT = 500


class Drawings:
    """The fields that were drawn empty, by all that a macro is told of them. What somebody typed is never kept."""

    def __init__(self) -> None:
        self._kept: dict[str, Markup] = {}

    def __call__(self, macro: Macro, field: NhsField) -> Markup:
        """The field in HTML."""
        params = field.params
        if field.form.is_bound or is_filled(params):
            return macro(params)
        name = json.dumps([field.component, params])
        if name not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[name] = macro(params)
        return self._kept[name]


def is_filled(params: dict[str, Any]) -> bool:
    """Whether a field or one of its boxes has a value of its own; a choice always has one, which is not typed."""
    boxes = [item for item in params.get("items", ()) if "label" in item]
    return any(each.get("value") for each in [params, *boxes])
