"""Duties end on a day or at once, and somebody always manages the settings."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.duties import LAST_MANAGER, NO_MANAGER, duties_held, end_duty, keep_duty
from accounts.models import AuthenticatorApp, Duty, StaffRole, User
from accounts.staff import Desk, find_desk
from audit.models import AuditEvent
from tests.cast import make_staff, make_surgery, verified

pytestmark = pytest.mark.django_db

SETTINGS, DECIDE = Duty.MANAGE_SETTINGS, Duty.DECIDE_ACCESS
DAY = timedelta(days=1)


def today():
    return timezone.localdate()


def role_of(user, duty):
    return StaffRole.objects.get(user=user, duty=duty)


def desk_of(user, surgery):
    return Desk(user, surgery, frozenset(Duty))


@pytest.fixture
def renu(surgery):
    return make_staff(surgery, "renu@example.test", SETTINGS)


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test", DECIDE)


def end(role, on, by, surgery):
    end_duty(role, on=on, by=desk_of(by, surgery), now=timezone.now())
    role.refresh_from_db()


def test_a_duty_that_ends_at_once_is_over_in_the_same_minute(surgery, renu, joel):
    end(role_of(joel, DECIDE), None, renu, surgery)
    assert not StaffRole.objects.live(today()).filter(user=joel).exists()
    assert (
        StaffRole.objects.live(today() - DAY).filter(user=joel).exists()
    )  # they had it until then
    assert find_desk(viewer=verified(joel), now=timezone.now()) == "unknown"


def test_so_is_one_that_began_today(surgery, renu, joel):
    StaffRole.objects.filter(user=joel).update(starts_on=today())
    end(role_of(joel, DECIDE), None, renu, surgery)
    assert not StaffRole.objects.live(today()).filter(user=joel).exists()


def test_and_one_that_was_to_begin_later(surgery, renu, joel):
    StaffRole.objects.filter(user=joel).update(starts_on=today() + DAY)
    end(role_of(joel, DECIDE), None, renu, surgery)
    for more in range(3):
        assert not StaffRole.objects.live(today() + more * DAY).filter(user=joel).exists()


def test_a_duty_with_a_last_day_holds_through_it(surgery, renu, joel):
    end(role_of(joel, DECIDE), today(), renu, surgery)
    assert StaffRole.objects.live(today()).filter(user=joel).exists()
    assert not StaffRole.objects.live(today() + DAY).filter(user=joel).exists()


def test_an_end_is_on_file_with_the_old_and_the_new_day(surgery, renu, joel):
    end(role_of(joel, DECIDE), today(), renu, surgery)
    event = AuditEvent.objects.get(action="duty ended")
    assert (event.actor_id, event.duty) == (renu.pk, SETTINGS)
    assert event.object == f"user {joel.pk} at {surgery.ods_code}"
    assert event.details == {
        "duty": DECIDE, "old": None, "new": today().isoformat(), "at once": False
    }  # fmt: skip


def test_a_duty_that_was_to_end_may_go_on(surgery, renu, joel):
    role = role_of(joel, DECIDE)
    end(role, today() + DAY, renu, surgery)
    keep_duty(role, by=desk_of(renu, surgery), now=timezone.now())
    assert role_of(joel, DECIDE).ends_on is None


@pytest.mark.parametrize("act", ["end", "keep"])
@pytest.mark.parametrize("how", ["at once", "its day is over"])
def test_what_has_ended_stays_ended(surgery, renu, joel, act, how):
    now = timezone.now()
    ended_at = now if how == "at once" else None
    ends_on = today() if how == "at once" else today() - DAY
    StaffRole.objects.filter(user=joel).update(ends_on=ends_on, ended_at=ended_at)
    role, by = role_of(joel, DECIDE), desk_of(renu, surgery)
    more = {"on": today() + DAY} if act == "end" else {}
    with pytest.raises(ValidationError, match="ended already"):
        (end_duty if act == "end" else keep_duty)(role, by=by, now=now, **more)


def test_a_day_that_is_over_is_refused(surgery, renu, joel):
    with pytest.raises(ValidationError, match="today or a later day"):
        end(role_of(joel, DECIDE), today() - DAY, renu, surgery)


def test_a_duty_elsewhere_is_out_of_reach(surgery, renu):
    other = make_staff(make_surgery("Z99002", name="Elsewhere"), "else@example.test", DECIDE)
    for act in (lambda role, by: end_duty(role, on=None, by=by, now=timezone.now()),
                lambda role, by: keep_duty(role, by=by, now=timezone.now())):  # fmt: skip
        with pytest.raises(ValidationError, match="another surgery"):
            act(role_of(other, DECIDE), desk_of(renu, surgery))


@pytest.mark.parametrize(
    ("other", "may"),
    [
        ("nobody", False),
        ("another manager", True),
        ("another manager with a last day", False),
        ("another manager who begins tomorrow", False),
        ("another manager whose account is closed", False),
        ("another manager who was never set up", False),
        ("a manager elsewhere", False),
        ("somebody with all other duties", False),
    ],
)
@pytest.mark.parametrize("when", ["at once", "next year"])
def test_somebody_who_can_sign_in_is_left_to_manage_the_settings(surgery, renu, other, may, when):
    make_other(other, surgery)
    role = role_of(renu, SETTINGS)
    on = None if when == "at once" else today() + 365 * DAY
    if may:
        end(role, on, renu, surgery)
        assert role.ends_on
    else:
        with pytest.raises(ValidationError) as refused:
            end(role, on, renu, surgery)
        assert refused.value.messages == [LAST_MANAGER]
        role.refresh_from_db()
        assert role.ends_on is None


def make_other(who, surgery):
    if who == "nobody":
        return
    if who == "somebody with all other duties":
        make_staff(surgery, "other@example.test", *(set(Duty) - {SETTINGS}))
        return
    at = make_surgery("Z99002", name="Elsewhere") if who == "a manager elsewhere" else surgery
    user = make_staff(at, "other@example.test", SETTINGS)
    roles = StaffRole.objects.filter(user=user)
    if "last day" in who:
        roles.update(ends_on=today() + 30 * DAY)
    elif "tomorrow" in who:
        roles.update(starts_on=today() + DAY)
    elif "closed" in who:
        User.objects.filter(pk=user.pk).update(is_active=False, closed_at=timezone.now())
    elif "never" in who:
        AuthenticatorApp.objects.filter(user=user).delete()
        user.set_unusable_password()
        user.save()


def test_other_duties_of_the_last_manager_may_end(surgery, renu):
    role = StaffRole.objects.create(
        user=renu, surgery=surgery, duty=DECIDE, starts_on=today() - DAY
    )
    end(role, None, renu, surgery)
    assert role.ended_at


def test_duties_in_force_or_to_begin_are_listed(surgery, renu, joel):
    StaffRole.objects.filter(user=joel).update(starts_on=today() + DAY)
    gone = make_staff(surgery, "gone@example.test", DECIDE)
    StaffRole.objects.filter(user=gone).update(ends_on=today() - DAY)
    make_staff(make_surgery("Z99002", name="Elsewhere"), "else@example.test")
    assert [role.user for role in duties_held(surgery, on=today())] == [joel, renu]


@pytest.mark.parametrize("act", [partial(end_duty, on=None), keep_duty], ids=["end", "keep"])
def test_whose_duty_ended_meanwhile_ends_no_other(surgery, renu, joel, act):
    """A leaver's rights end at once, also those of a form that waited behind its ending."""
    third = make_staff(surgery, "third@example.test", SETTINGS)
    desk = desk_of(renu, surgery)  # as the page was opened
    end(role_of(renu, SETTINGS), None, third, surgery)
    with pytest.raises(ValidationError, match=NO_MANAGER):
        act(role_of(joel, DECIDE), by=desk, now=timezone.now())
    assert role_of(joel, DECIDE).ended_at is None


def test_the_database_wants_a_last_day_for_what_ended_at_once(surgery, renu):
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffRole.objects.filter(user=renu).update(ended_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_end_each_others_duty_at_once_one_stays():
    surgery = make_surgery()
    both = [make_staff(surgery, f"m{number}@example.test", SETTINGS) for number in range(2)]
    barrier, refused = threading.Barrier(2), []

    def act(by, other):
        try:
            barrier.wait()
            end_duty(role_of(other, SETTINGS), on=None, by=desk_of(by, surgery), now=timezone.now())
        except ValidationError as error:
            refused.append(error.messages)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=pair) for pair in (both, both[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [[NO_MANAGER]]
    assert StaffRole.objects.live(today()).filter(duty=SETTINGS).count() == 1
