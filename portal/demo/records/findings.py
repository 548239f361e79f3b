"""Someone with abnormal results of every kind, and someone with documents of every kind."""

from portal.demo import codes, panels
from portal.demo.chart import Chart
from portal.demo.clinical import allergy, diary, observation, problem, referral
from portal.demo.consultations import Topic, consultation
from portal.demo.documents import document
from portal.demo.fhir import Ref
from portal.demo.measures import quantity
from portal.demo.medicines import medicine
from portal.demo.papers import as_pdf, letter_about, picture
from portal.demo.people_in_record import Team
from portal.demo.results import Result, report

CALL_PATIENT = "(q) - Abnormal - Contact patient"
ORTHOPAEDIC = (
    "Thank you for referring this patient with pain in the right knee. The X-ray shows moderate wear on the inner"
    " side. We agreed on physiotherapy for three months, and to meet again only if it does not help. No surgery is"
    " planned. Please review the pain relief."
)
DIET = (
    "We talked about losing a little weight to spare the knee, and made a plan together. There is a second"
    " appointment in six weeks."
)
TOO_LARGE = "File is too large to send (over 5 MB)"
FILES = (
    ("Sleep diary", "Sleep diary (spreadsheet)", "application/vnd.ms-excel", 61_000),
    ("Voice message", "Voicemail about repeat", "audio/mpeg", 890_000),
)
FLAGGED_IN_WORDS = (
    (codes.FERRITIN, Result(codes.FERRITIN, 5, "ug/L", 15, 150, "A", comparator="<"), "unknown"),
    (codes.CRP, Result(codes.CRP, 12, "mg/L", None, 5, "OR"), "final"),
    (codes.LIVER_TESTS, Result(codes.ALT, 71, "U/L", None, 50), "unknown"),
    ("FIT", Result("Faecal haemoglobin", 24, "ug/g", flag="PA", range_text="< 10"), "unknown"),
    (codes.CHEST_X_RAY, Result("Chest X-ray report", "Lungs clear, heart normal."), "final"),
    (codes.B12, Result(codes.B12, 241, "ng/L", 197, 771), "preliminary"),
    (codes.INR, Result(codes.INR, "1.1", note="Not on anticoagulants."), "unknown"),
)
LAB_NOTE = (
    "Please note:\n"
    "  sample haemolysed, potassium may read high\n"
    "  repeat within 7 days if clinically indicated"
)


def niamh(chart: Chart, team: Team) -> None:
    """Results flagged high, low, potentially abnormal, outside range, by code, by words, and not at all."""
    ago = chart.ago
    gp = team.gp
    allergy(
        chart,
        codes.ALLERGY_DUST_MITE,
        on=chart.year(14),
        recorded=ago(years=6),
        category="environment",
    )
    problem(chart, codes.HYPERCHOLESTEROLAEMIA, on=ago(years=1, months=1), by=gp)
    problem(chart, codes.TIREDNESS, on=ago(months=1), by=gp, significance="minor")
    medicine(
        chart,
        drug="Rosuvastatin 5mg tablets",
        dose="One each night",
        since=ago(years=1),
        issues=12,
        last_issue=ago(days=18),
    )
    _before_the_start(chart)
    _flagged_by_range(chart)
    _flagged_otherwise(chart)
    _niamh_visit(chart, team)


def _niamh_visit(chart: Chart, team: Team) -> None:
    ago = chart.ago
    gp = team.gp
    day = ago(days=24)
    tired = observation(
        chart, codes.TIREDNESS, on=day, by=gp, comment="TATT 3/12, periods heavier."
    )
    heavy = "Periods heavier x 6/12. Diet ok. No weight loss."
    consultation(
        chart,
        {"Problem": [tired], "History": [heavy], "Comment": ["Bloods, then r/v with results."]},
        on=day,
        by=gp,
    )
    two_weeks = "Urgent suspected cancer referral, lower gastrointestinal"
    referral(
        chart,
        two_weeks,
        on=ago(days=8),
        by=gp,
        priority="urgent",
        text="FIT 24. Iron low. Aware why and by when.",
    )


def _before_the_start(chart: Chart) -> None:
    for years in (6, 4, 3):
        lipids = panels.lipids(total=5.4 + years / 10, ldl=3.4)
        report(chart, name="Lipid profile", results=lipids, collected=chart.ago(years=years))


def _flagged_by_range(chart: Chart) -> None:
    ago = chart.ago
    day, sent = ago(days=23), ago(days=21)
    low = panels.full_blood_count(hb=98, mcv=74.1, platelets=462)
    report(chart, name=codes.FBC, results=low, collected=day, issued=sent, filing=CALL_PATIENT)
    salts = panels.kidney(potassium=5.9, sodium=131)
    report(
        chart,
        name="Urea and electrolytes",
        results=salts,
        collected=day,
        issued=sent,
        conclusion=LAB_NOTE,
    )
    report(chart, name=codes.HBA1C, results=panels.hba1c(44), collected=day, issued=sent)
    raised = panels.lipids(total=7.2, hdl=1.1, ldl=5.0, triglycerides=2.6)
    report(
        chart,
        name="Lipid profile",
        results=raised,
        collected=ago(years=1, months=1),
        filing=CALL_PATIENT,
    )


def _flagged_otherwise(chart: Chart) -> None:
    day = chart.ago(days=23)
    for name, result, status in FLAGGED_IN_WORDS:
        report(chart, name=name, results=[result], collected=day, status=status, filing="")
    lost = "Sample not received"
    report(chart, name="Coeliac screen", results=[], collected=day, conclusion=lost, filing="")


def oliver(chart: Chart, team: Team) -> None:
    """Letters and files: PDF, picture, old paper notes, absent, too large, and not for the patient to read."""
    ago = chart.ago
    allergy(
        chart, codes.ALLERGY_ASPIRIN, on="", recorded=ago(years=11), by=team.gp, reaction="Wheeze"
    )
    knee = problem(chart, codes.KNEE_OSTEOARTHRITIS, on=ago(years=4), by=team.gp)
    gel = "Ibuprofen 5% gel"
    medicine(
        chart,
        drug=gel,
        dose="Rub in three times a day",
        since=ago(years=3),
        issues=14,
        quantity="100 g",
        last_issue=ago(months=2),
    )
    _letters(chart, team)
    _unusual_files(chart)
    _knee(chart, team, knee)
    diary(chart, codes.FLU_JAB, due=chart.year(27), recorded=ago(years=14))


def _knee(chart: Chart, team: Team, knee: Ref) -> None:
    ago = chart.ago
    day = ago(months=10)
    to_physio = referral(
        chart, codes.PHYSIOTHERAPY, on=day, by=team.gp, text="OA R knee. Keen to avoid surgery."
    )
    letter = document(
        chart, codes.REFERRAL_LETTER, title="Physiotherapy referral letter", on=day, by=team.gp
    )
    topic: Topic = {
        "History": ["R knee worse on stairs."],
        "Plan": [to_physio],
        "Document": [letter],
    }
    consultation(chart, topic, problem=knee, on=day, by=team.gp)
    observation(chart, codes.BMI, on=day, by=team.nurse, value=quantity(27.4, "kg/m2"))
    report(
        chart,
        name="X-ray of knee",
        results=[Result("X-ray of knee", "Moderate wear, inner side.")],
        collected=ago(months=11),
    )


def _letters(chart: Chart, team: Team) -> None:
    ago = chart.ago
    seen = ago(months=3)
    clinic = "Orthopaedic clinic letter"
    words = letter_about(chart.person, clinic, ORTHOPAEDIC)
    document(
        chart, codes.CLINICAL_LETTER, title=clinic, on=seen, recorded=ago(months=2, days=20),
        by=team.hospital, file=as_pdf(words, title=clinic),
    )  # fmt: skip
    document(
        chart, codes.CLINICAL_LETTER, title="Dietitian letter", on=seen, recorded=seen, by=team.hospital,
        content_type="text/plain", file=letter_about(chart.person, "Dietitian letter", DIET).encode(),
    )  # fmt: skip
    for title, code, on, recorded in (
        (
            "Discharge summary: cataract surgery, left eye",
            codes.DISCHARGE_LETTER,
            ago(months=7),
            ago(months=7, days=-3),
        ),
        ("Physiotherapy discharge letter", codes.CLINICAL_LETTER, ago(months=6), ago(months=5)),
        ("Cardiology letter", codes.CLINICAL_LETTER, ago(years=3), ago(years=3)),
    ):
        document(chart, code, title=title, on=on, recorded=recorded, by=team.hospital)


def _unusual_files(chart: Chart) -> None:
    day, long_ago = chart.ago(months=1), chart.ago(years=5)
    mole = "Photo of mole, left shoulder"
    document(
        chart, "Photograph of skin", title=mole, on=day, content_type="image/jpeg", file=picture()
    )
    for what, title, content_type, size in FILES:
        document(chart, what, title=title, on=day, content_type=content_type, size=size)
    letter = codes.CLINICAL_LETTER
    document(chart, letter, on=chart.month(8, 5), recorded=long_ago, absent=TOO_LARGE)
    document(chart, letter, title="Occupational health report", on=day, content_nopat=True)
    old, born = codes.OLD_PAPER_NOTES, chart.year(32)
    document(chart, old, title="Paper notes, scanned", on=born, recorded=day, size=4_800_000)
