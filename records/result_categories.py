"""The kinds of results of which a patient can ask to be warned (R5.5)."""

from typing import NamedTuple


class Category(NamedTuple):
    """Results that are told by the name of the test: `pattern` is a regular expression of PostgreSQL's.

    What a laboratory flagged is no such category: it always stands behind its page.
    """

    label: str
    hint: str
    pattern: str


ABNORMAL = "abnormal"
"""What the laboratory marked as other than normal; a wish for it can only be `ask` or `hold`."""

CATEGORIES = {
    "every": Category("Every test result", "", ""),
    "cancer": Category(
        "Cancer and biopsies",
        "Such as biopsies, smear tests and tumour markers",
        r"biops|histolog|cytolog|cancer|carcino|neoplas|tumou?r|malignan|lymphoma|leuk(a)?emia"
        r"|\mPSA\M|prostate specific|CA ?125|CA ?15|CA ?19|carcinoembryonic|alpha.?fetoprotein"
        r"|smear|cervical screen|mammogra|myeloma|paraprotein|Bence",
    ),
    "sexual-health": Category(
        "Sexual health",
        "Such as HIV, chlamydia and syphilis",
        r"\mHIV|immunodeficiency virus|chlamydia|gonorrh|gonococc|neisseria|syphilis|treponema|VDRL"
        r"|\mHPV|papilloma|herpes|trichomon|hepatitis",
    ),
    "pregnancy": Category(
        "Pregnancy and fertility",
        "Such as pregnancy tests and sperm counts",
        r"pregnan|\mhCG|gonadotroph?in|fertil|semen|sperm|anti.?mullerian|rhesus|antenatal|f(o)?etal",
    ),
    "genetic": Category(
        "Genetic tests",
        "Tests of what runs in families",
        r"genetic|\mgene|genom|chromosom|karyotyp|\mDNA\M|mutation|BRCA|carrier",
    ),
}
