"""The edges of the ways to a record: who is never let onto one, by whatever letter, link or code."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.letters import Typed, make_letter
from accounts.models import Duty, OnlineRegistration, StaffRole, User
from accounts.nhs_login import Proved
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import LegalBasis
from records.at_desk import Proof, register_at_desk
from records.grants import decide_access
from records.joining import EmailTaken, open_account
from records.online import TERMS_VERSION, register_by_letter
from surgeries.terms import Level
from tests.cast import make_patient, make_proxy_grant, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db

DOCUMENTS = Proof("documents", evidence=["passport", "council-tax-bill"])
NEW = {
    "method": "documents", "photo": "passport", "address": "council-tax-bill", "is_here": "on",
    "is_right_record": "on", "account": "new", "email": "ada@example.test", "agreed": "on",
}  # fmt: skip


def by_letter(user, patient, *, made_by, now):
    letter = make_letter(patient, by=made_by, now=now)
    typed = Typed(letter.ods_code, letter.account_id, letter.linkage_key, patient.date_of_birth)
    return register_by_letter(user, typed, terms_version=TERMS_VERSION, now=now)


def at_desk(patient, user, *, by, now):
    return register_at_desk(patient, user, DOCUMENTS, by=by, terms_version=TERMS_VERSION, now=now)


def proved(patient, subject="ada"):
    return Proved(
        "https://nhs.example.test", subject, patient.nhs_number, patient.family_name, "",
        patient.date_of_birth, "",
    )  # fmt: skip


@pytest.fixture
def newcomer(db):
    return make_user("new@example.test", level="P0", is_self_made=True)


def test_who_made_a_letter_does_not_use_it(patient, surgery):
    iris = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    iris.is_self_made = True
    iris.save()
    assert by_letter(iris, patient, made_by=iris, now=timezone.now()) is None
    assert not OnlineRegistration.objects.exists()


def test_an_account_that_was_closed_meanwhile_is_not_registered(patient, staff, newcomer):
    now = timezone.now()
    User.objects.filter(pk=newcomer.pk).update(is_active=False, closed_at=now)
    assert by_letter(newcomer, patient, made_by=staff, now=now) is None
    assert not OnlineRegistration.objects.exists()


@pytest.mark.parametrize("name", ["Bea Testwell", ""])
def test_no_link_hands_over_a_colleagues_duties(client, patient, surgery, staff, name):
    """A colleague who has not set up their account yet, of the same family name as a patient (R8.1)."""
    bea = User.objects.create_user("bea@example.test", name=name)
    role = {"duty": Duty.DECIDE_ACCESS, "starts_on": date(2020, 1, 1)}
    StaffRole.objects.create(user=bea, surgery=surgery, **role)
    answer = sign_in(client, staff).post(
        f"/surgery/patients/{patient.pk}/identity", NEW | {"email": bea.email}
    )
    assert answer.status_code == 422
    assert "/set-up/" not in answer.text


def test_no_link_hands_over_the_records_of_others(client, patient, other_patient, staff):
    carer = User.objects.create_user("carer@example.test", name="Cara Testwell")
    make_proxy_grant(other_patient, carer, legal_basis=LegalBasis.CONSENT)
    answer = sign_in(client, staff).post(
        f"/surgery/patients/{patient.pk}/identity", NEW | {"email": carer.email}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(("sent", "status"), [({}, 422), ({"is_competent": "on"}, 200)])
def test_someone_of_14_is_assessed_before_the_desk_opens_their_record(
    client, surgery, staff, sent, status
):
    """R3.8"""
    young = make_patient(surgery, date_of_birth=date(timezone.localdate().year - 14, 1, 1))
    answer = sign_in(client, staff).post(f"/surgery/patients/{young.pk}/identity", NEW | sent)
    assert answer.status_code == status
    assert OnlineRegistration.objects.exists() is (status == 200)


def test_an_act_that_is_refused_at_the_desk_is_on_file_once(client, patient, patient_user, staff):
    """R9.1"""
    path = f"/surgery/patients/{patient.pk}"
    sign_in(client, staff).post(f"{path}/identity", NEW | {"email": "other@example.test"})
    client.post(f"{path}/letter", {"is_known": "on"})
    with rows_of(patient.pk):
        refused = AuditEvent.objects.filter(outcome="refused").order_by("sequence")
        assert [event.action for event in refused] == ["identity checked", "letter made"]


LONG = {"family_name": "B" * 200, "given_names": "A" * 200}


def test_a_name_longer_than_an_accounts_stops_nobody(client, surgery, staff, newcomer):
    patient = make_patient(surgery, **LONG)
    assert by_letter(newcomer, patient, made_by=staff, now=timezone.now())


def test_a_long_name_stops_nobody_at_the_desk(client, surgery, staff):
    patient = make_patient(surgery, **LONG)
    answer = sign_in(client, staff).post(f"/surgery/patients/{patient.pk}/identity", NEW)
    assert answer.status_code == 200


def test_a_long_name_stops_nobody_who_comes_by_nhs_login(surgery):
    patient = make_patient(surgery, **LONG)
    assert open_account(proved(patient), email="new@example.test", now=timezone.now())


def test_an_address_that_is_no_good_opens_no_account(patient):
    with pytest.raises(EmailTaken):
        open_account(proved(patient), email="i\u0307@example.test", now=timezone.now())
    assert not User.objects.exists()


def both(*acts):
    """Do both at once, each in a transaction; what went wrong."""
    barrier, wrong = Barrier(2), []

    def run(act):
        try:
            barrier.wait(10)
            with transaction.atomic():
                act()
        except Exception as error:  # whatever it is, the test names it
            wrong.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_deciding_and_registering_at_once_do_not_stop_each_other(surgery):
    """Both hold the patient before they write an event, so that neither waits for the other for ever."""
    staff, now = make_staff(surgery, "staff@example.test"), timezone.now()
    levels = {"current": Level.FULL, "historical": Level.NONE}
    for number in range(8):
        patient = make_patient(surgery, f"99900{number:05}")
        user = make_user(f"u{number}@example.test", level="P0", is_self_made=True)
        register = by_letter if number % 2 else at_desk
        values = {"made_by" if number % 2 else "by": staff, "now": now}
        arguments = (user, patient) if number % 2 else (patient, user)

        def decide(patient=patient):
            for _ in range(5):
                decide_access(patient, by=staff, now=now, reason="For a test", **levels)

        assert both(decide, lambda: register(*arguments, **values)) == []  # noqa: B023
