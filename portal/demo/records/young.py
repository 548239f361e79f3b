"""Two young people: a child of 4 and a girl of 14."""

from portal.demo import codes
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, diary, immunisation, observation, problem
from portal.demo.consultations import Topic, consultation
from portal.demo.measures import quantity
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.when import Ago


def theo(chart: Chart, team: Team) -> None:
    """A child of 4: vaccinations at the usual ages, one not given, ear infections."""
    ago = chart.ago
    allergy(
        chart,
        codes.ALLERGY_EGG,
        on=ago(years=3),
        category="environment",
        reaction="Hives around the mouth",
    )
    _vaccinations(chart, team)
    problem(chart, codes.ECZEMA, on=ago(years=3, months=6), by=team.gp, significance="minor")
    for months in (14, 7, 1):
        _ear_infection(chart, team, months)
    diary(chart, codes.MMR_SECOND, due=ago(months=-2), recorded=ago(months=3))


def _vaccinations(chart: Chart, team: Team) -> None:
    born = chart.person.born_on(chart.today)
    site = "Left thigh"
    for weeks, vaccine in (
        (8, codes.FIVE_IN_ONE_FIRST),
        (8, codes.PNEUMO_FIRST),
        (12, codes.FIVE_IN_ONE_SECOND),
        (16, codes.FIVE_IN_ONE_THIRD),
        (16, codes.PNEUMO_SECOND),
        (53, codes.HIB_MEN_C),
        (53, codes.MMR),
    ):
        day = Ago(days=-7 * weeks).before(born)
        immunisation(chart, vaccine, on=day, by=team.nurse, site=site, batch=f"TH{weeks:03d}")
    refused = "Had a temperature on the day; to come back."
    immunisation(chart, codes.FLU_JAB, on=chart.ago(months=3), given=False, note=refused)


def _ear_infection(chart: Chart, team: Team, months: int) -> None:
    day, gp = chart.ago(months=months), team.gp
    warm = observation(chart, codes.TEMPERATURE, on=day, by=gp, value=quantity(38.1, "Cel"))
    topic: Topic = {
        "Problem": [observation(chart, codes.OTITIS_MEDIA, on=day, by=gp)],
        "History": ["Pulling at R ear 2/7, off food, drinking ok. Here with dad."],
        "Examination": [warm, "R drum red, L normal. Alert and playful."],
        "Comment": ["Fluids, paracetamol. Antibiotics only if no better in 3/7 (script given)."],
    }
    consultation(chart, topic, on=day, by=gp)
    medicine(
        chart,
        drug="Amoxicillin 125mg/5ml oral suspension sugar free",
        dose="5ml three times a day for 5 days",
        since=day,
        kind="acute",
        days=5,
        quantity="100 ml",
        instruction="Shake the bottle. Finish the course if you start it.",
    )


def zoe(chart: Chart, team: Team) -> None:
    """A girl of 14: asthma, hay fever, and talks she had on her own."""
    ago = chart.ago
    gp = team.gp
    allergy(
        chart, codes.ALLERGY_CAT, on=chart.year(7), recorded=ago(years=5), category="environment"
    )
    problem(chart, codes.CHILDHOOD_ASTHMA, on=ago(years=8), by=gp)
    problem(chart, codes.HAY_FEVER, on=ago(years=4), by=gp, significance="minor")
    _zoe_medicines(chart)
    immunisation(chart, codes.MMR, on=chart.year(13), recorded=ago(years=10))
    immunisation(
        chart,
        "HPV vaccination",
        on=ago(years=1, months=4),
        recorded=ago(years=1, months=2),
        note="Given at school",
    )
    observation(chart, codes.ENHANCED_REVIEW_NOT_INDICATED, on=ago(years=2), by=gp)
    observation(chart, codes.ENHANCED_REVIEW_INDICATED, on=ago(months=3), by=gp)
    _zoe_visit(chart, team)


def _zoe_medicines(chart: Chart) -> None:
    ago = chart.ago
    blue = "Salbutamol 100micrograms/dose inhaler"
    medicine(
        chart,
        drug=blue,
        dose="Two puffs when needed",
        since=ago(years=8),
        issues=20,
        last_issue=ago(months=1),
    )
    medicine(
        chart,
        drug="Cetirizine 10mg tablets",
        dose="One each day in summer",
        since=ago(years=2),
        issues=6,
        last_issue=ago(months=4),
    )


def _zoe_visit(chart: Chart, team: Team) -> None:
    ago = chart.ago
    nurse = team.nurse
    day = ago(months=3)
    consultation(
        chart,
        {
            "Problem": [observation(chart, codes.ANXIETY, on=day, by=nurse)],
            "History": [
                "Came on her own. Worried about school, sleeping badly. No thoughts of self-harm."
            ],
            "Comment": [
                "Understands well what we spoke about. School nurse and self-help pages. r/v 3/52."
            ],
        },
        on=day,
        by=nurse,
    )
