"""When things happened and were recorded, and where, one truth table each."""

from datetime import UTC, date, datetime, time

import pytest

from records.content import PartialDate
from records.importing.fhir.dates import instant, partial_date
from records.importing.gpconnect import read
from tests.records.importing.gpconnect_resources import (
    as_bytes,
    coded,
    consultation,
    extract_of,
    observation,
    one,
    patient,
    resource,
)

DESCRIPTION = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-coding-sctdescid"
RECORDED = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DateRecorded-1"
WHEN = "2020-06-01T09:00:00+01:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2010-01-13T11:37:34.423+00:00", (date(2010, 1, 13), time(11, 37, 34), "time")),
        ("2010-08-17T00:30:00+01:00", (date(2010, 8, 17), time(0, 30), "time")),
        ("2019-05-01T10:38:00", (date(2019, 5, 1), time(10, 38), "time")),
        ("2019-05-01T23:59:59Z", (date(2019, 5, 1), time(23, 59, 59), "time")),
        ("2010-01-13", (date(2010, 1, 13), None, "day")),
        ("2009-03", (date(2009, 3, 1), None, "month")),
        ("2009", (date(2009, 1, 1), None, "year")),
        ("2020-02-30", (None, None, "unknown")),
        ("2020-13", (None, None, "unknown")),
        ("2020-01-01T25:00:00Z", (None, None, "unknown")),
        ("0000", (None, None, "unknown")),
        ("13/01/2010", (None, None, "unknown")),
        ("", (None, None, "unknown")),
        (None, (None, None, "unknown")),
        (["2010"], (None, None, "unknown")),
    ],
)
def test_a_clinical_date_is_read_as_it_is_written(written, read):
    """R6.7: no day is invented and no clock is moved."""
    assert partial_date({"date": written}, "date") == PartialDate(*read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-06-01T09:00:00+01:00", datetime(2020, 6, 1, 8, tzinfo=UTC)),
        ("2020-06-01T09:00:00", datetime(2020, 6, 1, 8, tzinfo=UTC)),
        ("2020-01-01T09:00:00.5Z", datetime(2020, 1, 1, 9, 0, 0, 500000, tzinfo=UTC)),
        ("2020-06-01", datetime(2020, 5, 31, 23, tzinfo=UTC)),
        ("2020-06", datetime(2020, 5, 31, 23, tzinfo=UTC)),
        ("2020", datetime(2020, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+01:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_recorded_date_is_an_instant_in_london(written, read):
    """R7.6"""
    assert instant({"date": written}, "date") == read


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("AllergyIntolerance", {"assertedDate": WHEN}),
        ("Observation", {"issued": WHEN}),
        ("Condition", {"assertedDate": WHEN}),
        ("MedicationStatement", {"dateAsserted": WHEN}),
        ("MedicationRequest", {"authoredOn": WHEN, "intent": "plan"}),
        ("Immunization", {"extension": [{"url": RECORDED, "valueDateTime": WHEN}]}),
        ("DiagnosticReport", {"issued": WHEN}),
        ("DocumentReference", {"indexed": WHEN}),
        ("ReferralRequest", {"authoredOn": WHEN}),
    ],
)
def test_where_the_recorded_date_comes_from(kind, named):
    """R7.6"""
    (entry,) = extract_of(resource(kind, code=coded(), **named)).entries
    assert entry.recorded_at == datetime(2020, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "clinical"),
    [
        ("AllergyIntolerance", "onsetDateTime"),
        ("Observation", "effectiveDateTime"),
        ("Condition", "onsetDateTime"),
        ("Immunization", "date"),
        ("DiagnosticReport", "effectiveDateTime"),
        ("DocumentReference", "created"),
    ],
)
def test_a_clinical_date_is_never_taken_for_a_recorded_one(kind, clinical):
    """R1.3"""
    (entry,) = extract_of(resource(kind, code=coded(), **{clinical: "2015-01-01"})).entries
    assert entry.effective.on == date(2015, 1, 1)
    assert entry.recorded_at is None


@pytest.mark.parametrize(
    ("encounter", "list_date", "read"),
    [
        ({"extension": [{"url": RECORDED, "valueDateTime": WHEN}]}, "2019-01-01", 2020),
        ({}, "2019-01-01", 2019),
        ({"period": {"start": "2018-01-01"}}, None, None),
    ],
)
def test_a_consultation_is_recorded_by_its_encounter_else_its_list(encounter, list_date, read):
    """R7.6, R1.3"""
    lists = consultation(date=list_date)
    entry = one(extract_of(*lists, resource("Encounter", "e", **encounter)), "c")
    assert (entry.recorded_at.year if entry.recorded_at else None) == read


DEGRADED = {**coded("196411000000103", "Transfer-degraded record entry"), "text": "Old words"}


@pytest.mark.parametrize(
    ("body", "origin"),
    [
        ({}, "native"),
        ({"code": DEGRADED}, "transferred"),
        ({"code": {"coding": [{"display": "Transfer-degraded request"}]}}, "transferred"),
        ({"identifier": [{"system": "https://PSSAdaptor/B83002", "value": "1"}]}, "transferred"),
        ({"code": coded("1", "Notes summary on computer")}, "summarised"),
        ({"context": {"reference": "Encounter/e"}}, "native"),
        ({"context": {"reference": "Encounter/other"}}, "transferred"),
        ({"context": {"reference": "Encounter/gp2gp"}}, "transferred"),
        ({"context": {"reference": "Encounter/gone"}}, "native"),
    ],
)
def test_the_origin_of_an_entry(body, origin):
    """R1.4, R1.5"""
    here, there = {"reference": "Organization/here"}, {"reference": "Organization/there"}
    resources = [
        patient(managingOrganization=here),
        resource("Organization", "here"),
        resource("Organization", "there"),
        resource("Encounter", "e", serviceProvider=here),
        resource("Encounter", "other", serviceProvider=there),
        resource("Encounter", "gp2gp", type=[{"text": "GP to GP communication transaction"}]),
        observation(**body),
    ]
    assert one(read(as_bytes(*resources)), "o").origin == origin


@pytest.mark.parametrize(
    ("items", "origin"),
    [
        ([{}], "native"),
        ([{"code": DEGRADED}], "transferred"),
        ([{"code": DEGRADED}, {"code": DEGRADED}], "transferred"),
        ([{"code": DEGRADED}, {}], "native"),
        (
            [{"code": DEGRADED}, {"code": coded("37331000000100"), "comment": "words"}],
            "transferred",
        ),
        ([{}, {"code": coded("1", "Notes summary on computer")}], "summarised"),
    ],
)
def test_a_consultation_was_transferred_when_no_code_of_it_survived(items, origin):
    """R1.4: one local code among others is sent as degraded on the day that it is entered."""
    observations = [observation(f"o{place}", **item) for place, item in enumerate(items)]
    references = [f"Observation/o{place}" for place in range(len(items))]
    extract = extract_of(*consultation(*references), *observations)
    assert one(extract, "c").origin == origin


def test_results_with_local_codes_do_not_make_a_report_transferred():
    """A laboratory's own code is degraded on the day that it arrives, without any transfer."""
    named = [{"reference": "Observation/o"}]
    report = resource("DiagnosticReport", "r", code=coded(), result=named)
    assert one(extract_of(report, observation(code=DEGRADED)), "r").origin == "native"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ({"type": coded("16521000000101", "Folder")}, "back-scanned"),
        ({"type": {"text": "Lloyd George notes"}}, "back-scanned"),
        ({"description": "LLOYD GEORGE 1 of 2"}, "back-scanned"),
        ({"type": {"text": "Letter"}}, "native"),
    ],
)
def test_scanned_paper_notes_are_back_scanned(kind, code):
    """R1.4"""
    assert one(extract_of(resource("DocumentReference", "d", **kind)), "d").origin == code


def test_extract_is_as_old_as_its_newest_section_list():
    """R1.3: the time of the extract dates what is new in it; consultations have dates of their own."""
    old, new = "2024-05-01T09:00:00+01:00", "2024-05-02T09:00:00+01:00"
    medicines = resource("List", None, code=coded("933361000000108"), date=old)
    problems = resource("List", None, code=coded("717711000000103"), date=new)
    lists = consultation(date="2025-01-01")
    assert extract_of(medicines, problems, *lists).extracted_at == datetime.fromisoformat(new)
    assert extract_of(*lists).extracted_at is None
