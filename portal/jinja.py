"""The Jinja environment of the portal's pages: the design system's, and the short words of a record."""

from typing import Any

from jinja2 import Environment

from nhsuk.jinja import environment as nhsuk_environment
from records.plain_words.marking import begin_words, marked, words_here
from records.plain_words.topics import topics_of


def environment(**options: Any) -> Environment:
    """What settings.TEMPLATES names."""
    ours = nhsuk_environment(**options)
    ours.filters["plain"] = marked
    ours.globals.update(begin_words=begin_words, words_here=words_here, topics_of=topics_of)
    return ours
