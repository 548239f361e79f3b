"""The codes by which GP Connect says what something is, in one place, each with its reason."""

from surgeries.terms import Section

CONSULTATION = "325851000000107"
TOPIC = "25851000000105"
HEADING = "24781000000107"
OUTLINE_CODES = (CONSULTATION, TOPIC, HEADING)
"""The lists of a consultation; the labels of these codes are no titles."""

LLOYD_GEORGE = "16521000000101"
"""The paper record of a patient, scanned later (R1.4)."""

ACTIVE_ALLERGIES = "886921000000105"
ENDED_ALLERGIES = "1103671000000101"
MEDICATIONS = "933361000000108"
IMMUNISATIONS = "1102181000000102"
PROBLEMS = "717711000000103"
INVESTIGATIONS = "887191000000108"
CONSULTATIONS = "1149501000000101"
UNCATEGORISED = "826501000000100"
REFERRALS = "792931000000107"
RECALLS = "714311000000108"

SECTION_OF_LIST: dict[str, str] = {
    ACTIVE_ALLERGIES: Section.ALLERGIES,
    ENDED_ALLERGIES: Section.ALLERGIES,
    MEDICATIONS: Section.MEDICINES,
    IMMUNISATIONS: Section.IMMUNISATIONS,
    PROBLEMS: Section.HEALTH_CONDITIONS,
    INVESTIGATIONS: Section.TEST_RESULTS,
    CONSULTATIONS: Section.CONSULTATIONS,
    UNCATEGORISED: Section.CONSULTATIONS,
    REFERRALS: Section.CONSULTATIONS,
    RECALLS: Section.CONSULTATIONS,
}
"""The primary lists, one or more to a section."""

LISTS_THAT_COVER: dict[str, frozenset[str]] = {
    Section.ALLERGIES: frozenset({ACTIVE_ALLERGIES}),
    Section.MEDICINES: frozenset({MEDICATIONS}),
    Section.IMMUNISATIONS: frozenset({IMMUNISATIONS}),
    Section.HEALTH_CONDITIONS: frozenset({PROBLEMS}),
    Section.TEST_RESULTS: frozenset({INVESTIGATIONS}),
    Section.CONSULTATIONS: frozenset({CONSULTATIONS, UNCATEGORISED, REFERRALS}),
    # Documents have no list: GP Connect sends them with the consultations they belong to.
    Section.DOCUMENTS: frozenset({CONSULTATIONS}),
}
"""The lists that must all be there before the absence of an entry means that it is gone (R7.3).

An extract of the problems alone brings the observations behind them: it says nothing of the others.
"""
