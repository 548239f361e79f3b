"""Every national example is read as what it says, and written again it says the same (R4.9, R4.10)."""

import json
from dataclasses import replace
from datetime import date

import pytest

from proxy_access.fhir import Unreadable, bundle_of, read
from tests.proxy_access.fhir.examples import AT, ROLE, consent, content, example, names

ADULTS = ("9000000005", "9000000010")
CHILD = ("9000000009", "9000000019")
PARENT = "parental-responsibility"
DEPUTY = "court-appointed-personal-welfare-deputy"
FOUR_YEARS = (date(2025, 2, 11), date(2029, 2, 11))
TABLE = [
    # example, status, reason, basis, patient and proxy, from and until
    ("GET_Consent/single-consenting-adult-relationship", "active", "ROLE_CREATED", DEPUTY, ADULTS,
     (date(2025, 2, 11), date(2026, 2, 11))),
    ("GET_Consent/single-consenting-adult-relationship-include-patient", "active", "ROLE_CREATED", PARENT, ADULTS,
     FOUR_YEARS),
    ("GET_Consent/single-consenting-adult-relationship-include-performer", "active", "ROLE_CREATED", PARENT, ADULTS,
     FOUR_YEARS),
    ("GET_Consent/single-consenting-adult-relationship-include-performer-patient", "active", "ROLE_CREATED", PARENT,
     ADULTS, FOUR_YEARS),
    ("GET_Consent/single-mother-child-relationship", "active", "ROLE_CREATED", PARENT, CHILD, FOUR_YEARS),
    ("GET_Consent/single-mother-child-relationship-include-patient", "active", "ROLE_CREATED", PARENT, CHILD,
     (date(2024, 7, 21), None)),  # it gives no period: from when it was written
    ("GET_Consent/single-mother-child-relationship-include-performer", "active", "ROLE_CREATED", PARENT, CHILD,
     FOUR_YEARS),
    ("GET_Consent/single-mother-child-relationship-include-performer-patient", "active", "ROLE_CREATED", PARENT, CHILD,
     FOUR_YEARS),
    ("POST_Consent/adult_to_adult_proxy_creation", "active", "ROLE_CREATED", DEPUTY, ("9000000012", "9000000017"),
     (date(2026, 2, 11), None)),
    ("POST_Consent/parent_child_proxy_creation", "active", "ROLE_CREATED", PARENT, ("9000000012", "9000000009"),
     FOUR_YEARS),
    ("GET_QuestionnaireResponse/success", "proposed", "APPLICATION_SUBMITTED", PARENT, ("9000000006", "9000000005"),
     (date(2024, 7, 15), None)),
    ("POST_QuestionnaireResponse/adult-nominates-adult", "proposed", "APPLICATION_SUBMITTED", "consent",
     ("9000000006", "9000000005"), (date(2024, 7, 15), None)),
    ("POST_QuestionnaireResponse/adult-to-adult-with-capacity", "proposed", "APPLICATION_SUBMITTED", "consent",
     ("9000000006", "9000000005"), (date(2024, 7, 15), None)),
    ("POST_QuestionnaireResponse/duplicate_relationship", "proposed", "APPLICATION_SUBMITTED", "consent",
     ("9000000006", "9000000049"), (date(2024, 7, 15), None)),
    ("POST_QuestionnaireResponse/mother-child", "proposed", "APPLICATION_SUBMITTED", PARENT,
     ("9000000002", "9000000017"), (date(2024, 7, 15), None)),
]  # fmt: skip
NO_GRANT = [
    "GET_RelatedPerson/list_relationship_9000000017",
    "GET_RelatedPerson/list_relationship_9000000017_include",
    "GET_RelatedPerson/verify_relationship_9000000009",
    "GET_RelatedPerson/verify_relationship_9000000009_include",
    "GET_RelatedPerson/verify_relationship_9000000025",
    "GET_RelatedPerson/verify_relationship_9000000025_include",
]
"""That two people are related is no grant."""
NOTHING = ["GET_Consent/no-relationships", "GET_RelatedPerson/empty_response_9000000033"]


def who(role):
    return role.patient.nhs_number, role.proxy.nhs_number


@pytest.mark.parametrize(
    ("name", "status", "reason", "basis", "people", "period"),
    TABLE,
    ids=lambda value: str(value)[-40:],
)
def test_each_example_is_read_as_what_it_says(shared, name, status, reason, basis, people, period):
    [role] = read(example(shared, name))
    assert (role.status, role.reason, role.basis) == (status, reason, basis)
    assert (who(role), (role.starts_on, role.ends_on)) == (people, period)


@pytest.mark.parametrize("name", [row[0] for row in TABLE])
def test_each_example_is_written_again_equal_in_meaning(shared, name):
    """Dropped: times of day, how the two are related, who answered for an application and what it asks to see."""
    [role] = read(example(shared, name))
    role = replace(role, source_id=role.source_id or "made-up", asked_for=frozenset())
    [again] = read(content(role))
    assert again == role


@pytest.mark.parametrize("name", NO_GRANT)
def test_that_people_are_related_is_no_grant(shared, name):
    with pytest.raises(Unreadable, match="holds no Consent: who is related"):
        read(example(shared, name))


@pytest.mark.parametrize("name", NOTHING)
def test_no_relationship_is_nothing(shared, name):
    assert read(example(shared, name)) == []


def test_the_table_has_every_example(shared):
    assert names(shared) == {*(row[0] for row in TABLE), *NO_GRANT, *NOTHING}


def test_facts_are_those_of_the_patients_in_the_file(shared):
    name = "GET_Consent/single-consenting-adult-relationship-include-performer-patient"
    [role] = read(example(shared, name))
    assert (role.patient.family_name, role.patient.date_of_birth) == ("Evans", date(1995, 10, 22))
    assert (role.proxy.family_name, role.proxy.date_of_birth) == ("Smith", date(1980, 1, 15))
    assert (role.source_id, role.granted_by) == ("WWCC67T1", "G8101234")


def test_an_application_says_what_it_asks_for(shared):
    [role] = read(example(shared, "POST_QuestionnaireResponse/mother-child"))
    assert role.asked_for == {
        "medicines", "test-results", "immunisations", "health-conditions", "consultations", "documents",
    }  # fmt: skip
    assert (role.patient.family_name, role.patient.given_names) == ("Tenenbaum", "Timothy")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_consent_with_the_elements_of_r5_says_the_same(scheme):
    """The API has begun to give basis and person as extensions, without `policyRule` and `performer`."""
    body = consent()
    basis, [proxy] = body.pop("policyRule"), body.pop("performer")
    r5 = f"{scheme}://hl7.org/fhir/5.0/StructureDefinition/extension-Consent."
    body["extension"] += [
        {"url": f"{r5}regulatoryBasis", "valueCodeableConcept": basis},
        {"url": f"{r5}grantee", "valueReference": proxy},
    ]
    [role] = read(json.dumps(body).encode())
    assert (role.basis, role.proxy.nhs_number) == (ROLE.basis, ROLE.proxy.nhs_number)


@pytest.mark.parametrize(
    ("names", "family_name"),
    [
        ([{"use": "old", "family": "Before"}, {"use": "usual", "family": "Now"}], "Now"),
        ([{"use": "nickname", "family": "Adie"}, {"family": "Now"}], "Now"),
        ([{"use": "official", "family": "Now"}, {"family": "Other"}], "Now"),
        ([{"use": "old", "family": "Before"}], ""),
        ([], ""),
    ],
)
def test_the_name_that_holds_now_is_taken(names, family_name):
    """R3.7: a name of before, or a nickname, is none to find somebody by."""
    body = json.loads(content())
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["name"] = names
    [role] = read(json.dumps(body).encode())
    assert role.patient.family_name == family_name
    assert role.patient.is_matchable == bool(family_name)


def test_nothing_is_written_for_nobody():
    assert bundle_of([], at=AT)["entry"] == []
