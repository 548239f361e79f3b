"""What a source calls its resources, whatever their ids in one file (R7.3)."""

from records.importing.fhir.bundle import Bundle
from records.importing.fhir.fields import Json, Misshapen, children, text

LONGEST_NAME = 300


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
