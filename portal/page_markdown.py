"""Turns the Markdown of a public page into HTML in the NHS style; HTML in the Markdown stays plain text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.container import container_plugin

CLASSES = {
    "h2": "nhsuk-heading-m",
    "h3": "nhsuk-heading-s",
    "ul": "nhsuk-list nhsuk-list--bullet",
    "ol": "nhsuk-list nhsuk-list--number",
    "table": "nhsuk-table",
    "thead": "nhsuk-table__head",
    "tbody": "nhsuk-table__body",
    "tr": "nhsuk-table__row",
    "th": "nhsuk-table__header",
    "td": "nhsuk-table__cell",
}
CARDS = {
    # the word after ":::", the classes of its card, and what a screen reader hears before the heading
    "do": ("nhsuk-card--feature", ""),
    "dont": ("nhsuk-card--feature", ""),
    "important": ("nhsuk-card--warning", "Important"),
    "advice": ("nhsuk-card--care nhsuk-card--care--non-urgent", "Non-urgent advice"),
    "urgent": ("nhsuk-card--care nhsuk-card--care--urgent", "Urgent advice"),
    "emergency": ("nhsuk-card--care nhsuk-card--care--emergency", "Immediate action required"),
}
NOTE = "note"
"""The one block without a heading."""
NOTE_BEGINS = (
    '<div class="nhsuk-inset-text"><span class="nhsuk-u-visually-hidden">Information: </span>\n'
)
CARE_HEAD = (
    '<div class="nhsuk-card__heading-container">{}'
    '<span class="nhsuk-card--care__arrow" aria-hidden="true"></span></div>'
)
ICONS = {"do": "tick", "dont": "cross"}
PATHS = {
    "tick": "M11.4 17.5a2 2 0 0 1-2.7.1h-.1L4 12.8a1.5 1.5 0 0 1 2.1-2L10 14.7l8.1-8.1a1.5 1.5 0 1 1 2.2 2l-8.9 9Z",
    "cross": "M5.2 7.3a1.5 1.5 0 0 1 2.1-2.1L12 9.9l4.7-4.7a1.5 1.5 0 0 1 2.1 2.1L14.1 12l4.7 4.7a1.5 1.5 0 0 1"
    "-2.1 2.1L12 14.1l-4.7 4.7a1.5 1.5 0 0 1-2.1-2.1L9.9 12Z",
}
SVG = (
    '<svg class="nhsuk-icon nhsuk-icon--{}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"'
    ' width="16" height="16" focusable="false" aria-hidden="true"><path d="{}"/></svg>'
)
FENCE = re.compile(r"^:::(.*)$", re.MULTILINE)
BEGIN, END = "could only begin", "is still open"


class BadMarkdown(ValueError):
    """What a page may not have; the message is for whoever edits the page."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's HTML, the parts of it that a link can name, and every link as it was written."""

    html: SafeString
    parts: frozenset[str]
    links: tuple[str, ...]


def render(text: str, *, address_of: Callable[[str], str]) -> Rendered:
    """The HTML of a page's Markdown; `address_of` gives the address to which a link, as written, leads.

    Raises BadMarkdown for a block that is unknown or not closed, and for a heading that is not `##` or `###`.
    """
    _check_blocks(text)
    tokens = MARKDOWN.parse(text)
    block = icon = ""
    for token in tokens:
        if token.type == "container_block_open":
            block = token.info
            icon = ICONS.get(block.split()[0], "")
        elif token.type == "container_block_close":
            token.info, icon = block, ""  # which block it is that ends
        _dress(token, icon)
    parts = _name_headings(tokens)
    links = _follow_links(tokens, address_of)
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Rendered(mark_safe(html), parts, links)  # noqa: S308 - the renderer escapes all text


def _check_blocks(text: str) -> None:
    """A block that is not closed would take the rest of the page with it."""
    is_open = False
    for words in FENCE.findall(text):
        kind, _, heading = words.strip().partition(" ")
        if is_open == bool(kind):
            raise BadMarkdown(f'":::{words}" stands where a block {END if is_open else BEGIN}')
        if kind and kind not in {*CARDS, NOTE}:
            raise BadMarkdown(f'there is no block "{kind}", only {", ".join([*CARDS, NOTE])}')
        if kind in CARDS and not heading.strip():
            raise BadMarkdown(f'the block "{kind}" needs a heading in the same line')
        is_open = bool(kind)
    if is_open:
        raise BadMarkdown('a block is not closed: it ends with ":::" in a line of its own')


def _dress(token: Token, icon: str) -> None:
    """Give a token the classes of the design system, and an item of a do or don't list its icon."""
    token.meta["icon"] = icon
    if token.nesting < 1 or token.tag not in CLASSES:
        return
    if token.type == "th_open":
        token.attrSet("scope", "col")
    token.attrSet("class", CLASSES[token.tag])
    if token.tag == "ul" and icon:
        token.attrSet("class", f"nhsuk-list nhsuk-list--{icon}")
        token.attrSet("role", "list")  # without bullets, some browsers no longer call it one


def _name_headings(tokens: list[Token]) -> frozenset[str]:
    """Give each heading an id made of its words, so that links can lead to it."""
    names = []
    for token, words in pairwise(tokens):
        if token.type == "heading_open":
            if token.tag not in {"h2", "h3"}:
                raise BadMarkdown(
                    f'"{words.content}" must begin with ## or ###, the title is above'
                )
            names.append(slugify(words.content))
            token.attrSet("id", names[-1])
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadMarkdown(f"two headings are the same: {', '.join(sorted(twice))}")
    return frozenset(names)


def _follow_links(tokens: list[Token], address_of: Callable[[str], str]) -> tuple[str, ...]:
    """Put the real address in each link, and list them as they were written."""
    links = []
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                links.append(str(child.attrs["href"]))
                child.attrSet("href", address_of(links[-1]))
            if child.type == "image":
                raise BadMarkdown("pages have no pictures yet")
    return tuple(links)


def _block(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_options: object) -> str:
    """Both ends of a block."""
    token = tokens[at]
    kind, _, heading = token.info.strip().partition(" ")
    if kind == NOTE:
        return NOTE_BEGINS if token.nesting > 0 else "</div>\n"
    if token.nesting < 0:
        return "</div></div>\n"
    classes, hidden = CARDS[kind]
    spoken = f'<span class="nhsuk-u-visually-hidden">{hidden}: </span>' if hidden else ""
    head = f'<h2 class="nhsuk-card__heading">{spoken}{escape(heading.strip())}</h2>'
    if "--care" in classes:
        head = CARE_HEAD.format(head)
        return f'<div class="nhsuk-card {classes}">{head}<div class="nhsuk-card__content">\n'
    return f'<div class="nhsuk-card {classes}"><div class="nhsuk-card__content">{head}\n'


def _item(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    icon = tokens[at].meta.get("icon")
    return renderer.renderToken(tokens, at, options, env) + (
        SVG.format(icon, PATHS[icon]) if icon else ""
    )


MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
container_plugin(MARKDOWN, "block", validate=lambda *_: True, render=_block)
MARKDOWN.add_render_rule("list_item_open", _item)
