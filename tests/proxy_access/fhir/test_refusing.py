"""A file that is not understood to its end is refused, and says why: nothing is dropped that makes it permit less."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy_access.fhir import Unreadable, read
from proxy_access.fhir.parsing import LIMIT
from tests.proxy_access.fhir.examples import ROLE, consent, content

GOOD = content()


def refused(body):
    with pytest.raises(Unreadable) as told:
        read(body if isinstance(body, bytes) else json.dumps(body).encode())
    message = str(told.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not complete JSON"),
        (GOOD[: len(GOOD) // 2], "not complete JSON"),
        (GOOD + b"{}", "not complete JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (LIMIT + 1), "larger than 2 MB"),
        (b'{"resourceType": "Consent", "status": "active", "status": "inactive"}', "status twice"),
        (b'{"resourceType": NaN}', "NaN"),
        (b'{"resourceType": "\xff"}', "not UTF-8"),
        ('{"resourceType": "Consent"}'.encode("utf-16"), "not UTF-8"),
        (rb'{"resourceType": "Consent", "id": "\ud800"}', "no text"),
        (rb'{"resourceType": "Consent", "id": "a\u0000"}', "no text"),
        (b"[]", "not a FHIR resource"),
        (b"{}", "without a type"),
        (b'{"resourceType": 7}', "not text"),
        (b'{"resourceType": "OperationOutcome"}', "OperationOutcome, not a Consent"),
        (b'{"resourceType": "Bundle", "type": "transaction", "entry": []}', "type transaction"),
        (b'{"resourceType": "Bundle", "type": "searchset", "entry": [7]}', "list of objects"),
        (b'{"resourceType": "Bundle", "type": "searchset", "entry": {}}', "list of objects"),
        (b'{"resourceType": "Bundle", "type": "searchset", "entry": [{}]}', "without a type"),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_is_no_file_of_grants(body, told):
    assert told in refused(body)


OTHER_REASON = {
    "url": "https://fhir.nhs.uk/England/StructureDefinition/Extension-England-Consent-Status-Reason",
    "valueCodeableConcept": {"coding": [{"code": "OTHER"}]},
}
UNKNOWN_REASON = {**OTHER_REASON, "valueCodeableConcept": {"coding": [{"code": "SOLVED"}]}}
LONG_REASON = {
    **OTHER_REASON,
    "valueCodeableConcept": {"coding": [{"code": "OTHER"}], "text": "x" * 501},
}
BASIS = "https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis"
TWO_BASES = [{"system": BASIS, "code": "consent"}, {"system": BASIS, "code": "best-interest"}]
ACCOUNT = {
    "identifier": {
        "system": "urn:ietf:rfc:3986",
        "value": "urn:uuid:8f8f8f8f-0000-4000-8000-000000000000",
    }
}
NO_ACCOUNT = {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:ada"}}
DENIES = {"type": "deny"}
NOBODY = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "12"}}
ARABIC = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "٩٩٩٠٠٠٠٠١٨"}}
SOMEBODY_ELSE = {
    "identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000034"}
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"id": "a b"}, "its id is not one of FHIR"),
        ({"status": "draft"}, "the status draft does not go with ROLE_CREATED"),
        ({"status": "inactive"}, "the status inactive does not go with ROLE_CREATED"),
        ({"status": "rejected"}, "the status rejected does not go with ROLE_CREATED"),
        ({"status": None}, "the status none does not go with"),
        ({"extension": []}, "gives no reason for its status"),
        ({"extension": [OTHER_REASON] * 2}, "gives two reasons"),
        ({"extension": [OTHER_REASON], "status": "inactive"}, "does not say what the other reason is"),
        ({"extension": [UNKNOWN_REASON]}, "the reason SOLVED is not known"),
        ({"extension": [LONG_REASON], "status": "inactive"}, "longer than 500 characters"),
        ({"policyRule": {"coding": TWO_BASES}}, "gives two legal bases"),
        ({"policyRule": {"coding": [{"system": BASIS, "code": "unknown"}]}}, "the legal basis unknown is not known"),
        ({"patient": ACCOUNT}, "the patient is not named"),
        ({"performer": [NO_ACCOUNT]}, "named by ada, which is no account"),
        ({"performer": None, "provision": {"type": "permit"}}, "names nobody who acts"),
        ({"policyRule": None}, "gives no legal basis"),
        ({"policyRule": {"coding": [{"system": "x", "code": "consent"}]}}, "gives no legal basis"),
        ({"patient": None}, "the patient is not named"),
        ({"patient": NOBODY}, "the patient is not named"),
        ({"patient": ARABIC}, "the patient is not named"),
        ({"patient": {"reference": "Patient/1"}}, "the patient is not named"),
        ({"performer": [SOMEBODY_ELSE]}, "two people who act"),
        ({"provision": DENIES}, "does not say that it permits"),
        ({"provision": None}, "does not say that it permits"),
        ({"scope": None}, "not about access to information"),
        ({"category": []}, "not about access to information"),
        ({"dateTime": "2024-06-01"}, "does not say in which time zone"),
        ({"dateTime": None}, "dateTime (none) is not a moment"),
        ({"modifierExtension": [{"url": "x"}]}, "permits less by “modifierExtension”"),
        ({"implicitRules": "x"}, "permits less by “implicitRules”"),
    ],
    ids=range(30),
)  # fmt: skip
def test_a_consent_that_is_not_understood(changed, told):
    message = refused(consent() | changed)
    assert told in message
    assert message.startswith("Consent")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"period": {"start": "2024-06"}}, "the start (2024-06) is not a whole date"),
        ({"period": {"start": "2024-02-30"}}, "is not a whole date"),
        ({"period": {"start": "2024-06-01 or so"}}, "is not a whole date"),
        ({"period": {"start": "2024-06-01", "end": "2024-05-31"}}, "ends before it starts"),
        ({"actor": [{"reference": SOMEBODY_ELSE}]}, "two people who act"),
        ({"purpose": [{"code": "ETREAT"}]}, "permits less by “purpose”"),
        ({"provision": [{"type": "deny"}]}, "permits less by “provision”"),
        ({"securityLabel": [{"code": "R"}]}, "permits less by “securityLabel”"),
    ],
)
def test_a_provision_that_is_not_understood(changed, told):
    body = consent()
    body["provision"] |= changed
    assert told in refused(body)


def test_nobody_acts_for_themselves():
    own = replace(ROLE, proxy=ROLE.patient)
    assert "act for themselves" in refused(content(own))
    own = {"linkId": "relatedPerson_identifier", "answer": [{"valueString": "9990000018"}]}
    for_oneself = [*ASKED["item"][1:], own]
    assert "to act for oneself" in refused(ASKED | {"item": for_oneself})


def places(body, way=()):
    """Every way to a value in a JSON document."""
    yield way
    inside = (
        body.items()
        if isinstance(body, dict)
        else enumerate(body)
        if isinstance(body, list)
        else ()
    )
    for name, value in inside:
        yield from places(value, (*way, name))


def put(body, way, value):
    """A copy of a document with one value replaced."""
    if not way:
        return value
    copy = json.loads(json.dumps(body))
    at = copy
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = value
    return copy


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates().map(str),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=5), inside, max_size=2),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_stands_anywhere_is_read_or_refused_in_words(data):
    """Nothing else comes out of a file than grants or a reason, wherever something odd stands in it."""
    body = data.draw(st.sampled_from([json.loads(GOOD), consent(), ASKED]))
    odd = put(body, data.draw(st.sampled_from(list(places(body)))), data.draw(anything))
    told = json.dumps(odd).encode()
    assert len(roles_or_reason(told)) <= 1 or "\n" not in roles_or_reason(told)


def roles_or_reason(told):
    try:
        return read(told)
    except Unreadable as error:
        return str(error)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_there_is_a_reason(body):
    with pytest.raises(Unreadable):
        read(body)


def test_two_grants_of_one_id():
    body = json.loads(GOOD)
    body["entry"].append(body["entry"][-1])
    assert "gives one id to two grants" in refused(body)


def test_two_people_of_one_number():
    """Real test data has twelve people on one number (R3.7)."""
    body = json.loads(GOOD)
    twin = json.loads(json.dumps(body["entry"][0]))
    twin["resource"]["birthDate"] = "1981-02-03"
    body["entry"].append(twin)
    assert "two different people with one NHS number" in refused(body)


@pytest.mark.parametrize(
    "name", ["Zoë", "O’Brien", "Łukasz", "محمد", "李", "e\u0301", "👩‍👧", "x" * 5000]
)
def test_names_are_kept_as_they_are_written(name):
    [role] = read(content(patient=replace(ROLE.patient, family_name=name)))
    assert role.patient.family_name == name


ASKED = {
    "resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2024-07-15T09:43:03.280Z",
    "source": {"type": "Patient", "identifier": {"value": "9990000018"}},
    "subject": {"identifier": {"value": "9990000018"}},
    "item": [
        {"linkId": "relatedPerson_identifier", "answer": [{"valueString": "9990000026"}]},
        {"linkId": "relatedPerson_basisForAccess", "answer": [{"valueCoding": {"code": "Personal"}}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"status": "in-progress"}, "not completed"),
        ({"source": {"identifier": {"value": "9990000034"}}}, "from neither of the two"),
        ({"subject": {"identifier": {"value": "1"}}, "source": None}, "not named by an NHS number"),
        ({"item": ASKED["item"][:1]}, "the basis none is not known"),
        ({"item": ASKED["item"][1:]}, "not named by an NHS number"),
        ({"item": [*ASKED["item"], {"linkId": "relatedPerson_identifier", "answer": [{"valueString": "9"}]}]},
         "answers relatedPerson_identifier twice"),
        ({"item": [*ASKED["item"], {"linkId": "patient_identifier", "answer": [{"valueString": "9990000034"}]}]},
         "two NHS numbers of the patient"),
        ({"id": "x" * 65}, "its id is not one of FHIR"),
        ({"authored": "yesterday"}, "authored (yesterday) is not a whole date"),
    ],
)  # fmt: skip
def test_an_application_that_is_not_understood(changed, told):
    assert read(json.dumps(ASKED).encode())[0].status == "proposed"
    assert told in refused(ASKED | changed)
