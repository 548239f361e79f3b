"""A setting of the surgery opens nothing to those about whom it has to be decided alone (R1.2, R1.12, ADR 25)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.grants import REVIEW_INDICATED, record_of
from records.models import AccessGrant, ChangePreview, Entry, KeptDecision
from records.practice import setting
from records.practice.previewing import Kind, ask_preview, totals_of
from records.practice.setting import carry_out_setting, propose_setting
from records.practice.undoing import left_by, not_put_back, put_back, undo
from records.visibility import RecordAccess
from surgeries.changing import seal_of
from surgeries.models import Surgery
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_proxy_grant,
    make_user,
)
from tests.clock import NOW
from tests.records.practice.test_changes import (
    begin_review,
    desk_of,
    made,
    make_reader,
    one_asked,
)

pytestmark = pytest.mark.django_db

BETWEEN = {"recorded_at": NOW.replace(year=2022)}
"""Recorded before the go-live date of today, and after the one that is set."""
HELD = date(2023, 10, 31)


@pytest.fixture
def desk(staff, surgery):
    return desk_of(staff, surgery)


def proposal(desk, kind, new):
    surgery = Surgery.objects.get(pk=desk.surgery.pk)
    asked = {"new": new, "seen": seal_of(surgery, new)}
    preview = ask_preview(
        desk_of(desk.viewer, surgery), kind, asked, now=timezone.now()
    )  # as a view has it
    preview.refresh_from_db()
    return preview


def go_live(desk, on="2021-01-01"):
    return proposal(desk, Kind.GO_LIVE, {"go_live_on": on})


def sections(desk, *closed):
    return proposal(desk, Kind.SECTIONS, {"restricted_sections": list(closed)})


def save(preview, desk, **values):
    propose_setting(preview, **{"reason": "Agreed"} | values, by=desk, now=timezone.now())
    preview.refresh_from_db()
    return preview


def opened_to(patient):
    """The titles that the patient reads today."""
    user = patient.online_registrations.last().user
    access = record_of(user, patient.pk, on=timezone.localdate())
    if not isinstance(access, RecordAccess):
        return access
    with rows_of(patient.pk):
        return sorted(Entry.objects.visible_to(access).values_list("title", flat=True))


def reader(surgery, number=0, **values):
    patient = make_reader(surgery, number, entries=0, **values)
    make_entry(patient, "between", title="Between", **BETWEEN)
    make_entry(patient, "new", title="New")
    return patient


def refused(patient, desk):
    one_asked(patient, "refused")


def granted_since(patient, desk):
    one_asked(patient, "refused", NOW - timedelta(days=3))
    one_asked(patient, "granted-in-part")


def being_reviewed(patient, desk):
    begin_review(patient, desk.viewer)


def asked(patient, desk):
    one_asked(patient, "sent")


def put_off(patient, desk):
    one_asked(patient, "deferred")


def enhanced(patient, desk):
    make_entry(
        patient, "code", kind="access-code", details={"code": REVIEW_INDICATED}, released=False,
        unreleased_because="access-code",
    )  # fmt: skip


def flagged(patient, desk):
    make_entry(patient, "flag", title="Victim of domestic abuse", **BETWEEN)


def a_child(patient, desk):
    type(patient).objects.filter(pk=patient.pk).update(date_of_birth=date(2015, 1, 1))


def acted_for(patient, desk):
    make_proxy_grant(patient, desk.viewer)


def nothing(patient, desk):
    pass


WHO = [
    (nothing, ""),
    (granted_since, ""),
    (refused, "refused"),
    (being_reviewed, "being reviewed"),
    (asked, "asked"),
    (put_off, "put off"),
    (enhanced, "enhanced review"),
    (flagged, "flagged"),
    (a_child, "under 16"),
    (acted_for, "yourself"),
]


@pytest.mark.parametrize(("befalls", "why"), WHO, ids=[one.__name__ for one, _ in WHO])
@pytest.mark.parametrize("when", ["before the counting", "after it"])
def test_whom_an_earlier_go_live_date_opens_nothing(desk, surgery, befalls, why, when):
    patient = reader(surgery)
    if when == "after it":
        preview = go_live(desk)
        befalls(patient, desk)
        why = "changed" if befalls is flagged else why  # nobody counted that entry
    else:
        befalls(patient, desk)
        preview = go_live(desk)
        assert preview.left_out == ({} if why in ("", "flagged") else {why: 1})
    save(preview, desk)
    assert Surgery.objects.get().go_live_on == date(2021, 1, 1)
    assert opened_to(patient) == (["New"] if why else ["Between", "New"])
    assert [kept.why for kept in preview.kept.all()] == ([why] if why else [])
    newest = AccessGrant.objects.of(patient).first()
    assert newest.starts_on == (HELD if why else None)


@pytest.mark.parametrize("read_until", [None, NOW])
def test_what_is_kept_reads_nothing(desk, surgery, read_until):
    """R1.5: the decision that keeps is of today, and what came since was in no review; also after an older version."""
    patient = reader(surgery, historical="detailed")
    make_grant(patient, historical="detailed", read_until=read_until)
    make_entry(
        patient, "late", title="Late", origin="transferred", added_at=NOW + timedelta(days=1)
    )
    make_entry(patient, "typed", title="Typed", level_needed="full", **BETWEEN)
    refused(patient, desk)
    before = opened_to(patient)
    save(go_live(desk), desk)
    newest = AccessGrant.objects.of(patient).first()
    assert newest.starts_on == HELD
    assert newest.reads_until == NOW
    assert opened_to(patient) == before


@pytest.mark.parametrize(("befalls", "why"), WHO[:3], ids=[one.__name__ for one, _ in WHO[:3]])
def test_whom_a_section_that_opens_again_stays_closed(desk, surgery, befalls, why):
    """R1.12"""
    Surgery.objects.update(restricted_sections=["consultations", "documents"])
    patient = reader(surgery)
    befalls(patient, desk)
    save(sections(desk, "documents"), desk)
    assert Surgery.objects.get().restricted_sections == ["documents"]
    assert opened_to(patient) == ([] if why else ["New"])
    newest = AccessGrant.objects.of(patient).first()
    assert newest.restricted_sections == (["consultations", "documents"] if why else None)


def test_what_is_kept_is_a_decision_that_repeats_the_one_that_held_and_says_why(desk, surgery):
    patient = reader(surgery)
    make_grant(patient, "documents", "summary", reason_for_patient="Hello", restricted_sections=[])
    refused(patient, desk)
    preview = save(go_live(desk), desk)
    newest = AccessGrant.objects.of(patient).first()
    assert (newest.current_level, newest.historical_level) == ("documents", "summary")
    assert (newest.reason_for_patient, newest.restricted_sections) == ("Hello", [])
    assert (newest.decided_by, newest.duty) == (desk.viewer, Duty.MANAGE_SETTINGS)
    assert "their own request was refused" in newest.reason
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(patient_id=patient.pk, action="access kept")
    assert event.details == {"preview": str(preview.pk), "why": "refused"}


@pytest.mark.parametrize(("with_flagged", "reads"), [(False, ["New"]), (True, 3)])
def test_flagged_entries_open_only_if_that_is_chosen(desk, surgery, with_flagged, reads):
    """R8.6"""
    patient = reader(surgery)
    flagged(patient, desk)
    save(go_live(desk), desk, with_flagged=with_flagged)
    assert (opened_to(patient) == reads) or len(opened_to(patient)) == reads


def test_who_has_no_account_today_keeps_what_they_had_too(desk, surgery):
    """Else it would open when they sign in again."""
    patient = reader(surgery)
    patient.online_registrations.update(ended_on=date(2024, 2, 1))
    refused(patient, desk)
    save(go_live(desk), desk)
    make_online(patient, make_user("again@example.test"), started_on=date(2024, 3, 1))
    assert opened_to(patient) == ["New"]


def test_who_was_decided_about_first_after_the_counting_is_not_opened_uncounted(desk, surgery):
    preview = go_live(desk)
    patient = reader(surgery)
    save(preview, desk)
    assert opened_to(patient) == ["New"]
    assert [kept.why for kept in preview.kept.all()] == ["not counted"]


def test_to_whom_nothing_opens_gets_no_decision(desk, surgery):
    patient = make_reader(surgery, entries=1)
    refused(patient, desk)
    save(go_live(desk), desk)
    assert AccessGrant.objects.of(patient).count() == 1


def test_an_own_date_stays_as_it_is(desk, surgery):
    patient = reader(surgery)
    make_grant(patient, starts_on=date(2025, 1, 1))
    refused(patient, desk)
    save(go_live(desk), desk)
    assert AccessGrant.objects.of(patient).count() == 2


def test_a_surgery_that_goes_live_opens_nothing_that_is_there_to_who_was_refused(desk, surgery):
    Surgery.objects.update(go_live_on=None)
    patient, other = reader(surgery), reader(surgery, 1)
    refused(patient, desk)
    save(go_live(desk), desk)
    assert (opened_to(patient), opened_to(other)) == ([], ["Between", "New"])
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert AccessGrant.objects.of(patient).first().starts_on == tomorrow


def test_what_is_kept_ends_when_the_setting_is_put_back(desk, surgery):
    """The way to undo it: then nobody has an own date without need."""
    patient, other = reader(surgery), reader(surgery, 1)
    refused(patient, desk)
    save(go_live(desk), desk)
    save(go_live(desk, str(HELD)), desk)
    assert AccessGrant.objects.of(patient).first().starts_on is None
    assert opened_to(patient) == opened_to(other) == ["New"]


@pytest.mark.parametrize(
    ("second", "starts_on"),
    [
        ("2020-01-01", HELD),
        ("2022-01-01", HELD),
        ("2023-10-31", None),
        ("2024-01-01", None),
    ],
)
def test_a_kept_date_follows_a_later_one(desk, surgery, second, starts_on):
    """What was kept is nobody's decision about them: what closes to everybody closes to them."""
    patient = reader(surgery)
    refused(patient, desk)
    save(go_live(desk), desk)
    save(go_live(desk, second), desk)
    assert AccessGrant.objects.of(patient).first().starts_on == starts_on


@pytest.mark.parametrize(
    ("first", "second", "own"),
    [
        (["documents"], ["documents", "medicines"], ["medicines", "consultations", "documents"]),
        (["documents"], [], ["consultations", "documents"]),
        (["documents"], ["consultations", "documents"], None),
        (["documents"], ["consultations", "documents", "medicines"], None),
        ([], ["medicines"], ["medicines", "consultations", "documents"]),
    ],
)
def test_kept_sections_follow_what_closes_to_everybody(desk, surgery, first, second, own):
    Surgery.objects.update(restricted_sections=["consultations", "documents"])
    patient = reader(surgery)
    make_entry(patient, "letter", section="documents", level_needed="documents", title="Letter")
    refused(patient, desk)
    save(sections(desk, *first), desk)
    save(sections(desk, *second), desk)
    assert AccessGrant.objects.of(patient).first().restricted_sections == own


def test_what_staff_decided_since_does_not_follow(desk, surgery):
    """R1.12: the patient's own setting wins."""
    Surgery.objects.update(restricted_sections=["consultations"])
    patient = reader(surgery)
    refused(patient, desk)
    save(sections(desk), desk)
    make_grant(patient, restricted_sections=["documents"])
    save(sections(desk, "medicines"), desk)
    assert AccessGrant.objects.of(patient).first().restricted_sections == ["documents"]


def test_saving_that_stopped_half_way_goes_on_and_keeps_nothing_twice(desk, surgery, monkeypatch):
    first, second = reader(surgery, 0), reader(surgery, 1)
    refused(first, desk)
    one_asked(second, "deferred")
    preview = go_live(desk)
    ChangePreview.objects.filter(pk=preview.pk).update(
        state="saving", proposed_by=desk.viewer, reason="x"
    )
    kept = []

    def stop(member, *args, **more):
        if kept:
            raise KeyboardInterrupt
        kept.append(member)
        return keep(member, *args, **more)

    keep = setting.keep
    monkeypatch.setattr(setting, "keep", stop)
    with pytest.raises(KeyboardInterrupt):
        carry_out_setting.func(str(preview.pk))
    assert Surgery.objects.get().go_live_on == HELD
    monkeypatch.setattr(setting, "keep", keep)
    carry_out_setting.func(str(preview.pk))
    assert Surgery.objects.get().go_live_on == date(2021, 1, 1)
    assert opened_to(first) == opened_to(second) == ["New"]
    assert KeptDecision.objects.count() == 2
    carry_out_setting.func(str(preview.pk))
    assert KeptDecision.objects.count() == 2


def test_where_somebody_set_it_otherwise_meanwhile_nothing_is_set_and_nothing_kept(desk, surgery):
    patient = reader(surgery)
    refused(patient, desk)
    preview = go_live(desk)
    ChangePreview.objects.filter(pk=preview.pk).update(
        state="saving", proposed_by=desk.viewer, reason="x"
    )
    Surgery.objects.update(go_live_on=date(2022, 6, 1))
    carry_out_setting.func(str(preview.pk))
    preview.refresh_from_db()
    assert (preview.state, preview.used_at) == ("failed", None)
    assert Surgery.objects.get().go_live_on == date(2022, 6, 1)
    newest = AccessGrant.objects.of(patient).first()
    assert newest.starts_on is None


def test_who_is_refused_while_it_is_saved_is_kept_too(desk, surgery, monkeypatch):
    patient = reader(surgery)
    preview = go_live(desk)
    looked = setting._keep_if_alone

    def and_then_refused(held, member, counted):
        looked(held, member, counted)
        monkeypatch.setattr(setting, "_keep_if_alone", looked)
        one_asked(patient, "refused", timezone.now())

    monkeypatch.setattr(setting, "_keep_if_alone", and_then_refused)
    save(preview, desk)
    assert opened_to(patient) == ["New"]


def test_undoing_a_change_reaches_also_who_kept_something_since(desk, surgery):
    """To lower back works for all (ADR 25)."""
    Surgery.objects.update(restricted_sections=["consultations", "documents"])
    patient = reader(surgery)
    change = made(desk)
    refused(patient, desk)
    save(sections(desk, "documents"), desk)
    newest = AccessGrant.objects.of(patient).first()
    assert (newest.historical_level, newest.practice_change_id) == ("detailed", change.pk)
    undo(change, by=desk, now=timezone.now())
    newest = AccessGrant.objects.of(patient).first()
    assert newest.historical_level == "summary"
    assert newest.restricted_sections == ["consultations", "documents"]
    change.refresh_from_db()
    put_back.enqueue(str(change.pk))
    assert AccessGrant.objects.of(patient).count() == 4
    assert (not_put_back(change), left_by(change)) == (0, [])


def test_what_closes_holds_at_once_and_takes_no_reason(desk, surgery):
    patient = reader(surgery)
    propose_setting(go_live(desk, "2026-05-01"), by=desk, now=timezone.now())
    assert Surgery.objects.get().go_live_on == date(2026, 5, 1)
    assert patient


def test_nothing_is_counted_as_opening_that_is_kept(desk, surgery):
    patient = reader(surgery)
    refused(patient, desk)
    assert totals_of(go_live(desk))["entries"] == 0


def test_a_setting_is_saved_once(desk, surgery):
    preview = save(go_live(desk), desk)
    with pytest.raises(ValidationError, match="already"):
        save(preview, desk)
    ChangePreview.objects.filter(pk=preview.pk).update(used_at=None, state="saving")
    with pytest.raises(ValidationError, match="being saved already"):
        save(preview, desk)


def test_the_database_keeps_what_was_kept(desk, surgery):
    patient = reader(surgery)
    refused(patient, desk)
    save(go_live(desk), desk)
    with pytest.raises(Exception, match="permission denied"):
        KeptDecision.objects.update(why="x")
