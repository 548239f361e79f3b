"""A patient's account is opened by staff who saw who they are, with the access it begins with."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.letters import Typed, make_letter
from accounts.models import (
    Duty,
    IdentityCheck,
    IdentityLevel,
    OnlineRegistration,
    RegistrationLetter,
    User,
)
from audit.models import AuditEvent
from audit.row_security import rows_of
from portal.content import pages
from records.models import AccessGrant, StaffTask
from records.online import (
    TERMS_VERSION,
    find_patient,
    open_online_account,
    register_by_letter,
    register_online,
)
from surgeries.models import Patient
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_staff,
    make_surgery,
    make_user,
)
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


# registering online, whatever the way


def checked(user, method="letter", level="P9"):
    return IdentityCheck.objects.create(user=user, method=method, level=level, checked_at=NOW)


def register(patient, user, method="letter", **values):
    values = {"by": None, "terms_version": TERMS_VERSION, "now": NOW} | values
    return register_online(patient, user, checked(user, method), **values)


@pytest.fixture
def newcomer(db):
    return make_user("new@example.test", name="", is_self_made=True)


def test_registering_says_what_was_agreed_and_begins_with_the_surgerys_defaults(
    patient, newcomer, mailoutbox
):
    """R1.9"""
    registration = register(patient, newcomer)
    assert (registration.terms_version, registration.agreed_at) == (TERMS_VERSION, NOW)
    newcomer.refresh_from_db()
    assert newcomer.name == "Ada Testwell"
    assert (latest(patient).current_level, latest(patient).historical_level) == ("full", "summary")
    assert [mail.to for mail in mailoutbox] == [["new@example.test"]]


METHODS_AND_AGES = [
    # method, born, registers
    ("nhs-login", date(2008, 6, 3), True),  # 16 today
    ("nhs-login", date(2008, 6, 4), False),
    ("nhs-login", date(2011, 6, 3), False),
    ("letter", date(2008, 6, 4), True),
    ("letter", date(2011, 6, 3), True),  # 13 today
    ("letter", date(2011, 6, 4), False),
    ("documents", date(2011, 6, 3), True),
    ("documents", date(2011, 6, 4), False),
    ("vouching", date(2011, 6, 3), True),
    ("vouching-confirmed", date(2011, 6, 4), False),
]


@pytest.mark.parametrize(("method", "born", "registers"), METHODS_AND_AGES)
def test_how_old_one_must_be_for_each_way(surgery, newcomer, method, born, registers):
    """R3.8"""
    young = make_patient(surgery, date_of_birth=born)
    if registers:
        register(young, newcomer, method)
        assert latest(young).current_level == "summary" or not young.is_under(16, TODAY)
        return
    with pytest.raises(ValidationError, match=r"R3\.8"):
        register(young, newcomer, method)
    assert not OnlineRegistration.objects.exists()
    assert latest(young) is None


@pytest.mark.parametrize(
    "gone", [{"left_on": TODAY}, {"died_on": TODAY}, {"registered_on": date(2024, 6, 4)}]
)
def test_who_is_not_on_the_list_does_not_register(surgery, newcomer, gone, mailoutbox):
    """R1.5, R7.5"""
    with pytest.raises(ValidationError, match="not on the surgery's list"):
        register(make_patient(surgery, **gone), newcomer)
    assert mailoutbox == []


@pytest.mark.parametrize("level", ["P0", "P5"])
def test_a_check_below_p9_registers_nobody(patient, newcomer, level):
    """R3.1"""
    with pytest.raises(ValidationError, match="not been identified"):
        register_online(
            patient, newcomer, checked(newcomer, level=level),
            by=None, terms_version=TERMS_VERSION, now=NOW,
        )  # fmt: skip


def test_somebody_elses_check_registers_nobody(patient, newcomer, stranger):
    with pytest.raises(ValidationError, match="not been identified"):
        register_online(
            patient, newcomer, checked(stranger), by=None, terms_version=TERMS_VERSION, now=NOW
        )


def test_a_patient_with_another_account_does_not_get_a_second(patient, patient_user, newcomer):
    with pytest.raises(ValidationError, match="has an online account already"):
        register(patient, newcomer)


def test_another_patients_account_is_refused(patient, stranger):
    with pytest.raises(ValidationError) as refusal:
        register(patient, stranger)
    assert refusal.value.code == "another-patient"


def test_one_that_was_another_patients_is_refused_too(patient, other_patient, newcomer):
    make_online(other_patient, newcomer, ended_on=date(2024, 2, 1))
    with pytest.raises(ValidationError, match="belongs to another patient"):
        register(patient, newcomer)


def test_a_proxy_cannot_make_the_record_their_own(patient, proxy_user, proxy_grant):
    with pytest.raises(ValidationError, match="acts for the patient"):
        register(patient, proxy_user)


def test_an_account_that_staff_made_keeps_its_name_and_must_fit_it(patient):
    with pytest.raises(ValidationError, match="in another name"):
        register(patient, make_user("joel@example.test", name="Joel Accessman"))
    mine = make_user("at@example.test", name="A. Testwell")
    register(patient, mine)
    mine.refresh_from_db()
    assert mine.name == "A. Testwell"


def test_registering_twice_is_registering_once(patient, newcomer, mailoutbox):
    first = register(patient, newcomer)
    assert register(patient, newcomer) == first
    assert OnlineRegistration.objects.count() == 1
    assert [mail.to for mail in mailoutbox] == [["new@example.test"]]


def test_all_or_nothing(patient, patient_user, newcomer, mailoutbox):
    with pytest.raises(ValidationError):
        register(patient, newcomer)
    newcomer.refresh_from_db()
    assert newcomer.name == ""
    assert mailoutbox == []


def test_after_a_move_the_person_registers_at_the_new_surgery_with_its_defaults(
    surgery, other_surgery, newcomer
):
    """R1.5: nothing that the old surgery granted comes along."""
    old = make_patient(surgery)
    register(old, newcomer)
    make_grant(old, "full", "full")
    Patient.objects.filter(pk=old.pk).update(left_on=TODAY)
    new = make_patient(other_surgery, registered_on=TODAY)
    register(new, newcomer)
    assert OnlineRegistration.objects.get(patient=old).ended_on == TODAY
    assert latest(new).historical_level == "summary"


def test_of_two_accounts_at_once_one_registers(patient):
    users = [make_user(f"u{number}@example.test") for number in range(2)]
    for user in users:
        user.name = "Ada Testwell"
        user.save()
    register(patient, users[0])
    with pytest.raises(ValidationError, match="already"):
        register(patient, users[1])


FITS = {"nhs_number": "9990000018", "date_of_birth": date(1980, 2, 3), "family_name": "TESTWELL"}


@pytest.mark.parametrize(
    ("asked", "of_patient", "of_surgery", "found"),
    [
        ({}, {}, {}, True),
        ({"family_name": "Test-Well"}, {}, {}, True),
        ({"family_name": "Ada"}, {}, {}, False),
        ({"family_name": ""}, {}, {}, False),
        ({"date_of_birth": date(1980, 3, 2)}, {}, {}, False),
        ({"nhs_number": "9990000026"}, {}, {}, False),
        ({"nhs_number": ""}, {}, {}, False),
        ({}, {"left_on": TODAY}, {}, False),
        ({}, {"died_on": TODAY}, {}, False),
        ({}, {"is_restricted": True}, {}, True),
        ({}, {}, {"uses_portal": False}, False),
    ],
)
def test_a_patient_is_found_by_all_three_or_not_at_all(asked, of_patient, of_surgery, found):
    """R3.7"""
    surgery = make_surgery(**{"uses_portal": True} | of_surgery)
    patient = make_patient(surgery, **of_patient)
    assert find_patient(**FITS | asked) == (patient if found else None)


# by a letter


def by_letter(user, letter, now=NOW, **values):
    right = {
        "ods_code": letter.ods_code,
        "account_id": letter.account_id,
        "linkage_key": letter.linkage_key,
        "date_of_birth": date(1980, 2, 3),
    }
    return register_by_letter(user, Typed(**right | values), terms_version=TERMS_VERSION, now=now)


@pytest.fixture
def unproved(db):
    return make_user("p0@example.test", level=IdentityLevel.P0, is_self_made=True)


@pytest.fixture
def letter(patient, iris):
    return make_letter(patient, by=iris, now=NOW)


def test_a_letter_makes_its_owner_p9_and_registers_them(patient, letter, unproved, surgery):
    """R3.6"""
    registration = by_letter(unproved, letter)
    unproved.refresh_from_db()
    assert unproved.is_identified
    check = registration.identity_check
    assert (check.method, check.level, check.surgery) == ("letter", "P9", surgery)
    used = RegistrationLetter.objects.get()
    assert (used.ended_because, used.used_by) == ("used", unproved)


def test_a_letter_works_once(letter, unproved):
    assert by_letter(unproved, letter)
    second = make_user("second@example.test", level=IdentityLevel.P0, is_self_made=True)
    assert by_letter(second, letter) is None
    second.refresh_from_db()
    assert not second.is_identified


def test_the_fifth_wrong_try_is_a_task_for_the_surgery(patient, letter, unproved):
    for _ in range(5):
        assert not StaffTask.objects.exists()
        assert by_letter(unproved, letter, linkage_key="wrong") is None
    assert StaffTask.objects.get().kind == "letter-ended"
    assert by_letter(unproved, letter) is None
    assert StaffTask.objects.count() == 1
    with rows_of(patient.pk):
        ended = AuditEvent.objects.filter(action="letter ended")
        assert [event.details for event in ended] == [{"because": "tries"}]


def test_a_right_letter_whose_registration_is_refused_leaves_no_trace_but_the_log(
    patient, letter, stranger
):
    """A carer's own account cannot become the patient's; the letter stays good for the patient."""
    stranger.identity_level = IdentityLevel.P0
    stranger.save()
    assert by_letter(stranger, letter) is None
    stranger.refresh_from_db()
    assert stranger.identity_level == IdentityLevel.P0
    assert RegistrationLetter.objects.get().ended_because == ""
    with rows_of(patient.pk):
        refused = AuditEvent.objects.filter(action="letter tried", outcome="refused")
        assert [event.details["because"] for event in refused] == ["another-patient"]


@pytest.mark.parametrize("gone", [{"left_on": TODAY}, {"died_on": TODAY}])
def test_a_letter_ends_when_the_patient_moves_or_dies(patient, letter, unproved, gone):
    """R1.5, R7.5"""
    Patient.objects.filter(pk=patient.pk).update(**gone)
    assert by_letter(unproved, letter) is None


def test_the_terms_are_those_of_the_page():
    assert pages()["terms"].version == TERMS_VERSION
