"""Small R4 resources of made-up people, for tests that need one thing at a time."""

import json

from records.importing.r4 import read

NOPAT = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}]
}
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"


def coded(code="195967001", display="Asthma", system=SNOMED, **more):
    return {"coding": [{"system": system, "code": code, "display": display}], **more}


def word(code):
    """A status of R4: a concept with a code alone."""
    return {"coding": [{"code": code}]}


def resource(kind, id="1", **more):
    return {"resourceType": kind, "id": id, **more}


def patient(**more):
    name = [{"use": "official", "family": "Madeup", "given": ["Quilla"]}]
    number = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9991000003"}]
    body = {"identifier": number, "name": name, "birthDate": "1984-02-29", **more}
    return resource("Patient", "p", **body)


def ref(name):
    return {"reference": name}


def bundle(*resources, type="collection", urls=False, **more):
    """A bundle of these; with `urls` each entry has an address and nothing has an id."""
    entries = []
    for each in resources:
        entry = {"resource": each}
        if urls:
            entry["fullUrl"] = f"urn:uuid:{each['id']}"
            entry["resource"] = {name: each[name] for name in each if name != "id"}
        entries.append(entry)
    return {"resourceType": "Bundle", "type": type, "entry": entries, **more}


def as_bytes(*resources, **more):
    return json.dumps(bundle(*resources, **more)).encode()


def extract_of(*resources, **more):
    """What the reader makes of these resources and one patient."""
    return read(as_bytes(patient(), *resources, **more))


def section(code, title="A part", *names, text="", empty="", system=LOINC):
    """A section of a composition."""
    found = {"title": title, "code": coded(code, title, system)}
    if names:
        found["entry"] = [ref(each) for each in names]
    if text:
        found["text"] = {"status": "generated", "div": f"<div>{text}</div>"}
    if empty:
        found["emptyReason"] = word(empty)
    return found


def document(*sections, resources=(), **more):
    """What the reader makes of a document with these sections."""
    composition = resource("Composition", "c", section=list(sections), date="2025-05-14")
    return read(as_bytes(composition, patient(), *resources, type="document", **more))


def observation(id="o", **more):
    return resource("Observation", id, **{"status": "final", "code": coded(), **more})
