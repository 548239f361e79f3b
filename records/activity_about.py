"""Which page or thing an event is about, in words for staff: the log keeps names and ids alone (R9.2)."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from uuid import UUID

from nhsuk.wording import date_words
from surgeries.terms import Section

AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
A_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
AS_SOMEBODY = re.compile(
    rf"as (?P<page>.+?) (?P<whose>patient|{AN_ID.pattern}) (?P<on>{A_DAY.pattern})(?P<rest>.*)"
)
OF_A_PAGE = re.compile(rf"(?:$|\d|{AN_ID.pattern}|{'|'.join(Section)})")
"""How that begins which follows the name of a page: another word makes it the name of something else."""
PAGES = {
    "access decision": "the page to decide access",
    "activity": "the activity",
    "age review": "what changes at an age",
    "application matched": "somebody who asks to act for the patient",
    "before result": "the page before a result",
    "choose": "the page to choose as whom to see the record",
    "correction": "something that is said to be wrong in the record",
    "corrections": "what is said to be wrong in the record",
    "document of entry": "a document",
    "elsewhere": "a page that does not open to whoever only looks",
    "entry": "an entry",
    "extracts": "which extracts were loaded",
    "held results": "results to speak about",
    "hidden": "what is hidden",
    "hidden act": "what was hidden together",
    "hide entry": "the page to hide an entry",
    "home": "the first page of the record",
    "identity": "the page to check identity",
    "new link": "the page to make a new link to set up",
    "nomination": "somebody whom the patient invites",
    "nomination identity": "the identity of somebody whom the patient invites",
    "not visible": "what that person does not see",
    "note request": "the page to write down a request",
    "over time": "a test over time",
    "patient": "the patient’s page",
    "preview": "what a decision would open",
    "preview agreement": "the second decision about what would open",
    "preview decision": "the decision about what would open",
    "preview entry": "an entry that a decision would open",
    "preview rest": "what a decision would open without a flag",
    "proxy": "somebody who acts for the patient",
    "reason to look": "the reason to look",
    "record": "the whole record",
    "registration letter": "the registration letter",
    "report": "something that the patient said looks wrong in the activity",
    "reports": "what the patient said looks wrong in the activity",
    "request": "a request for the full record",
    "request letter": "the letter about a request",
    "request letter pdf": "the letter about a request",
    "requests": "requests for the full record",
    "safeguarding": "safeguarding in the record",
    "since": "what is new",
    "task": "a task",
    "tests": "results by test",
    "timeline": "everything by date",
    "undo extract": "the page to take an extract back",
    "who asks": "somebody who asks to act for the patient",
}
"""What pages are called, by the names of their views; one that is not named here is told by its own name."""
WITHOUT_REST = {"document of entry", "elsewhere", "preview entry", "task"}
"""Pages of which a number or an address beside an id tells nothing."""


def about_words(said: str, names: Mapping[UUID | None, str]) -> str:
    """What an event is about: pages and sections in words, people by name, all other ids left out."""
    if found := AS_SOMEBODY.fullmatch(said):
        page = _page_words(f"{found['page']}{found['rest']}", names)
        whose = "the patient"
        if found["whose"] != "patient":
            whose = names.get(UUID(found["whose"]), "somebody")
        return f"{page}, as {whose} on {_in_words(found['on'], names)}"
    return _page_words(said.removeprefix("desk ").removeprefix("as "), names)


def _page_words(said: str, names: Mapping[UUID | None, str]) -> str:
    words = said.split()
    for length in range(len(words), 0, -1):
        page, rest = " ".join(words[:length]), " ".join(words[length:])
        if page == "elsewhere" or (page in PAGES and OF_A_PAGE.match(rest)):
            rest = "" if page in WITHOUT_REST else rest
            return " ".join([PAGES[page], _in_words(rest, names)]).strip()
    return _in_words(said, names)


def _in_words(said: str, names: Mapping[UUID | None, str]) -> str:
    """Sections, days and people in words; other ids left out."""
    words = AN_ID.sub(lambda found: names.get(UUID(found[0]), ""), said)
    for section in Section:
        words = re.sub(rf"(?<![\w-]){section.value}(?![\w-])", f"“{section.label}”", words)
    return " ".join(A_DAY.sub(_day_words, words).split())


def _day_words(found: re.Match[str]) -> str:
    with suppress(ValueError):  # not every three numbers are a day
        return date_words(date.fromisoformat(found[0]))
    return found[0]
