"""What the content of entries is built from: codes, people, values, links and partial dates."""

from datetime import date, time

import msgspec


class Content(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The base of all content: what says nothing is not stored."""


class PartialDate(Content, frozen=True):
    """A clinical date as precise as the source was (R6.7).

    `precision` is time, day, month, year or unknown. `on` is the first day of what was given; `at`
    is the clock time as written, in no time zone.
    """

    on: date | None = None
    at: time | None = None
    precision: str = "unknown"


class EntryLink(Content, frozen=True):
    """Another entry or part of the record: `ref` in an extract ("Type/id"), `entry` once stored."""

    entry: str = ""
    ref: str = ""


class Code(Content, frozen=True):
    """One coding as the source gave it."""

    system: str = ""
    code: str = ""
    display: str = ""


class Author(Content, frozen=True):
    """Who wrote, did or received something; empty where the source does not name it."""

    name: str = ""
    role: str = ""
    organisation: str = ""


class Reaction(Content, frozen=True):
    """How an allergy showed itself, in coded words; its description is free text."""

    manifestations: list[str] = []
    severity: str = ""


class RelatedProblem(Content, frozen=True):
    """How another problem stands to this one: parent, child or sibling."""

    problem: EntryLink = EntryLink()
    relation: str = ""


class Specimen(Content, frozen=True):
    """What was tested, how much of it and when it was taken; its note is free text (R1.7)."""

    kind: str = ""
    amount: str = ""
    collected: PartialDate | None = None
    received: PartialDate | None = None


class Quantity(Content, frozen=True):
    """A measured value: `number` is the decimal as the source wrote it ("41.0"), unit as given."""

    number: str = ""
    unit: str = ""
    comparator: str = ""
    approximate: bool = False


class ReferenceRange(Content, frozen=True):
    """A range as the laboratory gave it: words, or limits of which either may be missing."""

    text: str = ""
    low: Quantity | None = None
    high: Quantity | None = None
    applies_to: str = ""


class Flag(Content, frozen=True):
    """The laboratory's own interpretation; no flag does not mean normal (R6.6)."""

    words: str = ""
    code: str = ""


class Measurement(Content, frozen=True):
    """A value with its ranges and flags, as given.

    `words` is a coded value, or a laboratory's text that is the result itself ("Negative"): the
    answer to a coded test is coded content, a comment beside it is not.
    """

    value: Quantity | None = None
    words: str = ""
    absent_because: str = ""
    ranges: list[ReferenceRange] = []
    flags: list[Flag] = []


class Component(Measurement, frozen=True):
    """One measurement of several under one name: systolic and diastolic."""

    title: str = ""
    codes: list[Code] = []


class Heading(Content, frozen=True):
    """A heading in a consultation; items outside any heading stand below an empty title."""

    title: str = ""
    items: list[EntryLink] = []


class Topic(Content, frozen=True):
    """A topic of a consultation, named by its problem if it has one: hiding that hides the name."""

    title: str = ""
    problem: EntryLink | None = None
    headings: list[Heading] = []
