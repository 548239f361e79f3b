"""What one entry becomes: its resources, and how a list names it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nhsuk.wording import partial_date_words
from records.content import Code
from records.showing import Shown
from records.takeaway.ips import narrative
from records.takeaway.ips.naming import Names
from records.takeaway.ips.pieces import Json, concept, plain, without_nothing
from records.takeaway.ips.terms import IPS, Part

NO_NAME = "Entry with no name in the record"


class Written(NamedTuple):
    """An entry in the document: where it stands, its own resource first, and those that nothing else refers to."""

    part: Part
    resources: list[Json]
    listed: list[str]
    """The names of the resources that the section itself refers to."""


class Around(NamedTuple):
    """What an entry's resources may refer to: the names of the document, and other entries."""

    names: Names
    linked: Mapping[str, Shown]
    """Entries and parts that consultations of the same chunk refer to, by id."""


def resource(
    around: Around,
    shown: Shown,
    kind: str,
    lines: Sequence[str] = (),
    *,
    profile: str = "",
    **fields: Any,
) -> Json:
    """One resource about one entry or part; a profile is named only where it holds."""
    return without_nothing(
        {
            "resourceType": kind,
            "id": around.names.id_of(shown.id),
            "meta": {"profile": [f"{IPS}/{profile}"]} if profile else {},
            "text": narrative.of_entry(shown.title, partial_date_words(shown.when), lines),
            **fields,
        }
    )


def called(shown: Shown, codes: Iterable[Code] = ()) -> Json:
    """What an entry or part is: there are always words for it."""
    return concept(plain(shown.title) or NO_NAME, codes)


def patient(around: Around) -> Json:
    """The reference to the patient."""
    return around.names.link_to("patient")


def only(part: Part, *resources: Json) -> Written:
    """An entry to which the section refers once, and its own resource to all the others."""
    return Written(part, list(resources), [resources[0]["id"]])
