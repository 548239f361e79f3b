"""The terms of FHIR R4 and of the International Patient Summary that a document is made of."""

from enum import StrEnum
from typing import NamedTuple

from surgeries.terms import Section

FHIR = "http://hl7.org/fhir"
TERMS = "http://terminology.hl7.org/CodeSystem"
IPS = f"{FHIR}/uv/ips/StructureDefinition"
EXTENSION = f"{FHIR}/StructureDefinition"

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
URI = "urn:ietf:rfc:3986"

ALLERGY_STATUS = f"{TERMS}/allergyintolerance-clinical"
ALLERGY_CERTAINTY = f"{TERMS}/allergyintolerance-verification"
CONDITION_STATUS = f"{TERMS}/condition-clinical"
CONDITION_CERTAINTY = f"{TERMS}/condition-ver-status"
CONDITION_CATEGORY = f"{TERMS}/condition-category"
OBSERVATION_CATEGORY = f"{TERMS}/observation-category"
INTERPRETATION = f"{TERMS}/v3-ObservationInterpretation"
DATA_ABSENT = f"{TERMS}/data-absent-reason"
EMPTY_REASON = f"{TERMS}/list-empty-reason"
NULL_FLAVOUR = f"{TERMS}/v3-NullFlavor"

COMMENT_NOTE = "37331000000100"

INTERPRETATIONS = frozenset(
    [
        "A",
        "AA",
        "H",
        "HH",
        "HU",
        "L",
        "LL",
        "LU",
        "N",
        "POS",
        "NEG",
        "IND",
        "E",
        "ND",
        "DET",
        "DETECTED",
        "S",
        "R",
        "I",
        "U",
        "D",
        "B",
        "W",
        "HX",
        "LX",
        "<",
        ">",
    ]
)
"""Codes of the laboratory's marks that FHIR R4 knows; any other mark goes by its words alone."""

UNITS = {
    "%": "%", "/L": "/L", "10*12/L": "10*12/L", "10*9/L": "10*9/L", "Cel": "Cel", "U/L": "U/L",
    "[iU]/L": "[iU]/L", "[iU]/mL": "[iU]/mL", "cm": "cm", "fL": "fL", "g/L": "g/L", "g/dL": "g/dL",
    "kg": "kg", "kg/m2": "kg/m2", "L/min": "L/min", "m": "m", "m[iU]/L": "m[iU]/L", "mm/h": "mm/h",
    "mg/L": "mg/L", "mm[Hg]": "mm[Hg]", "mmHg": "mm[Hg]", "mmol/L": "mmol/L",
    "mmol/mol": "mmol/mol", "mU/L": "mU/L", "ng/L": "ng/L", "ng/mL": "ng/mL", "nmol/L": "nmol/L",
    "pg": "pg", "pmol/L": "pmol/L", "ug/L": "ug/L", "umol/L": "umol/L", "g/l": "g/L",
    "mL": "mL", "ml": "mL", "mL/min": "mL/min", "mL/min/{1.73_m2}": "mL/min/{1.73_m2}",
    "mg/mmol": "mg/mmol", "ng/dL": "ng/dL", "s": "s", "g": "g", "mg": "mg",
}  # fmt: skip
"""Units as sources write them that surely are one of UCUM's; any other stays as its words alone."""

VITAL_SIGNS = frozenset(
    {
        "75367002",  # blood pressure
        "163020007",  # on examination, blood pressure reading
        "27113001",  # body weight
        "162763007",  # on examination, weight
        "50373000",  # body height
        "162755006",  # on examination, height
        "60621009",  # body mass index
        "386725007",  # body temperature
        "364075005",  # heart rate
        "78564009",  # pulse rate
        "86290005",  # respiratory rate
        "431314004",  # oxygen saturation
    }
)


class Part(StrEnum):
    """The sections of the document; each begins where one or more sections of a record go."""

    PROBLEMS = "problems"
    ALLERGIES = "allergies"
    MEDICINES = "medicines"
    IMMUNISATIONS = "immunisations"
    RESULTS = "results"
    VITAL_SIGNS = "vital-signs"
    PROCEDURES = "procedures"
    PAST_ILLNESS = "past-illness"
    ENCOUNTERS = "encounters"
    DOCUMENTS = "documents"


class Heading(NamedTuple):
    """A section's title, its LOINC code with LOINC's own name for it, and the record's section that fills it."""

    title: str
    code: str
    display: str
    section: Section
    is_always_there: bool = True


HEADINGS: dict[Part, Heading] = {
    Part.PROBLEMS: Heading(
        "Health conditions: current", "11450-4", "Problem list - Reported", Section.HEALTH_CONDITIONS
    ),
    Part.ALLERGIES: Heading(
        "Allergies and adverse reactions", "48765-2", "Allergies and adverse reactions Document",
        Section.ALLERGIES,
    ),
    Part.MEDICINES: Heading(
        "Medicines", "10160-0", "History of Medication use Narrative", Section.MEDICINES
    ),
    Part.IMMUNISATIONS: Heading(
        "Immunisations", "11369-6", "History of Immunization note", Section.IMMUNISATIONS
    ),
    Part.RESULTS: Heading(
        "Test results", "30954-2", "Relevant diagnostic tests/laboratory data note",
        Section.TEST_RESULTS,
    ),
    Part.VITAL_SIGNS: Heading(
        "Measurements", "8716-3", "Vital signs note", Section.CONSULTATIONS, False
    ),
    Part.PROCEDURES: Heading(
        "Procedures", "47519-4", "History of Procedures Document", Section.CONSULTATIONS, False
    ),
    Part.PAST_ILLNESS: Heading(
        "Health conditions: past", "11348-0", "History of Past illness note",
        Section.HEALTH_CONDITIONS, False,
    ),
    Part.ENCOUNTERS: Heading(
        "Consultations, referrals and other events", "46240-8",
        "History of Hospitalizations+Outpatient visits note", Section.CONSULTATIONS,
    ),
    Part.DOCUMENTS: Heading(
        "Documents: what there is, without their content", "34109-9", "Note", Section.DOCUMENTS
    ),
}  # fmt: skip
"""In the order of the document. Those that are not always there stand only where they hold something."""
