"""Names for the resources of one document, from which nothing of the database can be told."""

from uuid import uuid4, uuid5

from records.takeaway.ips.pieces import Json


class Names:
    """New names for each document: two copies of the same record share none of them."""

    def __init__(self) -> None:
        """Begin a document."""
        self._space = uuid4()

    def id_of(self, what: object) -> str:
        """The name of an entry or part by its id, or of a resource by any word."""
        return str(uuid5(self._space, str(what)))

    def link_to(self, what: object) -> Json:
        """A reference to it inside the document."""
        return {"reference": f"urn:uuid:{self.id_of(what)}"}

    def new(self) -> str:
        """A name for the document itself."""
        return f"urn:uuid:{uuid4()}"
