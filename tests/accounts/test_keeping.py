"""The account page: another e-mail address, another password, and closing the account."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts import keeping
from accounts.models import DeskCode, OnlineRegistration, SignedInDevice, StaffRole, User
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, access_of
from proxy_access.models import LegalBasis
from tests.cast import make_proxy_grant, make_staff, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db
ACCOUNT, EMAIL, PASSWORD, CLOSE = (
    "/account",
    "/account/email",
    "/account/password",
    "/account/close",
)
OLD, NEW = "ada@example.test", "ada.new@example.test"
FIRST, SECOND = "three words together", "four other words together"


@pytest.fixture
def user(patient_user):
    patient_user.set_password(FIRST)
    patient_user.save()
    return patient_user


def confirmed(client):
    """The client, having given a second factor just now."""
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def signed_in(user):
    return confirmed(sign_in(Client(), user))


@pytest.fixture
def visitor(user):
    return signed_in(user)


def link_sent():
    """The path of the link in the newest e-mail."""
    return re.search(r"/account/confirm-email/\S+", mail.outbox[-1].body)[0]


def ask(visitor, email=NEW):
    return visitor.post(EMAIL, {"email": email})


def sent():
    return sorted((email.to[0], email.subject) for email in mail.outbox)


def actions():
    return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


# the account page


def test_the_account_page_has_a_way_to_each_thing(visitor):
    page = visitor.get(ACCOUNT).text
    assert OLD in page
    for path in (EMAIL, PASSWORD, CLOSE, "/account/factors", "/account/devices"):
        assert f'href="{path}"' in page


@pytest.mark.parametrize("path", [ACCOUNT, EMAIL, PASSWORD, CLOSE, "/account/confirm-email/x"])
def test_nothing_opens_without_signing_in(client, path):
    assert client.get(path).url.startswith("/sign-in?")


@pytest.mark.parametrize("path", [EMAIL, PASSWORD, CLOSE])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_change_asks_for_a_second_factor_of_the_last_15_minutes(user, path, method):
    visitor = sign_in(Client(), user)
    assert getattr(visitor, method)(path).url.startswith("/account/confirm?")
    with time_machine.travel(NOW, tick=False):
        visitor = signed_in(user)
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert getattr(visitor, method)(path).url.startswith("/account/confirm?")


@pytest.mark.parametrize("path", [EMAIL, PASSWORD, CLOSE])
def test_changes_need_the_token_of_the_form(user, path):
    visitor = Client(enforce_csrf_checks=True)
    confirmed(sign_in(visitor, user))
    assert visitor.post(path, {"sure": "on"}).status_code == 403


# another e-mail address


def test_the_address_changes_when_the_link_is_confirmed_and_both_are_told(visitor, user):
    ask(visitor)
    user.refresh_from_db()
    assert (user.email, user.new_email) == (OLD, NEW)
    assert AuditEvent.objects.filter(action="email change asked for", actor_id=user.pk).count() == 1
    assert sent() == [(NEW, "Confirm your email address")]
    link = link_sent()
    page = visitor.get(link).text
    assert OLD in page
    assert NEW in page
    user.refresh_from_db()
    assert user.email == OLD
    mail.outbox.clear()
    assert visitor.post(link).url == ACCOUNT
    user.refresh_from_db()
    assert (user.email, user.new_email) == (NEW, "")
    assert user.email_confirmed_at is not None
    assert sent() == [
        (NEW, "Your email address was changed"), (OLD, "Your email address was changed"),
    ]  # fmt: skip
    assert "email changed" in actions()


def test_neither_address_is_told_the_other_one(visitor):
    ask(visitor)
    visitor.post(link_sent())
    assert not any("@" in email.body for email in mail.outbox)


def test_no_address_is_in_the_log_of_events(visitor):
    ask(visitor)
    visitor.post(link_sent())
    assert not any("@" in f"{event.details}{event.object}" for event in AuditEvent.objects.all())


def test_a_link_works_once(visitor, user):
    ask(visitor)
    link = link_sent()
    visitor.post(link)
    assert visitor.post(link).status_code == 404
    assert visitor.get(link).status_code == 404


def test_a_link_is_for_the_person_who_asked(visitor, stranger):
    ask(visitor)
    other = signed_in(stranger)
    assert other.get(link_sent()).status_code == 404
    assert other.post(link_sent()).status_code == 404
    stranger.refresh_from_db()
    assert stranger.email == "bilal@example.test"


def test_a_link_works_for_24_hours(user):
    with time_machine.travel(NOW, tick=False):
        ask(signed_in(user))
    for later, status in [(timedelta(hours=23), 200), (timedelta(hours=24, minutes=1), 404)]:
        with time_machine.travel(NOW + later, tick=False):
            assert signed_in(user).get(link_sent()).status_code == status


def test_asking_for_another_address_ends_the_first_link(visitor):
    ask(visitor)
    first = link_sent()
    ask(visitor, "third@example.test")
    assert visitor.get(first).status_code == 404
    assert visitor.get(link_sent()).status_code == 200


def test_a_link_does_not_come_back_to_life_when_the_old_address_does(visitor):
    ask(visitor)
    first = link_sent()
    visitor.post(first)
    ask(visitor, OLD)
    visitor.post(link_sent())
    ask(visitor)
    assert visitor.get(first).status_code == 404


@pytest.mark.parametrize("spoilt", ["x", "a:b:c", "%00", "ü:1x:y"])
def test_a_link_that_nobody_made_leads_nowhere(visitor, spoilt):
    assert visitor.get(f"/account/confirm-email/{spoilt}").status_code == 404


def test_a_link_with_one_sign_changed_leads_nowhere(visitor):
    ask(visitor)
    link = link_sent()
    other = "0" if link.split("/")[-1][5] != "0" else "1"
    start = link.rindex("/") + 6
    assert visitor.get(link[:start] + other + link[start + 1 :]).status_code == 404


def test_the_answer_is_the_same_when_the_address_is_somebody_elses(visitor, stranger):
    free, taken = ask(visitor, "bilbo@example.test"), ask(visitor, "bilal@example.test")
    tidy = [
        re.sub(r'(nonce|value)="[^"]*"', "", page.text.replace(email, "ADDRESS"))
        for page, email in [(free, "bilbo@example.test"), (taken, "bilal@example.test")]
    ]
    assert tidy[0] == tidy[1]
    assert (free.status_code, taken.status_code) == (200, 200)
    assert sent() == [
        ("bilal@example.test", "About your account"),
        ("bilbo@example.test", "Confirm your email address"),
    ]
    assert "/account/confirm-email/" not in mail.outbox[-1].body


def test_an_address_that_was_taken_meanwhile_stays_its_owners(visitor, user):
    ask(visitor)
    link = link_sent()
    make_user(NEW)
    mail.outbox.clear()
    page = visitor.post(link, follow=True).text
    assert "Another account uses this email address now" in page
    user.refresh_from_db()
    assert user.email == OLD
    assert mail.outbox == []
    assert "email changed" not in actions()


def test_of_two_presses_of_the_button_one_counts(user):
    user.new_email = NEW
    user.save()
    stale = User.objects.get(pk=user.pk)
    keeping.change_email(user, now=NOW)
    with pytest.raises(ValidationError):
        keeping.change_email(stale, now=NOW)
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("email", ["", "x", OLD, OLD.upper(), "ſ@example.test"])
def test_what_cannot_be_the_new_address_is_refused(visitor, user, email):
    assert ask(visitor, email).status_code == 422
    user.refresh_from_db()
    assert user.new_email == ""
    assert mail.outbox == []


def test_one_address_gets_three_links_an_hour(visitor):
    assert [ask(visitor).status_code for _ in range(5)] == [200] * 5
    assert len(mail.outbox) == 3


def test_one_person_writes_to_ten_addresses_an_hour(visitor):
    for number in range(12):
        ask(visitor, f"new{number}@example.test")
    assert len(mail.outbox) == 10


# another password


def change(visitor, current=FIRST, password=SECOND):
    return visitor.post(PASSWORD, {"current": current, "password": password})


def test_a_password_is_changed_and_its_owner_told(visitor, user):
    assert change(visitor).url == ACCOUNT
    user.refresh_from_db()
    assert user.check_password(SECOND)
    assert sent() == [(OLD, "Your password was changed")]
    assert "password changed" in actions()


def test_this_session_goes_on_and_every_other_ends(visitor, user):
    others = signed_in(user)
    key = visitor.session.session_key
    change(visitor)
    assert visitor.session.session_key != key
    assert visitor.get(PASSWORD).status_code == 200
    assert others.get(PASSWORD).url.startswith("/sign-in?")


@pytest.mark.parametrize(
    ("current", "password"),
    [("wrong", SECOND), ("", SECOND), (FIRST, ""), (FIRST, "short"), (FIRST, "password1234")],
)
def test_a_password_that_does_not_do_is_refused(visitor, user, current, password):
    response = change(visitor, current, password)
    assert response.status_code == 422
    assert FIRST not in response.text
    user.refresh_from_db()
    assert user.check_password(FIRST)
    assert mail.outbox == []


def test_each_wrong_current_password_is_on_file(visitor, user):
    for _ in range(6):
        change(visitor, "not the password")
    events = AuditEvent.objects.filter(action="password changed", actor_id=user.pk)
    found = events.order_by("sequence").values_list("outcome", "details")
    assert list(found[:5]) == [("refused", {"because": "password"})] * 5
    assert list(found[5:]) == [("refused", {"because": "too many tries"})]


def test_the_current_password_cannot_be_guessed_at(visitor, user):
    for _ in range(5):
        change(visitor, "guess")
    assert change(visitor, FIRST).status_code == 422
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert change(signed_in(user), FIRST).status_code == 302


def test_who_has_no_password_sets_one(stranger):
    stranger.set_unusable_password()
    stranger.save()
    visitor = signed_in(stranger)
    assert "Current password" not in visitor.get(PASSWORD).text
    assert visitor.post(PASSWORD, {"password": SECOND}).status_code == 302
    stranger.refresh_from_db()
    assert stranger.check_password(SECOND)


# closing


def close(visitor):
    return visitor.post(CLOSE, {"sure": "on"})


def test_the_page_says_what_closing_means(visitor):
    page = visitor.get(CLOSE).text
    assert "your GP surgery keeps it" in page
    assert "people whom you have agreed may act for you" in page


def test_closing_ends_the_registration_and_keeps_it(visitor, user, patient):
    response = visitor.post(CLOSE, {"sure": "on"}, follow=True)
    assert response.redirect_chain == [("/account/closed", 302)]
    user.refresh_from_db()
    assert not user.is_active
    assert user.closed_at is not None
    registration = OnlineRegistration.objects.get(user=user)
    assert registration.ended_on == timezone.localdate()
    assert not OnlineRegistration.objects.live(timezone.localdate()).exists()
    assert sent() == [(OLD, "Your account is closed")]
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(action="account closed")
    assert (event.actor_id, event.patient_id) == (user.pk, patient.pk)


def test_a_registration_of_today_can_end_today(user):
    OnlineRegistration.objects.update(started_on=timezone.localdate())
    close(signed_in(user))
    assert not OnlineRegistration.objects.live(timezone.localdate()).exists()


def test_nobody_signs_in_to_a_closed_account(visitor, user):
    other = signed_in(user)
    close(visitor)
    assert other.get(EMAIL).url.startswith("/sign-in?")
    assert visitor.get(EMAIL).url.startswith("/sign-in?")
    response = Client().post("/sign-in", {"email": OLD, "password": FIRST})
    assert response.status_code == 422


def test_closing_signs_out_everywhere_and_ends_what_was_begun(visitor, user):
    DeskCode.objects.create(
        user=user, code_hash="0" * 64, made_at=NOW, ends_at=timezone.now() + timedelta(hours=1)
    )
    SignedInDevice.objects.create(
        user=user, kind="Firefox on Linux", factor="app", began_at=NOW, session_key="k"
    )
    ask(visitor)
    link = link_sent()
    close(visitor)
    assert not DeskCode.objects.usable(timezone.now()).exists()
    assert not SignedInDevice.objects.filter(ended_at=None).exists()
    user.refresh_from_db()
    assert user.new_email == ""
    assert visitor.get(link).url.startswith("/sign-in?")


def test_the_box_must_be_ticked(visitor, user):
    response = visitor.post(CLOSE, {})
    assert response.status_code == 422
    assert "Tick the box" in response.text
    user.refresh_from_db()
    assert user.is_active


def test_staff_must_be_let_go_first(surgery):
    staff = make_staff(surgery, "staff@example.test")
    visitor = signed_in(staff)
    assert "You cannot close your account yet" in visitor.get(CLOSE).text
    assert close(visitor).status_code == 422
    staff.refresh_from_db()
    assert staff.is_active
    StaffRole.objects.update(ends_on=date(2024, 1, 1))
    assert close(visitor).status_code == 302
    assert StaffRole.objects.filter(user=staff).exists()


def test_a_duty_that_came_while_the_page_was_open_counts(rf, surgery):
    staff = make_staff(surgery, "staff@example.test")
    with pytest.raises(ValidationError):
        keeping.close_account(rf.post(CLOSE), staff, now=timezone.now())
    assert mail.outbox == []


def test_a_closed_account_that_nobody_was_a_patient_with_has_an_event_too():
    user = make_user("new@example.test", level="P0")
    close(signed_in(user))
    assert AuditEvent.objects.get(action="account closed").patient_id is None


# who acts for whom


@pytest.mark.parametrize(
    ("basis", "closed_on", "still_acts"),
    [
        (LegalBasis.CONSENT, None, True),
        (LegalBasis.CONSENT, date(2024, 3, 1), False),
        (LegalBasis.CONSENT, date(2024, 1, 1), False),  # the day on which the grant began
        (LegalBasis.CONSENT, date(2023, 12, 31), True),  # the consent came afterwards
        (LegalBasis.ATTORNEY, date(2024, 3, 1), True),
    ],
)
def test_consent_ends_with_the_account_of_whoever_gave_it(
    patient, patient_user, proxy_user, basis, closed_on, still_acts
):
    make_proxy_grant(patient, proxy_user, legal_basis=basis)
    if closed_on:
        patient_user.closed_at = datetime.combine(closed_on, NOW.timetz())
        patient_user.save()
    access = access_of(proxy_user, patient.pk, on=NOW.date())
    assert isinstance(access, Access) == still_acts
    assert still_acts or access is Refusal.ENDED
