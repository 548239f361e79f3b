"""The usual panels of a laboratory, flagged against the range as laboratories do."""

from dataclasses import replace

from portal.demo import codes
from portal.demo.results import Result


def flagged(*results: Result) -> list[Result]:
    """The same results with HI and LO where a number is outside its own range."""
    return [result if result.flag else replace(result, flag=_flag(result)) for result in results]


def _flag(result: Result) -> str:
    if isinstance(result.value, str):
        return ""
    if result.high is not None and result.value > result.high:
        return "HI"
    return "LO" if result.low is not None and result.value < result.low else ""


def full_blood_count(
    hb: float = 138, wcc: float = 6.4, platelets: float = 251, mcv: float = 89.2
) -> list[Result]:
    """FBC."""
    return flagged(
        Result(codes.HAEMOGLOBIN, hb, "g/L", 120, 160),
        Result(codes.WHITE_CELLS, wcc, "10*9/L", 4.0, 11.0),
        Result(codes.PLATELETS, platelets, "10*9/L", 150, 410),
        Result(codes.MCV, mcv, "fL", 80, 100),
    )


def kidney(
    sodium: float = 140, potassium: float = 4.3, creatinine: float = 74, egfr: float = 86
) -> list[Result]:
    """U&E with eGFR, whose range has one side only."""
    return flagged(
        Result(codes.SODIUM, sodium, "mmol/L", 133, 146),
        Result(codes.POTASSIUM, potassium, "mmol/L", 3.5, 5.3),
        Result(codes.CREATININE, creatinine, "umol/L", 45, 104),
        Result(codes.EGFR, egfr, "mL/min/1.73m*2", 60),
    )


def liver(alt: float = 24, bilirubin: float = 9, albumin: float = 43) -> list[Result]:
    """LFT."""
    return flagged(
        Result(codes.ALT, alt, "U/L", None, 50),
        Result(codes.BILIRUBIN, bilirubin, "umol/L", None, 21),
        Result(codes.ALBUMIN, albumin, "g/L", 35, 50),
    )


def lipids(
    total: float = 4.6, hdl: float = 1.4, ldl: float = 2.6, triglycerides: float = 1.2
) -> list[Result]:
    """Cholesterol and its parts: the laboratory gives targets as text, and no flag."""
    return [
        Result(codes.CHOLESTEROL, total, "mmol/L", range_text="target less than 5.0"),
        Result(codes.HDL, hdl, "mmol/L", range_text="more than 1.2"),
        Result(codes.LDL, ldl, "mmol/L"),
        Result(codes.TRIGLYCERIDES, triglycerides, "mmol/L", range_text="less than 2.3 (fasting)"),
    ]


def hba1c(value: float) -> list[Result]:
    """HbA1c."""
    return flagged(Result(codes.HBA1C, value, "mmol/mol", 20, 41))


def thyroid(tsh: float) -> list[Result]:
    """TSH."""
    return flagged(Result(codes.TSH, tsh, "mU/L", 0.3, 4.5))
