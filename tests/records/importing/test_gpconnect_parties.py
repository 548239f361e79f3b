"""Names in a laboratory's message: who made a result, who asked for it, and no code of either."""

import json

import pytest

from records.content import Author
from records.importing.gpconnect import read
from tests.conftest import SHARED
from tests.records.importing.gpconnect_resources import (
    coded,
    content,
    extract_of,
    observation,
    one,
    resource,
)

FULL = SHARED / "gpc-structured-gp2gp" / "full-record"


def named(*names):
    """A report and its result, both by these: people where a name has a space."""
    people, actors = [], []
    for number, name in enumerate(names):
        kind = "Practitioner" if " " in name else "Organization"
        written = [{"family": name}] if " " in name else name
        people.append(resource(kind, f"n{number}", name=written))
        actors.append({"reference": f"{kind}/n{number}"})
    report = resource(
        "DiagnosticReport", "r", code=coded(), result=[{"reference": "Observation/o"}],
        performer=[{"actor": each} for each in actors],
    )  # fmt: skip
    extract = extract_of(report, observation(performer=actors), *people)
    return [content(one(extract, id)) for id in ("r", "o")]


@pytest.mark.parametrize(
    ("name", "makers", "asked_by"),
    [
        ("LaboratoryServiceProvider-HEREFORD", [Author(organisation="HEREFORD")], []),
        ("LaboratoryServiceProvider-P PRESLAND-C1357930", [Author("P PRESLAND")], []),
        ("LaboratoryServiceProvider-RQW00", [], []),
        ("LaboratoryServiceProvider-RJ700", [], []),
        ("OrderingParty-PORTER P-G1234569", [], [Author("PORTER P")]),
        ("OrderingParty-CARTWRIGHT R (GP)-G4499051", [], [Author("CARTWRIGHT R (GP)")]),
        ("OrderingParty-G1234569", [], []),
        ("OrderingParty-No Name/code NOT_GIVEN", [], []),
        ("MessageRecipient-B86123", [], []),
        ("MessageRecipient-Paul Campbell", [], []),
        ("Medi-Pete", [Author(organisation="Medi-Pete")], []),
        ("EMIS LV Test Practice 1", [Author("EMIS LV Test Practice 1")], []),
    ],
)
def test_a_name_goes_where_its_part_in_the_message_says(name, makers, asked_by):
    for found in named(name):
        assert (found.performers, found.asked_by) == (makers, asked_by)


def test_each_is_named_once():
    report, _ = named(
        "OrderingParty-RAY ROLT-G1234545", "OrderingParty-RAY ROLT", "MessageRecipient-RAY ROLT"
    )
    assert report.asked_by == [Author("RAY ROLT")]


@pytest.mark.skipif(not FULL.exists(), reason="the development data is not beside the project")
@pytest.mark.parametrize("path", sorted(FULL.rglob("*.json")), ids=lambda path: path.stem)
def test_no_real_record_keeps_a_part_or_a_code_as_a_name(path):
    for entry in read(path.read_bytes()).entries:
        for row in (entry, *entry.parts):
            people = [*row.details.get("performers", []), *row.details.get("asked_by", [])]
            said = json.dumps(people)
            assert not [w for w in ("Recipient", "Provider-", "OrderingParty") if w in said]
            assert not any(char.isdigit() for char in said.replace("EMIS LV Test Practice 1", ""))
