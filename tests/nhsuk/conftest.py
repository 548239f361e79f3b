"""Rendering as the pages do: through Django's backend, with the project's settings."""

import pytest
from django.template import engines

HOSTILE = """<script>alert("x")</script>' onmouseover='alert(1) &amp;"""
ESCAPED = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&#39; onmouseover=&#39;alert(1) &amp;amp;"


@pytest.fixture
def render():
    """Render a template written in the test."""

    def render_text(text, **context):
        return engines["jinja2"].from_string(text).render(context)

    return render_text


@pytest.fixture
def lay_out(render):
    """Render a page that extends the layout."""

    def render_page(title="Medicines", content="<h1>Medicines</h1>", **context):
        text = (
            '{% extends "layouts/page.html" %}'
            "{% block title %}{{ page_title }}{% endblock %}"
            "{% block content %}" + content + "{% endblock %}"
        )
        return render(text, page_title=title, **context)

    return render_page
