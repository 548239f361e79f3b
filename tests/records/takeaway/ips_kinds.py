"""What each kind of resource must hold, by FHIR R4 and the profiles of the International Patient Summary."""

UCUM = "http://unitsofmeasure.org"
OBSERVATION_STATUSES = {
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "unknown",
}
RESULTS = "Observation-results-laboratory-pathology-uv-ips"

MUST = {
    "Patient": ("identifier", "name", "birthDate"),
    "Organization": ("identifier", "name"),
    "AllergyIntolerance": ("code", "patient", "clinicalStatus"),
    "Condition": ("code", "subject", "clinicalStatus", "category"),
    "MedicationStatement": ("status", "subject"),
    "MedicationRequest": ("status", "intent", "subject"),
    "Immunization": ("status", "vaccineCode", "patient"),
    "DiagnosticReport": ("status", "category", "code", "subject"),
    "Observation": ("status", "code", "subject"),
    "Procedure": ("status", "code", "subject"),
    "Encounter": ("status", "class", "subject"),
    "ServiceRequest": ("status", "intent", "subject", "code"),
    "DocumentReference": ("status", "content", "type", "subject"),
    "Composition": (),
}
ONE_OF = {
    "MedicationStatement": ("medication", "effective"),
    "MedicationRequest": ("medication",),
    "Immunization": ("occurrence",),
    "DiagnosticReport": ("effective",),
    "Observation": ("effective",),
    "Procedure": ("performed",),
}
STATUSES = {
    "MedicationStatement": {"active", "completed", "stopped", "unknown", "intended", "on-hold"},
    "Immunization": {"completed"},
    "Observation": OBSERVATION_STATUSES,
    "DiagnosticReport": OBSERVATION_STATUSES | {"partial", "appended"},
    "Procedure": {
        "completed",
        "unknown",
        "in-progress",
        "stopped",
        "not-done",
        "on-hold",
        "preparation",
    },
    "Encounter": {"planned", "arrived", "in-progress", "finished", "cancelled", "unknown"},
    "ServiceRequest": {"draft", "active", "on-hold", "revoked", "completed", "unknown"},
    "MedicationRequest": {
        "active",
        "on-hold",
        "cancelled",
        "completed",
        "stopped",
        "draft",
        "unknown",
    },
    "DocumentReference": {"current", "superseded"},
}


def check_kind(resource, say):
    """The rules of one resource by its type."""
    kind = resource.get("resourceType")
    if kind not in MUST:
        say(f"a {kind} does not belong in a summary")
        return
    for field in MUST[kind]:
        if field not in resource:
            say(f"{kind} has no {field}")
    for field in ONE_OF.get(kind, ()):
        if len(choices(resource, field)) != 1:
            say(f"{kind} has not one {field}[x]")
    if kind in STATUSES and resource.get("status") not in STATUSES[kind]:
        say(f"{kind} has the status {resource.get('status')}")
    RULES.get(kind, lambda *_: None)(resource, say)


def choices(resource, field):
    """The fields that are there of one that comes in several types."""
    names = {name.removeprefix("_") for name in resource}
    return [each for each in names if each.startswith(field) and each[len(field) :][:1].isupper()]


def codes(concept):
    return {each.get("code") for each in concept.get("coding", [])}


def check_patient(patient, say):
    if patient.keys() & {"address", "telecom", "contact", "photo", "generalPractitioner"}:
        say("the patient's address, phone, contacts or practice are there")
    for name in patient.get("name", []):
        if not name.keys() & {"text", "family", "given"}:
            say("a name without words (ips-pat-1)")
    numbers = [
        each.get("value", "")
        for each in patient.get("identifier", [])
        if each.get("system") == "https://fhir.nhs.uk/Id/nhs-number"
    ]
    if len(numbers) != 1 or not is_nhs_number(numbers[0]):
        say("there is no valid NHS number (R7.1)")


def is_nhs_number(number):
    if len(number) != 10 or not number.isdigit():
        return False
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    return (11 - total % 11) % 11 == int(number[9])


def check_allergy(allergy, say):
    if "entered-in-error" in codes(allergy.get("verificationStatus", {})):
        say("an allergy that was entered in error (ait-2)")
    if not codes(allergy.get("clinicalStatus", {})) <= {"active", "inactive", "resolved"}:
        say("an allergy's status is none (ait-1)")
    if not set(allergy.get("category", [])) <= {"food", "medication", "environment", "biologic"}:
        say("an allergy's category is none")
    for reaction in allergy.get("reaction", []):
        if "manifestation" not in reaction:
            say("a reaction that shows itself in nothing")


def check_condition(condition, say):
    status = codes(condition.get("clinicalStatus", {}))
    if choices(condition, "abatement") and not status & {"inactive", "resolved", "remission"}:
        say("a condition that ended and has not (con-4)")
    if "entered-in-error" in codes(condition.get("verificationStatus", {})):
        say("a condition that was entered in error (con-5)")
    if not any("problem-list-item" in codes(each) for each in condition.get("category", [])):
        say("a condition that is no problem")


def check_immunisation(immunisation, say):
    for each in immunisation.get("protocolApplied", []):
        if len(choices(each, "doseNumber")) != 1:
            say("a dose without number")


def check_observation(observation, say):
    if len(choices(observation, "value")) > 1:
        say("several values")
    check_measured(observation, say)
    own = {(each.get("system"), each.get("code")) for each in observation["code"].get("coding", [])}
    for component in observation.get("component", []):
        check_measured(component, say)
        if "code" not in component:
            say("a component without code")
        theirs = component.get("code", {}).get("coding", [])
        if choices(observation, "value") and own & {
            (each.get("system"), each.get("code")) for each in theirs
        }:
            say("a component of the same code beside a value (obs-7)")
    if any(each.endswith(RESULTS) for each in observation.get("meta", {}).get("profile", [])):
        check_laboratory(observation, say)


def check_measured(measured, say):
    if choices(measured, "value") and "dataAbsentReason" in measured:
        say("a value, and why there is none (obs-6)")
    for each in measured.get("referenceRange", []):
        if not each.keys() & {"low", "high", "text"}:
            say("a range of nothing (obs-3)")


def check_laboratory(observation, say):
    valued = [*choices(observation, "value"), *observation.keys() & {"component", "hasMember"}]
    if not valued and "dataAbsentReason" not in observation:
        say("a result without result (ips-2)")
    for each in observation.get("component", []):
        if not choices(each, "value") and "dataAbsentReason" not in each:
            say("a part of a result without result (ips-3)")
    if not any("laboratory" in codes(each) for each in observation.get("category", [])):
        say("a laboratory's result in no such category")
    if "performer" not in observation:
        say("a laboratory's result that nobody made")
    for each in (observation, *observation.get("component", [])):
        if each.get("valueQuantity", {}).get("system", UCUM) != UCUM:
            say("a laboratory's unit that is none of UCUM's")
        if "valueQuantity" in each and "code" not in each["valueQuantity"]:
            say("a laboratory's number without unit")


def check_report(report, say):
    if len(report.get("category", [])) != 1:
        say("a report has one category")


def check_document(document, say):
    for each in document.get("content", []):
        if "attachment" not in each or each["attachment"].keys() & {"data", "url"}:
            say("a document's content is there")


def check_composition(composition, say):
    if "attester" in composition:
        say("nobody attested this document")


RULES = {
    "Patient": check_patient,
    "AllergyIntolerance": check_allergy,
    "Condition": check_condition,
    "Immunization": check_immunisation,
    "Observation": check_observation,
    "DiagnosticReport": check_report,
    "DocumentReference": check_document,
    "Composition": check_composition,
}
