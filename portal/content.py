"""The public pages as people wrote them in content/*.md: read once, and refused as a whole if one is not right."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.safestring import SafeString

from nhsuk.shell import Link
from portal.page_markdown import BadMarkdown, render

NEEDED = ("title", "description", "created", "reviewed")
OPTIONAL = ("within", "front_page", "leave_button", "version")
FENCE = "---"
OUTSIDE = ("https://", "mailto:", "tel:")


class BrokenContent(ImproperlyConfigured):
    """Everything that is wrong with the public pages; `problems` has a line for each, naming its file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Page:
    """One public page, as its file has it; the name is the file's, and empty for the first page of all."""

    name: str
    title: str
    description: str
    created: date
    reviewed: date
    html: SafeString
    parts: frozenset[str]
    links: tuple[str, ...]
    within: str = ""
    """The page above this one, which the way back leads to."""
    front_page: int = 0
    """Its place among the cards of the front page, from 1; 0: not there."""
    leave_button: bool = False
    version: str = ""
    """Of what people agree to: a new one asks them again."""

    @property
    def address(self) -> str:
        """Its path."""
        return address_of(self.name)


def address_of(name: str) -> str:
    """The path of the page of that name, whether or not there is one."""
    return reverse("guidance", args=[name]) if name else reverse("help")


@cache
def pages() -> dict[str, Page]:
    """All public pages by their names; BrokenContent if one of the files is not right."""
    return load_pages(settings.BASE_DIR / "content", contact=settings.PORTAL_CONTACT)


def front_page_cards() -> list[Page]:
    """The pages that the front page leads to, in their order."""
    return sorted(
        (page for page in pages().values() if page.front_page), key=lambda page: page.front_page
    )


def trail(page: Page) -> list[Link]:
    """The ways to the pages above a page, the outermost first; the front page is above them all."""
    above: list[Link] = []
    while page.name:
        page = pages()[page.within]
        above.insert(0, Link(page.title, page.address))
    return [Link("Start", reverse("home")), *above]


def load_pages(folder: Path, *, contact: str = "") -> dict[str, Page]:
    """The pages of a folder by their names.

    `contact` stands, as Markdown, where the pages say {contact}; without it they say to ask the surgery.
    Raises BrokenContent with every problem of every file.
    """
    found: dict[str, Page] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.md")):
        try:
            page = _read(path, contact or "your GP surgery")
        except (BadMarkdown, ValueError) as error:
            problems.append(f"{folder.name}/{path.name}: {error}")
        else:
            found[page.name] = page
    if "" not in found and not problems:
        problems.append(f"{folder.name}/index.md: is missing")
    if not problems:
        problems = [
            f"{folder.name}/{page.name or 'index'}.md: {problem}"
            for page in found.values()
            for problem in _ways_to_nowhere(page, found)
        ]
    if problems:
        raise BrokenContent(problems)
    return found


def _read(path: Path, contact: str) -> Page:
    """One page; ValueError with what is wrong with it."""
    fields, text = _split(path.read_text(encoding="utf-8"))
    for name in NEEDED:
        if not fields.get(name):
            raise ValueError(f'"{name}" is missing at the top')
    if unknown := fields.keys() - {*NEEDED, *OPTIONAL}:
        raise ValueError(f'there is no field "{min(unknown)}"')
    created, reviewed = _day(fields, "created"), _day(fields, "reviewed")
    if reviewed < created:
        raise ValueError('"reviewed" is before "created"')
    rendered = render(text.replace("{contact}", contact), address_of=_follow)
    return Page(
        name=_name(path.stem),
        title=fields["title"],
        description=fields["description"],
        created=created,
        reviewed=reviewed,
        html=rendered.html,
        parts=rendered.parts,
        links=rendered.links,
        within=_name(fields.get("within", "").removesuffix(".md")),
        front_page=_place(fields.get("front_page", "0")),
        leave_button=_yes(fields.get("leave_button", "no")),
        version=fields.get("version", ""),
    )


def _split(text: str) -> tuple[dict[str, str], str]:
    """The fields between the two lines of three hyphens, and what follows."""
    lines = text.removeprefix("\ufeff").splitlines()  # some editors begin a file with this mark
    if FENCE not in lines[1:] or lines[0] != FENCE:
        raise ValueError("must begin with its fields between two lines of ---")
    end = lines.index(FENCE, 1)
    fields: dict[str, str] = {}
    for line in filter(str.strip, lines[1:end]):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f'"{line}" should be a field, a colon and a value')
        if name.strip() in fields:
            raise ValueError(f'"{name.strip()}" is there twice')
        fields[name.strip()] = value.strip().strip('"')
    return fields, "\n".join(lines[end + 1 :])


def _name(stem: str) -> str:
    return "" if stem == "index" else stem


def _day(fields: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields[name])
    except ValueError:
        raise ValueError(
            f'"{name}" must be a date such as 2026-11-23, not "{fields[name]}"'
        ) from None


def _place(value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        raise ValueError(f'"front_page" must be a whole number, not "{value}"')
    return int(value)


def _yes(value: str) -> bool:
    if value not in {"yes", "no"}:
        raise ValueError(f'"leave_button" must be yes or no, not "{value}"')
    return value == "yes"


def _follow(link: str) -> str:
    """The address for a link as it is written: to `other-page.md`, perhaps to a part of it, or as it stands."""
    file, mark, part = link.partition("#")
    if not file or file.startswith("/") or link.startswith(OUTSIDE):
        return link
    if "/" in file or not file.endswith(".md"):
        raise ValueError(
            f'the link "{link}" should be another-page.md, /a-path, or begin with https:'
        )
    return address_of(_name(file.removesuffix(".md"))) + mark + part


def _ways_to_nowhere(page: Page, found: dict[str, Page]) -> list[str]:
    """Links to pages, or parts of pages, that are not there."""
    problems = []
    for link in page.links:
        file, _, part = link.partition("#")
        if file.startswith("/") or link.startswith(OUTSIDE):
            continue
        target = found.get(_name(file.removesuffix(".md"))) if file else page
        if target is None or (part and part not in target.parts):
            problems.append(f'the link "{link}" leads nowhere')
    above, seen = page, set()
    while above.name and above.name not in seen:
        seen.add(above.name)
        if above.within not in found:
            return [*problems, f'there is no page "{above.within}" for "within"']
        above = found[above.within]
    return [*problems, '"within" goes round in a circle'] if above.name else problems
