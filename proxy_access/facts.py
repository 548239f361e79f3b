"""The eight things that a patient is told before they agree that somebody acts for them (R4.4), from the very settings."""

import hashlib
import json
from typing import NamedTuple

from nhsuk.wording import date_words
from proxy_access.models import Nomination
from surgeries.terms import Section

VERSION = "2"
"""Of the wording below: a new wording gets a new number."""


class Fact(NamedTuple):
    """One of the eight: what it is about, and what the patient reads."""

    about: str
    heading: str
    text: str


def facts_of(nomination: Nomination, *, hidden: int) -> list[Fact]:
    """The eight facts of a nomination, in the order of R4.4; `hidden` entries are hidden from the person by the patient."""
    name, surgery = nomination.name, nomination.patient.surgery.name
    return [
        Fact(
            "own-access",
            "You can use your own access instead",
            "You do not have to let anybody see your record. You can keep using your own access, look at it together with "
            "somebody when you want to, or print a part for them.",
        ),
        Fact(
            "what-it-is",
            "What it means that somebody acts for you",
            f"{name} gets their own way in to your record. They prove who they are and sign in as themself, with "
            f"{nomination.email}, so you never share your password. Your surgery calls this proxy access.",
        ),
        Fact("what-they-see", f"What {name} will see and do", _what_they_see(nomination)),
        Fact("how-long", "For how long", _how_long(nomination)),
        Fact("what-is-hidden", "What is hidden and what is not", _hidden(nomination, hidden)),
        Fact(
            "hide-more-first",
            "You can have more hidden first",
            f"Before you agree, you can hide entries from {name} yourself, or ask {surgery} to hide more. Nothing is lost by "
            "waiting.",
        ),
        Fact(
            "hide-later",
            "You can have more hidden later",
            f"You can hide an entry or a visit from {name} on its page at any time, or ask {surgery} to. It holds from then "
            "on. They may remember, or have kept a copy of, what they saw before.",
        ),
        Fact(
            "stop",
            "You can stop it",
            f"On the page “People who act for you” you can stop it for now or end it, at once and without giving a reason. You "
            f"can also ask {surgery} to. {name} is told only that their access has ended.",
        ),
    ]


def _what_they_see(nomination: Nomination) -> str:
    sections = ", ".join(nomination.sections)
    written = TELLS_WHERE if WRITTEN & set(nomination.scopes) else ""
    return (
        f"{nomination.name} can read these parts of your record: {sections}. They see what is there today and what is added "
        "later. They never see more than you see. On each page they see your full name, your date of birth and your NHS "
        "number. They can print it, take a copy, and tell your surgery that something looks wrong. They cannot see the "
        "address, phone number and email that the surgery keeps of you, who else acts for you, or what you do here."
        f"{written}"
    )


WRITTEN = {Section.CONSULTATIONS.value, Section.DOCUMENTS.value}
TELLS_WHERE = (
    " But letters and notes of a visit can say where you live, how to reach you, and what you said about other people. "
    "Look at them first."
)
"""Of the parts that are somebody's own words: one who looks for an address finds it there (R4.12)."""


def _how_long(nomination: Nomination) -> str:
    if nomination.ends_on:
        return f"Until the end of {date_words(nomination.ends_on)}. Then it ends by itself. You can end it sooner."
    because = nomination.open_ended_because.rstrip(".")
    return f"There is no end date, because you wrote: “{because}”. It goes on until you or your surgery end it."


def _hidden(nomination: Nomination, hidden: int) -> str:
    name, surgery = nomination.name, nomination.patient.surgery.name
    entries = "1 entry" if hidden == 1 else f"{hidden} entries"
    what = f"You hide {entries} from {name}." if hidden else f"You hide nothing from {name}."
    return (
        f"{what} They are not told that anything is hidden. Everything else in these parts that you can see, they can see, "
        f"unless {surgery} decides to hide it. What is hidden from you is hidden from them."
    )


def as_json(facts: list[Fact]) -> list[dict[str, str]]:
    """The facts as they are kept."""
    return [fact._asdict() for fact in facts]


def digest(facts: list[Fact]) -> str:
    """What stands for these very words, so that what was agreed to is what was shown."""
    words = json.dumps([VERSION, as_json(facts)], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


__all__ = ["VERSION", "Fact", "as_json", "digest", "facts_of"]
