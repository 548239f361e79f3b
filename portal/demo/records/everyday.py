"""People with ordinary or very short records: pregnant, summary only, almost nothing, died."""

from datetime import date

from portal.demo import codes, panels
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, diary, immunisation, observation, problem, referral
from portal.demo.consultations import Topic, consultation
from portal.demo.documents import document
from portal.demo.fhir import Ref
from portal.demo.measures import pressure, quantity
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report

GOING_WELL = "Baby moving well. No bleeding, no headaches."


def amara(chart: Chart, team: Team) -> None:
    """A pregnant woman, 27 weeks: antenatal visits, bloods, a scan letter, vaccinations."""
    ago, gp = chart.ago, team.gp
    restless = "Metoclopramide: restlessness"
    allergy(chart, restless, on=chart.year(6), recorded=ago(years=4), by=gp)
    pregnancy = problem(chart, codes.PREGNANT, on=ago(days=150), by=gp)
    problem(chart, codes.ANAEMIA_IRON, on=ago(days=20), by=gp, significance="minor")
    _amara_medicines(chart)
    _amara_vaccinations(chart, team)
    for days, weeks, systolic in ((120, 10, 108), (78, 16, 112), (20, 24, 110), (6, 26, 114)):
        _antenatal_visit(chart, team, pregnancy, ago(days=days), weeks, systolic)
    _amara_tests(chart)
    _amara_letters(chart, team)


def _antenatal_visit(
    chart: Chart, team: Team, pregnancy: Ref, day: date, weeks: int, systolic: int
) -> None:
    value, nurse = pressure(systolic, 66), team.nurse
    reading = observation(chart, codes.BLOOD_PRESSURE, on=day, by=nurse, value=value)
    care = observation(chart, codes.ANTENATAL_CARE, on=day, by=nurse)
    said = f"{weeks}/40. {GOING_WELL if weeks > 20 else 'Tired, some nausea.'}"
    topic: Topic = {"History": [care, said], "Examination": [reading]}
    consultation(chart, topic, kind="Antenatal clinic", problem=pregnancy, on=day, by=nurse)


def _amara_medicines(chart: Chart) -> None:
    ago = chart.ago
    medicine(
        chart,
        drug="Folic acid 400microgram tablets",
        dose="One each day",
        since=ago(days=150),
        kind="acute",
        days=56,
        quantity="56 tablet",
    )
    iron = "Ferrous sulfate 200mg tablets"
    medicine(
        chart,
        drug=iron,
        dose="One every other day",
        since=ago(days=20),
        instruction="Orange juice helps your body take it in. Not with tea.",
    )


def _amara_vaccinations(chart: Chart, team: Team) -> None:
    day, nurse = chart.ago(days=35), team.nurse
    left, right = "Left upper arm", "Right upper arm"
    whooping_cough = "Pertussis vaccination in pregnancy"
    immunisation(chart, whooping_cough, on=day, by=nurse, batch="WC28A", site=left)
    immunisation(chart, codes.FLU_JAB, on=day, by=nurse, batch="FLU9C", site=right)


def _amara_letters(chart: Chart, team: Team) -> None:
    ago = chart.ago
    scan = "20 week scan report"
    document(
        chart,
        codes.CLINICAL_LETTER,
        title=scan,
        on=ago(days=50),
        recorded=ago(days=44),
        size=212_000,
    )
    referral(
        chart,
        "Referral to community midwife",
        on=ago(days=148),
        by=team.gp,
        text="Booking please, first baby.",
    )
    diary(chart, "Postnatal check", due=ago(months=-5), recorded=ago(days=148))


def _amara_tests(chart: Chart) -> None:
    ago = chart.ago
    booking = [Result("Blood group", "O RhD positive"), Result("Rubella antibodies", "Immune")]
    report(
        chart,
        name=codes.ANTENATAL_BLOODS,
        results=booking,
        collected=ago(days=119),
        issued=ago(days=115),
    )
    low = panels.full_blood_count(hb=101, mcv=78)
    report(
        chart,
        name=codes.FBC,
        results=low,
        collected=ago(days=22),
        issued=ago(days=20),
        filing="(q) - Abnormal - Contact patient",
    )
    ferritin = panels.flagged(Result(codes.FERRITIN, 11, "ug/L", 15, 150))
    report(chart, name=codes.FERRITIN, results=ferritin, collected=ago(days=22))


def priya(chart: Chart, team: Team) -> None:
    """Someone who sees medicines and allergies only, though there is more."""
    ago = chart.ago
    gp = team.gp
    allergy(
        chart,
        codes.ALLERGY_PENICILLIN,
        on=chart.year(22),
        recorded=ago(years=3),
        by=gp,
        reaction="Rash",
    )
    allergy(
        chart,
        codes.ALLERGY_CAT,
        on=ago(years=2),
        by=gp,
        category="environment",
        note="Sneezing at her sister's.",
    )
    _priya_medicines(chart)
    _priya_conditions(chart, team)


def _priya_medicines(chart: Chart) -> None:
    ago = chart.ago
    medicine(
        chart,
        drug="Desogestrel 75microgram tablets",
        dose="One each day",
        since=ago(years=2),
        issues=9,
        days=84,
        quantity="84 tablet",
        last_issue=ago(months=1),
    )
    medicine(
        chart,
        drug="Sumatriptan 50mg tablets",
        dose="One at the start of a migraine",
        since=ago(years=1),
        kind="repeat-dispensing",
        issues=4,
        quantity="6 tablet",
        last_issue=ago(months=2),
    )
    drug, two = "Nitrofurantoin 100mg modified-release capsules", "One twice a day"
    since = ago(months=5)
    medicine(chart, drug=drug, dose=two, since=since, kind="acute", days=3, quantity="6 capsule")


def _priya_conditions(chart: Chart, team: Team) -> None:
    ago = chart.ago
    gp = team.gp
    problem(chart, codes.MIGRAINE, on=ago(years=1), by=gp)
    problem(
        chart,
        codes.UTI,
        on=ago(months=5),
        by=gp,
        significance="minor",
        ended=ago(months=5, days=-6),
    )
    report(
        chart,
        name=codes.URINE_CULTURE,
        results=[Result(codes.URINE_CULTURE, "Mixed growth, no action needed")],
        collected=ago(months=5),
        specimen="Midstream urine",
    )
    text = "Stinging 2/7, no fever, no back pain. Dip +ve."
    consultation(
        chart, {"History": [text], "Comment": ["3/7 course. Fluids. SOS."]}, on=ago(months=5), by=gp
    )


def kofi(chart: Chart, team: Team) -> None:
    """Almost nothing: one vaccination and a height."""
    immunisation(chart, codes.MMR_SECOND, on=chart.year(18), recorded=chart.ago(years=1, months=4))
    observation(
        chart,
        codes.HEIGHT,
        on=chart.ago(years=1, months=4),
        by=team.nurse,
        value=quantity(181, "cm"),
    )


def tamsin(chart: Chart, team: Team) -> None:
    """Little, for somebody who has not registered online yet: an allergy and a vaccination."""
    allergy(chart, codes.ALLERGY_EGG, on=chart.ago(years=2), by=team.gp)
    immunisation(chart, codes.FLU_JAB, on=chart.ago(months=8), by=team.nurse)


def arthur(chart: Chart, team: Team) -> None:
    """Someone who has died: the record stays, access is closed (R4.9, R7.5)."""
    ago = chart.ago
    allergy(chart, "Codeine: drowsy and sick", on=chart.year(16), recorded=ago(years=9), by=team.gp)
    problem(chart, codes.HEART_FAILURE, on=ago(years=5), by=team.gp)
    since = ago(years=5)
    medicine(
        chart,
        drug="Furosemide 40mg tablets",
        dose="One each morning",
        since=since,
        issues=60,
        last_issue=ago(months=3),
        stopped=ago(months=2),
        because="Died",
    )
    for years in (2, 1):
        consultation(
            chart,
            {"Comment": ["HF r/v. Comfortable, weight steady."]},
            kind="Home visit note",
            on=ago(years=years),
            by=team.gp,
        )
