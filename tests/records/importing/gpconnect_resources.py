"""Small GP Connect resources of made-up people, for tests that need one thing at a time."""

import json
from functools import cache
from pathlib import Path

import msgspec

from records.content import CONTENT_BY_KIND, FREE_TEXT_BY_KIND
from records.importing.gpconnect import read

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "gpconnect"
ACT_CODE = "http://hl7.org/fhir/v3/ActCode"
NOPAT = {"security": [{"system": ACT_CODE, "code": "NOPAT"}]}
SNOMED = "http://snomed.info/sct"
PROBLEM = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-ActualProblem-1"
CONSULTATION, TOPIC, HEADING = "325851000000107", "25851000000105", "24781000000107"


def fixture(name):
    return (FIXTURES / name).read_bytes()


def coded(code="195967001", display="Asthma", **more):
    return {"coding": [{"system": SNOMED, "code": code, "display": display}], **more}


def resource(kind, id="1", **more):
    return {"resourceType": kind, "id": id, **more}


def patient(**more):
    name = [{"use": "official", "family": "Madeup", "given": ["Quilla"]}]
    number = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9991000003"}]
    body = {"identifier": number, "name": name, "birthDate": "1984-02-29", **more}
    return resource("Patient", "p", **body)


def fhir_list(id, code, *references, **more):
    entry = [{"item": {"reference": reference}} for reference in references]
    return resource("List", id, code=coded(code, "A list"), entry=entry, **more)


def consultation(*references, id="c", encounter="e", **more):
    """A consultation with one topic and one heading that holds these references."""
    named = {"encounter": {"reference": f"Encounter/{encounter}"}}
    return [
        fhir_list(id, CONSULTATION, f"List/{id}-topic", title="Surgery", **named, **more),
        fhir_list(f"{id}-topic", TOPIC, f"List/{id}-heading", title="Asthma review"),
        fhir_list(f"{id}-heading", HEADING, *references, title="History"),
    ]


def observation(id="o", **more):
    return resource("Observation", id, **{"status": "final", "code": coded(), **more})


def as_bytes(*resources):
    entry = [{"resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()


def extract_of(*resources):
    """What the reader makes of these resources and one patient."""
    return read(as_bytes(patient(), *resources))


def one(extract, id):
    """The entry or part with that source id."""
    rows = [*extract.entries, *(part for entry in extract.entries for part in entry.parts)]
    (found,) = [row for row in rows if row.key.id == id]
    return found


def said_anywhere(row):
    """Everything that may be read below the full level."""
    return f"{row.title} {row.details}"


@cache
def quirky_record():
    """The made-up record that holds every quirk of the development data."""
    return read(fixture("quirks.json"))


def content(row):
    """The coded content of an entry or part, as the type of its kind."""
    return msgspec.convert(row.details, CONTENT_BY_KIND[row.kind])


def typed(row):
    """Its free text, as the type of its kind."""
    return msgspec.convert(row.free_text, FREE_TEXT_BY_KIND[row.kind])
