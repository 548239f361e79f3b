"""Records of R4 from the file to the page: loaded, loaded again, refused beside another form, and read by the patient."""

import gzip
import json

import pytest
from django.core.management import CommandError

from audit.row_security import rows_of
from records.models import Entry
from surgeries.models import Patient
from surgeries.terms import Level
from tests.cast import make_grant, make_online, make_patient, make_user, read_all
from tests.crawling import walk
from tests.records.importing.gpconnect_resources import as_bytes as stu3
from tests.records.importing.gpconnect_resources import coded
from tests.records.importing.r4_resources import bundle, patient, resource, section, word
from tests.records.test_commands import load
from tests.records.views.record import reader

pytestmark = pytest.mark.django_db
NUMBER = "9991000003"


@pytest.fixture
def quilla(surgery):
    """The patient of the resources here, on the surgery's list."""
    return make_patient(surgery, NUMBER, family_name="Madeup", date_of_birth="1984-02-29")


def condition(id, title="Asthma", **more):
    return resource("Condition", id, code=coded(display=title), **more)


def document(*resources, sections=()):
    names = [f"{each['resourceType']}/{each['id']}" for each in resources]
    listed = [section("11450-4", "Problems", *names), *sections]
    composition = resource("Composition", "c", section=listed)
    return bundle(composition, patient(), *resources, type="document")


@pytest.fixture
def write(tmp_path):
    """Puts a bundle into a file."""

    def put(body, name="a.json"):
        path = tmp_path / name
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        path.write_bytes(data)
        return path

    return put


def outcome(report):
    (told,) = report["files"]
    return told["outcome"], told["reason"]


def test_a_record_of_r4_is_loaded_loaded_again_and_updated(quilla, write):
    """R7.3"""
    first = document(condition("a"), condition("b"))
    report, code = load(write(first))
    assert code == 0
    assert report["totals"]["sections"]["health-conditions"]["added"] == 2
    assert outcome(load(write(first))[0]) == ("unchanged", "")
    report, _ = load(write(document(condition("a", "Severe asthma"))))
    changes = report["totals"]["sections"]["health-conditions"]
    assert (changes["updated"], changes["withdrawn"]) == (1, 1)


def test_a_record_in_another_form_than_the_one_held_is_refused(quilla, write):
    """R7.3: nothing shows twice, and nothing is taken for gone; either way round."""
    assert outcome(load(write(document(condition("a"))))[0])[0] == "loaded"
    other = stu3(patient(), resource("Condition", "a", code=coded(), clinicalStatus="active"))
    said, why = outcome(load(write(other))[0])
    assert (said, "FHIR R4" in why, "another form" in why) == ("refused", True, True)
    with rows_of(quilla.pk):
        assert [row.source_system for row in Entry.objects.of(quilla)] == ["fhir-r4-document"]


def test_a_summary_does_not_take_the_place_of_a_record_nor_a_record_that_of_a_summary(
    quilla, write
):
    """R7.3, R2.3: its entries have other names, so what is hidden would come back beside the hidden one."""
    record, summary = bundle(patient(), condition("a")), document(condition("x"))
    record["type"] = "transaction"
    assert outcome(load(write(record))[0])[0] == "loaded"
    said, why = outcome(load(write(summary))[0])
    assert (said, "another form" in why) == ("refused", True)
    with rows_of(quilla.pk):
        assert [row.source_id for row in Entry.objects.of(quilla)] == ["a"]


def test_the_name_of_a_file_says_nothing(quilla, write):
    """Packed or not is told by the content too."""
    packed = gzip.compress(json.dumps(document(condition("a"))).encode())
    assert outcome(load(write(packed, "record.xml"))[0]) == ("loaded", "")
    plain = document(condition("a"))
    assert outcome(load(write(plain, "record.json.gz"))[0]) == ("unchanged", "")


@pytest.fixture
def strangers(surgery, write):
    """Two files whose people carry the number that belongs to nobody."""
    nobody = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "1234567890"}]
    for name, family in (("one.json", "Madeup"), ("two.json", "Alsomadeup")):
        whose = patient(identifier=nobody, name=[{"family": family, "given": ["Q"]}])
        path = write(bundle(whose, condition("a", clinicalStatus=word("active"))), name)
    return path.parent


def test_the_shared_number_loads_nobody_without_a_table_of_numbers(strangers):
    """R3.7, README A.3"""
    report, code = load(strangers, add_patients=True)
    assert (code, report["totals"]["refused"]) == (1, 2)
    assert all("1234567890" in each["reason"] for each in report["files"])
    assert not Patient.objects.exists()


def test_a_table_says_whose_each_of_many_files_is(strangers, write):
    """R7.2: each file for the patient that is named beside it."""
    table = write(b"one.json,999 100 0003\ntwo.json,9991000011\n", "numbers.csv")
    files = [strangers / "one.json", strangers / "two.json"]
    report, code = load(*files, add_patients=True, numbers=table)
    assert code == 0
    assert [each["patient"]["nhs_number"] for each in report["files"]] == [NUMBER, "9991000011"]
    names = Patient.objects.order_by("nhs_number").values_list("family_name", flat=True)
    assert list(names) == ["Madeup", "Alsomadeup"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("one.json", "line 1: write the file and the NHS number"),
        ("one.json,1234567890", "line 1: the NHS number is not valid"),
        ("one.json,9991000003\none.json,9991000011", "line 2: this file has two numbers"),
    ],
)
def test_a_table_that_cannot_be_used_loads_nothing(strangers, write, line, said):
    with pytest.raises(CommandError, match=said) as error:
        load(strangers, numbers=write(line.encode(), "numbers.csv"))
    assert error.value.returncode == 2


TEXTS = {
    "AllergiesHeader": "Toxic reaction to wasp sting",
    "RepeatMedsHeader": "Paracetamol tablets",
    "DiagnosesHeader": "Confirmed by test",
    "ResultsHeader": "Severity scale",
    "AdviceHeader": "Rest at home",
}


def test_text_of_every_section_can_be_read_by_the_patient(quilla, write, client):
    """README D, R6.2, R7.7: each where it belongs, as words."""
    sections = [
        section(code, code, text=f"{words} <b>{{{{x}}}}</b>", system="x")
        for code, words in TEXTS.items()
    ]
    sections += [
        section("x", "Vaccinations", text="Left arm"),
        section("x", "Letters", text="Dear all"),
    ]
    sections += [section("48765-2", empty="nilknown")]
    whole = document(condition("d", verificationStatus=word("provisional")), sections=sections)
    assert outcome(load(write(whole))[0]) == ("loaded", "")
    make_grant(quilla, Level.FULL, Level.FULL)
    read_all(quilla)
    user = make_user("quilla@example.test", name="Quilla Madeup")
    make_online(quilla, user)
    reader(client, user, quilla)
    pages = walk(client, quilla, leave_out=("/looks-wrong", "/hide"))
    assert {page.status for page in pages.values()} <= {200, 302}
    told = "\n".join(page.text for page in pages.values())
    for words in (
        *TEXTS.values(),
        "Left arm",
        "Dear all",
        "No known allergies or adverse reactions",
    ):
        assert words in told
    assert "Not certain yet" in told
