"""Someone who comes often, with several long-term conditions."""

from portal.demo import codes, panels
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, diary, ended_allergy, immunisation, observation, problem
from portal.demo.consultations import consultation
from portal.demo.documents import document
from portal.demo.fhir import Ref
from portal.demo.measures import pressure, quantity
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report


def ada(chart: Chart, team: Team) -> None:
    """Diabetes, high blood pressure, asthma and thyroid: the record of many small steps."""
    ago = chart.ago
    _ada_summary(chart, team)
    diabetes = _ada_conditions(chart, team)
    _ada_results(chart)
    _ada_visits(chart, team, diabetes)
    document(
        chart,
        codes.CLINICAL_LETTER,
        title="Diabetic eye screening: result letter",
        on=ago(months=5),
        recorded=ago(months=4, days=20),
    )
    diary(chart, "Diabetes annual review", due=ago(months=-7), recorded=ago(months=5))


def _ada_summary(chart: Chart, team: Team) -> None:
    ago = chart.ago
    penicillin = codes.ALLERGY_PENICILLIN
    recorded = ago(years=21)
    allergy(
        chart,
        penicillin,
        on=chart.year(40),
        recorded=recorded,
        by=team.gp,
        reaction="Rash on arms and trunk",
    )
    allergy(
        chart,
        codes.ALLERGY_DUST_MITE,
        on=chart.month(15, 3),
        recorded=ago(years=12),
        category="environment",
    )
    ended_allergy(
        chart,
        "Intolerance of erythromycin",
        on=chart.year(27),
        recorded=recorded,
        ended=ago(years=6),
        because="Had it again with no upset stomach",
    )
    _ada_medicines(chart)
    _ada_vaccinations(chart, team)


def _ada_medicines(chart: Chart) -> None:
    ago = chart.ago
    for drug, dose, years, issues in (
        ("Metformin 500mg modified-release tablets", "Two tablets with the evening meal", 11, 140),
        ("Ramipril 5mg capsules", "One each day", 9, 112),
        ("Atorvastatin 20mg tablets", "One at night", 9, 110),
        ("Levothyroxine sodium 75microgram tablets", "One each morning before breakfast", 14, 170),
        ("Salbutamol 100micrograms/dose inhaler", "Two puffs when needed", 20, 61),
        ("Beclometasone 100micrograms/dose inhaler", "Two puffs twice a day", 18, 95),
    ):
        since, last = ago(years=years), ago(days=12)
        medicine(chart, drug=drug, dose=dose, since=since, issues=issues, last_issue=last)
    medicine(
        chart,
        drug="Gliclazide 40mg tablets",
        dose="One with breakfast",
        since=ago(years=7),
        issues=50,
        last_issue=ago(years=3),
        stopped=ago(years=2, months=10),
        because="Blood sugar now well controlled without it",
    )


def _ada_vaccinations(chart: Chart, team: Team) -> None:
    ago = chart.ago
    immunisation(
        chart, codes.FLU_JAB, on=ago(months=2), by=team.nurse, batch="FLU7T", site="Left upper arm"
    )
    immunisation(
        chart, codes.COVID_FIRST, on=ago(years=5, months=8), recorded=ago(years=5), batch="DM1001"
    )
    immunisation(
        chart, codes.COVID_SECOND, on=ago(years=5, months=5), recorded=ago(years=5), batch="DM1044"
    )


def _ada_conditions(chart: Chart, team: Team) -> Ref:
    ago = chart.ago
    gp = team.gp
    problem(chart, codes.ASTHMA, on=chart.year(51), recorded=ago(years=21), by=gp)
    problem(chart, codes.HYPOTHYROIDISM, on=ago(years=14), by=gp)
    problem(chart, codes.HYPERTENSION, on=ago(years=9), by=gp)
    problem(
        chart,
        codes.APPENDICECTOMY,
        on=chart.year(42),
        recorded=ago(years=21),
        by=gp,
        ended=chart.year(42),
    )
    note = "Found on a routine blood test; no symptoms at the time."
    problem(
        chart, codes.KNEE_PAIN, on=ago(years=3), by=gp, significance="minor", ended=ago(years=2)
    )
    return problem(chart, codes.DIABETES_2, on=ago(years=11), by=gp, note=note)


def _ada_results(chart: Chart) -> None:
    ago = chart.ago
    for years, value in ((6, 61), (5, 58), (4, 57), (3, 55), (2, 54), (1, 52)):
        day = ago(years=years, days=40)
        report(chart, name=codes.HBA1C, results=panels.hba1c(value), collected=day)
    day = ago(months=5)
    report(
        chart,
        name=codes.HBA1C,
        results=panels.hba1c(50),
        collected=day,
        issued=ago(months=4, days=28),
    )
    report(
        chart,
        name="Urea and electrolytes",
        results=panels.kidney(creatinine=81, egfr=72),
        collected=day,
    )
    report(chart, name="Lipid profile", results=panels.lipids(), collected=day)
    report(chart, name="Thyroid function test", results=panels.thyroid(2.1), collected=day)
    ratio = [Result("Urine albumin:creatinine ratio", 1.1, "mg/mmol", range_text="less than 3.0")]
    report(
        chart, name="Urine albumin:creatinine ratio", results=ratio, collected=day, specimen="Urine"
    )


def _ada_visits(chart: Chart, team: Team, diabetes: Ref) -> None:
    for years in (4, 3, 2, 1):
        _diabetes_review(chart, team, diabetes, years, 30 * years)
    _diabetes_review(chart, team, diabetes, 0, 145)
    day = chart.ago(days=33)
    consultation(
        chart,
        {
            "Problem": [observation(chart, codes.COUGH, on=day, by=team.gp)],
            "History": ["Cough for 10/7, worse at night. No blood. Using blue inhaler 3-4x a day."],
            "Examination": ["Chest clear, sats 98% on air, RR 16. PEFR 390 (best 420)."],
            "Comment": [
                "Likely viral, asthma a bit stirred up.\nUse brown inhaler as usual.\nSee SOS if no better 1/52."
            ],
        },
        on=day,
        by=team.gp,
    )


def _diabetes_review(chart: Chart, team: Team, diabetes: Ref, years: int, days: int) -> None:
    day = chart.ago(years=years, days=days)
    reading = pressure(130 + 2 * years, 78 + years)
    weight = quantity(round(82.4 + years * 0.8, 1), "kg")
    consultation(
        chart,
        {
            "History": ["Diabetes r/v. Feels well, walks most days. No low sugars."],
            "Examination": [
                observation(chart, codes.BLOOD_PRESSURE, on=day, by=team.nurse, value=reading),
                observation(chart, codes.WEIGHT, on=day, by=team.nurse, value=weight),
                "Feet: pulses present, sensation normal both sides.",
            ],
            "Comment": ["Pleased with progress. Bloods as form. r/v 6/12."],
        },
        {
            "Administration note": [
                observation(chart, codes.MEDICATION_REVIEW, on=day, by=team.nurse)
            ]
        },
        problem=diabetes,
        on=day,
        by=team.nurse,
    )
