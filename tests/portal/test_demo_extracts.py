"""The demo's own extracts: sound, deterministic, and as their cast promises."""

import json
from base64 import b64decode
from datetime import date, timedelta
from io import BytesIO

import nhs_number
import pytest
from pypdf import PdfReader

from portal.demo.long_record import long_record
from portal.demo.people import BY_KEY, PATIENTS
from portal.demo.records import all_extracts, as_json, extract_for, hidden_entries
from portal.demo.records.moves import NOT_SENT
from portal.demo.roles import SURGERY
from portal.demo.staff import CARER, PROXY, STAFF
from portal.demo.when import Ago, age_on
from records.papers.kinds import contradicts, kind_of
from surgeries.terms import Level

TODAYS = [date(2026, 11, 22), date(2028, 2, 29)]
SNOMED = "http://snomed.info/sct"

everyone = pytest.mark.parametrize("person", PATIENTS, ids=lambda person: person.key)
on_two_days = pytest.mark.parametrize("today", TODAYS, ids=str)


def resources(bundle):
    return [entry["resource"] for entry in bundle["entry"]]


def of_type(bundle, kind):
    return [each for each in resources(bundle) if each["resourceType"] == kind]


def walk(node):
    """Every JSON object, at any depth."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from walk(each)


def known(bundle):
    """Every reference that can be resolved, contained resources included."""
    for each in resources(bundle):
        if "id" in each:
            yield f"{each['resourceType']}/{each['id']}"
        for inner in each.get("contained", []):
            yield f"#{inner['id']}"
            yield f"{inner['resourceType']}/{inner['id']}"


def check_digit_is_right(code):
    """The Verhoeff check of SNOMED CT identifiers."""
    dihedral = [[(a + b) % 5 if b < 5 else 5 + (a + b) % 5 for b in range(10)] for a in range(5)]
    dihedral += [
        [5 + (a - b) % 5 if b < 5 else (a - b) % 5 for b in range(10)] for a in range(5, 10)
    ]
    steps = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for _ in range(6):
        steps.append([steps[-1][steps[1][digit]] for digit in range(10)])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = dihedral[check][steps[place % 8][int(digit)]]
    return check == 0


def test_the_cast_is_large_and_each_person_is_somebody_else():
    assert len(PATIENTS) >= 14
    for name in ("key", "nhs_number", "full_name", "phone", "situation"):
        assert len({getattr(person, name) for person in PATIENTS}) == len(PATIENTS)
    emails = [person.email for person in PATIENTS if person.email]
    emails += [PROXY.email, CARER.email, *(member.email for member in STAFF)]
    assert len(set(emails)) == len(emails)
    assert all(email.endswith("@example.test") for email in emails)


def test_telephone_numbers_are_those_kept_for_drama():
    phones = [SURGERY.phone, *(person.phone for person in PATIENTS)]
    assert all(phone.startswith("01632 960") for phone in phones)


def test_each_duty_is_held_by_someone_alone_and_all_by_one():
    duties = {"check-identity", "review-entries", "decide-access", "manage-settings"}
    assert {member.duties[0] for member in STAFF if len(member.duties) == 1} == duties
    assert any(set(member.duties) == duties for member in STAFF)


def test_the_proxy_acts_for_someone_and_is_no_patient():
    for proxy in (PROXY, CARER):
        assert proxy.acts_for in BY_KEY
        assert proxy.email not in {person.email for person in PATIENTS}


@everyone
def test_nhs_numbers_are_valid_and_from_the_test_range(person):
    """R7.1."""
    assert nhs_number.is_valid(person.nhs_number)
    assert person.nhs_number.startswith("999")


@everyone
@on_two_days
def test_everyone_is_as_old_as_promised(person, today):
    assert age_on(today, person.born_on(today)) == person.age
    assert person.born_on(today) <= person.registered_on(today) <= today


def test_under_thirteen_has_no_account_and_every_level_is_tried():
    """R3.8, R1.6."""
    assert not any(person.email for person in PATIENTS if person.age < 13)
    assert {person.current for person in PATIENTS} == set(Level)
    assert {person.decision for person in PATIENTS} == {"granted", "denied", "paused", "none"}


@on_two_days
def test_the_start_date_is_the_later_of_going_live_and_registering(today):
    """R1.2."""
    assert BY_KEY["ada"].starts_on(today) == SURGERY.go_live_on(today)
    assert BY_KEY["lukasz"].starts_on(today) == BY_KEY["lukasz"].registered_on(today)
    assert BY_KEY["bilal"].starts_on(today) == today - timedelta(days=14)


def test_a_length_of_time_ends_on_the_last_day_of_a_shorter_month():
    assert Ago(months=1).before(date(2026, 3, 31)) == date(2026, 2, 28)
    assert Ago(years=1).before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert Ago(months=-1).before(date(2026, 12, 15)) == date(2027, 1, 15)


@everyone
@on_two_days
def test_an_extract_is_json_about_that_person_and_always_the_same(person, today):
    content = as_json(extract_for(person, today))
    assert content == as_json(extract_for(person, today))
    bundle = json.loads(content)
    [patient] = of_type(bundle, "Patient")
    assert patient["identifier"][0]["value"] == person.nhs_number
    assert patient["birthDate"] == person.born_on(today).isoformat()
    assert patient["name"][0]["family"] == person.family_name


@everyone
@on_two_days
def test_references_resolve_except_those_left_dangling_on_purpose(person, today):
    bundle = extract_for(person, today)
    found = set(known(bundle))
    loose = {node["reference"] for node in walk(bundle) if "reference" in node} - found
    assert loose == ({NOT_SENT} if person.key == "lukasz" else set())


@everyone
def test_ids_are_given_once_and_section_lists_have_none(person):
    bundle = extract_for(person, TODAYS[0])
    ids = [f"{each['resourceType']}/{each['id']}" for each in resources(bundle) if "id" in each]
    assert len(ids) == len(set(ids))
    assert all("fullUrl" not in entry for entry in bundle["entry"])
    assert sum("id" not in each for each in of_type(bundle, "List")) >= 10


@everyone
@on_two_days
def test_nothing_is_recorded_before_it_happened_nor_after_the_extract(person, today):
    """R1.1: two dates on every entry, in the order in which life has them."""
    pairs = (
        ("effectiveDateTime", "issued"),
        ("onsetDateTime", "assertedDate"),
        ("created", "indexed"),
        ("onsetDateTime", "abatementDateTime"),
    )
    for node in walk(extract_for(person, today)):
        for happened, recorded in pairs:
            if node.get(happened) and node.get(recorded):
                assert node[happened] <= node[recorded]
        for name in ("issued", "assertedDate", "indexed", "authoredOn", "dateAsserted"):
            assert node.get(name, "") < today.isoformat()


@everyone
def test_nothing_happened_before_birth_nor_is_sent_empty(person):
    born = person.born_on(TODAYS[0]).isoformat()
    for node in walk(extract_for(person, TODAYS[0])):
        for name in ("effectiveDateTime", "onsetDateTime", "date", "created"):
            assert name not in node or node[name] >= born[: len(node[name])]
        assert "" not in node.values()


@everyone
def test_snomed_codes_pass_their_check_digit(person):
    for node in walk(extract_for(person, TODAYS[0])):
        if node.get("system") == SNOMED:
            assert check_digit_is_right(node["code"]), node


def test_a_medicine_gets_a_new_id_in_each_extract_and_other_entries_keep_theirs():
    one, other = (extract_for(BY_KEY["ada"], today) for today in TODAYS)
    assert (
        not set(known(one))
        & set(known(other))
        & {f"Medication/{each['id']}" for each in of_type(one, "Medication")}
    )
    kept = {f"Condition/{each['id']}" for each in of_type(one, "Condition")}
    assert kept <= set(known(other))


@pytest.mark.parametrize(("key", "audiences"), [("sian", ["everyone"] * 2), ("edith", ["proxies"])])
def test_what_staff_hide_is_in_the_extract_without_a_mark(key, audiences):
    """R2.1."""
    bundle = extract_for(BY_KEY[key], TODAYS[0])
    hidden = hidden_entries(BY_KEY[key], TODAYS[0])
    assert [entry.audience for entry in hidden] == audiences
    assert {entry.entry for entry in hidden} <= set(known(bundle))
    assert "NOPAT" not in str(bundle)


def test_labels_of_the_source_stand_in_each_of_their_places():
    """R2.4."""
    bundle = extract_for(BY_KEY["rowan"], TODAYS[0])
    labelled = {
        each["resourceType"]
        for each in resources(bundle)
        if "NOPAT" in str(each["meta"].get("security"))
    }
    assert labelled == {
        "Condition",
        "DiagnosticReport",
        "DocumentReference",
        "List",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
    }
    assert any("securityLabel" in each for each in of_type(bundle, "DocumentReference"))


def test_the_older_person_has_twelve_repeat_medicines_and_one_from_elsewhere():
    bundle = extract_for(BY_KEY["edith"], TODAYS[0])
    agencies = [
        each["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        for each in of_type(bundle, "MedicationStatement")
    ]
    assert agencies.count("prescribed-at-gp-practice") == 12
    assert agencies.count("prescribed-by-another-organisation") == 1


@pytest.mark.parametrize("entries", [500, 1_000, 5_000])
def test_a_long_record_is_as_long_as_asked(entries):
    bundle = long_record(TODAYS[0], entries)
    kinds = ("Observation", "DiagnosticReport", "Encounter", "Condition", "MedicationStatement")
    found = sum(len(of_type(bundle, kind)) for kind in kinds)
    assert 0.9 * entries <= found <= 1.05 * entries
    assert not {node["reference"] for node in walk(bundle) if "reference" in node} - set(
        known(bundle)
    )


def test_medicines_and_allergies_are_as_many_in_a_long_record_as_in_a_short_one():
    """So that a page of them can be timed against the length of the rest."""
    short, long = (long_record(TODAYS[0], entries) for entries in (500, 5_000))
    for kind in ("MedicationStatement", "AllergyIntolerance"):
        assert len(of_type(short, kind)) == len(of_type(long, kind))


def test_a_long_record_can_be_of_anyone():
    [patient] = of_type(long_record(TODAYS[0], 100, BY_KEY["kofi"]), "Patient")
    assert patient["identifier"][0]["value"] == BY_KEY["kofi"].nhs_number


def test_every_extract_is_read_with_nothing_skipped():
    gpconnect = pytest.importorskip("records.importing.gpconnect")
    if not hasattr(gpconnect, "read"):
        pytest.skip("there is no reader yet")
    for person, content in all_extracts(TODAYS[0]):
        extract = gpconnect.read(content)
        assert extract.skipped == ()
        assert extract.person.nhs_number == person.nhs_number
        assert extract.person.family_name == person.family_name
        assert extract.person.date_of_birth == person.born_on(TODAYS[0])
        hidden = {str(entry.entry) for entry in hidden_entries(person, TODAYS[0])}
        assert hidden <= {str(entry.key) for entry in extract.entries}
        assert extract.entries


def test_some_documents_come_along_and_are_what_they_say():
    """A PDF, a text and a picture, so that a visitor has something to open; the PDF is whole."""
    bundle = extract_for(BY_KEY["oliver"], TODAYS[0])
    sent = {each["id"]: b64decode(each["content"]) for each in of_type(bundle, "Binary")}
    assert sorted(kind_of(content).code for content in sent.values()) == ["jpeg", "pdf", "text"]
    for each in of_type(bundle, "DocumentReference"):
        attached = each["content"][0]["attachment"]
        if each["id"] in sent:
            assert not contradicts(attached["contentType"], kind_of(sent[each["id"]]))
            assert attached["url"].endswith(f"/Binary/{each['id']}")
    [pdf] = [content for content in sent.values() if content.startswith(b"%PDF-")]
    words = PdfReader(BytesIO(pdf), strict=True).pages[0].extract_text()
    assert "About: Oliver Paperley" in words
