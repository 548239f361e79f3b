"""The outline of a consultation: topics, headings and items in the source's order (R6.3)."""

import msgspec

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import (
    Json,
    Misshapen,
    child,
    children,
    extensions,
    is_true,
    notes,
    text,
)
from records.importing.fhir.wording import has_code, label
from records.importing.gpconnect.codes import OUTLINE_CODES
from records.importing.gpconnect.relations import answers, is_consultation, is_topic

OF_SOFTWARE = frozenset({"unspecifiedcondtions", "unspecifiedconditions"})
"""What software that translates a GP2GP transfer calls a topic for which it has no words, spelled as it does."""

DEEPEST = 20
"""Lists inside lists; a real consultation has three levels."""


class OutlineHeading(msgspec.Struct):
    """A heading with the resources below it."""

    title: str
    items: list[Resource]


class OutlineTopic(msgspec.Struct):
    """A topic with its headings; `problem` is the reference to the problem that it is about."""

    title: str
    problem: Json
    headings: list[OutlineHeading]


class Outline(msgspec.Struct):
    """A consultation as the source laid it out, its inner lists, and words that are no resource."""

    topics: list[OutlineTopic]
    notes: list[str]
    lists: list[Resource]

    @property
    def items(self) -> list[Resource]:
        """Everything named in the consultation, each once, in order."""
        named = (
            item for topic in self.topics for heading in topic.headings for item in heading.items
        )
        return list(dict.fromkeys(named))


def read_outline(bundle: Bundle, consultation: Resource, withheld: frozenset[SourceKey]) -> Outline:
    """The outline of one consultation; raises Misshapen if its own list cannot be read.

    Of an inner list that is withheld, neither title nor notes are kept: they belong to no entry
    that could be hidden (R2.3).
    """
    reading = _Reading(bundle, withheld)
    outline = Outline(reading.topics(consultation), reading.notes, list(reading.walked))
    _ungroup(bundle, outline)
    return outline


class _Reading:
    """One walk through the lists of a consultation, each at most once so that a circle ends."""

    def __init__(self, bundle: Bundle, withheld: frozenset[SourceKey]) -> None:
        self._bundle = bundle
        self._withheld = withheld
        self.walked: dict[Resource, None] = {}
        self.notes: list[str] = []

    def topics(self, consultation: Resource) -> list[OutlineTopic]:
        self.walked[consultation] = None
        found: list[OutlineTopic] = []
        for target in self._targets(consultation):
            if is_topic(target):
                found += self._topic(target)
                continue
            if not found or found[-1].title or found[-1].problem:
                found.append(OutlineTopic("", {}, []))
            found[-1].headings += self._heading_or_item(target, depth=1)
        return found

    def _topic(self, topic: Resource) -> list[OutlineTopic]:
        if topic in self.walked:
            return []
        try:
            headings = self._headings(topic, "", depth=1)
            is_shown = topic.key not in self._withheld
            problem = _problem(topic) if is_shown else {}
            return [OutlineTopic(self._title(topic), problem, headings)]
        except Misshapen as error:
            self._bundle.skip(topic.key, str(error))
            return []

    def _headings(self, container: Resource, title: str, depth: int) -> list[OutlineHeading]:
        self.walked[container] = None
        found = [OutlineHeading(title, [])]
        for target in self._targets(container):
            if _is_inner_list(target):
                found += self._heading_or_item(target, depth + 1)
                found.append(OutlineHeading("", []))
            else:
                found[-1].items.append(target)
        return [each for each in found if each.title or each.items]

    def _heading_or_item(self, target: Resource, depth: int) -> list[OutlineHeading]:
        if not _is_inner_list(target):
            return [OutlineHeading("", [target])]
        if target in self.walked:
            return []
        try:
            if depth > DEEPEST:
                raise Misshapen("lists are nested too deeply")
            return self._headings(target, self._title(target), depth)
        except Misshapen as error:
            self._bundle.skip(target.key, str(error))
            return []

    def _title(self, container: Resource) -> str:
        if container.key in self._withheld:
            return ""
        code = child(container.body, "code")
        title = text(container.body, "title")
        if title.lower() in OF_SOFTWARE:
            return ""
        return title or text(code, "text") or _label(code)

    def _targets(self, container: Resource) -> list[Resource]:
        is_shown = container.key not in self._withheld
        self.notes += notes(container.body) if is_shown else []
        found: list[Resource] = []
        for entry in children(container.body, "entry"):
            item = child(entry, "item")
            target = self._bundle.find(item)
            if target and not is_true(entry, "deleted"):
                found.append(target)
            elif not target and is_shown:
                self.notes += _words_instead(item)
        return found


def _is_inner_list(target: Resource) -> bool:
    return target.kind == "List" and not is_consultation(target)


def _label(code: Json) -> str:
    return "" if has_code(code, *OUTLINE_CODES) else label(code)


def _problem(topic: Resource) -> Json:
    for found in extensions(topic.body, "RelatedProblemHeader"):
        for part in extensions(found, "target"):
            return child(part, "valueReference")
    return {}


def _words_instead(item: Json) -> list[str]:
    """What a source writes where it cannot name an item, even into the reference itself."""
    words = text(item, "display")
    reference = text(item, "reference")
    return [found for found in (words, reference if " " in reference else "") if found]


def _ungroup(bundle: Bundle, outline: Outline) -> None:
    """Put in place of a questionnaire response those of its answers that stand nowhere else."""
    named = set(outline.items)
    for topic in outline.topics:
        for heading in topic.headings:
            heading.items = [kept for item in heading.items for kept in _kept(bundle, item, named)]


def _kept(bundle: Bundle, item: Resource, named: set[Resource]) -> list[Resource]:
    if item.kind != "QuestionnaireResponse":
        return [item]
    fresh = [each for each in answers(bundle, item) if each not in named]
    named.update(fresh)
    return fresh
