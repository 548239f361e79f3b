"""Somebody asks to act for a patient, who may not be one; the surgery finds out of whom they speak (R3.1, R3.7, R4.5)."""

import threading
from datetime import date, timedelta

import msgspec
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from accounts.models import Duty, IdentityLevel
from accounts.rotating import rotate_encryption
from audit.models import AuditEvent
from proxy_access.applying import (
    HANDLED,
    NOT_HERE,
    NOT_IDENTIFIED,
    THEMSELF,
    Stand,
    answer_no_patient,
    applications_of,
    apply,
    match,
    stand_of,
    withdraw,
)
from proxy_access.deciding import Before, last_step
from proxy_access.models import (
    Claims,
    Evidence,
    LegalBasis,
    ProxyApplication,
    ProxyGrant,
    ProxyStep,
    Told,
)
from tests.cast import make_online, make_patient, make_surgery, make_user
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with
from tests.proxy_access.test_deciding import granted, rejected, staff_named

pytestmark = pytest.mark.django_db

CLAIMS = Claims(
    given_names="Ada", family_name="Testwell", date_of_birth=date(1980, 2, 3),
    nhs_number="9990000018", relationship="Daughter", evidence=["lasting-power"],
    why="She cannot read it any more", scopes=["test-results", "medicines"],
    ends_on=date(2025, 6, 1),
)  # fmt: skip


def make_application(surgery, applicant=None, basis=LegalBasis.ATTORNEY, now=NOW, **claims):
    applicant = applicant or make_user("asks@example.test", name="Dora Asker")
    said = msgspec.structs.replace(CLAIMS, **claims)
    return apply(applicant, surgery, basis, said, now=now)


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


@pytest.fixture
def sent(surgery, proxy_user):
    return make_application(surgery, proxy_user)


@pytest.fixture
def matched(sent, by_staff):
    match(sent, by=by_staff, now=NOW)
    return ProxyApplication.objects.get()


def test_it_is_kept_encrypted_and_read_back(sent, proxy_user):
    held = applications_of(proxy_user).get()
    assert held.claims == CLAIMS
    assert held.claims.full_name == "Ada Testwell"
    assert held.claims.sections == ["Medicines", "Test results"]
    assert held.claims.evidence_words == [Evidence.LASTING_POWER.label]
    with connection.cursor() as cursor:
        cursor.execute("select stated from proxy_access_proxyapplication")
        assert "Testwell" not in cursor.fetchone()[0]
    assert str(held) == str(held.pk)


def test_it_is_read_after_the_key_is_changed(sent, settings):
    settings.PORTAL_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(),
        *settings.PORTAL_ENCRYPTION_KEYS,
    ]
    rotate_encryption()
    settings.PORTAL_ENCRYPTION_KEYS = settings.PORTAL_ENCRYPTION_KEYS[:1]
    assert ProxyApplication.objects.get().claims == CLAIMS


@pytest.mark.parametrize("of", ["identity", "consent", "surgery"])
def test_who_may_not_ask_is_told_why(surgery, proxy_user, of):
    """R4.2"""
    basis, says = LegalBasis.ATTORNEY, NOT_IDENTIFIED
    if of == "identity":
        proxy_user.identity_level = IdentityLevel.P5
    elif of == "consent":
        basis, says = LegalBasis.CONSENT, "Only the patient can begin what rests on their agreement"
    else:
        surgery.uses_portal, says = False, NOT_HERE
    with pytest.raises(ValidationError) as refused:
        make_application(surgery, proxy_user, basis)
    assert refused.value.messages == [says]
    assert not ProxyApplication.objects.exists()


def test_five_a_day_may_be_sent(surgery, proxy_user):
    for _ in range(5):
        make_application(surgery, proxy_user)
    with pytest.raises(ValidationError, match="You have sent several of these today"):
        make_application(surgery, proxy_user)
    make_application(surgery, proxy_user, now=NOW + timedelta(days=1))
    assert ProxyApplication.objects.count() == 6


def test_the_log_has_no_name_and_no_patient(sent):
    event = AuditEvent.objects.get(action="proxy application sent")
    assert event.patient_id is None
    assert event.details == {"basis": LegalBasis.ATTORNEY}
    assert event.object == f"proxy application {sent.pk}"


def test_all_three_facts_make_a_match_and_what_is_asked_waits(matched, patient, proxy_user):
    """R3.7"""
    grant = ProxyGrant.objects.get()
    assert (matched.grant, grant.patient, grant.proxy, grant.status) == (
        grant, patient, proxy_user, "proposed",
    )  # fmt: skip
    assert (grant.legal_basis, grant.scopes, grant.starts_on, grant.ends_on) == (
        LegalBasis.ATTORNEY, ["medicines", "test-results"], TODAY, date(2025, 6, 1),
    )  # fmt: skip
    step = ProxyStep.objects.get()
    assert (step.reason, step.by, step.duty) == ("APPLICATION_SUBMITTED", proxy_user, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nhs_number": ""},
        {"nhs_number": "9990000026"},
        {"date_of_birth": date(1980, 3, 2)},
        {"family_name": "Testwall"},
        {"family_name": ""},
    ],
)
def test_what_is_not_all_the_same_is_matched_by_hand_with_how_one_knows(
    surgery, proxy_user, by_staff, wrong
):
    """R3.7: never by the NHS number alone."""
    sent = make_application(surgery, proxy_user, **wrong)
    with pytest.raises(ValidationError, match="are not all the same"):
        match(sent, by=by_staff, now=NOW, because=" ")
    assert match(sent, by=by_staff, now=NOW, because="Saw the document").status == "proposed"
    held = ProxyApplication.objects.get()
    assert (held.handled_because, held.handled_by) == ("Saw the document", by_staff.viewer)


def test_a_family_name_may_be_written_otherwise(surgery, proxy_user, by_staff):
    sent = make_application(surgery, proxy_user, family_name="TEST-WELL ")
    assert match(sent, by=by_staff, now=NOW)


@pytest.mark.parametrize(
    ("claims", "ends_on", "because"),
    [
        ({"ends_on": date(2024, 6, 2)}, None, "The end date that was asked for is past"),
        ({"ends_on": TODAY}, TODAY, ""),
        ({"ends_on": None, "open_ended_because": "For life"}, None, "For life"),
        ({"ends_on": None}, None, "Asked for no end date"),
    ],
)
def test_until_when_it_is_asked_for(surgery, proxy_user, by_staff, claims, ends_on, because):
    """R4.6"""
    grant = match(make_application(surgery, proxy_user, **claims), by=by_staff, now=NOW)
    assert (grant.ends_on, grant.open_ended_because) == (ends_on, because)


def test_nobody_acts_for_themself(surgery, patient, patient_user, by_staff):
    sent = make_application(surgery, patient_user)
    with pytest.raises(ValidationError) as refused:
        match(sent, by=by_staff, now=NOW)
    assert refused.value.messages == [THEMSELF]


def test_it_takes_the_duty_and_the_surgery_that_was_asked(sent, patient, by_staff):
    """R8.1"""
    other = staff_with(patient, Duty.REVIEW_ENTRIES)
    there = make_patient(make_surgery("Z99009"), "9990000026")
    elsewhere = staff_named(there, "there@example.test")
    for by, says in ((other, "you need the duty"), (elsewhere, "dealt with this already")):
        with pytest.raises(ValidationError, match=says):
            match(sent, by=by, now=NOW, because="x")
        with pytest.raises(ValidationError, match=says):
            answer_no_patient(sent, by=by.desk, now=NOW, because="x", tells_applicant=True)
    mine = make_application(patient.surgery, by_staff.viewer)
    with pytest.raises(ValidationError, match="dealt with this already"):
        match(mine, by=by_staff, now=NOW, because="x")


def test_that_there_is_no_such_patient_needs_a_reason(sent, by_staff):
    with pytest.raises(ValidationError, match="Enter the reason"):
        answer_no_patient(sent, by=by_staff.desk, now=NOW, because=" ", tells_applicant=True)
    done = answer_no_patient(
        sent, by=by_staff.desk, now=NOW, because="Looked twice", tells_applicant=False
    )
    assert (done.answered_at, done.handled_because) == (NOW, "Looked twice")


ACTS = {
    "match": lambda sent, by: match(sent, by=by, now=NOW),
    "no patient": lambda sent, by: answer_no_patient(
        sent, by=by.desk, now=NOW, because="x", tells_applicant=True
    ),
}


@pytest.mark.parametrize("first", [*ACTS, "withdraw"])
@pytest.mark.parametrize("then", ACTS)
def test_it_is_dealt_with_once(sent, by_staff, proxy_user, first, then):
    if first == "withdraw":
        withdraw(sent, by=proxy_user, now=NOW)
    else:
        ACTS[first](sent, by_staff)
    with pytest.raises(ValidationError) as refused:
        ACTS[then](sent, by_staff)
    assert refused.value.messages == [HANDLED]


def decided(grant, by, act, **values):
    return act(grant, by, before=Before(last_step(grant)), **values)


STANDS = [
    ("nothing", Stand.WAITING),
    ("matched", Stand.WAITING),
    ("granted", Stand.GRANTED),
    ("rejected, told", Stand.NOT_GRANTED),
    ("rejected, not told", Stand.WAITING),
    ("no patient, told", Stand.NOT_GRANTED),
    ("no patient, not told", Stand.WAITING),
    ("withdrawn", Stand.WITHDRAWN),
]


def bring_to(sent, by, what):
    """An application to where a test wants it."""
    if what.startswith("no patient"):
        tells = what.endswith(", told")
        answer_no_patient(sent, by=by.desk, now=NOW, because="x", tells_applicant=tells)
    elif what == "withdrawn":
        withdraw(sent, by=sent.applicant, now=NOW)
    elif what != "nothing":
        grant = match(sent, by=by, now=NOW)
        if what == "granted":
            decided(grant, by, granted)
        elif what != "matched":
            told = Told.APPLICANT if what.endswith(", told") else Told.PATIENT
            decided(grant, by, rejected, told=told)
    return ProxyApplication.objects.select_related("grant").get(pk=sent.pk)


@pytest.mark.parametrize(("what", "stand"), STANDS)
def test_whoever_asked_reads_as_much_as_they_are_told(sent, by_staff, what, stand):
    """R4.5"""
    assert stand_of(bring_to(sent, by_staff, what)) is stand


@pytest.mark.parametrize(("what", "stand"), STANDS)
def test_what_waits_to_them_can_be_taken_back_by_them_alone(sent, by_staff, what, stand):
    """R4.5: also where it was decided and they do not know."""
    held = bring_to(sent, by_staff, what)
    before = held.grant and ProxyGrant.objects.get().status
    with pytest.raises(ValidationError, match="Only whoever sent this"):
        withdraw(held, by=by_staff.viewer, now=NOW)
    if stand in (Stand.GRANTED, Stand.NOT_GRANTED):
        with pytest.raises(ValidationError, match="This is decided"):
            withdraw(held, by=held.applicant, now=NOW)
        return
    for _ in range(2):
        assert stand_of(withdraw(held, by=held.applicant, now=NOW)) is Stand.WITHDRAWN
    if held.grant:
        after = {"proposed": "entered-in-error", "rejected": "rejected"}[before]
        assert ProxyGrant.objects.get().status == after
        assert not ProxyGrant.objects.live(TODAY).exists()


def test_what_was_withdrawn_is_said_with_its_reason(matched, proxy_user):
    """R4.10"""
    withdraw(matched, by=proxy_user, now=NOW)
    step = ProxyStep.objects.latest("id")
    assert (step.status, step.reason, step.by, step.duty, step.told_patient) == (
        "entered-in-error", "APPLICATION_WITHDRAWN", proxy_user, "", False,
    )  # fmt: skip


def test_the_database_keeps_none_on_consent_and_none_with_two_answers(matched):
    matched.legal_basis = "consent"
    with pytest.raises(IntegrityError, match="does_not_rest_on_consent"), transaction.atomic():
        matched.save()
    matched.legal_basis, matched.answered_at = "best-interest", NOW
    with pytest.raises(IntegrityError, match="matched_or_answered"), transaction.atomic():
        matched.save()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        matched.delete()


@pytest.mark.django_db(transaction=True)
def test_a_match_and_a_withdrawal_at_the_same_moment_are_one_after_the_other(
    patient, proxy_user, surgery
):
    sent, by = make_application(surgery, proxy_user), staff_with(patient, Duty.DECIDE_ACCESS)
    acts = [lambda: match(sent, by=by, now=NOW), lambda: withdraw(sent, by=proxy_user, now=NOW)]

    def run(act):
        try:
            act()
        except ValidationError:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = ProxyApplication.objects.get()
    assert held.withdrawn_at
    assert not ProxyGrant.objects.filter(status="proposed").exists()


def test_a_registration_that_has_ended_is_no_patient_any_more(surgery, patient, by_staff):
    former = make_user("former@example.test")
    make_online(patient, former, ended_on=date(2024, 2, 1))
    assert match(make_application(surgery, former), by=by_staff, now=NOW)
