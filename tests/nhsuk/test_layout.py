import re
from types import SimpleNamespace

import jinja2
import pytest
from django import forms
from django.contrib.messages.storage.base import Message
from django.middleware.csrf import get_token
from django.template import engines
from django.utils.csp import LazyNonce

from nhsuk.shell import Link, Shell
from tests.nhsuk.conftest import ESCAPED, HOSTILE

SIGNED_IN = Shell(
    home_href="/home",
    surgery_name="Elm Tree Surgery",
    signed_in_as="Ann Lee",
    sign_out_href="/sign-out",
    account_links=(Link("Your account", "/account"),),
    footer_links=(Link("Accessibility", "/accessibility"),),
)


class Name(forms.Form):
    name = forms.CharField(label="Name")


def test_the_title_names_the_page_and_the_service(lay_out):
    assert "<title>Medicines - GP record</title>" in lay_out()


def test_the_page_is_in_british_english(lay_out):
    assert '<html lang="en-GB">' in lay_out()


def test_the_header_says_whose_surgery_and_who_is_signed_in(lay_out):
    html = lay_out(shell=SIGNED_IN)
    assert "Elm Tree Surgery" in html
    assert "Signed in as </span>Ann Lee" in html
    assert 'href="/account">Your account' in html
    assert 'href="/accessibility">Accessibility' in html
    assert 'href="/home">GP record' in html


def test_signed_out_there_is_no_account_part(lay_out):
    html = lay_out(shell=Shell())
    assert "Account" not in html
    assert "Sign out" not in html


def test_signing_out_is_a_form_with_a_csrf_token(rf):
    template = engines["jinja2"].from_string(
        '{% extends "layouts/page.html" %}{% block title %}x{% endblock %}{% block content %}{% endblock %}'
    )
    request = rf.get("/")
    request.user = SimpleNamespace(is_authenticated=True, name="Ada", email="")
    get_token(request)
    html = template.render({"messages": ()}, request)
    form = re.search(r'<form[^>]*action="/sign-out"[^>]*method="post">(.*?)</form>', html, re.S)
    assert "csrfmiddlewaretoken" in form[1]
    assert "Sign out" in form[1]


def test_every_script_carries_the_nonce(lay_out):
    html = lay_out(csp_nonce="abc123")
    scripts = re.findall(r"<script[^>]*>", html)
    assert len(scripts) == 3
    assert all('nonce="abc123"' in script for script in scripts)


def test_a_lazy_nonce_is_made_when_the_page_is(lay_out):
    nonce = LazyNonce()
    html = lay_out(csp_nonce=nonce)
    assert bool(nonce)
    assert f'nonce="{nonce}"' in html


def test_without_a_nonce_there_are_no_scripts(lay_out):
    assert "<script" not in lay_out()


def test_nothing_on_the_page_is_inline_or_from_elsewhere(lay_out):
    html = lay_out(shell=SIGNED_IN, csp_nonce="abc")
    assert "style=" not in html
    assert not re.findall(r"\son\w+=", html)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_there_is_no_nhs_logo(lay_out):
    html = lay_out(shell=SIGNED_IN)
    assert "nhsuk-header__logo" not in html
    assert "<title>NHS" not in html


def test_a_form_with_errors_is_listed_first_and_named_in_the_title(lay_out):
    html = lay_out(form=Name({}))
    assert "<title>Error: Medicines - GP record</title>" in html
    assert '<a href="#id_name">Enter name</a>' in html
    assert html.index("There is a problem") < html.index("<h1>")


@pytest.mark.parametrize("form", [None, Name(), Name({"name": "Ann"})])
def test_a_form_without_errors_changes_nothing(lay_out, form):
    html = lay_out(form=form)
    assert "Error: " not in html
    assert "There is a problem" not in html


def test_messages_are_shown_each_with_its_own_id(lay_out):
    html = lay_out(messages=[Message(25, "Saved", ""), Message(20, HOSTILE, "")])
    assert 'id="message-1">Done' in html
    assert 'id="message-2">Important' in html
    assert "Saved" in html
    assert ESCAPED in html


def test_hostile_words_are_escaped(lay_out):
    shell = Shell(
        home_href=HOSTILE,
        surgery_name=HOSTILE,
        signed_in_as=HOSTILE,
        sign_out_href=HOSTILE,
        account_links=(Link(HOSTILE, HOSTILE),),
        footer_links=(Link(HOSTILE, HOSTILE),),
    )
    html = lay_out(shell=shell, title=HOSTILE)
    assert html.count(ESCAPED) == 9
    assert "<script>" not in html


def test_a_page_without_a_title_is_an_error(render):
    with pytest.raises(jinja2.TemplateRuntimeError):
        render('{% extends "layouts/page.html" %}{% block content %}{% endblock %}')
