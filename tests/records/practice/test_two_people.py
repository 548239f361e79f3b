"""What takes two people at a surgery that wants two for the full history, and how the second one is asked."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty, StaffRole
from audit.models import AuditEvent
from records.models import AccessGrant, ChangePreview
from records.practice.cohort import Cohort
from records.practice.making import agree, propose
from records.practice.previewing import Kind, ask_preview
from records.practice.proposing import nobody_else, send_back, waiting_for_second
from records.practice.setting import agree_to_setting, propose_setting, set_at_once
from records.practice.two_people import opens_records, takes_two_to_change, takes_two_to_set
from surgeries.changing import seal_of
from surgeries.models import Surgery
from tests.cast import make_entry, make_grant, make_online, make_proxy_grant, make_staff
from tests.clock import NOW
from tests.records.practice.test_changes import (
    FULL,
    HISTORY,
    counted,
    desk_of,
    levels_of,
    make_reader,
    proposed,
)

pytestmark = pytest.mark.django_db

ACCOUNTS = ("default_current_level", "default_historical_level", "proxy_review_age", "two_people_for_full")  # fmt: skip


@pytest.fixture
def desk(staff, surgery):
    return desk_of(staff, surgery)


@pytest.fixture
def second(surgery):
    return desk_of(make_staff(surgery, "second@example.test"), surgery)


@pytest.fixture
def two_people(surgery):
    surgery.two_people_for_full = True
    surgery.save()


EARLIER, SAME, LATER = date(2023, 10, 30), date(2023, 10, 31), date(2023, 11, 1)


@pytest.mark.parametrize(
    ("held", "new", "opens", "takes_two"),
    [
        ({}, {"go_live_on": EARLIER}, True, True),
        ({}, {"go_live_on": SAME}, False, False),
        ({}, {"go_live_on": LATER}, False, False),
        ({}, {"go_live_on": None}, False, False),
        ({"go_live_on": None}, {"go_live_on": LATER}, True, True),
        ({"go_live_on": None}, {"go_live_on": None}, False, False),
        ({"restricted_sections": ["documents"]}, {"restricted_sections": []}, True, True),
        ({"restricted_sections": ["documents"]}, {"restricted_sections": ["medicines"]}, True, True),
        ({"restricted_sections": ["documents"]}, {"restricted_sections": ["documents"]}, False, False),
        ({}, {"restricted_sections": ["documents"]}, False, False),
        ({}, {"default_historical_level": "full"}, False, True),
        ({}, {"default_historical_level": "documents"}, False, False),
        ({"default_historical_level": "full"}, {"default_historical_level": "full"}, False, False),
        ({"default_historical_level": "full"}, {"default_historical_level": "none"}, False, False),
        ({}, {"default_current_level": "full"}, False, False),
        ({}, {"two_people_for_full": False}, False, True),
        ({}, {"two_people_for_full": True}, False, False),
        ({}, {"two_people_for_full": False, "proxy_review_age": 12}, False, True),
        ({}, {"proxy_review_age": 12}, False, False),
        ({}, {"phone": "1"}, False, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_on", [True, False], ids=["rule on", "rule off"])
def test_which_settings_take_two_people(held, new, opens, takes_two, is_on):
    """To open records of many, to open the full history by default, or to end the rule (R8.6)."""
    surgery = Surgery(two_people_for_full=is_on, **{"go_live_on": SAME} | held)
    assert opens_records(surgery, new) is opens
    assert takes_two_to_set(surgery, new) is (takes_two and is_on)


OWN_DATES = {"own early date": date(2015, 1, 1), "own late date": date(2025, 1, 1), "usual": None}


@pytest.mark.parametrize(
    ("levels", "own", "cohort", "takes_two"),
    [
        (("full", "summary"), "usual", ("full", "full"), True),
        (("full", "summary"), "usual", ("full", "documents"), False),
        (("documents", "summary"), "usual", ("full", "summary"), False),
        (("documents", "summary"), "own early date", ("full", "summary"), True),
        (("documents", "summary"), "own late date", ("full", "summary"), False),
        (("documents", "summary"), "own early date", ("documents", "detailed"), False),
        (("full", "summary"), "own early date", ("full", "detailed"), False),
    ],
)
@pytest.mark.parametrize("is_on", [True, False], ids=["rule on", "rule off"])
def test_which_changes_for_many_take_two_people(
    desk, surgery, levels, own, cohort, takes_two, is_on
):
    """Also where one patient of them has an early date of their own: to them it is the older history (R1.2)."""
    surgery.two_people_for_full = is_on
    surgery.save()
    patient = make_reader(surgery, current=levels[0], historical=levels[1])
    make_grant(patient, *levels, starts_on=OWN_DATES[own])
    preview = counted(desk, Cohort([levels[0]], [levels[1]], None, None, *cohort))
    assert preview.found
    assert takes_two_to_change(preview) is (takes_two and is_on)


def test_a_change_that_opens_older_history_to_one_of_many_waits_for_a_second_person(
    desk, second, surgery, two_people
):
    patient = make_reader(surgery, current="documents", historical="none")
    make_grant(patient, "documents", "none", starts_on=date(2015, 1, 1))
    preview = counted(desk, Cohort(["documents"], ["none"], None, None, "full", "none"))
    assert proposed(preview, desk) is None
    assert levels_of(patient)[1] == "documents"
    agree(preview, by=second, now=timezone.now())
    assert levels_of(patient)[1] == "full"


@pytest.mark.parametrize("role", ["patient", "proxy"])
def test_the_second_person_does_not_open_their_own_record_either(
    desk, second, surgery, two_people, role
):
    """R8.1: nor that of whom they act for."""
    patient = make_reader(surgery)
    if role == "patient":
        patient.online_registrations.all().update(ended_on=date(2024, 2, 1))
        make_online(patient, second.viewer)
    else:
        make_proxy_grant(patient, second.viewer)
    other = make_reader(surgery, 1)
    preview = counted(desk, FULL)
    proposed(preview, desk)
    change = agree(preview, by=second, now=timezone.now())
    change.refresh_from_db()
    assert [row[0] for row in change.counted["left"]] == [str(patient.pk)]
    assert (levels_of(patient)[2], levels_of(other)[2]) == ("summary", "full")


def test_who_proposed_and_has_no_duty_any_more_cannot_be_agreed_with(
    desk, second, surgery, two_people
):
    """A leaver's wish is not carried out after their rights ended."""
    patient = make_reader(surgery)
    preview = counted(desk, FULL)
    proposed(preview, desk)
    StaffRole.objects.filter(user=desk.viewer, duty=Duty.DECIDE_ACCESS).update(
        ends_on=timezone.localdate(), ended_at=timezone.now()
    )
    with pytest.raises(ValidationError, match="not one of their duties any more"):
        agree(preview, by=second, now=timezone.now())
    assert levels_of(patient)[2] == "summary"


def test_a_change_that_was_sent_back_can_be_proposed_again(desk, second, surgery, two_people):
    patient = make_reader(surgery)
    preview = counted(desk, FULL)
    with pytest.raises(ValidationError, match="Nobody has asked"):
        send_back(preview, by=second, now=timezone.now(), because="No")
    proposed(preview, desk)
    with pytest.raises(ValidationError, match="Enter why"):
        send_back(preview, by=second, now=timezone.now(), because=" ")
    send_back(preview, by=second, now=timezone.now(), because="Ask Joel first")
    preview.refresh_from_db()
    assert (preview.proposed_by, preview.sent_back_because) == (None, "Ask Joel first")
    assert preview.sent_back_by == second.viewer
    with pytest.raises(ValidationError, match="Nobody has asked"):
        agree(preview, by=second, now=timezone.now())
    proposed(preview, desk, reason="Asked him")
    preview.refresh_from_db()
    assert preview.sent_back_because == ""
    agree(preview, by=second, now=timezone.now())
    assert levels_of(patient)[2] == "full"
    events = AuditEvent.objects.filter(action__startswith="practice change").order_by("sequence")
    assert [event.action.removeprefix("practice change ") for event in events] == [
        "proposed", "sent back", "proposed", "agreed", "made"
    ]  # fmt: skip
    assert "Joel" not in str([event.details for event in events])


def go_live_preview(desk, on="2021-01-01"):
    desk.surgery.refresh_from_db()
    seen = seal_of(desk.surgery, ["go_live_on"])
    asked = {"new": {"go_live_on": on}, "seen": seen}
    preview = ask_preview(desk, Kind.GO_LIVE, asked, now=timezone.now())
    preview.refresh_from_db()
    return preview


def wanted(preview, desk, **values):
    values = {"reason": "Agreed at the meeting", "with_flagged": False} | values
    propose_setting(preview, **values, by=desk, now=timezone.now())
    preview.refresh_from_db()
    return preview


def go_live_of(surgery):
    return Surgery.objects.get(pk=surgery.pk).go_live_on


@pytest.mark.parametrize(
    ("is_on", "on", "waits"),
    [
        (True, "2021-01-01", True),
        (False, "2021-01-01", False),
        (True, "2024-01-01", False),
        (False, "2024-01-01", False),
    ],
)
def test_an_earlier_go_live_date_waits_for_a_second_person(desk, second, surgery, is_on, on, waits):
    surgery.two_people_for_full = is_on
    surgery.save()
    preview = wanted(go_live_preview(desk, on), desk)
    assert bool(preview.used_at) is not waits
    assert go_live_of(surgery) == (SAME if waits else date.fromisoformat(on))
    if waits:
        with pytest.raises(ValidationError, match="yourself"):
            agree_to_setting(preview, by=desk, now=timezone.now())
        agree_to_setting(preview, by=second, now=timezone.now())
        preview.refresh_from_db()
        assert preview.agreed_by == second.viewer
        assert go_live_of(surgery) == date.fromisoformat(on)
    event = AuditEvent.objects.get(action="settings changed")
    assert event.actor_id == desk.viewer.pk


@pytest.mark.parametrize(
    ("fields", "new"),
    [
        (ACCOUNTS, {"two_people_for_full": False}),
        (ACCOUNTS, {"default_historical_level": "full"}),
        (["go_live_on"], {"go_live_on": EARLIER}),
        (["restricted_sections"], {"restricted_sections": []}),
    ],
)
def test_what_takes_two_is_not_set_at_once(desk, surgery, two_people, fields, new):
    """Whatever the way to it: also where the rule was switched on while somebody had the page open."""
    Surgery.objects.update(restricted_sections=["documents"])
    held = Surgery.objects.get(pk=surgery.pk)
    whole = {field: getattr(held, field) for field in fields} | new
    with pytest.raises(ValidationError, match="second person"):
        set_at_once(
            surgery, whole, seen=seal_of(held, fields), by=desk.viewer.pk,
            duty=Duty.MANAGE_SETTINGS, now=NOW,
        )  # fmt: skip
    after = Surgery.objects.get(pk=surgery.pk)
    assert {field: getattr(after, field) for field in fields} == {
        field: getattr(held, field) for field in fields
    }


@pytest.mark.parametrize("who", ["first", "second"])
def test_a_setting_opens_nothing_of_whoever_takes_part(desk, second, surgery, two_people, who):
    """R8.1: counted by one of them or not."""
    patient, other = make_reader(surgery), make_reader(surgery, 1)
    for each in (patient, other):
        make_entry(each, "between", recorded_at=NOW.replace(year=2022))
    make_proxy_grant(patient, (desk if who == "first" else second).viewer)
    counted_by = desk_of(make_staff(surgery, "counts@example.test"), surgery)
    preview = wanted(go_live_preview(counted_by), desk)
    agree_to_setting(preview, by=second, now=timezone.now())
    assert [kept.why for kept in preview.kept.all()] == ["yourself"]
    assert AccessGrant.objects.of(patient).first().starts_on == SAME
    assert AccessGrant.objects.of(other).first().starts_on is None


def test_a_setting_that_opens_needs_a_reason(desk, surgery):
    with pytest.raises(ValidationError, match="reason"):
        wanted(go_live_preview(desk), desk, reason=" ")


def test_a_setting_that_somebody_else_set_meanwhile_is_not_overwritten_by_two(
    desk, second, surgery, two_people
):
    preview = wanted(go_live_preview(desk), desk)
    Surgery.objects.update(go_live_on=date(2024, 1, 1))
    with pytest.raises(ValidationError, match="Somebody else changed"):
        agree_to_setting(preview, by=second, now=timezone.now())
    assert go_live_of(surgery) == date(2024, 1, 1)


def test_what_waits_for_a_second_person_waits_until_it_is_too_old(
    desk, second, surgery, other_surgery, two_people
):
    assert list(waiting_for_second(second, now=timezone.now())) == []
    preview = wanted(go_live_preview(desk), desk)
    change = counted(desk, FULL)
    proposed(change, desk)
    now = timezone.now()
    assert set(waiting_for_second(second, now=now)) == {preview, change}
    only = desk_of(second.viewer, surgery)
    only = type(only)(only.viewer, surgery, frozenset([Duty.MANAGE_SETTINGS]))
    assert list(waiting_for_second(only, now=now)) == [preview]
    elsewhere = desk_of(make_staff(other_surgery, "x@example.test"), other_surgery)
    assert list(waiting_for_second(elsewhere, now=now)) == []
    assert len(waiting_for_second(second, now=now + timedelta(days=6))) == 2  # over a weekend
    assert list(waiting_for_second(second, now=now + timedelta(days=7))) == []
    with pytest.raises(ValidationError, match="more than a week"):
        agree_to_setting(preview, by=second, now=now + timedelta(days=7))
    agree_to_setting(preview, by=second, now=now + timedelta(days=6))
    assert list(waiting_for_second(second, now=now)) == [change]


@pytest.mark.parametrize(
    ("duties", "ended", "alone"),
    [
        ([], False, True),
        ([Duty.MANAGE_SETTINGS], False, False),
        ([Duty.MANAGE_SETTINGS], True, True),
        ([Duty.DECIDE_ACCESS], False, True),
    ],
)
def test_whether_there_is_anybody_else_to_ask(desk, surgery, duties, ended, alone):
    if duties:
        other = make_staff(surgery, "other@example.test", *duties)
        if ended:
            other.staff_roles.update(ends_on=date(2024, 1, 1))
    assert nobody_else(desk, Duty.MANAGE_SETTINGS, on=timezone.localdate()) is alone


def test_a_change_for_many_that_takes_one_is_made_by_one(desk, surgery, two_people):
    make_reader(surgery)
    preview = counted(desk, HISTORY)
    asked = {"reason": "x", "reason_for_patient": "", "with_flagged": False}
    assert propose(preview, **asked, by=desk, now=timezone.now())
    assert ChangePreview.objects.get().agreed_by is None
