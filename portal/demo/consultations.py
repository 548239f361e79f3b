"""Builder of consultations: an encounter, and lists within lists down to what was written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Unpack

from portal.demo.chart import Chart, Entered, When
from portal.demo.clinical import comment_note
from portal.demo.codes import SNOMED
from portal.demo.fhir import CARE_CONNECT, NHS_CODES, Fields, Ref, coded, link, nested, part
from portal.demo.when import stamp

CONSULTATION = coded(SNOMED, "325851000000107", "Consultation")
TOPIC = coded(SNOMED, "25851000000105", "Topic (EHR)")
HEADING = coded(SNOMED, "24781000000107", "Category (EHR)")
BY_SYSTEM = coded("http://hl7.org/fhir/list-order", "system", "Sorted by System")
PERFORMER = coded("http://hl7.org/fhir/v3/ParticipationType", "PPRF", "primary performer")
RECORDER = coded(f"{NHS_CODES}GPConnect-ParticipantType-1", "REC", "recorder")

Topic = Mapping[str, Sequence[Ref | str]]
"""Headings in the order of the source; under each, entries made before, or words to write down."""


def consultation(
    chart: Chart,
    *topics: Topic,
    kind: str = "GP Surgery",
    problem: str = "",
    at: str = "",
    **entered: Unpack[Entered],
) -> Ref:
    """A consultation, here unless `at` says where; a problem is that of its first topic."""
    encounter = chart.put("Encounter", _encounter(chart, kind, at, entered))
    pages = [
        _topic(chart, encounter, number, topic, problem if number == 0 else "", entered)
        for number, topic in enumerate(topics)
    ]
    fields = _list(chart, encounter, CONSULTATION, pages, kind, entered)
    nopat = entered.get("nopat", False)
    chart.list_in("consultations", encounter)
    return chart.put("List", fields, id=f"{encounter.bare_id}-LST", nopat=nopat)


def encounter_of(visit: Ref) -> Ref:
    """The encounter that goes with the list of a consultation."""
    return Ref(f"Encounter/{visit.bare_id.removesuffix('-LST')}")


def _topic(
    chart: Chart, encounter: Ref, number: int, topic: Topic, problem: str, entered: Entered
) -> Ref:
    id = f"{encounter.bare_id}-PG{number}"
    headings = [
        _heading(chart, encounter, f"{id}-HD{place}", title, topic[title], entered)
        for place, title in enumerate(topic)
    ]
    fields = _list(chart, encounter, TOPIC, headings, "", entered)
    if problem:
        target = part("target", link(problem), "Reference")
        fields["extension"] = [nested("RelatedProblemHeader", [target], CARE_CONNECT)]
    return chart.put("List", fields, id=id)


def _heading(
    chart: Chart, encounter: Ref, id: str, title: str, items: Sequence[Ref | str], entered: Entered
) -> Ref:
    entries = [
        item if isinstance(item, Ref) else _said(chart, encounter, item, entered) for item in items
    ]
    chart.sections["in-consultations"] += [
        entry for entry in entries if entry.startswith("Observation/")
    ]
    return chart.put("List", _list(chart, encounter, HEADING, entries, title, entered), id=id)


def _said(chart: Chart, encounter: Ref, text: str, entered: Entered) -> Ref:
    """Words of the consultation: their label, if any, is that of the consultation's list."""
    of_comment: Entered = {**entered, "encounter": encounter, "nopat": False}
    return comment_note(chart, text, **of_comment)


def _list(
    chart: Chart, encounter: Ref, code: Fields, entries: Sequence[Ref], title: str, entered: Entered
) -> Fields:
    return {
        "status": "current",
        "mode": "snapshot",
        "title": title,
        "code": code,
        "subject": link(chart.patient),
        "encounter": link(encounter),
        "date": chart.recorded(entered),
        "orderedBy": BY_SYSTEM,
        "entry": [{"item": link(entry)} for entry in entries],
    }


def _encounter(chart: Chart, kind: str, at: str, entered: Entered) -> Fields:
    who = link(entered.get("by", ""))
    participants = [{"type": [role], "individual": who} for role in (PERFORMER, RECORDER) if who]
    return {
        "status": "finished",
        "type": [{"text": kind}],
        "subject": link(chart.patient),
        "participant": participants,
        "period": {"start": _start(entered.get("on", ""))},
        "serviceProvider": link(at or chart.surgery),
    }


def _start(on: When) -> str:
    """The clock time of a consultation whose day is known."""
    return stamp(on, on.toordinal() * 29 % 500) if isinstance(on, date) else on
