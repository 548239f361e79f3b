"""The resources of one bundle: each once, in the source's order, found by any name."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import force_setattr

from records.importing.extract import Skipped, SourceKey, UnreadableExtract
from records.importing.fhir.decoding import Entry, keeping_some, one_line
from records.importing.fhir.fields import LONGEST_ID, Json, Misshapen, child, clean, text

SAY_WHETHER_TRUE = (
    "status", "verificationStatus", "docStatus", "intent", "notGiven", "doNotPerform", "modifierExtension", "focus",
)  # fmt: skip
"""The fields by which a source says that something is not to be shown, whatever else it says."""
NAME_WHAT_IS_IN_IT = ("result", "basedOn", "entry")
"""The fields of what is in a report, a medicine or a consultation."""
URN = "urn:uuid:"
"""What the URL of an entry begins with that has no address."""


class Piece(msgspec.Struct, frozen=True, eq=False):
    """The entry of a long file that holds a resource."""

    entry_at: Entry
    place: int

    @property
    def body(self) -> Json:
        """The resource; not to be changed."""
        found: Json = self.entry_at(self.place)["resource"]
        return found


class Resource(msgspec.Struct, frozen=True, eq=False):
    """One resource: its key, its content and its place in the bundle."""

    key: SourceKey
    content: Json | Piece
    position: int

    @property
    def body(self) -> Json:
        """What it says: of a long file made anew each time, so that what is compared is never which object it is."""
        return self.content.body if isinstance(self.content, Piece) else self.content

    @property
    def kind(self) -> str:
        return self.key.resource


class Bundle:
    """What one file holds, after repeats are taken out."""

    def __init__(self, body: Json) -> None:
        self.body = body
        self.finds_contained = True
        self.resources: list[Resource] = []
        self.contained: dict[SourceKey, list[Resource]] = {}
        self.skipped: list[Skipped] = []
        self.left_out: list[Resource] = []
        """What has the key of another one that came before it, and says something else."""
        self._by_key: dict[SourceKey, Resource] = {}
        self._by_url: dict[str, Resource] = {}
        self._by_id: dict[str, Resource] = {}
        self._of_kind: dict[str, list[Resource]] = {}

    def add(
        self, key: SourceKey, content: Json | Piece, position: int, url: str = ""
    ) -> Resource | None:
        """Take in a resource unless its key is there already; a different one is reported."""
        known, resource = self._by_key.get(key), Resource(key, content, position)
        if known:
            if known.body != resource.body:
                self.left_out.append(resource)
                self.skip(key, "another resource in the file has the same id")
            elif url:
                self._by_url.setdefault(url, known)
            return None
        self.resources.append(resource)
        self._by_key[key] = resource
        self._of_kind.setdefault(key.resource, []).append(resource)
        if url:
            self._by_url[url] = resource
            self._by_url.setdefault("/".join(url.split("/")[-2:]), resource)
        self._by_id.setdefault(f"{URN}{key.id}", resource)
        return resource

    def add_contained(self, container: Resource, key: SourceKey, body: Json) -> None:
        """Take in a resource that stands inside another one, in that one's place."""
        found = self.add(key, body, container.position) or self._by_key[key]
        self.contained.setdefault(container.key, []).append(found)

    def keep_strictest(self, why_not: Callable[[Resource], str]) -> None:
        """Let nothing be shown of which one of several with its key says that it may not be: nobody can tell which holds.

        What any of them names is in it, and not shown with it. `why_not` says of a resource why it is not shown, ""
        where it is (R1.10, R6.5).
        """
        for other in list(self.left_out):
            known = self._by_key[other.key]
            if bool(why_not(other)) == bool(why_not(known)):
                continue
            strict, shown = (other, known) if why_not(other) else (known, other)
            told = {name: strict.body[name] for name in SAY_WHETHER_TRUE if name in strict.body}
            named = _named_in_both(shown.body, strict.body)
            kept = Resource(known.key, shown.body | told | named, known.position)
            if not why_not(kept):  # why is in what it is about: then all of that one stands here
                kept = Resource(known.key, strict.body | named, known.position)
            self.left_out.append(Resource(known.key, known.content, known.position))
            force_setattr(known, "content", kept.content)  # it is found by many names

    def skip(self, key: SourceKey, reason: str) -> None:
        """Report something that could not be read."""
        self.skipped.append(Skipped(id=key.id, resource=key.resource, reason=reason))

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of a type in the source's order."""
        return list(self._of_kind.get(kind, ()))

    def get(self, key: SourceKey) -> Resource | None:
        """The resource of that key."""
        return self._by_key.get(key)

    def find(self, reference: Any, expected: str = "") -> Resource | None:
        """What a reference points at: by the entry's URL, relative, absolute, or a bare id.

        The URL of an entry comes first, as its id may be another. None if it points at nothing here, which is
        common and drops nothing. What begins with "#" stands inside the resource that names it: only where the reader
        has taken in what is contained is it found here.
        """
        written = _written(reference)
        if written.startswith("#") and not self.finds_contained:
            return None
        if written in self._by_url:
            return self._by_url[written]
        if written in self._by_id:
            return self._by_id[written]
        key = named_key(reference, expected)
        return self._by_key.get(key) if key else None


def _named_in_both(one: Json, other: Json) -> Json:
    """What two with one key name as theirs, what either names that can be read."""
    lists = {name: (one.get(name), other.get(name)) for name in NAME_WHAT_IS_IN_IT}
    return {
        name: [each for said in both if isinstance(said, list) for each in said]
        for name, both in lists.items()
        if any(isinstance(said, list) for said in both)
    }


def named_key(reference: Any, expected: str = "") -> SourceKey | None:
    """The key that a reference names, whether or not the bundle has it."""
    written = _written(reference)
    if not written:
        return None
    path = written.split("/_history/")[0].split("/")
    kind = path[-2] if len(path) > 1 else expected
    return SourceKey(kind, path[-1].removeprefix("#"))


def _written(reference: Any) -> str:
    written = reference.get("reference") if isinstance(reference, dict) else None
    return clean(written) if isinstance(written, str) else ""


def bundle_of(body: Json) -> Bundle:
    """The bundle that some JSON is; raises UnreadableExtract where it is none."""
    _refuse_other_resources(body)
    bundle = Bundle(body)
    entries = body.get("entry")
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise UnreadableExtract("The bundle's entry is not a list: ask the source for it again")
    entry_at = keeping_some(entries)
    for position, entry in enumerate(entries):
        _add_entry(bundle, entry, position, entry_at)
    return bundle


def key_for(kind: str, body: Json, url: str = "") -> SourceKey:
    """The key of a resource; one without a usable id goes by its URL, else by its content."""
    try:
        given = text(body, "id")
    except Misshapen:
        given = ""
    if given and len(given) <= LONGEST_ID:
        return SourceKey(kind, given)
    if url.startswith(URN) and len(url) <= LONGEST_ID:
        return SourceKey(kind, clean(url.removeprefix(URN)))
    digest = sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
    return SourceKey(kind, f"content-{digest[:40]}")


def _add_entry(bundle: Bundle, given: Any, position: int, entry_at: Entry) -> None:
    place = f"entry {position + 1}"
    entry = entry_at(position)
    entry = entry if isinstance(entry, dict) else {}
    body = entry.get("resource")
    body = body if isinstance(body, dict) else {}
    kind = body.get("resourceType")
    if not isinstance(kind, str) or not clean(kind):
        bundle.skip(SourceKey("", place), "holds no resource with a type")
        return
    url = entry.get("fullUrl")
    url = url if isinstance(url, str) else ""
    content = Piece(entry_at, position) if isinstance(given, msgspec.Raw) else body
    bundle.add(key_for(clean(kind), body, url), content, position, url)


def _refuse_other_resources(body: Json) -> None:
    if body.get("resourceType") == "OperationOutcome":
        raise UnreadableExtract(f"The source sent an error, not a record: {outcome_words(body)}")
    if body.get("resourceType") != "Bundle":
        kind = one_line(body.get("resourceType") or "something without a type")
        raise UnreadableExtract(f"The file is not a FHIR Bundle but {kind}")


def outcome_words(outcome: Json) -> str:
    """The codes and diagnostics of an OperationOutcome in one line."""
    issues = outcome.get("issue")
    told = [_issue_words(each) for each in issues] if isinstance(issues, list) else []
    return "; ".join(words for words in told if words)[:400] or "it gives no reason"


def _issue_words(issue: Any) -> str:
    try:
        codings = child(issue, "details").get("coding") or [{}]
        code, display = text(codings[0], "code"), text(codings[0], "display")
        diagnostics = text(issue, "diagnostics") or text(child(issue, "details"), "text")
        parts = [code or text(issue, "code"), display if display != code else "", diagnostics]
        return one_line(", ".join(part for part in parts if part))
    except (Misshapen, AttributeError, KeyError, IndexError, TypeError):
        return ""
