"""Who wrote, did or received something, as far as the bundle tells."""

from contextlib import suppress

from records.content import Author
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, joined, text, texts
from records.importing.fhir.wording import label

NOBODY = Author()


class People:
    """Names for the references in one bundle; whoever cannot be read is nameless."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._known: dict[Resource, Author] = {}
        self._posts: dict[str, Resource] = {}
        for post in bundle.of_type("PractitionerRole"):
            holder = bundle.find(post.body.get("practitioner"))
            if holder:
                self._posts.setdefault(holder.key.id, post)

    def author(self, reference: Json) -> Author | None:
        """The person or organisation that a reference points at, else the name it carries."""
        found = self._bundle.find(reference)
        known = self._describe(found) if found else NOBODY
        if not known.name and not known.organisation:
            known = Author(text(reference, "display"), known.role, known.organisation)
        return None if known == NOBODY else known

    def authors(self, references: list[Json]) -> list[Author]:
        """The same for several, each once, in the source's order."""
        found = (self.author(each) for each in references)
        return list(dict.fromkeys(each for each in found if each))

    def name(self, reference: Json) -> str:
        """The name alone, or ""."""
        found = self.author(reference)
        return found.name or found.organisation if found else ""

    def _describe(self, found: Resource) -> Author:
        if found not in self._known:
            self._known[found] = NOBODY
            with suppress(Misshapen):
                self._known[found] = self._read(found)
        return self._known[found]

    def _read(self, found: Resource) -> Author:
        if found.kind == "PractitionerRole":
            holder = self._bundle.find(found.body.get("practitioner"))
            return self._in_post(holder, found)
        if found.kind == "Practitioner":
            return self._in_post(found, self._posts.get(found.key.id))
        if found.kind in ("Organization", "HealthcareService", "Location"):
            return Author(organisation=text(found.body, "name"))
        return NOBODY

    def _in_post(self, holder: Resource | None, post: Resource | None) -> Author:
        name = person_name(holder.body) if holder else ""
        if not post:
            return Author(name)
        roles = [label(each) for each in children(post.body, "code")]
        place = self._bundle.find(child(post.body, "organization"))
        organisation = text(place.body, "name") if place else ""
        return Author(name, next(filter(None, roles), ""), organisation)


def person_name(body: Json) -> str:
    """A professional's name in one line."""
    for name in children(body, "name") if isinstance(body.get("name"), list) else []:
        whole = joined(*texts(name, "prefix"), *texts(name, "given"), text(name, "family"))
        if text(name, "text") or whole:
            return text(name, "text") or whole
    return ""
