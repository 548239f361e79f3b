import gc
import importlib
import itertools
import re
import tempfile
import uuid
import weakref
from datetime import date

import jinja2
import pytest
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from django.utils.text import format_lazy
from markupsafe import Markup, escape

from nhsuk import compiled, jinja
from surgeries.terms import Section
from tests.nhsuk.conftest import ESCAPED, HOSTILE

urlpatterns = [path("<who>/<part>", lambda request, who, part: HttpResponse(), name="part")]


def test_an_undefined_name_is_an_error(render):
    with pytest.raises(jinja2.UndefinedError):
        render("{{ nobody_passed_this }}")


def test_an_undefined_attribute_is_an_error(render):
    with pytest.raises(jinja2.UndefinedError):
        render("{{ patient.nmae }}", patient={"name": "Ann"})


def test_the_official_macros_may_leave_options_out(render):
    text = '{% from "nhsuk/components/tag/macro.jinja" import tag %}{{ tag({"text": "Current"}) }}'
    assert "Current" in render(text)


def test_a_page_with_a_macro_of_its_own_leaves_nothing_behind(render):
    """What only the collector of lost objects can free took a seventh of the time of a page with many rows."""

    class Page:
        words = "Nothing recorded"

    page = Page()
    left = weakref.ref(page)
    gc.disable()
    try:
        text = "{% macro told() %}{{ page.words }}{% endmacro %}{{ told() }}"
        assert "Nothing recorded" in render(text, page=page)
        del page
        assert left() is None
    finally:
        gc.enable()


def test_official_macros_are_read_only_once():
    """Jinja runs a file of macros anew for each import unless both sides have the same globals."""
    ours = engines["jinja2"].env
    macros = ours.get_template("nhsuk/components/tag/macro.jinja")
    assert macros.environment is ours.official
    assert not set(ours.globals) - macros.globals.keys()


def test_text_is_escaped(render):
    assert render("{{ words }}", words=HOSTILE) == ESCAPED


def test_official_macros_escape_text(render):
    text = '{% from "nhsuk/components/tag/macro.jinja" import tag %}{{ tag({"text": words}) }}'
    assert ESCAPED in render(text, words=HOSTILE)


def test_the_filters_write_dates_and_numbers(render):
    text = "{{ on|date }}, {{ number|nhs_number }}"
    assert render(text, on=date(2024, 3, 3), number="9990548609") == (
        "3 March 2024, 999\u00a0054\u00a08609"
    )


@pytest.mark.urls("tests.nhsuk.test_jinja")
def test_urls_are_named(render):
    assert render('{{ url("part", who="ann", part="medicines") }}') == "/ann/medicines"


@pytest.mark.urls("tests.nhsuk.test_jinja")
def test_an_address_that_is_remembered_holds_nobodys_id(render):
    """The path of one person's page is looked up once for everybody; whose it is stands in it anew each time."""
    jinja._pattern.cache_clear()
    ids = [uuid.uuid4() for _ in range(4)]
    for one, other in itertools.permutations(ids, 2):
        assert render('{{ url("part", one, other) }}', one=one, other=other) == f"/{one}/{other}"
        medicines = render('{{ url("part", one, part) }}', one=one, part=Section.MEDICINES)
        assert medicines == f"/{one}/medicines"
        assert render('{{ url("part", "ann", one) }}', one=one) == f"/ann/{one}"
    assert jinja._pattern.cache_info().currsize == 2
    for args in ((jinja.PLACES[1], ids[0]), (ids[0], jinja.PLACES[0])):  # an id that is a place
        assert jinja.url("part", *args) == "/{}/{}".format(*args)


@pytest.mark.parametrize(
    "value",
    [
        "plain", "", "a & b", "<b>", "it's", 'say "no"', "Łukasz", "&amp;", Markup("<b>"), 7, 1.5, None, True,
        uuid.UUID(int=7), date(2024, 3, 3), format_lazy("{}", "<i>"), Section.MEDICINES,
        *HOSTILE.split(),
    ],
)  # fmt: skip
def test_what_is_written_to_a_page_is_escaped_as_markupsafe_would(value):
    assert str(compiled.escaped(value)) == str(escape(value))


def test_each_special_character_is_escaped_wherever_it_stands():
    for code in range(0x250):
        for text in (chr(code), f"a{chr(code)}", f"{chr(code)}a", f"a\n{chr(code)}\n"):
            assert compiled.escaped(text) == str(escape(text))


def test_templates_are_kept_compiled_only_where_there_is_a_private_place(monkeypatch):
    assert isinstance(jinja.bytecode_cache(), jinja2.FileSystemBytecodeCache)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/proc/no-such-folder")
    assert jinja.bytecode_cache() is None


def test_every_template_says_what_it_takes(settings):
    """House rule: the first line of each file is a comment that names its arguments or macros."""
    folder = settings.TEMPLATES[0]["DIRS"][0]
    files = [
        file for part in ("layouts", "components", "errors") for file in (folder / part).iterdir()
    ]
    assert len(files) > 15
    for file in files:
        first = file.read_text().splitlines()[0]
        assert re.match(r"\{# (Arguments|Macros?): .* #\}$", first), file


def test_every_template_compiles(settings):
    folder = settings.TEMPLATES[0]["DIRS"][0]
    for file in folder.rglob("*.html"):
        engines["jinja2"].get_template(str(file.relative_to(folder)))


def test_the_settings_name_the_renderer(settings):
    module, name = settings.FORM_RENDERER.rsplit(".", 1)
    assert getattr(importlib.import_module(module), name).__module__ == "nhsuk.forms"
