"""What a source still names: no part of the record is gone while a list speaks of it (R7.3)."""

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, named_key


def still_named(bundle: Bundle) -> frozenset[SourceKey]:
    """What the lists refer to, sent or not, and what was sent and could not be read."""
    found = {SourceKey(each.resource, each.id) for each in bundle.skipped}
    for resource in bundle.of_type("List"):
        entries = resource.body.get("entry")
        for entry in entries if isinstance(entries, list) else []:
            key = named_key(entry.get("item")) if isinstance(entry, dict) else None
            if key:
                found.add(key)
    return frozenset(found)
