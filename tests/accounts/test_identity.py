"""Who may say who a person is, and on what papers (R3.5)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.appointing import appoint_staff
from accounts.identity import (
    Question,
    prove_by_documents,
    prove_by_letter,
    prove_by_vouching,
)
from accounts.models import Duty, IdentityCheck, IdentityLevel, StaffRole, User
from audit.models import AuditEvent
from tests.cast import make_staff, make_user
from tests.clock import NOW

pytestmark = pytest.mark.django_db

ENOUGH = ("passport", "council-tax-bill")


@pytest.fixture
def newcomer():
    return make_user("new@example.test", level=IdentityLevel.P0)


def test_one_photo_and_one_proof_of_address_prove_a_person(surgery, newcomer):
    """R3.5: kinds only, who, when, and under which duty."""
    by = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    check = prove_by_documents(newcomer, evidence=ENOUGH, surgery=surgery, by=by, now=NOW)
    newcomer.refresh_from_db()
    assert newcomer.is_identified
    assert (check.evidence, check.checked_by, check.level) == (sorted(ENOUGH), by, "P9")
    assert AuditEvent.objects.get(action="identity checked").duty == Duty.CHECK_IDENTITY


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ([], "photo ID is missing"),
        (["passport"], "proof of address is missing"),
        (["passport", "driving-licence"], "proof of address is missing"),
        (["council-tax-bill", "bank-statement"], "photo ID is missing"),
        (["passport", "library-card"], "Not a kind of evidence: library-card"),
    ],
)
def test_less_is_not_enough(surgery, newcomer, evidence, words):
    by = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    with pytest.raises(ValidationError, match=words):
        prove_by_documents(newcomer, evidence=evidence, surgery=surgery, by=by, now=NOW)
    assert not IdentityCheck.objects.exists()


@pytest.mark.parametrize(
    "duties", [(Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES, Duty.MANAGE_SETTINGS)]
)
def test_other_duties_do_not_check_identity(surgery, newcomer, duties):
    """R8.1"""
    by = make_staff(surgery, "joel@example.test", *duties)
    with pytest.raises(ValidationError, match="does not have the duty"):
        prove_by_documents(newcomer, evidence=ENOUGH, surgery=surgery, by=by, now=NOW)


def test_staff_of_another_surgery_and_leavers_do_not_count(surgery, other_staff, newcomer):
    """R8.1"""
    leaver = make_staff(surgery, "left@example.test", Duty.CHECK_IDENTITY)
    StaffRole.objects.filter(user=leaver).update(ends_on=date(2024, 6, 2))
    for by in (other_staff, leaver):
        with pytest.raises(ValidationError, match="does not have the duty"):
            prove_by_documents(newcomer, evidence=ENOUGH, surgery=surgery, by=by, now=NOW)


def test_nobody_checks_themselves(surgery, staff):
    with pytest.raises(ValidationError, match="their own identity"):
        prove_by_documents(staff, evidence=ENOUGH, surgery=surgery, by=staff, now=NOW)


def appoint(surgery, *duties, email="iris@example.test"):
    return appoint_staff(email=email, surgery=surgery, duties=duties, by=None, now=NOW, name="Iris")


def test_duties_are_given_once_however_often_they_are_asked_for(surgery):
    user = appoint(surgery, Duty.CHECK_IDENTITY, Duty.CHECK_IDENTITY)
    assert appoint(surgery, Duty.CHECK_IDENTITY, Duty.REVIEW_ENTRIES) == user
    assert sorted(user.staff_roles.values_list("duty", flat=True)) == [
        "check-identity",
        "review-entries",
    ]
    assert AuditEvent.objects.filter(action="staff appointed").count() == 2


def test_a_closed_account_gets_no_duties(surgery):
    user = appoint(surgery, Duty.CHECK_IDENTITY)
    user.is_active = False
    user.save()
    with pytest.raises(ValidationError, match="closed"):
        appoint(surgery, Duty.REVIEW_ENTRIES)


def test_a_wrong_address_makes_no_account(surgery):
    with pytest.raises(ValidationError):
        appoint(surgery, Duty.CHECK_IDENTITY, email="iris")
    assert not User.objects.exists()


ASKED = ("date-of-birth", "former-surgery")


def vouch(user, surgery, by, **values):
    known = {"voucher": "Dr Imogen Fairsample", "known_since": date(2022, 6, 3)} | values
    return prove_by_vouching(user, surgery=surgery, by=by, now=NOW, **known)


@pytest.mark.parametrize(
    ("questions", "method"), [(None, "vouching"), (ASKED, "vouching-confirmed")]
)
def test_somebody_who_has_known_a_person_for_two_years_proves_them(
    surgery, newcomer, staff, questions, method
):
    """R3.5: who vouched, since when, which kinds of question; never an answer."""
    check = vouch(newcomer, surgery, staff, questions=questions)
    newcomer.refresh_from_db()
    assert newcomer.is_identified
    assert (check.method, check.voucher, check.known_since, check.surgery) == (
        method, "Dr Imogen Fairsample", date(2022, 6, 3), surgery,
    )  # fmt: skip
    assert check.questions == sorted(questions or ())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"voucher": "  "}, "name of the person who vouches"),
        ({"known_since": date(2022, 6, 4)}, "2 years or more"),
        ({"known_since": date(2030, 1, 1)}, "2 years or more"),
        ({"questions": []}, "at least 2"),
        ({"questions": ["date-of-birth"]}, "at least 2"),
        ({"questions": ["date-of-birth", "date-of-birth"]}, "at least 2"),
        ({"questions": ["date-of-birth", "diagnosis"]}, "Not a kind of question: diagnosis"),
    ],
)
def test_less_than_that_is_no_vouching(surgery, newcomer, staff, values, words):
    with pytest.raises(ValidationError, match=words):
        vouch(newcomer, surgery, staff, **values)
    newcomer.refresh_from_db()
    assert not newcomer.is_identified
    assert not IdentityCheck.objects.exists()


def test_two_years_before_29_february_is_28_february(surgery, newcomer, staff):
    leap = NOW.replace(month=2, day=29)
    known = {"voucher": "Iris", "surgery": surgery, "by": staff, "now": leap}
    with pytest.raises(ValidationError):
        prove_by_vouching(newcomer, known_since=date(2022, 3, 1), **known)
    assert prove_by_vouching(newcomer, known_since=date(2022, 2, 28), **known)


def test_vouching_takes_the_duty_too(surgery, newcomer, other_staff, staff):
    """R8.1"""
    with pytest.raises(ValidationError, match="does not have the duty"):
        vouch(newcomer, surgery, other_staff)
    with pytest.raises(ValidationError, match="their own identity"):
        vouch(staff, surgery, staff)


def test_a_letter_proves_a_person_without_a_duty(surgery, patient, newcomer):
    """R3.6"""
    check = prove_by_letter(newcomer, surgery=surgery, now=NOW, patient_id=patient.pk)
    newcomer.refresh_from_db()
    assert newcomer.is_identified
    assert (check.method, check.checked_by, check.level) == ("letter", None, "P9")


def test_no_kind_of_question_tells_what_is_in_a_record():
    """R3.5"""
    words = " ".join(Question.labels).casefold()
    for telling in ("medicine", "allerg", "diagnos", "test", "condition", "result", "hospital"):
        assert telling not in words
