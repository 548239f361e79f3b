"""The registration letter: who gets one, when it ends, and what a try does to it (R3.6)."""

import re
import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from accounts.hashing import LETTERS
from accounts.letters import Typed, end_letter, make_letter, try_letter
from accounts.models import Duty, RegistrationLetter
from audit.models import AuditEvent
from audit.row_security import rows_of
from tests.cast import make_patient, make_staff, make_user
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

BORN = date(1980, 2, 3)
End = RegistrationLetter.End


@pytest.fixture
def iris(surgery):
    return make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)


@pytest.fixture
def newcomer(db):
    return make_user("new@example.test", level="P0")


@pytest.fixture
def letter(patient, iris):
    return make_letter(patient, by=iris, now=NOW)


def typed(letter, **values):
    right = {
        "ods_code": letter.ods_code,
        "account_id": letter.account_id,
        "linkage_key": letter.linkage_key,
        "date_of_birth": BORN,
    }
    return Typed(**right | values)


def tried(user, what, now=NOW):
    with transaction.atomic():
        return try_letter(user, what, now=now)


def stored():
    return RegistrationLetter.objects.order_by("made_at", "id").last()


def test_a_letter_has_codes_that_are_stored_as_hashes_only(letter):
    row = stored()
    assert re.fullmatch(f"[{LETTERS}]{{5}} [{LETTERS}]{{5}}", letter.account_id)
    assert re.fullmatch(f"[{LETTERS}]{{4}}( [{LETTERS}]{{4}}){{2}}", letter.linkage_key)
    kept = " ".join(str(value) for value in vars(row).values())
    for code in (letter.account_id, letter.linkage_key):
        assert code not in kept
        assert code.replace(" ", "") not in kept
    assert row.ends_at == NOW + timedelta(days=14)


def test_no_code_is_in_the_log(letter, patient):
    with rows_of(patient.pk):
        events = str(list(AuditEvent.objects.values()))
    assert "letter made" in events
    for code in (letter.account_id, letter.linkage_key):
        assert code not in events
        assert code.replace(" ", "") not in events


@pytest.mark.parametrize(
    ("born", "competent", "made"),
    [
        (date(2011, 6, 4), True, False),  # 13 tomorrow
        (date(2011, 6, 3), False, False),  # 13 today
        (date(2011, 6, 3), True, True),
        (date(2008, 6, 4), False, False),  # 16 tomorrow
        (date(2008, 6, 4), True, True),
        (date(2008, 6, 3), False, True),  # 16 today
    ],
)
def test_who_is_old_enough_for_a_letter(surgery, iris, born, competent, made):
    """R3.8"""
    child = make_patient(surgery, date_of_birth=born)
    if made:
        assert make_letter(child, by=iris, now=NOW, is_competent=competent)
        return
    with pytest.raises(ValidationError, match=r"R3\.8"):
        make_letter(child, by=iris, now=NOW, is_competent=competent)
    assert not RegistrationLetter.objects.exists()


@pytest.mark.parametrize("gone", [{"left_on": TODAY}, {"died_on": TODAY}])
def test_who_left_or_died_gets_none(surgery, iris, gone):
    """R1.5"""
    with pytest.raises(ValidationError, match="not on the surgery's list"):
        make_letter(make_patient(surgery, **gone), by=iris, now=NOW)


def test_who_has_an_account_gets_none(patient, patient_user, iris):
    with pytest.raises(ValidationError, match="has an online account already"):
        make_letter(patient, by=iris, now=NOW)


def test_only_staff_with_the_duty_at_this_surgery_make_letters(patient, surgery, other_staff):
    """R8.1"""
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)
    for by in (joel, other_staff):
        with pytest.raises(ValidationError, match="check-identity"):
            make_letter(patient, by=by, now=NOW)


def test_a_newer_letter_ends_the_older(letter, patient, iris, newcomer):
    second = make_letter(patient, by=iris, now=NOW + timedelta(hours=1))
    ends = RegistrationLetter.objects.order_by("made_at").values_list("ended_because", flat=True)
    assert list(ends) == [End.REPLACED, ""]
    later = NOW + timedelta(hours=2)
    assert not tried(newcomer, typed(letter), later).is_right
    assert tried(newcomer, typed(second), later).is_right


def test_a_letter_that_was_taken_back_is_of_no_use(letter, patient, iris, newcomer):
    assert end_letter(patient, End.REVOKED, by=iris, now=NOW)
    assert not end_letter(patient, End.REVOKED, by=iris, now=NOW)
    assert not tried(newcomer, typed(letter)).is_right
    assert stored().ended_because == End.REVOKED


@pytest.mark.parametrize(
    "values",
    [
        {"account_id": "k7wp4-m2xb7"},
        {"account_id": ""},
        {"account_id": "\u2460\u0661\ufb01 \U0001f600"},
        {"linkage_key": "2222 2222 2222"},
        {"linkage_key": "\u00df\u0130"},
        {"ods_code": "Z99002"},
        {"ods_code": "\uff3a99001"},
        {"date_of_birth": date(1980, 3, 2)},
        {"date_of_birth": date.min},
    ],
)
def test_what_does_not_fit_is_refused(letter, newcomer, values):
    assert not tried(newcomer, typed(letter, **values)).is_right


@pytest.mark.parametrize(
    "how", [str.lower, lambda code: code.replace(" ", "-"), lambda c: f" {c} "]
)
def test_it_does_not_matter_how_a_code_is_typed(letter, newcomer, how):
    as_typed = {
        name: how(getattr(letter, name)) for name in ("ods_code", "account_id", "linkage_key")
    }
    assert tried(newcomer, typed(letter, **as_typed)).is_right


@pytest.mark.parametrize(
    ("after", "works"),
    [(timedelta(days=14, seconds=-1), True), (timedelta(days=14), False)],
)
def test_it_ends_after_14_days(letter, newcomer, after, works):
    assert tried(newcomer, typed(letter), NOW + after).is_right is works


@pytest.mark.parametrize("gone", [{"left_on": TODAY}, {"died_on": TODAY}])
def test_it_ends_when_the_patient_leaves_or_dies(letter, patient, newcomer, gone):
    """R1.5: found out when it is tried, not by a nightly job."""
    type(patient).objects.filter(pk=patient.pk).update(**gone)
    assert not tried(newcomer, typed(letter)).is_right


def test_four_wrong_tries_leave_it_open_and_the_fifth_ends_it(letter, newcomer):
    wrong = typed(letter, linkage_key="wrong")
    for count in range(1, 5):
        assert not tried(newcomer, wrong).ended_it
        assert stored().wrong_tries == count
    assert tried(newcomer, wrong).ended_it
    assert stored().ended_because == End.TRIES
    assert not tried(newcomer, typed(letter)).is_right
    assert not tried(newcomer, wrong).ended_it
    assert stored().wrong_tries == 5


def test_the_tries_of_several_people_count_together(letter):
    for number in range(5):
        user = make_user(f"u{number}@example.test", level="P0")
        last = tried(user, typed(letter, date_of_birth=TODAY))
    assert last.ended_it


def test_a_person_has_ten_tries_in_an_hour_and_none_of_the_rest_counts(letter, newcomer):
    unknown = typed(letter, account_id="ZZZZZ ZZZZZ")
    for _ in range(10):
        tried(newcomer, unknown)
    assert not tried(newcomer, typed(letter)).is_right
    assert stored().wrong_tries == 0
    assert tried(newcomer, typed(letter), NOW + timedelta(hours=1)).is_right


@pytest.mark.parametrize(
    ("values", "because"), [({"account_id": "none"}, "unknown"), ({"linkage_key": "x"}, "wrong")]
)
def test_a_wrong_try_is_on_file_with_its_reason(letter, patient, newcomer, values, because):
    """R9.1"""
    tried(newcomer, typed(letter, **values))
    wanted = patient.pk if because == "wrong" else None
    with rows_of(wanted):
        event = AuditEvent.objects.get(action="letter tried")
    assert (event.actor_id, event.outcome, event.details) == (
        newcomer.pk, "refused", {"because": because},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_five_wrong_tries_at_once_are_five(patient, surgery):
    iris = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    letter = make_letter(patient, by=iris, now=NOW)
    users = [make_user(f"u{number}@example.test", level="P0") for number in range(5)]
    ended, start = [], threading.Barrier(5)

    def one(user):
        start.wait()
        ended.append(tried(user, typed(letter, linkage_key="wrong")).ended_it)
        connections.close_all()

    threads = [threading.Thread(target=one, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [False, False, False, False, True]
    assert stored().wrong_tries == 5
