"""Two people whose dates matter: one who starts now, one whose record came from another surgery."""

from portal.demo import codes, panels
from portal.demo.bundle import SECTION_LISTS
from portal.demo.chart import UNRECORDED, Chart
from portal.demo.clinical import allergy, immunisation, observation, problem
from portal.demo.consultations import Topic, consultation, encounter_of
from portal.demo.documents import document
from portal.demo.fhir import Ref, link
from portal.demo.measures import pressure, words
from portal.demo.medicines import medicine
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report

HERE, PHONE, SUMMARY = "GP Surgery", "Telephone call to a patient", "Notes summary"
NOT_SENT_YET = (
    "Patient record transfer from previous GP practice not yet complete;"
    " information recorded before {since:%d-%b-%Y} may be missing."
)
NOT_SENT = "Encounter/not-in-this-extract"
"""Where a transferred entry points at something that did not come with it."""


def bilal(chart: Chart, team: Team) -> None:
    """Every case of R1.1 to R1.4: what happened and what was entered, on either side of the start."""
    ago = chart.ago
    skin, latex = "environment", codes.ALLERGY_LATEX
    itch = "Itchy hands"
    allergy(chart, latex, on=chart.year(14), recorded=ago(years=6), category=skin, reaction=itch)
    medicine(
        chart,
        drug="Ibuprofen 400mg tablets",
        dose="One three times a day",
        since=ago(months=8),
        kind="acute",
        days=7,
        quantity="21 tablet",
    )
    _bilal_observations(chart, team)
    started, ended = ago(years=1), ago(months=9)
    problem(chart, codes.BACK_PAIN, on=started, by=team.gp, ended=ended, significance="minor")
    problem(chart, codes.MIGRAINE, on=chart.month(15, 3), recorded=ago(days=5), by=team.gp)
    _bilal_late_arrivals(chart)
    _bilal_visits(chart, team)


def _bilal_observations(chart: Chart, team: Team) -> None:
    ago = chart.ago
    start = chart.person.starts_on(chart.today)
    for what, on, recorded in (
        ("Fracture of wrist", ago(years=11, months=5), ago(days=6)),
        ("Sprained ankle", ago(months=1), ago(months=1)),
        ("Travel advice", ago(days=15), ago(days=15)),
        ("Ear syringing", start, start),
        ("Cut on hand", ago(days=18), ago(days=9)),
        (codes.URTI, ago(days=4), ago(days=4)),
        (codes.CHICKENPOX, chart.year(30), ago(years=6)),
        (codes.NEVER_SMOKED, ago(years=1), UNRECORDED),
    ):
        observation(chart, what, on=on, recorded=recorded, by=team.gp)


def _bilal_late_arrivals(chart: Chart) -> None:
    ago = chart.ago
    immunisation(
        chart,
        codes.COVID_FIRST,
        on=ago(years=5, months=5),
        recorded=ago(days=8),
        note="From his vaccination card",
    )
    report(chart, name=codes.FBC, results=panels.full_blood_count(), collected=ago(months=6))
    report(
        chart,
        name="Urea and electrolytes",
        results=panels.kidney(),
        collected=ago(days=17),
        issued=ago(days=11),
    )
    document(
        chart,
        codes.CLINICAL_LETTER,
        title="Fracture clinic letter",
        on=ago(years=11, months=4),
        recorded=ago(days=6),
    )


def _bilal_visits(chart: Chart, team: Team) -> None:
    for days, entered, kind, text in (
        (300, 300, HERE, "Low back pain 2/52 after lifting. No red flags. Keep moving, r/v SOS."),
        (29, 29, HERE, "Twisted L ankle at five-a-side. Weight bearing. RICE, exercises given."),
        (16, 10, PHONE, "Late entry for phone call: asked about travel jabs, none due."),
        (3650, 8, SUMMARY, "Summarised from paper notes: tonsils out as a child, otherwise well."),
        (3, 3, HERE, "Cold for 4/7, worried re work. Well in himself. Self-care advice."),
    ):
        on, recorded = chart.ago(days=days), chart.ago(days=entered)
        topic = {"History": [text]}
        consultation(chart, topic, kind=kind, on=on, recorded=recorded, by=team.gp)


def lukasz(chart: Chart, team: Team) -> None:
    """A record that came by GP2GP: degraded codes, gaps, and first entries of the new surgery."""
    text = NOT_SENT_YET.format(since=chart.person.registered_on(chart.today))
    chart.warn("data-in-transit", text, *SECTION_LISTS)
    old_surgery, old_gp = _former_surgery(chart)
    co_trimoxazole = codes.degraded_allergy("Allergic to co-trimoxazole")
    recorded = chart.ago(years=9)
    allergy(chart, co_trimoxazole, on=chart.year(20), recorded=recorded, reaction="Rash")
    _transferred_entries(chart, old_gp)
    _transferred_visits(chart, old_surgery, old_gp)
    _new_surgery(chart, team)


def _former_surgery(chart: Chart) -> tuple[Ref, Ref]:
    surgery = chart.put("Organization", {"name": "Otherford Health Centre (made up)"})
    name = {"family": "Formerly", "given": ["Sunil"], "prefix": ["Dr"]}
    who = chart.put("Practitioner", {"name": [name]})
    chart.put("PractitionerRole", {"practitioner": link(who), "organization": link(surgery)})
    return surgery, who


def _transferred_entries(chart: Chart, by: Ref) -> None:
    ago, arrived = chart.ago, chart.ago(days=40)
    for what, on, recorded in (
        (codes.degraded("Seen in ear, nose and throat clinic"), ago(years=6), ago(years=6)),
        (codes.degraded("Wears a hearing aid, right"), chart.year(12), ago(years=8)),
        (codes.degraded("Born in Gdynia, moved to England as a child"), "", arrived),
        (codes.FAMILY_HISTORY_DIABETES, "", ago(years=9)),
    ):
        observation(chart, what, on=on, recorded=recorded, by=by, encounter=NOT_SENT)
    pills, since = codes.degraded_medicine("Allopurinol 100mg tabs"), ago(years=4)
    medicine(chart, drug=pills, dose="1 om", since=since, issues=48, last_issue=ago(months=2))
    document(
        chart,
        codes.degraded("Hospital letter"),
        title="Audiology clinic letter",
        on=ago(years=6),
        recorded=arrived,
        content_type="image/tiff",
    )


def _transferred_visits(chart: Chart, at: Ref, by: Ref) -> None:
    said = "Gout r/v. No flare since last seen. Cut down on beer. Cont allopurinol."
    name = codes.degraded("Serum urate")
    for years in (5, 3, 1):
        day = chart.ago(years=years, days=20)
        urate = [Result(name, 400 + 20 * years, "umol/L", 200, 430)]
        visit = encounter_of(consultation(chart, {"Comment": [said]}, at=at, on=day, by=by))
        report(chart, name=name, results=urate, collected=day, by=by, encounter=visit)
        if years == 5:
            problem(chart, codes.GOUT, on=day, by=by, encounter=visit)


def _new_surgery(chart: Chart, team: Team) -> None:
    day, nurse = chart.ago(days=30), team.nurse
    value = pressure(138, 84)
    reading = observation(chart, codes.BLOOD_PRESSURE, on=day, by=nurse, value=value)
    topic: Topic = {
        "History": ["New patient check. Works nights at the bakery. Non-smoker, 6 units a week."],
        "Examination": [reading],
        "Comment": ["Add allopurinol to repeats. Bloods today."],
    }
    consultation(chart, topic, kind="New patient screening", on=day, by=nurse)
    spoken = words("Polish; reads English")
    observation(chart, "Main spoken language Polish", on=day, by=nurse, value=spoken)
    tests = panels.kidney()
    report(chart, name="Urea and electrolytes", results=tests, collected=day)
    pills, last = "Allopurinol 100mg tablets", chart.ago(days=3)
    medicine(chart, drug=pills, dose="One each morning", since=day, issues=2, last_issue=last)
