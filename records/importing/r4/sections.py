"""Which part of a record a section of a document is about, by its code or, where that is unknown, its title."""

import re

from surgeries.terms import Section

_BY_CODE: dict[str, Section] = {
    # the International Patient Summary, by LOINC
    "48765-2": Section.ALLERGIES,
    "10160-0": Section.MEDICINES,
    "11369-6": Section.IMMUNISATIONS,
    "11450-4": Section.HEALTH_CONDITIONS,
    "11348-0": Section.HEALTH_CONDITIONS,
    "30954-2": Section.TEST_RESULTS,
    "34109-9": Section.DOCUMENTS,
    # the Summary Care Record
    "AllergiesHeader": Section.ALLERGIES,
    "AcuteMedsHeader": Section.MEDICINES,
    "RepeatMedsHeader": Section.MEDICINES,
    "DiscRepeatMedsHeader": Section.MEDICINES,
    "DiagnosesHeader": Section.HEALTH_CONDITIONS,
    "ProblemsHeader": Section.HEALTH_CONDITIONS,
    "ResultsHeader": Section.TEST_RESULTS,
}
_BY_TITLE: tuple[tuple[re.Pattern[str], Section], ...] = (
    (re.compile(r"allerg|intoleran|adverse reaction", re.I), Section.ALLERGIES),
    (re.compile(r"medic(ation|ine)|prescri", re.I), Section.MEDICINES),
    (re.compile(r"immuni[sz]ation|vaccin", re.I), Section.IMMUNISATIONS),
    (re.compile(r"problem|diagnos|condition|illness", re.I), Section.HEALTH_CONDITIONS),
    (re.compile(r"\bresults?\b|investigation", re.I), Section.TEST_RESULTS),
    (re.compile(r"document|letter", re.I), Section.DOCUMENTS),
)
_COVERS: dict[str, Section] = {
    "48765-2": Section.ALLERGIES,
    "10160-0": Section.MEDICINES,
    "11369-6": Section.IMMUNISATIONS,
    "11450-4": Section.HEALTH_CONDITIONS,
    "34109-9": Section.DOCUMENTS,
}
"""The sections of which a document holds all that it has: only there is what is absent gone (R7.3).

Not those of results and visits: a summary has the relevant ones only.
"""

WHOLE_DOCUMENT = "Title"
"""The section of a Summary Care Record that speaks of all the others."""


def section_of(code: str, title: str) -> Section:
    """The part of the record; what no part is known for stands with consultations and events."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    found = (section for pattern, section in _BY_TITLE if pattern.search(title))
    return next(found, Section.CONSULTATIONS)


def covered_by(code: str) -> Section | None:
    """The part of the record that a section with this code holds all of; None where it holds some of it."""
    return _COVERS.get(code)
