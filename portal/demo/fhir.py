"""The small pieces of FHIR STU3 that every resource of an extract is made of."""

from typing import Any

Resource = dict[str, Any]
Fields = dict[str, Any]

GPC = "https://fhir.nhs.uk/STU3/StructureDefinition/"
CARE_CONNECT = "https://fhir.hl7.org.uk/STU3/StructureDefinition/"
NHS_CODES = "https://fhir.nhs.uk/STU3/CodeSystem/"
CARE_CONNECT_CODES = "https://fhir.hl7.org.uk/STU3/CodeSystem/"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
IDENTIFIER = "https://gpc.example.test/Z99001"
NOPAT = {"system": "http://hl7.org/fhir/v3/ActCode", "code": "NOPAT"}


class Ref(str):
    """A reference to a resource, written Type/id: what every builder hands back."""

    __slots__ = ()

    @property
    def bare_id(self) -> str:
        """The id without its type."""
        return self.partition("/")[2]


def filled(fields: Fields) -> Fields:
    """The fields that have a value: FHIR leaves empty ones out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def link(to: str) -> Fields:
    """A reference as FHIR writes it; empty for none."""
    return {"reference": str(to)} if to else {}


def extension(name: str, value: Any, kind: str, base: str = GPC) -> Fields:
    """A simple extension; `kind` is the type after `value`, as in valueCode."""
    prefix = "Extension-CareConnect-GPC-" if base == GPC else "Extension-CareConnect-"
    return {"url": f"{base}{prefix}{name}-1", f"value{kind}": value}


def nested(name: str, parts: list[Fields], base: str = GPC) -> Fields:
    """An extension made of parts."""
    prefix = "Extension-CareConnect-GPC-" if base == GPC else "Extension-CareConnect-"
    return {"url": f"{base}{prefix}{name}-1", "extension": parts}


def part(url: str, value: Any, kind: str) -> Fields:
    """One part of a nested extension."""
    return {"url": url, f"value{kind}": value}


def coded(system: str, code: str, display: str) -> Fields:
    """A concept with one coding from a system that is not a terminology."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def notes(*texts: str) -> list[Fields]:
    """Annotations, empty ones left out."""
    return [{"text": text} for text in texts if text]
