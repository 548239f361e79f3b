"""The clinical words of the demo: SNOMED CT where the code is certain, a local code where it is not."""

from typing import Any

Concept = dict[str, Any]

SNOMED = "http://snomed.info/sct"
LOCAL = "https://sampleford.example.test/Id/local-codes"
DESCRIPTION = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-coding-sctdescid"


def snomed(code: str, display: str, words: str = "") -> Concept:
    """A SNOMED CT concept; `words` are the clinician's, where they differ from the label (R6.3)."""
    coding: Concept = {"system": SNOMED, "code": code, "display": display, "userSelected": True}
    if words:
        said = {"url": "descriptionDisplay", "valueString": words}
        coding = {"extension": [{"url": DESCRIPTION, "extension": [said]}], **coding}
    return {"coding": [coding]}


def local(words: str) -> Concept:
    """A concept of the supplier's own, known by its words."""
    code = "".join(letter for letter in words.upper() if letter.isascii() and letter.isalnum())
    coding = {"system": LOCAL, "code": code[:24], "display": words, "userSelected": True}
    return {"coding": [coding], "text": words}


def degraded(words: str, code: str = "196411000000103", kind: str = "record entry") -> Concept:
    """What a transfer leaves of a code that the new surgery does not know: only the text helps."""
    return {
        "coding": [{"system": SNOMED, "code": code, "display": f"Transfer-degraded {kind}"}],
        "text": words,
    }


def degraded_allergy(words: str) -> Concept:
    """A drug allergy whose code the transfer lost."""
    return degraded(words, "196461000000101", "drug allergy")


def degraded_medicine(words: str) -> Concept:
    """A medicine whose code the transfer lost."""
    return degraded(words, "196421000000109", "medication entry")


def as_concept(what: Concept | str) -> Concept:
    """Plain words become a local concept."""
    return local(what) if isinstance(what, str) else what


COMMENT_NOTE = {"coding": [{"system": SNOMED, "code": "37331000000100", "display": "Comment note"}]}
DIAGNOSTIC_REPORT = snomed("721981007", "Diagnostic studies report")

ONLINE_ACCESS_DECLINED = snomed(
    "1290331000000103", "Online access to own record declined by patient"
)
ENHANCED_REVIEW_INDICATED = snomed(
    "1364731000000104", "Enhanced review indicated before granting access to own health record"
)
ENHANCED_REVIEW_NOT_INDICATED = snomed(
    "1364751000000106", "Enhanced review not indicated before granting access to own health record"
)

# Health conditions and symptoms
ANAEMIA_IRON = snomed("87522002", "Iron deficiency anaemia")
ANXIETY = snomed("197480006", "Anxiety disorder")
APPENDICECTOMY = snomed("80146002", "Excision of appendix", "Appendicectomy")
ASTHMA = snomed("195967001", "Asthma")
ATRIAL_FIBRILLATION = snomed("49436004", "Atrial fibrillation")
BACK_PAIN = snomed("279039007", "Low back pain")
CHICKENPOX = snomed("38907003", "Varicella", "Chickenpox")
CHILDHOOD_ASTHMA = snomed("233678006", "Childhood asthma")
CKD = snomed("709044004", "Chronic kidney disease")
COUGH = snomed("49727002", "Cough")
DEPRESSION = snomed("35489007", "Depressive disorder", "Low mood")
DIABETES_2 = snomed("44054006", "Diabetes mellitus type 2", "Type 2 diabetes mellitus")
ECZEMA = snomed("43116000", "Eczema")
GOUT = snomed("90560007", "Gout")
HAY_FEVER = snomed("367498001", "Seasonal allergic rhinitis", "Hay fever")
HEADACHE = snomed("25064002", "Headache")
HEART_FAILURE = snomed("84114007", "Heart failure")
HYPERCHOLESTEROLAEMIA = snomed("13644009", "Hypercholesterolaemia", "Raised cholesterol")
HYPERTENSION = snomed("59621000", "Essential hypertension")
HYPOTHYROIDISM = snomed("40930008", "Hypothyroidism", "Underactive thyroid")
KNEE_OSTEOARTHRITIS = snomed("239873007", "Osteoarthritis of knee")
KNEE_PAIN = snomed("30989003", "Knee pain")
MIGRAINE = snomed("37796009", "Migraine")
OSTEOPOROSIS = snomed("64859006", "Osteoporosis")
OTITIS_MEDIA = snomed("65363002", "Otitis media", "Ear infection (otitis media)")
PREGNANT = snomed("77386006", "Pregnancy", "Pregnant")
NORMAL_PREGNANCY = snomed("72892002", "Normal pregnancy")
REFLUX = snomed("235595009", "Gastro-oesophageal reflux disease", "Acid reflux")
TIREDNESS = snomed("84229001", "Fatigue", "Tired all the time")
TONSILLITIS = snomed("90176007", "Tonsillitis")
URTI = snomed("54150009", "Upper respiratory infection", "Viral URTI")
UTI = snomed("68566005", "Urinary tract infection", "UTI")

# Allergies
ALLERGY_AMOXICILLIN = snomed("294505008", "Allergy to amoxicillin", "Amoxicillin allergy")
ALLERGY_ASPIRIN = snomed("293586001", "Allergy to aspirin", "Aspirin allergy")
ALLERGY_CAT = snomed("232346004", "Allergy to cat dander", "Cat allergy")
ALLERGY_DUST_MITE = snomed("232350006", "House dust mite allergy")
ALLERGY_EGG = snomed("91930004", "Allergy to egg", "Egg allergy")
ALLERGY_LATEX = snomed("300916003", "Allergy to latex", "Latex allergy")
ALLERGY_PEANUT = snomed("91935009", "Allergy to peanut", "Peanut allergy")
ALLERGY_PENICILLIN = snomed("91936005", "Allergy to penicillin")

# Immunisations
FLU_JAB = snomed("86198006", "Administration of influenza vaccine", "Influenza vaccination")
COVID_FIRST = snomed(
    "1324681000000101",
    "Administration of first dose of severe acute respiratory syndrome coronavirus 2 vaccine",
    "COVID-19 vaccination, first dose",
)
COVID_SECOND = snomed(
    "1324691000000104",
    "Administration of second dose of severe acute respiratory syndrome coronavirus 2 vaccine",
    "COVID-19 vaccination, second dose",
)
FIVE_IN_ONE_FIRST = snomed(
    "414259000",
    "Administration of first dose of diphtheria and Haemophilus influenza type b and five component"
    " acellular pertussis and inactivated poliomyelitis and tetanus vaccine",
    "First diphtheria, tetanus, whooping cough, polio and Hib",
)
FIVE_IN_ONE_SECOND = snomed(
    "415507003",
    "Administration of second dose of diphtheria and Haemophilus influenza type b and five component"
    " acellular pertussis and inactivated poliomyelitis and tetanus vaccine",
    "Second diphtheria, tetanus, whooping cough, polio and Hib",
)
FIVE_IN_ONE_THIRD = snomed(
    "415712004",
    "Administration of third dose of diphtheria and Haemophilus influenza type b and five component"
    " acellular pertussis and inactivated poliomyelitis and tetanus vaccine",
    "Third diphtheria, tetanus, whooping cough, polio and Hib",
)
HIB_MEN_C = snomed(
    "428975001",
    "Administration of Haemophilus influenzae type b and meningitis C vaccine",
    "Hib and meningitis C vaccination",
)
MMR = snomed(
    "38598009", "Administration of measles and mumps and rubella vaccine", "MMR vaccination"
)
MMR_SECOND = snomed(
    "170433008",
    "Administration of second dose of measles and mumps and rubella vaccine",
    "MMR vaccination, second dose",
)
PNEUMO_FIRST = snomed("247631000000101", "First pneumococcal conjugated vaccination")
PNEUMO_SECOND = snomed("247641000000105", "Second pneumococcal conjugated vaccination")

# What is measured and noted
BLOOD_PRESSURE = snomed("163020007", "On examination - blood pressure reading", "O/E - BP reading")
SYSTOLIC = snomed("271649006", "Systolic blood pressure")
DIASTOLIC = snomed("271650006", "Diastolic blood pressure")
WEIGHT = snomed("27113001", "Body weight")
HEIGHT = snomed("50373000", "Body height measure", "Height")
BMI = snomed("60621009", "Body mass index")
TEMPERATURE = snomed("386725007", "Body temperature", "Temperature")
NEVER_SMOKED = snomed("266919005", "Never smoked tobacco")
EX_SMOKER = snomed("8517006", "Ex-smoker")
SMOKER = snomed("77176002", "Smoker")
MEDICATION_REVIEW = snomed("182836005", "Review of medication", "Medication review")
ANTENATAL_CARE = snomed("134435003", "Routine antenatal care")
FAMILY_HISTORY_DIABETES = snomed(
    "160303001", "Family history of diabetes mellitus", "FH: Diabetes mellitus"
)

# Tests
FBC = snomed("1022441000000101", "FBC - full blood count")
HAEMOGLOBIN = snomed("1022431000000105", "Haemoglobin estimation")
WHITE_CELLS = snomed("1022541000000102", "Total white cell count")
PLATELETS = snomed("1022651000000100", "Platelet count")
MCV = snomed("1022491000000106", "MCV - Mean corpuscular volume")
SODIUM = snomed("1000661000000107", "Serum sodium level")
POTASSIUM = snomed("1000651000000109", "Serum potassium level")
CREATININE = snomed("1000731000000107", "Serum creatinine level")
EGFR = snomed(
    "1107411000000104",
    "Estimated glomerular filtration rate by laboratory calculation",
    "eGFR (estimated)",
)
HBA1C = snomed(
    "999791000000106",
    "Haemoglobin A1c level - International Federation of Clinical Chemistry and Laboratory Medicine"
    " standardised",
    "HbA1c level (IFCC)",
)
CHOLESTEROL = snomed("1005671000000105", "Serum cholesterol level")
HDL = snomed(
    "1005681000000107", "Serum high density lipoprotein cholesterol level", "Serum HDL cholesterol"
)
LDL = snomed(
    "1022191000000100", "Serum low density lipoprotein cholesterol level", "Serum LDL cholesterol"
)
TRIGLYCERIDES = snomed("1005691000000109", "Serum triglycerides level")
LIVER_TESTS = snomed("26958001", "Hepatic function panel", "Liver function test")
ALT = snomed("1018251000000107", "Serum alanine aminotransferase level")
BILIRUBIN = snomed("999691000000104", "Serum bilirubin level")
ALBUMIN = snomed("1000821000000103", "Serum albumin level")
TSH = snomed("1022791000000101", "Serum TSH (thyroid stimulating hormone) level")
FERRITIN = snomed("993381000000106", "Serum ferritin level")
B12 = snomed("993391000000108", "Serum vitamin B12 level")
CRP = snomed("1001371000000100", "Serum CRP (C reactive protein) level")
INR = snomed("165581004", "International normalised ratio", "INR")
URINE_CULTURE = snomed("117010004", "Urine culture")
ANTENATAL_BLOODS = snomed("312404004", "Antenatal blood tests")
CHEST_X_RAY = snomed("399208008", "Plain X-ray of chest", "Chest X-ray")

# Letters and referrals
CLINICAL_LETTER = snomed("823691000000103", "Clinical letter")
REFERRAL_LETTER = snomed("25611000000107", "Referral letter")
DISCHARGE_LETTER = snomed("824331000000106", "Inpatient final discharge letter")
OLD_PAPER_NOTES = snomed("16521000000101", "Lloyd George record folder")
PHYSIOTHERAPY = snomed("308447003", "Referral to physiotherapist")
