"""Builders of test results: a report, its group header, and what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.demo.chart import Chart
from portal.demo.clinical import comment_note
from portal.demo.codes import DIAGNOSTIC_REPORT, Concept, as_concept
from portal.demo.fhir import Fields, Ref, coded, filled, link
from portal.demo.measures import quantity, words
from portal.demo.when import stamp

LABORATORY = [coded("http://hl7.org/fhir/observation-category", "laboratory", "Laboratory")]
PATHOLOGY = coded(
    "http://hl7.org/fhir/v2/0074", "PAT", "Pathology (gross & histopath, not surgical)"
)
FLAGS = {
    "HI": {"text": "HI - Above high reference limit"},
    "LO": {"text": "LO - Below low reference limit"},
    "PA": {"text": "PA - Potentially abnormal"},
    "OR": {"text": "OR - Outside reference range"},
    "A": coded("http://hl7.org/fhir/v2/0078", "A", "Abnormal"),
}
NORMAL_NO_ACTION = "(q) - Normal - No Action"


@dataclass(frozen=True)
class Result:
    """One thing measured: its value, its range, and the flag the laboratory gave, if any."""

    what: Concept | str
    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    flag: str = ""
    range_text: str = ""
    comparator: str = ""
    note: str = ""
    nopat: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a laboratory sent back: collected one day, issued another, filed with a comment or none."""

    name: Concept | str
    results: Sequence[Result]
    collected: date
    issued: date | None = None
    filing: str = NORMAL_NO_ACTION
    conclusion: str = ""
    status: str = "unknown"
    specimen: str = "Venous blood"
    by: str = ""
    encounter: str = ""
    nopat: bool = False
    filing_nopat: bool = False


def report(chart: Chart, **said: Any) -> Ref:
    """A report, said as Report has it, with its specimen; several results get a group header."""
    sent = Report(**said)
    specimen = chart.put("Specimen", _specimen(chart, sent))
    top = [_top_result(chart, sent, specimen)] if sent.results else []
    fields: Fields = {
        "status": sent.status,
        "category": PATHOLOGY,
        "code": {**DIAGNOSTIC_REPORT, "text": _words(sent.name)},
        "subject": link(chart.patient),
        "context": link(sent.encounter),
        "issued": _issued(sent),
        "performer": [{"actor": link(sent.by)}] if sent.by else [],
        "specimen": [link(specimen)],
        "result": [link(to) for to in top],
        "conclusion": sent.conclusion,
    }
    return chart.list_in("investigations", chart.put("DiagnosticReport", fields, nopat=sent.nopat))


def _top_result(chart: Chart, sent: Report, specimen: Ref) -> Ref:
    """The group header of a panel, or the one result itself."""
    if len(sent.results) == 1:
        return _put(chart, sent, specimen, sent.results[0], chart.new_id("Observation"), [])
    header = Ref(f"Observation/{chart.new_id('Observation')}")
    below = [{"type": "derived-from", "target": link(header)}]
    members = [
        _put(chart, sent, specimen, result, chart.new_id("Observation"), below)
        for result in sent.results
    ]
    members += _filing_comment(chart, sent, header)
    related = [{"type": "has-member", "target": link(member)} for member in members]
    fields = _observed(chart, sent, specimen, as_concept(sent.name)) | {"related": related}
    return chart.put("Observation", fields, id=header.bare_id)


def _filing_comment(chart: Chart, sent: Report, header: Ref) -> list[Ref]:
    if not sent.filing:
        return []
    day = sent.issued or sent.collected
    nopat = sent.filing_nopat
    return [comment_note(chart, sent.filing, on=day, by=sent.by, about=header, nopat=nopat)]


def _put(
    chart: Chart, sent: Report, specimen: Ref, result: Result, id: str, related: list[Fields]
) -> Ref:
    value = result.value
    measured = (
        words(value) if isinstance(value, str) else quantity(value, result.unit, result.comparator)
    )
    fields = _observed(chart, sent, specimen, as_concept(result.what)) | measured
    fields |= {
        "category": LABORATORY,
        "interpretation": FLAGS.get(result.flag, {}),
        "referenceRange": _range(result),
        "comment": result.note,
        "related": related,
    }
    return chart.put("Observation", fields, id=id, nopat=result.nopat)


def _observed(chart: Chart, sent: Report, specimen: Ref, code: Concept) -> Fields:
    return {
        "status": "unknown",
        "code": code,
        "subject": link(chart.patient),
        "effectiveDateTime": sent.collected.isoformat(),
        "issued": _issued(sent),
        "specimen": link(specimen),
    }


def _specimen(chart: Chart, sent: Report) -> Fields:
    return {
        "type": {"text": sent.specimen},
        "subject": link(chart.patient),
        "collection": {"collectedDateTime": stamp(sent.collected, 45)},
    }


def _range(result: Result) -> list[Fields]:
    limits = {"low": result.low, "high": result.high}
    ends = {name: {"value": end} for name, end in limits.items() if end is not None}
    units = {name: {**end, "unit": result.unit} for name, end in ends.items()}
    fields = filled({**units, "text": result.range_text})
    return [fields] if fields else []


def _issued(sent: Report) -> str:
    day = sent.issued or sent.collected
    return stamp(day, 480 + day.toordinal() % 60)


def _words(name: Concept | str) -> str:
    """The name of a panel in plain words, which stands as the title of its report."""
    concept = as_concept(name)
    coding = concept["coding"][0]
    said = coding["extension"][0]["extension"][0]["valueString"] if "extension" in coding else ""
    return said or concept.get("text", coding["display"])
