"""A patient's account is opened by staff who saw who they are, with the access it begins with."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import Duty, IdentityLevel, OnlineRegistration, User
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import AccessGrant, StaffTask
from records.online import open_online_account
from surgeries.models import Patient
from tests.cast import make_entry, make_grant, make_online, make_patient, make_staff, make_user
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

PAPERS = ("passport", "council-tax-bill")


@pytest.fixture
def iris(surgery):
    return make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)


def open_account(patient, by, email="ada@example.test", evidence=PAPERS):
    return open_online_account(patient, email=email, evidence=evidence, by=by, now=NOW)


def latest(patient):
    return AccessGrant.objects.of(patient).first()


def test_the_person_is_identified_and_starts_at_the_surgerys_defaults(patient, iris):
    """R1.9, R3.1, R3.5"""
    registration = open_account(patient, iris)
    user = User.objects.get(email="ada@example.test")
    assert registration.user == user
    assert (user.identity_level, user.name) == (IdentityLevel.P9, "Ada Testwell")
    assert registration.identity_check.checked_by == iris
    grant = latest(patient)
    assert (grant.current_level, grant.historical_level, grant.decided_by) == (
        "full",
        "summary",
        None,
    )
    with rows_of(patient.pk):
        actions = AuditEvent.objects.filter(patient_id=patient.pk).order_by("sequence")
        assert list(actions.values_list("action", flat=True)) == [
            "identity checked",
            "online account opened",
            "access decided",
        ]


def test_someone_under_16_starts_at_summary_with_a_task_for_staff(surgery, iris):
    """R1.9"""
    teenager = make_patient(surgery, date_of_birth=date(2009, 6, 4))
    open_account(teenager, iris)
    grant = latest(teenager)
    assert (grant.current_level, grant.historical_level) == ("summary", "summary")
    assert StaffTask.objects.get(patient=teenager).because == "The patient is under 16"


@pytest.mark.parametrize(
    ("code", "level"), [("1290331000000103", "none"), ("1364731000000104", "summary")]
)
def test_what_the_record_says_about_online_access_is_heeded(patient, iris, code, level):
    """R1.11: the codes are rows of the record, which row-level security keeps from everyone else."""
    make_entry(
        patient,
        kind="access-code",
        details={"code": code},
        released=False,
        unreleased_because="access-code",
    )
    open_account(patient, iris)
    assert latest(patient).current_level == level


def test_access_that_was_decided_before_stays(patient, iris):
    """R1.11"""
    before = make_grant(patient, "detailed", "none")
    open_account(patient, iris)
    assert latest(patient) == before


@pytest.mark.parametrize(("born", "refused"), [(date(2011, 6, 3), False), (date(2011, 6, 4), True)])
def test_under_13_there_is_no_account(surgery, iris, born, refused):
    """R3.8"""
    child = make_patient(surgery, date_of_birth=born)
    if not refused:
        assert open_account(child, iris)
        return
    with pytest.raises(ValidationError, match=r"under 13 .*R3\.8"):
        open_account(child, iris)
    assert not User.objects.filter(email="ada@example.test").exists()


def test_who_left_the_list_gets_no_account(surgery, iris):
    gone = make_patient(surgery, left_on=TODAY)
    with pytest.raises(ValidationError, match="not on the surgery's list"):
        open_account(gone, iris)


def test_a_checker_without_the_duty_changes_nothing(patient, surgery):
    """R8.1: all or nothing."""
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)
    with pytest.raises(ValidationError, match="check-identity"):
        open_account(patient, joel)
    assert not User.objects.filter(email="ada@example.test").exists()
    assert not AccessGrant.objects.exists()


def test_one_account_per_patient_and_one_patient_per_account(
    patient, patient_user, other_patient, iris
):
    with pytest.raises(ValidationError, match="has an online account already"):
        open_account(patient, iris, "second@example.test")
    patient_user.name = "Ada Demoson"
    patient_user.save()
    with pytest.raises(ValidationError, match="belongs to another patient"):
        open_account(other_patient, iris, patient_user.email)


def test_an_address_of_somebody_else_opens_nothing_to_them(patient, iris):
    colleague = make_user("joel@example.test", name="Joel Accessman")
    with pytest.raises(ValidationError, match="in another name"):
        open_account(patient, iris, colleague.email)


@pytest.mark.parametrize(
    ("family_name", "name", "is_theirs"),
    [
        ("Li", "Wei Li", True),
        ("Li", "Alice Smith", False),
        ("Smith-Jones", "Ann Smith Jones", True),
        ("Smith Jones", "Ann SMITH-JONES", True),
        ("Smith-Jones", "Ann Jones-Smith", False),
        ("Smith-Jones", "Ann Smith", False),
        ("O'Brien", "Pat O\u2019Brien", True),
        ("McDonald", "Ann Mc Donald", True),
        ("Núñez", "Ana Nunez", True),
        ("Son", "Ann Jackson", False),
    ],
)
def test_the_account_must_have_the_family_name_in_whole_words(
    surgery, iris, family_name, name, is_theirs
):
    """R3.7: however it is written."""
    namesake = make_patient(surgery, family_name=family_name)
    user = make_user("ada@example.test", name=name)
    if is_theirs:
        assert open_account(namesake, iris).user == user
        return
    with pytest.raises(ValidationError, match="in another name"):
        open_account(namesake, iris)


def test_an_account_without_a_name_is_named_first(patient, iris):
    make_user("ada@example.test", name="")
    with pytest.raises(ValidationError, match="give it its name first"):
        open_account(patient, iris)
    assert not OnlineRegistration.objects.exists()


def test_a_proxy_who_becomes_a_patient_keeps_the_account(patient, iris):
    user = make_user("ada@example.test", name="Mrs ADA TESTWELL", level=IdentityLevel.P0)
    assert open_account(patient, iris).user == user


def test_after_a_move_the_account_is_the_new_registrations(surgery, other_surgery):
    """R1.5"""
    old = make_patient(surgery, left_on=TODAY)
    user = make_user("ada@example.test", name="Ada Testwell")
    make_online(old, user)
    new = make_patient(other_surgery, registered_on=TODAY)
    by = make_staff(other_surgery, "nell@example.test", Duty.CHECK_IDENTITY)
    open_account(new, by)
    ended = OnlineRegistration.objects.get(patient=old)
    assert ended.ended_on == TODAY
    with rows_of(old.pk):
        assert AuditEvent.objects.filter(patient_id=old.pk, action="online account ended").exists()


def add_online_account(nhs_number="9990000018", checked_by="iris@example.test", evidence=PAPERS):
    arguments = ["ada@example.test", "--nhs-number", nhs_number, "--checked-by", checked_by]
    for kind in evidence:
        arguments += ["--evidence", kind]
    call_command("add_online_account", *arguments, "--method", "documents")


def test_the_command_opens_the_account_and_prints_the_link(patient, iris, capsys, settings):
    add_online_account(nhs_number="999 000 0018")
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith(f"{settings.PORTAL_URL}/set-up/")
    assert OnlineRegistration.objects.get().user.email == "ada@example.test"


def test_who_has_an_app_gets_no_link(patient, iris, capsys):
    make_user("ada@example.test", name="Ada Testwell")
    add_online_account()
    assert "set-up" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"nhs_number": "9990000026"}, "use add_patient"),
        ({"checked_by": "nobody@example.test"}, "no account with the address after --checked-by"),
        ({"evidence": ["passport"]}, "proof of address is missing"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(patient, iris, values, words):
    with pytest.raises(CommandError) as refusal:
        add_online_account(**values)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not OnlineRegistration.objects.exists()


def test_the_command_takes_the_registration_that_is_open(surgery, other_surgery, iris):
    make_patient(other_surgery, left_on=date(2015, 1, 1))
    here = make_patient(surgery)
    add_online_account()
    assert OnlineRegistration.objects.get().patient == here
    assert Patient.objects.count() == 2
