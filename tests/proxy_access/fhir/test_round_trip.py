"""Whatever is told of a grant, written and read again is the same, and it is FHIR R4."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy_access.fhir import Person, Role, bundle_of, read
from proxy_access.models import LegalBasis
from proxy_access.statuses import ALLOWED, StatusReason
from tests.proxy_access.fhir.examples import AT, ROLE, content

STANDS = sorted({(after, reason) for (_, after), reasons in ALLOWED.items() for reason in reasons})
letters = st.characters(exclude_categories=["C", "Z"])
texts = st.text(letters, min_size=1, max_size=40)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


def people(numbers):
    return st.builds(
        Person, nhs_number=st.sampled_from(numbers), account=st.just(""), family_name=texts,
        given_names=st.lists(texts, max_size=3).map(" ".join), date_of_birth=st.none() | days,
    )  # fmt: skip


accounts = st.uuids().map(lambda one: Person(account=str(one)))
numbers = st.integers(0, 10**9 - 1)


@st.composite
def roles(draw):
    status, reason = draw(st.sampled_from(STANDS))
    starts_on, ends_on = sorted([draw(days), draw(days)])
    return Role(
        source_id=draw(st.from_regex(r"[A-Za-z0-9.-]{1,64}", fullmatch=True)), status=status, reason=reason,
        basis=draw(st.sampled_from(LegalBasis)), patient=draw(people(["9990000018"])),
        proxy=draw(people(["9990000026", "9990000034"]) | accounts), starts_on=starts_on,
        ends_on=draw(st.sampled_from([None, ends_on])), written_at=draw(instants),
        changed_at=draw(st.none() | instants), text=draw(texts) if reason is StatusReason.OTHER else "",
        granted_by=draw(st.sampled_from(["", "Z99001"])),
    )  # fmt: skip


without_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@without_deadline
@given(roles())
def test_every_grant_comes_back_as_it_went(role):
    assert read(content(role)) == [role]


@without_deadline
@given(roles())
def test_what_is_written_is_fhir(role):
    bundle = bundle_of([role], at=AT)
    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Consent":
            Consent.model_validate(entry["resource"])


@pytest.mark.parametrize(("status", "reason"), STANDS)
def test_status_and_reason_are_told_one_to_one(status, reason):
    """R4.10: suspended there is inactive until it is reviewed, and ended is inactive for any other reason."""
    role = replace(ROLE, status=status, reason=reason, text="Said" if reason == "OTHER" else "")
    told = next(
        one["resource"]
        for one in bundle_of([role], at=AT)["entry"]
        if one["resource"]["resourceType"] == "Consent"
    )
    expected = "inactive" if status in ("suspended", "ended") else status
    code = told["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
    assert (told["status"], code) == (expected, reason)
    assert read(json.dumps(told).encode())[0].status == status
