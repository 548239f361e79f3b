"""People with something that stays out of sight: hidden by staff, labelled by the source, or all of it."""

from portal.demo import codes, panels
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, comment_note, immunisation, observation, problem, referral
from portal.demo.consultations import consultation
from portal.demo.documents import document
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report


def sian(chart: Chart, team: Team) -> None:
    """Two entries for staff to hide: a consultation about somebody else, and a result to hear in person."""
    ago = chart.ago
    gp = team.gp
    problem(chart, codes.HYPOTHYROIDISM, on=ago(years=6), by=gp)
    problem(chart, codes.MIGRAINE, on=ago(years=12), by=gp, significance="minor")
    _sian_thyroid(chart, team)
    _sian_kept(chart, team)


def _sian_thyroid(chart: Chart, team: Team) -> None:
    ago = chart.ago
    medicine(
        chart,
        drug="Levothyroxine sodium 50microgram tablets",
        dose="One each morning",
        since=ago(years=6),
        issues=70,
        last_issue=ago(days=15),
    )
    immunisation(chart, codes.FLU_JAB, on=ago(months=1), by=team.nurse, site="Right upper arm")
    for months in (25, 13, 1):
        day = ago(months=months)
        report(
            chart,
            name="Thyroid function test",
            results=panels.thyroid(1.8 + months / 20),
            collected=day,
        )
        consultation(
            chart,
            {"Comment": ["Thyroid r/v. Well, same dose. Bloods 12/12."]},
            on=day,
            by=team.nurse,
        )


def _sian_kept(chart: Chart, team: Team) -> None:
    ago = chart.ago
    gp = team.gp
    day = ago(months=5)
    about_another = (
        "Came about her brother: told me of his illness, which he has not told the family."
    )
    visit = consultation(
        chart,
        {"History": [about_another], "Comment": ["Support offered, carers' leaflet."]},
        on=day,
        by=gp,
    )
    chart.hide(visit, "Information about another person, given in confidence.")
    risk = [Result("Breast cancer gene test", "Reported: see the genetics letter", flag="PA")]
    kept = report(
        chart,
        name="Breast cancer gene test",
        results=risk,
        collected=ago(days=12),
        by=team.hospital,
    )
    chart.hide(kept, "To be told in person at the clinic first.")


def rowan(chart: Chart, team: Team) -> None:
    """NOPAT in each of its places, other labels' absence beside it, and warnings of confidential items."""
    ago = chart.ago
    text = "Items excluded due to confidentiality and/or patient preferences."
    chart.warn("confidential-items", text, "consultations", "uncategorised", "problems")
    gp = team.gp
    allergy(chart, codes.ALLERGY_AMOXICILLIN, on=ago(years=4), by=gp, reaction="Swollen lips")
    allergy(
        chart, "Nickel allergy", on=chart.year(10), recorded=ago(years=5), verification="refuted"
    )
    problem(chart, codes.DEPRESSION, on=ago(years=3), by=gp)
    problem(chart, "Suspected coercion by a relative", on=ago(months=4), by=gp, nopat=True)
    _rowan_medicines(chart)
    immunisation(chart, codes.COVID_SECOND, on=ago(years=5, months=3), recorded=ago(years=5))
    observation(chart, codes.EX_SMOKER, on=ago(months=2), by=team.nurse)
    observation(chart, "Safeguarding note", on=ago(months=4), by=gp, nopat=True)
    observation(chart, codes.ENHANCED_REVIEW_INDICATED, on=ago(years=2), by=gp)
    _rowan_visits(chart, team)
    _rowan_results(chart)
    _rowan_letters(chart, team)


def _rowan_medicines(chart: Chart) -> None:
    ago = chart.ago
    medicine(
        chart,
        drug="Sertraline 50mg tablets",
        dose="One each morning",
        since=ago(years=3),
        issues=36,
        last_issue=ago(days=20),
    )
    medicine(
        chart,
        drug="Nicotine 14mg patches",
        dose="One each day",
        since=ago(months=4),
        quantity="28 patch",
        nopat=True,
    )


def _rowan_letters(chart: Chart, team: Team) -> None:
    ago = chart.ago
    gp = team.gp
    document(
        chart,
        codes.CLINICAL_LETTER,
        title="Talking therapies letter",
        on=ago(months=3),
        content_nopat=True,
    )
    document(
        chart, codes.CLINICAL_LETTER, title="Safeguarding team letter", on=ago(months=4), nopat=True
    )
    document(chart, codes.CLINICAL_LETTER, title="Dermatology clinic letter", on=ago(months=6))
    referral(
        chart,
        "Referral to talking therapies",
        on=ago(months=7),
        by=gp,
        text="Low mood 3/12. Keen on CBT.",
    )


def _rowan_visits(chart: Chart, team: Team) -> None:
    ago = chart.ago
    plain = {
        "History": ["Mood better, back at work 3 days. Sleeping."],
        "Comment": ["Cont sertraline. r/v 8/52."],
    }
    consultation(chart, plain, on=ago(months=2), by=team.gp)
    hidden = {
        "History": ["Seen alone. Told us about pressure at home."],
        "Comment": ["Safe contact agreed."],
    }
    consultation(chart, hidden, on=ago(months=4), by=team.gp, nopat=True)
    day = ago(months=1)
    kept = comment_note(
        chart, "Third party rang, worried. Not to be shared.", on=day, by=team.gp, nopat=True
    )
    consultation(
        chart,
        {"History": ["Rash on hands, new soap."], "Comment": ["Emollient.", kept]},
        on=day,
        by=team.gp,
    )


def _rowan_results(chart: Chart) -> None:
    day = chart.ago(months=2)
    filing = "(q) - Speak to doctor - Not urgent"
    report(
        chart,
        name=codes.LIVER_TESTS,
        results=panels.liver(),
        collected=day,
        filing=filing,
        filing_nopat=True,
    )
    screen = [Result("Toxicology screen", "Not detected")]
    report(
        chart, name="Toxicology screen", results=screen, collected=day, specimen="Urine", nopat=True
    )
    bloods = [
        *panels.thyroid(2.4),
        Result("Carbohydrate deficient transferrin", 1.1, "%", None, 1.6, nopat=True),
    ]
    report(chart, name="Blood tests", results=bloods, collected=chart.ago(months=3))


def jean(chart: Chart, team: Team) -> None:
    """Someone who declined online access: the code is on the record, and nobody reads it online."""
    ago = chart.ago
    observation(chart, codes.ONLINE_ACCESS_DECLINED, on=ago(months=9), by=team.gp)
    allergy(chart, codes.ALLERGY_PENICILLIN, on="", recorded=ago(years=20), by=team.gp)
    problem(chart, codes.KNEE_OSTEOARTHRITIS, on=chart.year(9), recorded=ago(years=5), by=team.gp)
    consultation(
        chart,
        {"Comment": ["Prefers paper and the phone. Code added."]},
        on=ago(months=9),
        by=team.gp,
    )


def hamid(chart: Chart, team: Team) -> None:
    """Someone who paused their own access: an ordinary record, closed for now."""
    ago = chart.ago
    allergy(
        chart,
        codes.ALLERGY_PEANUT,
        on=chart.year(37),
        recorded=ago(years=9),
        category="environment",
        reaction="Throat swelling",
    )
    _hamid_medicines(chart)
    problem(chart, codes.REFLUX, on=ago(years=2), by=team.gp, significance="minor")
    consultation(
        chart,
        {
            "History": ["Heartburn at night, worse after late meals."],
            "Comment": ["Raise head of bed, PPI 4/52."],
        },
        on=ago(years=2),
        by=team.gp,
    )


def _hamid_medicines(chart: Chart) -> None:
    ago = chart.ago
    medicine(
        chart,
        drug="Adrenaline 300micrograms auto-injector",
        dose="Use at once for a severe reaction",
        since=ago(years=9),
        issues=10,
        last_issue=ago(months=7),
        quantity="2 pre-filled disposable injection",
    )
