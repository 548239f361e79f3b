"""How our templates are compiled: as Jinja does it, but for what is done hundreds of times for one page."""

import re
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any
from uuid import UUID
from zlib import crc32

from jinja2 import Template
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.environment import TemplateModule
from jinja2.nodes import Getattr, Include, Node
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

NEEDS_ESCAPING = re.compile("[&<>'\"]").search
NUMBERS = frozenset({int, float})
VERSION = f"{crc32(Path(__file__).read_bytes()):08x}"
"""Compiled templates are kept on disk: those of another version of this file are not used."""


def escaped(value: Any) -> str:
    """What `markupsafe.escape` gives, as far as it is joined to a page: most words have nothing to escape in them.

    Such a word is given back as it is; making Markup of each of hundreds took a tenth of a page's time.
    """
    if type(value) is str:
        return escape(value) if NEEDS_ESCAPING(value) else value
    if type(value) is Markup:
        return value
    if type(value) is UUID:  # the most frequent value of all, of which `str` takes longer
        digits = f"{value.int:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return str(value) if type(value) in NUMBERS else escape(value)


class OurCode(CodeGenerator):
    """Writes a block as one piece, and looks up `entry.title` where it stands.

    Jinja hands on each of hundreds of pieces through every template between the page's own and the layout, and calls a
    function for each name of an object.
    """

    def blockvisit(self, nodes: Iterable[Node], frame: Frame) -> None:
        """Write what a block, or a template that extends no other, holds: first gathered in a list, as in a macro."""
        is_whole = frame.block_frame or (frame.toplevel and not frame.require_output_check)
        if not is_whole or frame.buffer is not None:
            return super().blockvisit(nodes, frame)
        self.buffer(frame)
        super().blockvisit(nodes, frame)
        self.writeline(f"yield concat({frame.buffer})")
        frame.buffer = None

    def visit_Include(self, node: Include, frame: Frame) -> None:
        """Refuse what Jinja would write before the page instead of into the list."""
        if not node.with_context:
            self.fail("include a template with its context, or make a macro of it", node.lineno)
        super().visit_Include(node, frame)

    @optimizeconst
    def visit_Getattr(self, node: Getattr, frame: Frame) -> None:
        """Write what is equal to `environment.getattr(it, name)`, of which each part is worked out once."""
        self.write("(told if (told := getattr((it := ")
        self.visit(node.node, frame)
        self.write(
            f"), {node.attr!r}, missing)) is not missing else environment.getattr(it, {node.attr!r}))"
        )


DIRECT = frozenset({FunctionType, MethodType, BuiltinMethodType})


class OurContext(Context):
    """Calls macros and plain functions at once; Jinja first looks in four places for what else they may want."""

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What a template calls, with its arguments; what wants the context or the like gets it as ever."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind not in DIRECT or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        try:
            return called(*args, **kwargs)
        except StopIteration:  # as Jinja has it
            return self.environment.undefined("what was called came to its end")


class OurTemplate(Template):
    """A template whose macros are made once: Jinja looks at each import for globals of the page alone, which none has."""

    @classmethod
    def _from_namespace(
        cls,
        environment: Any,
        namespace: MutableMapping[str, Any],
        globals: MutableMapping[str, Any],
    ) -> Template:
        namespace["escape"] = escaped  # what its code calls for each value that it writes
        return super()._from_namespace(environment, namespace, globals)

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The page, as Jinja renders it; nothing of it is left behind.

        A macro in the page's own template holds the page, which holds the macro: hundreds of objects that only the
        collector of lost ones would find, at a seventh of the time that the page took.
        """
        context = self.new_context(dict(*args, **kwargs))
        try:
            return self.environment.concat(self.root_render_func(context))
        except Exception:
            self.environment.handle_exception()
        finally:
            context.vars.clear()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()
