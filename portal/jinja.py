"""The Jinja environment of the portal's pages: the design system's, and the short words of a record."""

from typing import Any

from jinja2 import Environment

from nhsuk.jinja import environment as nhsuk_environment
from records.plain_words.marking import begin_part, listed, marked, with_plain_words
from records.plain_words.topics import topics_of


def environment(**options: Any) -> Environment:
    """What settings.TEMPLATES names."""
    ours = nhsuk_environment(**options)
    ours.filters.update(plain=marked, listed=listed)
    ours.globals.update(
        begin_part=begin_part, with_plain_words=with_plain_words, topics_of=topics_of
    )
    ours.globals["seen_as"] = (
        None  # on a record's pages: records.seeing.SeenAs, where staff see them as somebody
    )
    ours.globals["dry_run"] = (
        None  # records.dry_run.DryRun, where a patient sees them as somebody would
    )
    return ours
