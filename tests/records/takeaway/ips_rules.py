"""What FHIR R4 and the International Patient Summary ask of a document, apart from how ours is made.

Written from the specification: http://hl7.org/fhir/R4 and http://hl7.org/fhir/uv/ips (1.1.0). The names in
brackets are those of its invariants.
"""

import json
import re
from xml.etree import ElementTree

from tests.records.takeaway.ips_kinds import check_kind

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
CODE = re.compile(r"\S+(\s\S+)*")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NO_WORDS = {"none", "null", "undefined", "nan"}
XHTML = "{http://www.w3.org/1999/xhtml}"
ELEMENTS = {"div", "p", "b", "i", "em", "strong", "ul", "ol", "li", "br", "span", "h2", "h3"}
ELEMENTS |= {"table", "thead", "tbody", "tr", "td", "th", "caption"}
DATE_FIELDS = {
    "start", "end", "authoredOn", "birthDate", "expirationDate", "creation", "onsetDateTime",
    "abatementDateTime", "effectiveDateTime", "occurrenceDateTime", "performedDateTime",
    "lastOccurrence", "valueDateTime",
}  # fmt: skip
INSTANTS = {"timestamp"}
CONCEPTS = {
    "clinicalStatus", "verificationStatus", "vaccineCode", "medicationCodeableConcept", "site",
    "route", "emptyReason", "dataAbsentReason", "bodySite", "method", "performerType",
}  # fmt: skip
REQUIRED = {
    "11450-4": {"Condition", "DocumentReference"},
    "48765-2": {"AllergyIntolerance", "DocumentReference"},
    "10160-0": {"MedicationStatement", "MedicationRequest", "DocumentReference"},
}
SECTIONS = REQUIRED | {
    "11369-6": {"Immunization", "DocumentReference"},
    "30954-2": {"Observation", "DiagnosticReport", "DocumentReference"},
    "8716-3": {"Observation", "DocumentReference"},
    "47519-4": {"Procedure", "DocumentReference"},
    "11348-0": {"Condition", "DocumentReference"},
}
EMPTY_REASONS = {"notasked", "withheld", "unavailable", "notstarted", "closed"}
"""Of FHIR's list all but `nilknown`, which says that there is nothing: a clinical claim."""
TARGETS = {
    "subject": {"Patient"}, "patient": {"Patient"}, "encounter": {"Encounter"},
    "result": {"Observation"}, "hasMember": {"Observation"}, "derivedFrom": {"MedicationRequest"},
    "author": {"Organization"}, "custodian": {"Organization"},
}  # fmt: skip


def problems(bundle, internal=()):
    """Everything that is wrong with a document, in words; `internal` are strings that must not be in it."""
    found = []
    say = found.append
    for path, name, value in walk(bundle):
        check_value(path, name, value, say)
    text = json.dumps(bundle, default=str)
    found += [f"an internal id: {each}" for each in internal if str(each) in text]
    check_bundle(bundle, say)
    resources = {each.get("fullUrl"): each.get("resource", {}) for each in bundle.get("entry", [])}
    check_references(resources, say)
    for resource in resources.values():
        check_narrative(resource.get("text"), say, resource.get("resourceType"))
        check_kind(resource, say)
    return found


def walk(node, path="", name=""):
    """Each value of a document with where it stands and the name of its field."""
    yield path, name, node
    if isinstance(node, dict):
        for key, each in node.items():
            yield from walk(each, f"{path}.{key}", key)
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from walk(each, f"{path}[{number}]", name)


def check_value(path, name, value, say):
    if value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip()):
        say(f"{path} is empty")
    if isinstance(value, str):
        check_words(path, name, value, say)
    if isinstance(value, dict):
        check_fields(path, name, value, say)


def check_words(path, name, value, say):
    if CONTROL.search(value):
        say(f"{path} has characters that XML forbids")
    if value.strip().lower() in NO_WORDS:
        say(f"{path} is {value!r}")
    if name in DATE_FIELDS and not (DATE.fullmatch(value) or INSTANT.fullmatch(value)):
        say(f"{path} is no date: {value}")
    if name in INSTANTS and not INSTANT.fullmatch(value):
        say(f"{path} is no instant: {value}")
    if name in ("code", "status", "intent", "contentType") and not CODE.fullmatch(value):
        say(f"{path} is no code: {value!r}")
    if name in ("system", "url", "profile") and not ADDRESS.fullmatch(value):
        say(f"{path} is no address: {value!r}")


def check_fields(path, name, value, say):
    if name == "extension" and ("url" not in value or len(value) != 2):
        say(f"{path} has not one url and one value (ext-1)")
    if name in CONCEPTS and not value.keys() & {"coding", "text", "extension"}:
        say(f"{path} says nothing")
    if name == "coding" and not value.keys() & {"code", "display"}:
        say(f"{path} is a coding of nothing")
    if name in ("low", "high") and "comparator" in value:
        say(f"{path} has a comparator (sqty-1)")
    if name in ("valueQuantity", "low", "high"):
        if "code" in value and "system" not in value:
            say(f"{path} has a code without its system (qty-3)")
        if isinstance(value.get("value"), str) or "value" not in value:
            say(f"{path} has no number")
    if {"start", "end"} <= value.keys() and not value["start"] <= value["end"]:
        say(f"{path} ends before it starts (per-1)")
    if "attachment" not in name and "data" in value:
        say(f"{path} has content")


def check_bundle(bundle, say):
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "document":
        say("it is no document")
    if not {"system", "value"} <= bundle.get("identifier", {}).keys():
        say("a document needs an identifier (bdl-9)")
    if "timestamp" not in bundle:
        say("a document needs a date (bdl-10)")
    entries = bundle.get("entry", [])
    kinds = [each.get("resource", {}).get("resourceType") for each in entries]
    if kinds[:1] != ["Composition"] or kinds.count("Composition") != 1:
        say("a document begins with its one composition (bdl-11)")
    if kinds.count("Patient") != 1:
        say("a summary is about one patient")
    check_entries(entries, say)


def check_entries(entries, say):
    addresses = [each.get("fullUrl", "") for each in entries]
    if len(set(addresses)) != len(addresses):
        say("a fullUrl stands twice (bdl-7)")
    for each, address in zip(entries, addresses, strict=True):
        if not URN.fullmatch(address):
            say(f"{address!r} is no fullUrl (bdl-ips-1)")
        if each.keys() - {"fullUrl", "resource"}:
            say("an entry of a document has only fullUrl and resource (bdl-1, bdl-3, bdl-4)")
        name = each.get("resource", {}).get("id", "")
        if not ID.fullmatch(name) or address != f"urn:uuid:{name}":
            say(f"id and fullUrl differ: {name}")


def links(resource):
    """Each reference of a resource, with the field it stands in."""
    for path, _, value in walk(resource):
        if isinstance(value, dict) and "reference" in value:
            yield re.sub(r"\[\d+\]", "", path).rpartition(".")[2], value["reference"]


def check_references(resources, say):
    for resource in resources.values():
        for field, target in links(resource):
            kind = resources.get(target, {}).get("resourceType")
            if kind is None:
                say(f"{field} refers to nothing in the document: {target}")
            elif field in TARGETS and kind not in TARGETS[field]:
                say(f"{field} refers to a {kind}")
    reached, ahead = set(), [next(iter(resources), None)]
    while ahead:
        name = ahead.pop()
        if name not in reached and name in resources:
            reached.add(name)
            ahead += [target for _, target in links(resources[name])]
    for name in resources.keys() - reached:
        say(f"{resources[name].get('resourceType')} is not reached from the composition")
    check_composition(next(iter(resources.values()), {}), resources, say)


def check_composition(composition, resources, say):
    for field in ("status", "type", "subject", "date", "author", "title", "section", "custodian"):
        if field not in composition:
            say(f"the composition has no {field}")
    if code_of(composition.get("type", {})) != ("http://loinc.org", "60591-5"):
        say("the composition is no patient summary")
    codes = [code_of(each.get("code", {}))[1] for each in composition.get("section", [])]
    for code in REQUIRED:
        if codes.count(code) != 1:
            say(f"the section {code} must be there once")
    if len(set(codes)) != len(codes):
        say("a section is there twice")
    for section in composition.get("section", []):
        check_section(section, resources, say)


def check_section(section, resources, say):
    code = code_of(section.get("code", {}))[1]
    if not {"title", "text", "code"} <= section.keys() or "section" in section:
        say(f"section {code} lacks its title, text or code, or has sections of its own")
    check_narrative(section.get("text"), say, f"section {code}")
    if ("entry" in section) == ("emptyReason" in section):
        say(f"section {code} has either entries or a reason for none (ips-comp-1, cmp-2)")
    if "emptyReason" in section and code_of(section["emptyReason"])[1] not in EMPTY_REASONS:
        say(f"section {code} says more than that it is empty")
    targets = [each.get("reference") for each in section.get("entry", [])]
    if len(set(targets)) != len(targets):
        say(f"section {code} refers twice to the same")
    for target in targets:
        kind = resources.get(target, {}).get("resourceType")
        if code in SECTIONS and kind not in SECTIONS[code]:
            say(f"section {code} may not hold a {kind}")


def code_of(concept):
    coding = (concept.get("coding") or [{}])[0]
    return coding.get("system"), coding.get("code")


def check_narrative(text, say, where):
    """The XHTML that people read (dom-6, txt-1, txt-2)."""
    if not text or text.get("status") not in ("generated", "additional", "extensions"):
        say(f"{where} has no narrative (dom-6)")
        return
    try:
        top = ElementTree.fromstring(text.get("div", ""))
    except ElementTree.ParseError:
        say(f"the narrative of {where} is not well-formed")
        return
    if "<!" in text["div"] or top.tag != f"{XHTML}div":
        say(f"the narrative of {where} is no div (txt-1)")
    for each in top.iter():
        if each.tag.removeprefix(XHTML) not in ELEMENTS or not each.tag.startswith(XHTML):
            say(f"the narrative of {where} has {each.tag} (txt-1)")
        if {key for key in each.attrib if key.rpartition("}")[2] not in ("lang", "class", "id")}:
            say(f"the narrative of {where} has {each.attrib} (txt-1)")
    if not "".join(top.itertext()).strip():
        say(f"the narrative of {where} says nothing (txt-2)")
