"""What the surgery has to have seen, asked and found before somebody may act for a patient, by legal basis (R4.1, R4.3, R4.5)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import NamedTuple

from proxy_access.models import LegalBasis
from surgeries.models import Patient

FOUND_WITHIN = timedelta(days=92)
"""How old a finding that the patient lacks capacity may be, to say so now. **Decided** (ADR 28): three months."""


class Item(NamedTuple):
    """One question of the checklist: its name as it is kept, the question, what its words have to say, and its date."""

    key: str
    question: str
    words: str
    day: str = ""


@dataclass(frozen=True)
class Answer:
    """What staff answered: yes or no, in their own words, and a day where the question asks for one."""

    is_yes: bool
    words: str = ""
    on: date | None = None

    def kept(self) -> dict[str, str | bool]:
        """The answer as the decision keeps it."""
        return asdict(self) | {"on": self.on.isoformat() if self.on else ""}


Answers = Mapping[str, Answer]
COERCION = Item(
    "coercion",
    "Is there any sign that somebody is made to do this?",
    "What makes you think so? (optional)",
)
ORDER = Item(
    "document",
    "Have you seen the document itself?",
    "Which document, and when you saw it",
    "If it ends on a day, which?",
)
CAPACITY = Item(
    "capacity",
    "Does the patient lack the capacity to decide this now?",
    "Who found that, by name and role",
    "When was that found?",
)
FOR_ALL = (
    Item(
        "match",
        "Is this certainly the record of the right patient?",
        "How you know that it is the right record",
    ),
    Item("necessary", "Is it necessary that this person sees the record?", "Why it is needed"),
    Item("relevant", "Is each part that they will see relevant to that?", "Why these parts"),
    Item(
        "other",
        "Have you looked for safeguarding in the record of the person who asks, or asked a colleague who may?",
        "What came of it, without what a record holds; or that they have none here",
    ),
    Item("safe", "Is it safe for the patient, and for others?", "What you looked at"),
)
REPRESENTS = (
    ORDER,
    Item("registered", "Is it registered, or sealed by the court?", "How you checked"),
    Item("welfare", "Does it cover health and welfare?", "What it allows, and its limits"),
    CAPACITY,
)
CHILD = Item(
    "asked",
    "Has the young person been asked alone, and do they want this?",
    "Who asked them, when and how, and what they said",
)
"""Asked of a child who has reached the surgery's review age: they may know their own mind (R4.7)."""
BY_BASIS: dict[str, tuple[Item, ...]] = {
    LegalBasis.CONSENT: (
        Item("alone", "Has somebody here spoken to the patient alone?", "Who did, when and how"),
        Item(
            "understood",
            "Does the patient understand what this person will see, and that they can end it at any time?",
            "How you know that they understand it",
        ),
    ),
    LegalBasis.PARENTAL_RESPONSIBILITY: (
        Item(
            "responsibility",
            "Have you seen evidence of parental responsibility?",
            "Which evidence, and when you saw it",
        ),
        Item(
            "wishes",
            "Have the child’s own wishes been thought of, as far as their age allows?",
            "What they want, or why they cannot say",
        ),
        Item(
            "apart",
            "Is this parent assessed apart from any other parent?",
            "What you know of others, or that there are none",
        ),
    ),
    LegalBasis.ATTORNEY: REPRESENTS,
    LegalBasis.DEPUTY: REPRESENTS,
    LegalBasis.BEST_INTEREST: (
        CAPACITY,
        Item(
            "factors",
            "Has everything that speaks for it and against it been weighed?",
            "What was weighed, and whom you asked",
        ),
    ),
}


def asks_child(basis: str, patient: Patient, *, on: date) -> bool:
    """Whether the patient is a child who is asked alone before a parent is let in (R4.7)."""
    is_parental = basis == LegalBasis.PARENTAL_RESPONSIBILITY
    return is_parental and not patient.is_under(patient.surgery.proxy_review_age, on)


def items_for(basis: str, *, of_child: bool = False) -> tuple[Item, ...]:
    """The questions for a legal basis, in the order in which they are asked; the sign of coercion is the last."""
    return (*BY_BASIS[basis], *([CHILD] if of_child else []), *FOR_ALL, COERCION)


def problems(
    basis: str, answers: Answers, *, today: date, of_child: bool = False
) -> dict[str, str]:
    """What keeps somebody from being granted access, by the name of the question; nothing where all is well.

    Each question needs yes and words (R4.3), but for the sign of coercion, which needs no (R4.5).
    """
    items = items_for(basis, of_child=of_child)
    found = {item.key: _problem(item, answers.get(item.key), today) for item in items}
    return {key: words for key, words in found.items() if words}


def _problem(item: Item, answer: Answer | None, today: date) -> str:
    if answer is None:
        return f"Answer this: {item.question}"
    if item is COERCION:
        return STOPS if answer.is_yes else ""
    if not answer.is_yes:
        return "Without a yes here it cannot be granted. Reject it, or leave it until this is so"
    if not answer.words.strip():
        return f"Enter {item.words[0].lower()}{item.words[1:]}"
    return _problem_of_day(answer.on, today) if item is CAPACITY else ""


def _problem_of_day(found_on: date | None, today: date) -> str:
    if found_on is None:
        return "Enter the day on which it was found that the patient lacks capacity"
    if found_on > today:
        return "The day of the finding is not past yet"
    return TOO_OLD if found_on < today - FOUND_WITHIN else ""


def order_ends_on(answers: Answers) -> date | None:
    """The day on which an attorney's or a deputy's own document ends, where it does (R4.6)."""
    document = answers.get(ORDER.key)
    return document.on if document else None


STOPS = "A sign of coercion stops this: it cannot be granted. Reject it, and tell nobody but your safeguarding lead"
TOO_OLD = "The finding is older than three months. Have it looked at again: it has to be so now"
