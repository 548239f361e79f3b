"""The Jinja environment in which every page is written.

A page extends the layout and fills its blocks:

    {# Arguments: patient, results. #}
    {% extends "layouts/page.html" %}
    {% from "components/patient_banner.html" import patient_banner %}
    {% block title %}Test results{% endblock %}
    {% block banner %}{{ patient_banner(patient.name, patient.date_of_birth, patient.nhs_number) }}{% endblock %}
    {% block content %}<h1>Test results</h1> ...{% endblock %}

Our own templates are strict: a name that nobody passed is an error, in production too, because a blank
space in a health record could be read as "nothing there". The official NHS macros count on forgiving
undefined names, so they live in an environment of their own; `{% from "nhsuk/components/..." import ... %}`
finds them there. They cost about a millisecond each: good for forms, never inside a loop.
"""

import re
from collections.abc import MutableMapping
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from jinja2 import (
    BaseLoader,
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    Template,
)

from nhsuk import wording
from nhsuk.compiled import VERSION, OurCode, OurContext, OurTemplate
from nhsuk.drawing import Drawings
from nhsuk.forms import error_links
from nhsuk.shell import Shell

DJANGO_WIDGETS = Path(forms.__file__).parent / "jinja2"
FILTERS = {
    "date": wording.date_words,
    "time": wording.time_words,
    "datetime": wording.instant_words,
    "local_time": wording.local_time_words,
    "partial_date": wording.partial_date_words,
    "nhs_number": wording.nhs_number_words,
    "size": wording.size_words,
}


class OurEnvironment(Environment):
    """Our templates, strict; names that begin with `nhsuk/` come from the official macros instead."""

    official: Environment
    template_class = OurTemplate
    code_generator_class = OurCode
    context_class = OurContext

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """The template of that name, from the environment that it was written for."""
        if isinstance(name, str) and name.startswith("nhsuk/"):
            return self.official.get_template(name)
        return super().get_template(name, parent, globals)


def environment(**options: Any) -> Environment:
    """Build the environment that settings.TEMPLATES names; `options` come from Django's backend.

    The addresses of static files are remembered: looking them up took two thirds of the layout's time.
    """
    options |= {
        "loader": our_loader(options["loader"]),
        "undefined": StrictUndefined,
        "autoescape": True,
        "bytecode_cache": bytecode_cache(),
    }
    ours = OurEnvironment(**options)
    ours.filters.update(FILTERS)
    ours.globals.update(
        DEFAULTS, static=cache(static), url=url, error_links=error_links, drawn=Drawings()
    )
    ours.official = official_environment(ours)
    return ours


DEFAULTS: dict[str, Any] = {
    "shell": Shell(),
    "csp_nonce": "",
    "csrf_input": "",
    "form": None,
    "messages": (),
    "session_end": None,
}
"""What the layout does with when a page is rendered without a request, as the page for a crash is."""


def our_loader(loader: BaseLoader) -> BaseLoader:
    """The project's templates, then Django's own for the widgets that we leave as they are."""
    return ChoiceLoader([loader, FileSystemLoader(DJANGO_WIDGETS)])


def bytecode_cache() -> FileSystemBytecodeCache | None:
    """Keeps compiled templates in a private folder, so that a new process does not compile for a second.

    None where the machine has no place for it, or Jinja does not find the folder private enough.
    """
    try:
        return FileSystemBytecodeCache(pattern=f"__jinja2_portal{VERSION}_%s.cache")
    except (OSError, RuntimeError):
        return None


def official_environment(ours: Environment) -> Environment:
    """The official macros; they share our globals, so that Jinja runs each file of them only once."""
    official = Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        undefined=ChainableUndefined,
        autoescape=True,
        auto_reload=False,
        bytecode_cache=ours.bytecode_cache,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    official.globals = ours.globals
    official.template_class = OurTemplate
    return official


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The path of a named view: `{{ url("records:entry", patient_id, entry_id) }}`.

    To find a path takes longer than to write it, so its pattern is remembered, with places for ids and never with one.
    """
    if kwargs or not all(type(arg) is UUID or isinstance(arg, Enum) for arg in args):
        return reverse(name, args=args, kwargs=kwargs)
    where = get_urlconf(settings.ROOT_URLCONF), get_script_prefix()
    places = (PLACES[n] if type(arg) is UUID else arg for n, arg in enumerate(args))
    pattern = _pattern(where, name, *places)
    return "".join([each if type(each) is str else str(args[each]) for each in pattern])


PLACES = [UUID(int=number, version=4) for number in range(8)]
"""Stand for the ids of an address, each for the one at its place."""
PLACE = re.compile(f"({'|'.join(map(str, PLACES))})")


@lru_cache(1000)
def _pattern(where: tuple[str, str], name: str, *args: Any) -> list[Any]:
    """The path of a view in pieces, with numbers for ids; `where` are the addresses, and what stands before them, for which it holds."""
    numbers = {str(place): number for number, place in enumerate(PLACES)}
    return [numbers.get(piece, piece) for piece in PLACE.split(reverse(name, args=args))]
