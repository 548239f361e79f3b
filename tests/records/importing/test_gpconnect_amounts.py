"""How long a consultation lasted and how much of a sample there was, as given."""

import pytest

from tests.records.importing.gpconnect_resources import (
    coded,
    consultation,
    content,
    extract_of,
    one,
    resource,
)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"value": 8, "unit": "m", "code": "min"}, "8 minutes"),
        ({"value": 1, "unit": "minute", "code": "min"}, "1 minute"),
        ({"value": 2, "unit": "hours"}, "2 hours"),
        ({}, ""),
    ],
)
def test_a_consultation_says_how_long_it_lasted(length, words):
    encounter = resource("Encounter", "e", length=length)
    assert content(one(extract_of(*consultation(), encounter), "c")).lasted == words


def test_a_sample_says_how_much_there_was():
    collection = {"quantity": {"value": "1750.0", "unit": "mL"}, "collectedDateTime": "2002-03-30"}
    sample = resource("Specimen", "s", type={"text": "Urine"}, collection=collection)
    report = resource("DiagnosticReport", "r", code=coded(), specimen=[{"reference": "Specimen/s"}])
    [found] = content(one(extract_of(report, sample), "r")).specimens
    assert (found.kind, found.amount) == ("Urine", "1750.0 mL")
