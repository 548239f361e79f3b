"""Two resources with one id in one file: what the source says of either so that nobody may see it holds (R6.5, R1.10)."""

import pytest

from records.importing.extract import UnreadableExtract
from records.importing.fhir import decoding
from records.importing.gpconnect import read as read_stu3
from records.importing.r4 import read as read_r4
from tests.records.importing import gpconnect_resources as stu3
from tests.records.importing import r4_resources as r4
from tests.records.importing.gpconnect_resources import coded, one

ERROR = "entered-in-error"


@pytest.fixture(params=["whole", "in pieces"])
def length(request, monkeypatch):
    """Both ways of reading a file: short ones as a whole, long ones in pieces."""
    if request.param == "in pieces":
        monkeypatch.setattr(decoding, "LONG", 0)


def as_read(version, *resources):
    if version == "stu3":
        return read_stu3(stu3.as_bytes(stu3.patient(), *resources))
    return read_r4(r4.as_bytes(r4.patient(), *resources))


@pytest.mark.usefixtures("length")
@pytest.mark.parametrize("places", [(0, 1), (1, 0), (0, 1, 0), (0, 0, 1)])
@pytest.mark.parametrize(
    ("version", "kind", "error", "because"),
    [
        ("stu3", "Observation", {"status": ERROR}, ERROR),
        ("stu3", "AllergyIntolerance", {"verificationStatus": ERROR}, ERROR),
        ("stu3", "AllergyIntolerance", {"verificationStatus": "refuted"}, "refuted"),
        ("stu3", "DocumentReference", {"docStatus": "preliminary"}, "not-reviewed"),
        ("r4", "Observation", {"status": ERROR}, ERROR),
        ("r4", "Condition", {"verificationStatus": r4.word(ERROR)}, ERROR),
        ("r4", "AllergyIntolerance", {"verificationStatus": r4.word("refuted")}, "refuted"),
    ],
)
def test_what_one_of_two_says_was_entered_in_error_is_not_shown(
    version, kind, error, because, places
):
    """R6.5: nobody can tell which of them holds."""
    both = [
        stu3.resource(
            kind, "a", code=coded(), note=[{"text": str(place)}], **error if is_error else {}
        )
        for place, is_error in enumerate(places)
    ]
    extract = as_read(version, *both)
    assert [each.unreleased_because for each in extract.entries] == [because]
    assert {each.reason for each in extract.skipped} == {
        "another resource in the file has the same id"
    }


@pytest.mark.usefixtures("length")
@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("version", "kind", "not_done"),
    [
        ("stu3", "Immunization", {"notGiven": True}),
        ("r4", "Immunization", {"status": "not-done"}),
        ("r4", "Condition", {"verificationStatus": r4.word("perhaps")}),
        ("r4", "ServiceRequest", {"doNotPerform": True}),
    ],
)
def test_what_one_of_two_says_was_not_done_or_may_not_be_true_is_left_out(
    version, kind, not_done, places
):
    """R6.5, R6.7"""
    both = [
        stu3.resource(kind, "a", code=coded(), vaccineCode=coded(), intent="order", note=[{"text": str(place)}],
                      **not_done if is_not_done else {})
        for place, is_not_done in enumerate(places)
    ]  # fmt: skip
    extract = as_read(version, *both)
    assert extract.entries == ()
    assert bool(extract.taken_back) == (version == "r4")


@pytest.mark.usefixtures("length")
@pytest.mark.parametrize("version", ["stu3", "r4"])
@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
@pytest.mark.parametrize(("others", "below"), [("", "o"), ("p", "op"), ("op", "op"), (None, "o")])
def test_results_of_a_report_that_one_of_two_takes_back_are_not_shown_without_it(
    version, places, others, below
):
    """R6.5: the one that takes it back may say no more than that, or name others that it takes back with it."""

    def naming(ids):
        return {"result": [{"reference": f"Observation/{id_}"} for id_ in ids]}

    named = {"code": coded(), "status": "final"} | naming("o")
    told = {"code": coded(), "status": ERROR} | (naming(others) if others is not None else {})
    both = [stu3.resource("DiagnosticReport", "r", **(told if each else named)) for each in places]
    extract = as_read(version, *both, *map(stu3.observation, below))
    assert [each.unreleased_because for each in extract.entries] == [ERROR]
    assert [each.key.id for each in extract.entries[0].parts] == list(below)


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_plans_of_a_medicine_that_one_of_two_takes_back_are_not_shown_without_it(places):
    """R6.5"""
    drug = {"medicationReference": {"reference": "Medication/m"}}
    told = [("o", "active"), ("p", ERROR)]
    both = [
        stu3.resource("MedicationStatement", "s", status=status, **drug,
                      basedOn=[{"reference": f"MedicationRequest/{plan}"}])
        for plan, status in (told[each] for each in places)
    ]  # fmt: skip
    plans = [
        stu3.resource("MedicationRequest", id_, intent="plan", status="active", **drug)
        for id_ in "op"
    ]
    extract = stu3.extract_of(*both, stu3.resource("Medication", "m", code=coded()), *plans)
    assert [each.unreleased_because for each in extract.entries] == [ERROR]


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_an_access_code_of_one_of_two_hides_it_with_the_label_of_the_other(places):
    """R1.11, R2.4: what it is about says why, so that nothing of the other one is left but its label."""
    code = {"code": coded("1364731000000104", "Review")}
    both = [stu3.observation(**code if each else {"meta": stu3.NOPAT}) for each in places]
    extract = stu3.extract_of(*both)
    assert one(extract, "o").unreleased_because == "access-code"


@pytest.mark.usefixtures("length")
@pytest.mark.parametrize("status", [ERROR, "preliminary"])
def test_a_document_that_one_of_two_takes_back_is_refused(status):
    both = [
        r4.resource("Composition", "c", status=each, section=[r4.section("10160-0", text=each)])
        for each in ("final", status)
    ]
    with pytest.raises(UnreadableExtract, match="not a finished one"):
        as_read("r4", *both)


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_a_label_on_one_of_two_reaches_as_far_where_one_was_entered_in_error(places):
    """R2.4: also where what the other one says stands in its place."""
    behind = [{"url": stu3.PROBLEM, "valueReference": {"reference": "Observation/o"}}]
    labelled = {"meta": stu3.NOPAT, "verificationStatus": ERROR}
    both = [
        stu3.resource("Condition", "a", code=coded(), extension=behind, **labelled if each else {})
        for each in places
    ]
    extract = stu3.extract_of(*both, stu3.observation())
    assert one(extract, "a").unreleased_because == ERROR
    assert one(extract, "o").unreleased_because == "source-withheld"
