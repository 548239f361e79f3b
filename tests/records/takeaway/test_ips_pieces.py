"""Dates, numbers, codes and ranges as FHIR writes them: as given, and no more than was given."""

from datetime import date, time
from decimal import Decimal

import pytest

from records.content import Code, PartialDate, Quantity, ReferenceRange
from records.takeaway.ips.measuring import interpretations, ranges
from records.takeaway.ips.pieces import concept, date_of, period, quantity


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, ""),
        (PartialDate(), ""),
        (PartialDate(date(2009, 1, 1), None, "year"), "2009"),
        (PartialDate(date(2009, 3, 1), None, "month"), "2009-03"),
        (PartialDate(date(2009, 3, 2), None, "day"), "2009-03-02"),
        (PartialDate(date(2009, 3, 2), time(9, 5), "time"), "2009-03-02"),
        (PartialDate(date(2009, 3, 2), None, "unknown"), ""),
    ],
)
def test_dates_are_as_precise_as_they_were(given, written):
    """R6.7."""
    assert date_of(given) == written


def test_a_stretch_of_time_that_cannot_be_ordered_has_no_end():
    """FHIR would refuse it (per-1)."""
    year, day = (
        PartialDate(date(2020, 1, 1), None, "year"),
        PartialDate(date(2020, 5, 1), None, "day"),
    )
    assert period(day, year) == {"start": "2020-05-01"}
    assert period(day, PartialDate(date(2019, 5, 1), None, "day")) == {"start": "2020-05-01"}
    assert period(None, day) == {"end": "2020-05-01"}
    assert period(year, PartialDate(date(2021, 1, 1), None, "year")) == {
        "start": "2020",
        "end": "2021",
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (Quantity("41.0", "mmol/L"), ("41.0", "mmol/L")),
        (Quantity("-0.5", "Banana"), ("-0.5", None)),
        (Quantity("7", "mmHg"), ("7", "mm[Hg]")),
        (Quantity("7"), ("7", None)),
        (Quantity("1e5", "g/L"), None),
        (Quantity("about 5", "g/L"), None),
        (Quantity("007", "g/L"), None),
        (Quantity("5", "g/L", "~"), None),
        (Quantity("5", "g/L", approximate=True), None),
    ],
)
def test_only_plain_numbers_are_numbers_and_only_known_units_are_ucum(given, written):
    found = quantity(given)
    assert (found and (str(found["value"]), found.get("code"))) == written
    assert found is None or isinstance(found["value"], Decimal)


def test_codes_are_as_the_source_gave_them():
    """R6.3: the words that the clinician chose, then every code."""
    given = [
        Code("http://snomed.info/sct", "123", "A label"),
        Code("1.2.3.4", "X1"),
        Code("not an address", " Y  2 "),
        Code("", "", "Words only"),
        Code("http://snomed.info/sct", "", ""),
    ]
    assert concept("My words", given) == {
        "text": "My words",
        "coding": [
            {"system": "http://snomed.info/sct", "code": "123", "display": "A label"},
            {"system": "urn:oid:1.2.3.4", "code": "X1"},
            {"code": "Y 2"},
            {"display": "Words only"},
        ],
    }


def test_ranges_are_the_laboratorys():
    limits = ReferenceRange(
        low=Quantity("3", "g/L", ">"), high=Quantity("5", "g/L"), applies_to="Men"
    )
    (found,) = ranges([limits, ReferenceRange()])
    assert "low" not in found
    assert (found["text"], found["appliesTo"]) == ("> 3 to 5 g/L (Men)", [{"text": "Men"}])
    assert interpretations([]) == []
