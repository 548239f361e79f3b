"""Pausing: who sees what before, during, at the second of the end and after it (R5.2, R4.8, ADR 38)."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import Duty, OnlineRegistration
from accounts.signing_in import Confirmed
from accounts.staff import Desk, StaffAccess
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, access_of, find_access, hold, people_open_to
from proxy_access.models import Pause, PauseEnd, Whom
from proxy_access.pausing import (
    Wanted,
    carry_pauses,
    come_back,
    end_as_staff,
    needs_factor,
    pause,
    pauses_of,
)
from tests.cast import (
    make_online,
    make_patient,
    make_proxy_grant,
    make_surgery,
    make_user,
    verified,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
END = NOW + DAY
LATER = NOW + timedelta(minutes=5)


def used(at, held_since=NOW - SECOND):
    """What a session keeps of a second factor that was used at a moment."""
    return Confirmed(at, held_since) if at else None


class People:
    """A patient who acts for her mother, and two who act for her: one she agreed to, one appointed by a court."""

    def __init__(self, surgery):
        self.patient = make_patient(surgery)
        self.user = make_user("ada@example.test")
        make_online(self.patient, self.user)
        self.ruth, self.dora = make_user("ruth@example.test"), make_user("dora@example.test")
        self.grant = make_proxy_grant(self.patient, self.ruth)
        self.deputy = make_proxy_grant(
            self.patient, self.dora, legal_basis="court-appointed-personal-welfare-deputy"
        )
        self.mother = make_patient(surgery, "9990000026", family_name="Senior")
        make_proxy_grant(self.mother, self.user)

    def own(self, at=NOW):
        return find_access(
            viewer=verified(self.user), patient_id=self.patient.pk, now=at, own_matters=True
        )

    def seen(self, at=NOW):
        """What the one decision answers each of them at a moment: True, or the refusal."""
        asked = [
            ("patient", self.user, self.patient),
            ("ruth", self.ruth, self.patient),
            ("dora", self.dora, self.patient),
            ("for mother", self.user, self.mother),
        ]
        found = {
            name: find_access(viewer=verified(user), patient_id=patient.pk, now=at)
            for name, user, patient in asked
        }
        return {name: isinstance(one, Access) or one for name, one in found.items()}

    def by_staff(self, *duties):
        user = make_user(f"staff{len(duties)}@example.test")
        return StaffAccess(
            Desk(user, self.patient.surgery, frozenset(duties)), self.patient, Duty.DECIDE_ACCESS
        )


@pytest.fixture
def people(surgery):
    return People(surgery)


OPEN = dict.fromkeys(("patient", "ruth", "dora", "for mother"), True)
ENDED = Refusal.ENDED
CLOSED = {
    "everyone": {"patient": Refusal.PAUSED_BY_PATIENT, "ruth": ENDED, "dora": ENDED},
    "everyone, through the surgery": {"patient": Refusal.PAUSED, "ruth": ENDED, "dora": ENDED},
    "proxies": {"ruth": ENDED, "dora": ENDED},
    "one": {"ruth": ENDED},
}


def wanted(name, people, until=END):
    whom = Whom(name.partition(",")[0])
    grant = people.grant if whom is Whom.ONE else None
    return Wanted(whom, until, "surgery" in name, grant)


@pytest.mark.parametrize("name", CLOSED)
def test_who_sees_what_before_during_at_the_end_and_after(people, name):
    """R5.2, ADR 8: it closes at once and opens by itself at the very second; for mother one acts all the time."""
    assert people.seen() == OPEN
    pause(wanted(name, people), by=people.own(), now=NOW)
    for at in (NOW, END - SECOND):
        assert people.seen(at) == OPEN | CLOSED[name]
    for at in (END, END + DAY):
        assert people.seen(at) == OPEN


@pytest.mark.parametrize("name", CLOSED)
def test_without_an_end_it_holds_until_the_patient_returns(people, name):
    """R5.2"""
    pause(wanted(name, people, None), by=people.own(), now=NOW)
    assert people.seen(NOW + 160 * DAY) == OPEN | CLOSED[name]


def test_a_page_that_began_before_it_was_paused_is_refused_too(people):
    """R4.8: of two clocks that differ, or a request that was slow, the pause wins."""
    pause(Wanted(), by=people.own(), now=NOW + timedelta(seconds=30))
    assert people.seen(NOW) == OPEN | CLOSED["everyone"]


def test_a_question_about_a_day_counts_a_pause_of_a_part_of_it(people):
    """ADR 8: who asks for a day alone is never told that something is open which is not yet."""
    pause(Wanted(until=NOW + timedelta(hours=2)), by=people.own(), now=NOW)
    for user in (people.user, people.ruth):
        assert not isinstance(access_of(user, people.patient.pk, on=TODAY), Access)
        assert isinstance(access_of(user, people.patient.pk, on=TODAY + DAY), Access)
        assert isinstance(access_of(user, people.patient.pk, on=TODAY - 2 * DAY), Access)


def test_an_open_session_loses_it_between_two_requests(people):
    """R5.2: what was decided at the beginning of a page is asked again when it is read."""
    accesses = [people.own(), access_of(people.ruth, people.patient.pk, on=TODAY, at=NOW)]
    pause(Wanted(), by=people.own(), now=NOW)
    found = [hold(each, on=TODAY, at=NOW) for each in accesses]
    assert found == [Refusal.PAUSED_BY_PATIENT, ENDED]


def test_the_own_record_stays_on_the_start_page_and_a_proxys_goes(people):
    """R5.2: from there the patient comes back."""
    pause(Wanted(), by=people.own(), now=NOW)
    own = people_open_to(people.user, on=TODAY, at=NOW)
    assert [each.patient for each in own] == [people.patient, people.mother]
    assert people_open_to(people.ruth, on=TODAY, at=NOW) == []


def test_own_matters_open_nothing_to_a_proxy(people):
    """R5.2"""
    pause(Wanted(), by=people.own(), now=NOW)
    found = find_access(
        viewer=verified(people.ruth), patient_id=people.patient.pk, now=NOW, own_matters=True
    )
    assert found is ENDED


@pytest.mark.parametrize(
    ("first", "second", "rows", "until", "through"),
    [
        ((END, False), (END + SECOND, False), 1, END, False),  # sent twice
        ((None, False), (END, False), 1, None, False),  # nobody shortens it with an open session
        ((END, False), (None, False), 2, None, False),
        ((END, True), (END, False), 1, END, True),  # nor makes it easier to end
        ((END, False), (END, True), 2, END, True),
    ],
)
def test_pausing_again_never_loosens_it(people, first, second, rows, until, through):
    """R5.2: whoever holds the phone presses it once more, and it is as long and as hard to end as before."""
    for end, surgery in (first, second):
        pause(Wanted(Whom.EVERYONE, end, surgery), by=people.own(), now=NOW)
    held = list(pauses_of(people.patient, at=NOW))
    assert len(held) == rows
    assert any(each.until == until for each in held)
    closed = CLOSED["everyone, through the surgery" if through else "everyone"]
    assert people.seen() == OPEN | closed


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (NOW, "after today"),
        (NOW - DAY, "after today"),
        (NOW + timedelta(days=367), "within a year"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(people, until, words):
    with pytest.raises(ValidationError, match=words):
        pause(Wanted(until=until), by=people.own(), now=NOW)
    assert not Pause.objects.exists()


@pytest.mark.parametrize("whom", Whom)
def test_a_proxy_pauses_nothing_and_brings_nothing_back(people, whom):
    """R4.8"""
    theirs = access_of(people.ruth, people.patient.pk, on=TODAY, at=NOW)
    grant = people.grant if whom is Whom.ONE else None
    with pytest.raises(ValidationError, match="Only the patient"):
        pause(Wanted(whom, grant=grant), by=theirs, now=NOW)
    with pytest.raises(ValidationError, match="Only the patient"):
        come_back(whom, by=theirs, now=NOW, confirmed=used(NOW), grant=grant)


def test_nobody_pauses_what_somebody_does_for_another(people):
    """R4.8: who acts for the mother is the mother's to stop."""
    theirs = people.mother.proxy_grants.get()
    with pytest.raises(ValidationError, match="Only the patient"):
        pause(Wanted(Whom.ONE, grant=theirs), by=people.own(), now=NOW)


@pytest.mark.parametrize("whom", ["everyone", "proxies"])
@pytest.mark.parametrize(
    ("confirmed_at", "opens"),
    [
        (None, False),
        (NOW - SECOND, False),  # before it was paused, in the session that was open then
        (NOW, False),
        (NOW + SECOND, True),
        (LATER, True),
        (LATER + SECOND, False),
    ],
)
def test_coming_back_earlier_needs_the_second_factor_after_the_pause(
    people, whom, confirmed_at, opens
):
    """R5.2, R3.9"""
    pause(wanted(whom, people), by=people.own(), now=NOW)
    with nullcontext() if opens else pytest.raises(ValidationError, match="show that it is you"):
        come_back(Whom(whom), by=people.own(), now=LATER, confirmed=used(confirmed_at))
    assert (people.seen(LATER) == OPEN) is opens


def test_a_second_factor_counts_for_a_quarter_of_an_hour(people):
    """R3.9"""
    held = [pause(Wanted(), by=people.own(), now=NOW)]
    confirmed = used(NOW + SECOND)
    assert not needs_factor(held, confirmed, now=confirmed.at + timedelta(minutes=15))
    assert needs_factor(held, confirmed, now=confirmed.at + timedelta(minutes=15, seconds=1))


@pytest.mark.parametrize(
    ("held_since", "opens"), [(NOW - SECOND, True), (NOW, True), (NOW + SECOND, False)]
)
def test_a_second_factor_that_was_added_after_the_pause_opens_nothing(people, held_since, opens):
    """R5.2, R3.9: whoever holds the phone can add one of their own from the session that is open."""
    pause(Wanted(), by=people.own(), now=NOW)
    with nullcontext() if opens else pytest.raises(ValidationError, match="had before you paused"):
        come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER, held_since))
    assert (people.seen(LATER) == OPEN) is opens


def test_one_person_is_started_again_as_they_are_stopped(people):
    """R4.8: in one step, as a stop without an end."""
    pause(wanted("one", people), by=people.own(), now=NOW)
    come_back(Whom.ONE, by=people.own(), now=LATER, confirmed=None, grant=people.grant)
    assert people.seen(LATER) == OPEN


@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("whom", Whom)
def test_that_it_opens_again_is_told_to_the_patient_and_a_pause_to_nobody(
    people, mailoutbox, whom, by_staff
):
    """R4.8, R5.4: whoever has phone and codes opens nothing in silence; R5.2: and no e-mail is a trace of a pause."""
    with time_machine.travel(LATER, tick=False):
        held = pause(wanted(whom, people), by=people.own(), now=NOW)
        assert mailoutbox == []
        if by_staff:
            staff = people.by_staff(Duty.DECIDE_ACCESS)
            end_as_staff(held, by=staff, now=LATER, text="Asked for", spoke_alone=True)
        else:
            come_back(
                whom, by=people.own(), now=LATER, confirmed=used(LATER), grant=held.grant
            )  # fmt: skip
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([people.user.email], "There is something new")
    ]


def test_coming_back_ends_all_pauses_of_a_kind_and_no_other(people):
    """R5.2: twice is once."""
    for end in (END, None):
        pause(Wanted(until=end), by=people.own(), now=NOW)
    pause(Wanted(Whom.PROXIES), by=people.own(), now=NOW)
    assert come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER)) == 2
    assert people.seen(LATER) == OPEN | CLOSED["proxies"]
    with pytest.raises(ValidationError, match="not paused"):
        come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER))


def test_what_the_patient_wants_the_surgery_to_end_only_the_surgery_ends(people):
    """R5.2: not with a second factor either, and only after they were spoken to alone."""
    held = pause(wanted("everyone, through the surgery", people), by=people.own(), now=NOW)
    with pytest.raises(ValidationError, match="Only your surgery"):
        come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER))
    joel = people.by_staff(Duty.DECIDE_ACCESS)
    with pytest.raises(ValidationError, match="spoken to alone"):
        end_as_staff(held, by=joel, now=LATER, text="She called", spoke_alone=False)
    end_as_staff(held, by=joel, now=LATER, text="Seen in room 2", spoke_alone=True)
    assert people.seen(LATER) == OPEN
    with pytest.raises(ValidationError, match="not paused"):
        end_as_staff(held, by=joel, now=LATER, text="Again", spoke_alone=True)


@pytest.mark.parametrize(
    ("duty", "text", "words"),
    [
        (Duty.REVIEW_ENTRIES, "A reason", "need the duty"),
        (Duty.DECIDE_ACCESS, "  ", "Enter the reason"),
    ],
)
def test_staff_end_one_only_with_the_duty_and_a_reason(people, duty, text, words):
    """R8.1"""
    held = pause(Wanted(), by=people.own(), now=NOW)
    with pytest.raises(ValidationError, match=words):
        end_as_staff(held, by=people.by_staff(duty), now=LATER, text=text, spoke_alone=True)
    assert people.seen(LATER) == OPEN | CLOSED["everyone"]


def test_staff_end_none_of_another_patient(people):
    """R8.1"""
    held = pause(Wanted(), by=people.own(), now=NOW)
    joel = people.by_staff(Duty.DECIDE_ACCESS)
    elsewhere = StaffAccess(joel.desk, people.mother, Duty.DECIDE_ACCESS)
    with pytest.raises(ValidationError, match="not paused"):
        end_as_staff(held, by=elsewhere, now=LATER, text="A reason", spoke_alone=True)


def test_every_act_is_on_file(people):
    """R9.1"""
    held = pause(Wanted(until=END), by=people.own(), now=NOW)
    come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER))
    with rows_of(people.patient.pk):
        events = AuditEvent.objects.filter(patient_id=people.patient.pk).order_by("sequence")
        found = [(each.action, each.actor_id, each.object) for each in events]
    assert found == [
        ("paused", people.user.pk, f"pause {held.pk}"),
        ("pause ended", people.user.pk, f"pause {held.pk}"),
    ]


def test_of_one_that_only_the_surgery_ends_the_log_does_not_say_who_made_it(people):
    """R5.2: whoever reads beside the patient; the row says it, for staff."""
    held = pause(Wanted(through_surgery=True), by=people.own(), now=NOW)
    with rows_of(people.patient.pk):
        event = AuditEvent.objects.get(action="paused")
    assert event.actor_id is None
    assert str(people.user.pk) not in str(event.details)
    assert held.made_by == people.user


def test_nothing_of_it_is_changed_or_deleted(people):
    """ADR 7: the application may only add."""
    pause(Wanted(), by=people.own(), now=NOW)
    for statement in (
        "update proxy_access_pause set until = now()",
        "delete from proxy_access_pause",
        "delete from proxy_access_pauseend",
        "update proxy_access_pauseend set text = ''",
    ):
        with pytest.raises(ProgrammingError, match="permission"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_database_refuses_a_pause_of_one_that_names_nobody_and_two_ends(people):
    held = pause(Wanted(), by=people.own(), now=NOW)
    values = {"patient": people.patient, "made_by": people.user, "made_at": NOW}
    with pytest.raises(IntegrityError, match="says_whose"), transaction.atomic():
        Pause.objects.create(whom="one", **values)
    PauseEnd.objects.create(pause=held, at=NOW, by=people.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        PauseEnd.objects.create(pause=held, at=NOW, by=people.user)


def test_a_closed_account_and_a_new_one_leave_it_as_it_is(people):
    """It is the record that is paused, whoever's account comes to it."""
    pause(Wanted(), by=people.own(), now=NOW)
    OnlineRegistration.objects.filter(user=people.user).update(ended_on=TODAY)
    again = make_user("ada2@example.test")
    make_online(people.patient, again)
    found = access_of(again, people.patient.pk, on=TODAY, at=NOW)
    assert found is Refusal.PAUSED_BY_PATIENT


@pytest.mark.parametrize("name", ["everyone, through the surgery", "proxies"])
def test_to_move_to_another_surgery_is_not_to_come_back(people, name):
    """R1.5, R5.2: it holds on there, once, and as it was chosen."""
    pause(wanted(name, people), by=people.own(), now=NOW)
    people.patient.left_on = TODAY
    people.patient.save()
    there = make_patient(make_surgery("Z99009", name="Hilltop Practice"), people.patient.nhs_number)
    OnlineRegistration.objects.filter(user=people.user).update(ended_on=TODAY)
    make_online(there, people.user)
    make_proxy_grant(there, people.ruth)
    assert (carry_pauses(there, now=NOW), carry_pauses(there, now=NOW)) == (1, 0)
    people.patient = there
    seen = people.seen()
    assert seen["ruth"] is ENDED
    assert seen["patient"] == CLOSED[name].get("patient", True)
    assert people.seen(END)["patient"] is True


def test_what_was_ended_at_one_surgery_is_not_carried_to_the_next(people):
    """R1.5"""
    pause(Wanted(), by=people.own(), now=NOW)
    come_back(Whom.EVERYONE, by=people.own(), now=LATER, confirmed=used(LATER))
    people.patient.left_on = TODAY
    people.patient.save()
    there = make_patient(make_surgery("Z99009", name="Hilltop Practice"), people.patient.nhs_number)
    assert carry_pauses(there, now=LATER) == 0
