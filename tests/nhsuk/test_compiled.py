"""What our templates are compiled to does what Jinja's own code does."""

from types import SimpleNamespace

import jinja2
import pytest
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from nhsuk.compiled import OurCode, OurContext, OurTemplate


class Ours(Environment):
    code_generator_class = OurCode
    context_class = OurContext
    template_class = OurTemplate


class Failing:
    @property
    def inner(self):
        raise AttributeError("of what it asks itself")

    @property
    def broken(self):
        raise ValueError("broken")


FILES = {
    "base.html": (
        "<title>{% block title required %}{% endblock %}</title>{% set kept = 1 %}"
        "{% for n in range(3) %}{% block row scoped %}[{{ n }}]{% endblock %}{% endfor %}"
        "{% block main %}{% block content %}base{% endblock %}{{ self.title() }}{% endblock %}"
    ),
    "child.html": (
        "{% extends 'base.html' %}{% set word = 'a & b' %}{% if word %}never shown{% set more = 'x' %}{% endif %}"
        "{% from 'macros.html' import say, wrap %}{% block title %}{{ word }}{% endblock %}"
        "{% block row %}{{ super() }}{{ n * 2 }}{% endblock %}"
        "{% block content %}{% call wrap('w') %}{{ say(word) }}{{ say(word, end='?') }}{% endcall %}"
        "{% include 'part.html' %}{{ more }}{% endblock %}"
    ),
    "maybe.html": "{% if parent %}{% extends parent %}{% endif %}{% block title %}t{% endblock %}after",
    "macros.html": (
        "{% macro say(what, end='!') %}{{ what }}{{ end }}{% endmacro %}"
        "{% macro wrap(name) %}<{{ name }}>{{ caller() }}</{{ name }}>{% endmacro %}"
    ),
    "part.html": "{% for each in things if each.on %}{{ loop.index }}:{{ each.name }};{% else %}none{% endfor %}",
    "names.html": (
        "{{ one.two.three }}|{{ one.two['three'] }}|{{ held.name }}|{{ held.name.upper() }}|{{ held.items }}"
        "|{{ one.nobody|default('-') }}|{{ one.two.four is defined }}|{{ (one.two or held).three }}"
        "|{{ held.pairs.b.c|join(held.pairs.a) }}|{{ nothing.pairs is none }}|{{ zero.real }}"
    ),
    "buffers.html": (
        "{% set x %}<i>{{ held.name }}</i>{% endset %}{{ x }}{% filter upper %}{{ held.name }}{% endfilter %}"
        "{% for t in tree recursive %}{{ t.name }}{% if t.below %}({{ loop(t.below) }}){% endif %}{% endfor %}"
        "{{ 1.5 }}{{ number }}{{ flag }}{{ markup }}{% with a = held.name %}{{ a }}{% endwith %}"
        "{% autoescape false %}{{ held.name }}{% endautoescape %}"
    ),
    "missing.html": "before {{ one.two.nobody }}",
    "deep.html": "{{ one.nobody.more }}",
    "failing.html": "{{ failing.inner }}",
    "broken.html": "{{ failing.broken }}",
    "called.html": "{{ one.two() }}",
    "wrong.html": "{% from 'macros.html' import say %}{{ say('a', nobody=1) }}",
    "many.html": "{% from 'macros.html' import say %}{{ say(1, 2, 3) }}",
}  # fmt: skip
ERRORS = {
    "base.html",
    "missing.html",
    "deep.html",
    "failing.html",
    "broken.html",
    "called.html",
    "wrong.html",
    "many.html",
}
GIVEN = {
    "one": SimpleNamespace(two=SimpleNamespace(three="<3>")),
    "held": {"name": "<Ann>", "pairs": {"a": ", ", "b": {"c": ["x", "y"]}}, "items": "its own"},
    "nothing": {"pairs": None},
    "zero": 0,
    "things": [{"on": True, "name": "a&"}, {"on": False, "name": "b"}, {"on": 1, "name": "c"}],
    "tree": [{"name": "r", "below": [{"name": "s", "below": []}]}, {"name": "t", "below": []}],
    "number": 10**20,
    "flag": True,
    "markup": Markup("<b>"),
    "failing": Failing(),
    "parent": None,
}


def rendered(kind, name, **given):
    """What a template gives in an environment of a kind, or the error that it raises."""
    environment = kind(loader=DictLoader(FILES), undefined=StrictUndefined, autoescape=True)
    try:
        return environment.get_template(name).render(GIVEN | given)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"macros.html"}))
def test_a_template_gives_what_jinja_gives(name):
    told = rendered(Environment, name)
    assert isinstance(told, str) == (name not in ERRORS), told
    assert rendered(Ours, name) == told


def test_a_parent_that_is_chosen_while_the_page_is_made_is_followed():
    told = rendered(Environment, "maybe.html", parent="base.html")
    assert "<title>t</title>" in told
    assert rendered(Ours, "maybe.html", parent="base.html") == told


@pytest.mark.parametrize("name", ["missing.html", "deep.html"])
def test_a_name_that_nobody_has_is_an_error(name):
    assert rendered(Ours, name)[0] is jinja2.UndefinedError


def test_a_template_hands_on_one_piece():
    environment = Ours(loader=DictLoader(FILES), undefined=StrictUndefined, autoescape=True)
    for name in ("child.html", "part.html", "buffers.html"):
        pieces = list(environment.get_template(name).generate(GIVEN))
        assert len(pieces) == 1, name


def test_an_include_without_the_page_is_refused():
    """It would stand before all that comes before it."""
    environment = Ours(loader=DictLoader({"x": "A{% include 'p' without context %}B", "p": "P"}))
    with pytest.raises(jinja2.TemplateAssertionError, match="with its context"):
        environment.get_template("x")


def test_a_call_that_comes_to_its_end_is_an_undefined_value():
    def ended():
        raise StopIteration

    environment = Ours(
        loader=DictLoader({"x": "{{ f()|default('-') }}", "y": "{{ f() }}"}),
        undefined=StrictUndefined,
    )
    assert environment.get_template("x").render(f=ended) == "-"
    with pytest.raises(jinja2.UndefinedError):
        environment.get_template("y").render(f=ended)


def test_what_wants_the_page_gets_it():
    @jinja2.pass_context
    def named(context, name):
        return context[name]

    @jinja2.pass_environment
    def kind(environment):
        return type(environment).__name__

    environment = Ours(loader=DictLoader({"x": "{{ named('word') }}{{ kind() }}{{ plain(1) }}"}))
    given = {"named": named, "kind": kind, "plain": lambda n: n + 1, "word": "w"}
    assert environment.get_template("x").render(given) == "wOurs2"
