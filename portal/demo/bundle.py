"""From a finished chart to the Bundle that a supplier would send: section lists first, then the resources."""

from portal.demo.chart import Chart
from portal.demo.codes import SNOMED
from portal.demo.fhir import (
    CARE_CONNECT_CODES,
    GPC,
    NHS_CODES,
    Fields,
    Resource,
    coded,
    extension,
    filled,
    link,
)
from portal.demo.when import Ago, stamp

SECTION_LISTS = {
    "allergies": ("886921000000105", "Allergies and adverse reactions"),
    "ended-allergies": ("1103671000000101", "Ended allergies"),
    "immunisations": ("1102181000000102", "Immunisations"),
    "investigations": ("887191000000108", "Investigations and results"),
    "consultations": ("1149501000000101", "List of consultations"),
    "medicines": ("933361000000108", "Medications and medical devices"),
    "uncategorised": ("826501000000100", "Uncategorised data"),
    "referrals": ("792931000000107", "Outbound referral"),
    "recalls": ("714311000000108", "Patient recall administration"),
    "problems": ("717711000000103", "Problems"),
}
REPEATING_LISTS = {
    "in-consultations": (
        "consultations-uncategorised-data-contained-in-consultations",
        "Consultations - uncategorised data contained in consultations",
    )
}
GENERAL_PRACTICE = coded(SNOMED, "1060971000000108", "General practice service")
NOT_AVAILABLE = "Information not available"
LIST_PROFILE = {"profile": [f"{GPC}CareConnect-GPC-List-1"]}
BY_DATE = coded("http://hl7.org/fhir/list-order", "event-date", "Sorted by Event Date")
EMPTY = coded(
    f"{NHS_CODES}CareConnect-ListEmptyReasonCode-1", "no-content-recorded", "No Content Recorded"
)


def bundle_of(chart: Chart) -> Resource:
    """The whole extract, as of the evening before today."""
    made_at = stamp(Ago(days=1).before(chart.today), 559)
    lists = [_section_list(chart, section, made_at) for section in SECTION_LISTS]
    lists += [
        _repeating_list(chart, name, made_at) for name in REPEATING_LISTS if chart.sections[name]
    ]
    return {
        "resourceType": "Bundle",
        "id": chart.new_id("Bundle", made_at),
        "meta": {"profile": [f"{GPC}GPConnect-StructuredRecord-Bundle-1"]},
        "type": "collection",
        "entry": [{"resource": resource} for resource in [*lists, *chart.resources]],
    }


def _section_list(chart: Chart, section: str, made_at: str) -> Resource:
    """The list that says what is in a section, with its warnings; suppliers give it no id."""
    code, title = SECTION_LISTS[section]
    display = "Miscellaneous record" if section == "uncategorised" else title
    warnings = chart.warnings[section]
    fields = _list_fields(chart, title, coded(SNOMED, code, display), made_at)
    fields["extension"] += [extension("ListWarningCode", code, "Code") for code, _ in warnings]
    is_empty = not chart.sections[section]
    texts = [text for _, text in warnings] + [NOT_AVAILABLE] * is_empty
    contained = chart.ended_allergies if section == "ended-allergies" else []
    return filled(
        {
            "resourceType": "List",
            "meta": LIST_PROFILE,
            "contained": contained,
            **fields,
            "note": [{"text": " ".join(texts)}] if texts else [],
            "entry": [{"item": link(entry)} for entry in chart.sections[section]],
            "emptyReason": EMPTY if is_empty else {},
        }
    )


def _repeating_list(chart: Chart, name: str, made_at: str) -> Resource:
    """A list that names again what stands in other lists."""
    code, title = REPEATING_LISTS[name]
    system = f"{CARE_CONNECT_CODES}GPConnect-SecondaryListValues-1"
    entries = [{"item": link(entry)} for entry in chart.sections[name]]
    fields = _list_fields(chart, title, coded(system, code, title), made_at)
    return {"resourceType": "List", "meta": LIST_PROFILE, **fields, "entry": entries}


def _list_fields(chart: Chart, title: str, code: Fields, made_at: str) -> Fields:
    return {
        "extension": [extension("ClinicalSetting", GENERAL_PRACTICE, "CodeableConcept")],
        "status": "current",
        "mode": "snapshot",
        "title": title,
        "code": code,
        "subject": link(chart.patient),
        "date": made_at,
        "orderedBy": BY_DATE,
    }
