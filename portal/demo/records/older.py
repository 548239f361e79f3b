"""An older person with 12 repeat medicines, and a daughter who helps with them."""

from portal.demo import codes, panels
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, immunisation, observation, problem
from portal.demo.consultations import consultation
from portal.demo.measures import pressure
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report

EDITHS_REPEATS = (
    ("Amlodipine 5mg tablets", "One each morning", "28 tablet"),
    ("Bisoprolol 2.5mg tablets", "One each morning", "28 tablet"),
    ("Apixaban 2.5mg tablets", "One twice a day", "56 tablet"),
    ("Furosemide 20mg tablets", "One each morning", "28 tablet"),
    ("Atorvastatin 40mg tablets", "One at night", "28 tablet"),
    ("Lansoprazole 15mg gastro-resistant capsules", "One each morning", "28 capsule"),
    (
        "Alendronic acid 70mg tablets",
        "One each Monday, standing, with a glass of water",
        "4 tablet",
    ),
    ("Colecalciferol 800unit capsules", "One each day", "28 capsule"),
    ("Paracetamol 500mg tablets", "One or two up to four times a day when needed", "100 tablet"),
    ("Latanoprost 50micrograms/ml eye drops", "One drop in each eye at night", "2.5 ml"),
    ("Macrogol compound oral powder sachets", "One or two each day when needed", "30 sachet"),
    ("Hypromellose 0.3% eye drops", "One drop in each eye when needed", "10 ml"),
)


def edith(chart: Chart, team: Team) -> None:
    """12 repeat medicines, a daughter who helps with them, and one result kept from proxies."""
    ago = chart.ago
    gp = team.gp
    allergy(
        chart,
        codes.ALLERGY_ASPIRIN,
        on=chart.year(17),
        recorded=ago(years=10),
        by=gp,
        reaction="Stomach bleeding",
    )
    allergy(
        chart, "Sticking plaster allergy", on="", recorded=ago(years=19), category="environment"
    )
    _edith_medicines(chart)
    _edith_conditions(chart, team)
    _edith_results(chart)
    _edith_visit(chart, team)


def _edith_conditions(chart: Chart, team: Team) -> None:
    ago = chart.ago
    gp = team.gp
    problem(chart, codes.ATRIAL_FIBRILLATION, on=ago(years=8), by=gp)
    problem(chart, codes.HEART_FAILURE, on=ago(years=5), by=gp)
    problem(chart, codes.OSTEOPOROSIS, on=ago(years=6), by=gp)
    problem(
        chart, codes.CKD, on=chart.year(7), recorded=ago(years=4), by=gp, note="Stage 3a, stable."
    )
    immunisation(chart, "Shingles vaccination", on=chart.year(11), recorded=ago(years=9))
    for years in (3, 2, 1, 0):
        day = ago(years=years, months=1)
        immunisation(
            chart, codes.FLU_JAB, on=day, by=team.nurse, site="Left upper arm", note="Given at home"
        )


def _edith_medicines(chart: Chart) -> None:
    ago = chart.ago
    for number, (drug, dose, quantity_each) in enumerate(EDITHS_REPEATS):
        medicine(
            chart,
            drug=drug,
            dose=dose,
            quantity=quantity_each,
            since=ago(years=8 - number // 2, days=number * 9),
            issues=90 - number * 5,
            last_issue=ago(days=9),
            instruction="Take with food" if drug.startswith("Paracetamol") else "",
            prescriber_note="Check kidney function before raising the dose." if number == 3 else "",
        )
    medicine(
        chart,
        drug="Denosumab 60mg/ml injection",
        dose="Every 6 months",
        since=ago(months=4),
        elsewhere=True,
    )


def _edith_results(chart: Chart) -> None:
    ago = chart.ago
    for months in (26, 20, 14, 8, 2):
        results = panels.kidney(sodium=136, potassium=4.9, creatinine=88, egfr=49 + months // 6)
        report(chart, name="Urea and electrolytes", results=results, collected=ago(months=months))
    day = ago(months=2)
    report(chart, name=codes.FBC, results=panels.full_blood_count(hb=121), collected=day)
    memory = [
        Result("Memory assessment blood screen", "Within expected limits", note="No cause found.")
    ]
    kept = report(
        chart, name="Memory assessment blood screen", results=memory, collected=ago(days=20)
    )
    chart.hide(kept, "Asked us to keep this from her family until she has told them.", "proxies")


def _edith_visit(chart: Chart, team: Team) -> None:
    day = chart.ago(days=21)
    consultation(
        chart,
        {
            "History": [
                "Daughter Ruth helps with tablets, uses a dosette box. Steady on feet, no falls."
            ],
            "Examination": [
                observation(
                    chart, codes.BLOOD_PRESSURE, on=day, by=team.gp, value=pressure(134, 70)
                ),
                "Ankles: no swelling. Pulse irregular, 68.",
            ],
            "Comment": ["Carry on. Bloods 3/12. Happy with plan."],
        },
        kind="Home visit note",
        on=day,
        by=team.gp,
    )
