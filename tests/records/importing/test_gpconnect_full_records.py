"""Every whole record of the development data, against counts made without the reader's code."""

import json
from collections import Counter
from pathlib import Path

import pytest

from records.importing.extract import UnreadableExtract
from records.importing.gpconnect import read

DATA = Path(__file__).resolve().parents[4] / "shared" / "record-data" / "gpc-structured-gp2gp"
FULL = sorted((DATA / "full-record").rglob("*.json"))
REFUSED = {
    "operation-outcome": "sent an error",
    "nopat/bundle_filing_comments_nopat.json": "names no patient",
    "nopat/documentreference_meta_security_nopat.json": "not a FHIR Bundle but DocumentReference",
    "documents/binary": "not a FHIR Bundle but Binary",
    "edge/duplicated-resource-bundle.json": "names no patient",
}
OTHERS = sorted(path for path in DATA.rglob("*.json") if path not in FULL)

pytestmark = pytest.mark.skipif(not FULL, reason="the development data is not beside the project")

COMMENT_NOTE = "37331000000100"
ACCESS_CODES = {"1290331000000103", "1364731000000104", "1364751000000106"}


def codes(body):
    concept = body.get("code") if isinstance(body.get("code"), dict) else {}
    return {coding.get("code") for coding in concept.get("coding", [])}


def references(bodies):
    return [each["reference"] for each in bodies if "reference" in each]


def name(body):
    return f"{body['resourceType']}/{body['id']}"


def in_reports(resources):
    """Everything that hangs on a report by `result` or by `related`, in either direction."""
    pairs = set()
    for body in resources:
        if body["resourceType"] == "Observation":
            for target in references(each["target"] for each in body.get("related", [])):
                pairs |= {(name(body), target), (target, name(body))}
    reached = set()
    for body in resources:
        if body["resourceType"] == "DiagnosticReport":
            reached |= set(references(body.get("result", [])))
    while more := {two for one, two in pairs if one in reached} - reached:
        reached |= more
    return reached


def in_consultations(resources):
    """Everything that a consultation's lists name, through headings and questionnaires."""
    items = {
        name(body): references(entry["item"] for entry in body.get("entry", []))
        for body in resources
        if body["resourceType"] == "List" and "id" in body
    }
    for body in resources:
        if body["resourceType"] == "QuestionnaireResponse":
            given = (answer for item in body["item"] for answer in item["answer"])
            items[name(body)] = references(answer["valueReference"] for answer in given)
    reached = {name(body) for body in resources if is_consultation(body)}
    while more := {item for one in reached for item in items.get(one, [])} - reached:
        reached |= more
    return reached


def is_consultation(body):
    return body["resourceType"] == "List" and "325851000000107" in codes(body)


def counted(resources):
    """Entries per section, by the definitions of what one entry is."""
    kinds = Counter(body["resourceType"] for body in resources)
    contained = [inner for body in resources for inner in body.get("contained", [])]
    statements = [b for b in resources if b["resourceType"] == "MedicationStatement"]
    named = {ref.split("/")[-1] for b in statements for ref in references(b.get("basedOn", []))}
    requests = [b for b in resources if b["resourceType"] == "MedicationRequest"]
    plans = [b for b in requests if b["intent"] == "plan" and b["id"] not in named]
    counts = {
        "allergies": kinds["AllergyIntolerance"]
        + sum(inner["resourceType"] == "AllergyIntolerance" for inner in contained),
        "medicines": len(statements) + len(plans),
        "immunisations": sum(
            body["resourceType"] == "Immunization" and not body.get("notGiven")
            for body in resources
        ),
        "health-conditions": kinds["Condition"],
        "test-results": kinds["DiagnosticReport"],
        "consultations": len([b for b in resources if is_consultation(b)]) + len(alone(resources)),
        "documents": kinds["DocumentReference"],
    }
    return {section: count for section, count in counts.items() if count}


def alone(resources):
    """Coded observations, procedures and referrals that belong to no consultation and no report."""
    taken = in_reports(resources) | in_consultations(resources)
    tests_asked_for = {
        ref
        for body in resources
        if body["resourceType"] == "DiagnosticReport"
        for ref in references(body.get("basedOn", []))
    }
    found = []
    for body in resources:
        kind = body["resourceType"]
        is_plan = kind == "ProcedureRequest" and body["intent"] == "plan"
        is_kind = kind in ("Observation", "Procedure", "ProcedureRequest", "ReferralRequest")
        if not is_kind or is_plan or codes(body) & (ACCESS_CODES | {COMMENT_NOTE}):
            continue
        if name(body) not in taken | tests_asked_for:
            found.append(body)
    return found


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.stem)
def test_the_entries_of_a_whole_record_are_those_that_the_file_holds(path):
    data = path.read_bytes()
    resources = [entry["resource"] for entry in json.loads(data)["entry"]]
    extract = read(data)
    released = Counter(each.section for each in extract.entries if not each.unreleased_because)
    assert dict(released) == counted(resources)
    assert extract.skipped == ()
    assert len(extract.sections) == 7


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.stem)
def test_every_clinical_resource_of_a_whole_record_is_kept_exactly_once(path):
    data = path.read_bytes()
    resources = [entry["resource"] for entry in json.loads(data)["entry"]]
    rows = [row for entry in read(data).entries for row in (entry, *entry.parts)]
    kept = Counter(str(row.key) for row in rows)
    assert set(kept.values()) == {1}
    held = ("Observation", "Condition", "Immunization", "DocumentReference", "ReferralRequest")
    assert {name(b) for b in resources if b["resourceType"] in held} <= set(kept)
    orders = {
        name(b) for b in resources if b.get("intent") == "order" and "medicationReference" in b
    }
    assert orders <= set(kept)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(DATA)))
def test_every_other_file_is_read_or_refused_in_one_line(path):
    expected = next(
        (
            words
            for start, words in REFUSED.items()
            if str(path.relative_to(DATA)).startswith(start)
        ),
        None,
    )
    if expected:
        with pytest.raises(UnreadableExtract, match=expected):
            read(path.read_bytes())
    else:
        assert read(path.read_bytes()).skipped == ()
