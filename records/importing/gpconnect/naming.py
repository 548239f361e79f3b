"""What a source still names: no part of the record is gone while a list speaks of it (R7.3)."""

from records.importing.extract import SourceKey
from records.importing.gpconnect.bundle import Bundle, named_key
from records.importing.gpconnect.fhir import Json, Misshapen, children, text

LONGEST_NAME = 300


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


def identifiers_of(bundle: Bundle) -> dict[str, str]:
    """What the source calls its resources whatever their ids in this file: the first identifier of each (R7.3)."""
    found = {str(each.key): _identifier(each.body) for each in bundle.resources}
    return {key: name for key, name in found.items() if name}


def _identifier(body: Json) -> str:
    try:
        named = [
            (text(each, "system"), text(each, "value")) for each in children(body, "identifier")
        ]
    except Misshapen:
        return ""
    name = next((f"{system}|{value}" for system, value in named if value), "")
    return name if len(name) <= LONGEST_NAME else ""
