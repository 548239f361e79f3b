"""The codes that mean the same in every version of FHIR, each with its reason."""

SNOMED = "http://snomed.info/sct"

COMMENT_NOTE = "37331000000100"
"""An observation that is only free text (R1.7)."""

ACCESS_CODES = frozenset({"1290331000000103", "1364731000000104", "1364751000000106"})
"""What steers online access when it is first set up (R1.11); never shown (R1.10)."""

DEGRADED_CODES = frozenset(
    {
        "196411000000103",  # record entry
        "196421000000109",  # medication entry
        "196431000000106",  # referral
        "196441000000102",  # request
        "196451000000104",  # plan
        "196461000000101",  # drug allergy
        "196471000000108",  # non-drug allergy
    }
)
"""What stands for a code that did not survive a transfer; the label means nothing to a patient."""

NOPAT = "NOPAT"
"""The label that asks us to hide something from the patient (R2.4)."""
