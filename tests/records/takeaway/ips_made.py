"""Summaries of records, and what must stand in them."""

import json
from collections import Counter
from datetime import timedelta

from django.utils import timezone

from audit.row_security import rows_of
from portal.demo.people import BY_KEY
from portal.demo.records import as_json, extract_for
from proxy_access.access import Access
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import Entry, OpenedResult
from records.takeaway.ips import summary_json
from surgeries.terms import Section
from tests.cast import record_access
from tests.clock import NOW
from tests.records.takeaway.ips_rules import links

KIND_OF = {
    "AllergyIntolerance": "allergy", "MedicationStatement": "medicine",
    "Immunization": "immunisation", "Condition": "condition", "DiagnosticReport": "report",
    "Encounter": "consultation", "ServiceRequest": "referral", "Procedure": "procedure",
    "DocumentReference": "document", "Observation": "observation",
}  # fmt: skip
CALLED = ("code", "vaccineCode", "medicationCodeableConcept", "type")
DATED = (
    "onsetDateTime", "effectiveDateTime", "occurrenceDateTime", "performedDateTime", "authoredOn",
)  # fmt: skip


def demo_extract(key="ada"):
    """A person's record of the demo, read."""
    return read(as_json(extract_for(BY_KEY[key], timezone.localdate(NOW))))


def load(patient, extract):
    store(extract, patient, by=None, now=NOW - timedelta(days=3))


def own_access(patient, viewer, current="full", historical="full", **values):
    """What the patient themself may read."""
    scopes = values.pop("scopes", frozenset(Section))
    access = Access(patient=patient, viewer=viewer, scopes=scopes, grant=values.pop("grant", None))
    starts_at = values.pop("starts_at", NOW - timedelta(days=365))
    return record_access(access, current, historical, starts_at, **values)


def open_all(patient, viewer):
    """Go through the page before every result (R5.5)."""
    with rows_of(patient.pk):
        for entry in Entry.objects.of(patient):
            OpenedResult.objects.create(
                patient=patient, viewer_id=viewer.pk, entry_id=entry.id, opened_at=NOW
            )


def text_of(access):
    """The document as it is written."""
    with rows_of(access.patient.pk):
        return b"".join(summary_json(access, now=NOW)).decode()


def bundle_of(access):
    """The document as another system reads it."""
    return json.loads(text_of(access))


def resources(bundle):
    return {each["fullUrl"]: each["resource"] for each in bundle["entry"]}


def of_type(bundle, kind):
    return [each for each in resources(bundle).values() if each["resourceType"] == kind]


def section_of(bundle, code):
    """The section with a LOINC code."""
    (found,) = (
        each
        for each in bundle["entry"][0]["resource"]["section"]
        if each["code"]["coding"][0]["code"] == code
    )
    return found


def told(bundle):
    """Kind, words and date of every entry that the sections of a document list, each as often as it is there."""
    found, known = [], resources(bundle)
    for section in bundle["entry"][0]["resource"]["section"]:
        entries = [known[each["reference"]] for each in section.get("entry", [])]
        # what stands in a consultation is a part of it
        found += [told_of(each) for each in entries if "encounter" not in each]
    return Counter(found)


def told_of(resource):
    kind = KIND_OF[resource["resourceType"]]
    concept = next(resource[name] for name in CALLED if name in resource)
    concept = concept[0] if isinstance(concept, list) else concept
    if concept.get("coding", [{}])[0].get("code") == "37331000000100":
        kind = "comment"
    return kind, concept["text"], when_of(resource)


def when_of(resource):
    for name in ("period", "effectivePeriod"):
        if name in resource:
            return resource[name].get("start", "")
    if resource["resourceType"] == "DocumentReference":
        return resource["content"][0]["attachment"].get("creation", "")
    return next((resource[name] for name in DATED if name in resource), "")


def visible(access):
    """The same of what the viewer may read and has opened, from the one filter."""
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.visible_to(access).entries())
    return Counter((row.kind, row.title.strip(), date_of(row)) for row in rows if not row.is_sealed)


def date_of(row):
    lengths = {"year": 4, "month": 7, "unknown": 0}
    length = lengths.get(row.effective_precision, 10)
    return str(row.effective_on or "")[:length]


def held_ids(patient):
    """Every id that the database knows of a record."""
    with rows_of(patient.pk):
        rows = list(Entry.objects.of(patient))
    ids = {row.id for row in rows} | {row.source_id for row in rows if len(row.source_id) > 20}
    return {*ids, patient.pk, patient.surgery_id}


def numbered(text, *same):
    """The document with its names in the order of their first use, and some words under one name."""
    for words in same:
        text = text.replace(words, "SAME")
    names = {}
    for _, value in links_and_ids(json.loads(text)):
        names.setdefault(value, f"name-{len(names)}")
    for name, number in names.items():
        text = text.replace(name, number)
    return text


def links_and_ids(bundle):
    yield "identifier", bundle["identifier"]["value"].removeprefix("urn:uuid:")
    for address, resource in resources(bundle).items():
        yield "id", address.removeprefix("urn:uuid:")
        for field, target in links(resource):
            yield field, target.removeprefix("urn:uuid:")
