"""A record as long as asked: results and consultations over 30 years, with the rest in its usual share."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import cycle

from portal.demo import codes, panels
from portal.demo.bundle import bundle_of
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, immunisation, observation, problem, referral
from portal.demo.consultations import consultation
from portal.demo.documents import document
from portal.demo.fhir import Resource
from portal.demo.measures import pressure, quantity
from portal.demo.medicines import medicine
from portal.demo.people import BY_KEY
from portal.demo.people_in_record import Team, start_record
from portal.demo.results import report
from portal.demo.roles import Person

YEARS = 30
KINDS_OF_ENTRY = (
    "AllergyIntolerance",
    "MedicationStatement",
    "Immunization",
    "Condition",
    "DiagnosticReport",
    "Encounter",
    "Observation",
    "ReferralRequest",
    "DocumentReference",
)
"""The resources that count as entries; orders, lists, specimens and people do not."""

SAID = (
    "Routine r/v, feels well. Cont same.",
    "Rang for results, explained. Happy.",
    "Knee sore after garden, no swelling. Exercises, r/v 6/52.",
    "Cough 1/52, chest clear. Self-care.",
    "Medication r/v done, no changes.\nBloods 12/12.",
)
PLANS = ("No change.", "r/v 6/12.", "Bloods before next visit.", "See SOS.")
REPEATS = (
    ("Amlodipine 5mg tablets", "One each morning"),
    ("Simvastatin 20mg tablets", "One at night"),
    ("Losartan 50mg tablets", "One each morning"),
    ("Omeprazole 20mg gastro-resistant capsules", "One each morning"),
)
SHORT_COURSES = (
    ("Naproxen 250mg tablets", "One twice a day with food"),
    ("Doxycycline 100mg capsules", "One each day for 7 days"),
    ("Prednisolone 5mg tablets", "Six each morning for 5 days"),
)
CONDITIONS = (
    codes.HYPERTENSION,
    codes.KNEE_OSTEOARTHRITIS,
    codes.REFLUX,
    codes.URTI,
    codes.HAY_FEVER,
)

Event = Callable[[Chart, Team, date, int], object]


def long_record(today: date, entries: int, person: Person | None = None) -> Resource:
    """The extract of a person with about so many entries; parts of reports and visits count as well."""
    chart = Chart(person or BY_KEY["gwen"], today)
    write_long_record(chart, start_record(chart), entries)
    return bundle_of(chart)


def write_long_record(chart: Chart, team: Team, entries: int) -> None:
    """Fill a chart to about so many entries, oldest first."""
    _summary(chart, team)
    for number, event in enumerate(cycle(EVENTS)):
        if entries_in(chart) >= entries:
            break
        event(chart, team, _day(chart, entries), number)


def _summary(chart: Chart, team: Team) -> None:
    """Medicines and allergies: as many in a long record as in a short one, as in life."""
    recorded = chart.ago(years=YEARS)
    allergy(chart, codes.ALLERGY_PENICILLIN, on=chart.year(48), recorded=recorded, by=team.gp)
    allergy(
        chart, codes.ALLERGY_LATEX, on=chart.month(23, 10), recorded=chart.ago(years=12), by=team.gp
    )
    for place, (drug, dose) in enumerate(REPEATS):
        since, last = chart.ago(years=3 + 4 * place), chart.ago(days=16)
        medicine(chart, drug=drug, dose=dose, since=since, issues=39, last_issue=last)
    for place, (drug, dose) in enumerate(SHORT_COURSES):
        since = chart.ago(years=2 + 5 * place)
        medicine(chart, drug=drug, dose=dose, since=since, kind="acute", days=7)


def entries_in(chart: Chart) -> int:
    """How many entries and parts a chart holds so far."""
    return sum(chart.counts[kind] for kind in KINDS_OF_ENTRY)


def _day(chart: Chart, entries: int) -> date:
    """A day as far from 30 years ago to last week as the chart is on its way to being full."""
    first, last = chart.ago(years=YEARS), chart.ago(days=7)
    return first + (last - first) * min(1, entries_in(chart) / entries)


def _visit(chart: Chart, team: Team, day: date, number: int) -> object:
    value = pressure(118 + number % 30, 68 + number % 17)
    reading = observation(chart, codes.BLOOD_PRESSURE, on=day, by=team.nurse, value=value)
    kilos = quantity(66 + number % 80 / 10, "kg")
    weight = observation(chart, codes.WEIGHT, on=day, by=team.nurse, value=kilos)
    said, plan = SAID[number % len(SAID)], PLANS[number % len(PLANS)]
    return consultation(chart, {"History": [said, reading, weight, plan]}, on=day, by=team.nurse)


def _blood_count(chart: Chart, team: Team, day: date, number: int) -> object:
    results = panels.full_blood_count(
        hb=112 + number % 40, wcc=4.5 + number % 7, mcv=84 + number % 14
    )
    return report(chart, name=codes.FBC, results=results, collected=day)


def _kidney(chart: Chart, team: Team, day: date, number: int) -> object:
    results = panels.kidney(potassium=3.8 + number % 17 / 10, creatinine=60 + number % 50)
    return report(chart, name="Urea and electrolytes", results=results, collected=day)


def _lipids(chart: Chart, team: Team, day: date, number: int) -> object:
    results = panels.lipids(total=4 + number % 30 / 10)
    return report(chart, name="Lipid profile", results=results, collected=day, filing="")


def _one_result(chart: Chart, team: Team, day: date, number: int) -> object:
    return report(chart, name=codes.HBA1C, results=panels.hba1c(34 + number % 14), collected=day)


def _vaccination(chart: Chart, team: Team, day: date, number: int) -> object:
    return immunisation(chart, codes.FLU_JAB, on=day, by=team.nurse, batch=f"FLU{number:04d}")


def _condition(chart: Chart, team: Team, day: date, number: int) -> object:
    what = CONDITIONS[number // 7 % len(CONDITIONS)]
    ended = min(day + timedelta(days=20), chart.ago(days=3))
    return problem(chart, what, on=day, by=team.gp, significance="minor", ended=ended)


def _letter(chart: Chart, team: Team, day: date, number: int) -> object:
    return document(chart, codes.CLINICAL_LETTER, title=f"Clinic letter {number}", on=day)


def _referral(chart: Chart, team: Team, day: date, number: int) -> object:
    return referral(
        chart, codes.PHYSIOTHERAPY, on=day, by=team.gp, text="OA knee, exercises please."
    )


EVENTS: tuple[Event, ...] = (
    _visit, _blood_count, _visit, _kidney, _visit, _one_result, _visit,
    _lipids, _visit, _letter, _blood_count, _visit, _vaccination, _kidney, _visit, _condition,
    _visit, _one_result, _referral,
)  # fmt: skip
