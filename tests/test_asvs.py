"""docs/asvs.md names each requirement of levels 1 and 2 once, and only tests that exist."""

import re
from collections import Counter
from pathlib import Path

from tests.test_docs import names_of_tests

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "asvs.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| V")
]
IDS = [one for row in ROWS for one in row[0].split(", ")]
BY_CHAPTER = {
    "V1": 27, "V2": 11, "V3": 19, "V4": 10, "V5": 9, "V6": 35, "V7": 18, "V8": 7, "V9": 7, "V10": 29,
    "V11": 14, "V12": 9, "V13": 13, "V14": 9, "V15": 13, "V16": 16, "V17": 7,
}  # fmt: skip
"""How many requirements of levels 1 and 2 each chapter has in ASVS 5.0.0."""


def test_no_requirement_is_missing_or_there_twice():
    assert [one for one, times in Counter(IDS).items() if times > 1] == []
    assert all(re.fullmatch(r"V\d{1,2}\.\d\.\d{1,2}", one) for one in IDS)
    assert Counter(one.split(".")[0] for one in IDS) == BY_CHAPTER


def test_each_row_says_how_it_stands():
    """What is met is held by a test, or says how; what is not says what is missing."""
    for row in ROWS:
        assert len(row) == 5, row
        assert row[2] in {"met", "part", "not met", "host", "n/a"}, row
        if row[2] in {"part", "not met"}:
            assert row[3], row


def test_every_test_named_exists():
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 80
    assert named - names_of_tests() == set()
