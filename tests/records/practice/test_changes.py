"""Changes for many patients: whom they are for, what they would open, making them, and undoing them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import find_access
from records.grants import REVIEW_INDICATED, decide_access, decline_access, resume_access
from records.models import (
    AccessGrant,
    AccessRequest,
    ChangePreview,
    Entry,
    GrantReview,
    PracticeChange,
    Redaction,
)
from records.practice import making
from records.practice.cohort import Cohort, members_of
from records.practice.making import agree, carry_out, propose
from records.practice.previewing import Kind, ask_preview, totals_of
from records.practice.undoing import changed_by, kept_by, left_by, not_put_back, put_back, undo
from surgeries.terms import Level
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    verified,
)
from tests.clock import NOW

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)
OLD = {"recorded_at": NOW.replace(year=2015), "level_needed": Level.DETAILED}
NUMBERS = ["9990000018", "9990000026", "9990000034", "9990000042", "9990000050"]
HISTORY = Cohort(["full"], ["summary"], None, None, "full", "detailed")


def desk_of(user, surgery):
    return Desk(user, surgery, frozenset(Duty))


@pytest.fixture
def desk(staff, surgery):
    return desk_of(staff, surgery)


def make_reader(surgery, number=0, *, current="full", historical="summary", entries=2, **values):
    """A patient with an online account, levels, and so many older entries."""
    patient = make_patient(surgery, NUMBERS[number], **values)
    make_online(patient, make_user(f"reader{number}@example.test"))
    make_grant(patient, current, historical)
    for each in range(entries):
        make_entry(patient, f"old {each}", **OLD)
    return patient


def counted(desk, cohort=HISTORY):
    preview = ask_preview(desk, Kind.LEVELS, cohort.as_json, now=timezone.now())
    preview.refresh_from_db()
    return preview


def made(desk, cohort=HISTORY, **values):
    preview = counted(desk, cohort)
    return proposed(preview, desk, **values)


def proposed(preview, desk, **values):
    asked = {"reason": "Agreed at the meeting", "reason_for_patient": "", "with_flagged": False}
    change = propose(preview, **asked | values, by=desk, now=timezone.now())
    if change:
        change.refresh_from_db()
    return change


def levels_of(patient):
    newest = AccessGrant.objects.of(patient).first()
    return (newest.decision, newest.current_level, newest.historical_level)


BORN = {"16 today": date(2010, 6, 1), "16 tomorrow": date(2010, 6, 2), "40": date(1986, 1, 1)}


@pytest.mark.parametrize(
    ("born", "levels", "decision", "cohort", "why"),
    [
        ("40", ("full", "summary"), "granted", {}, ""),
        ("40", ("full", "none"), "granted", {}, "other levels"),
        ("40", ("detailed", "summary"), "granted", {}, "other levels"),
        ("40", ("full", "summary"), "granted", {"historical": "summary"}, "has these levels"),
        ("40", ("none", "none"), "denied", {}, "denied"),
        ("40", ("none", "none"), "paused", {}, "paused"),
        ("40", ("none", "none"), "declined", {}, "declined"),
        ("16 today", ("full", "summary"), "granted", {}, ""),
        ("16 tomorrow", ("full", "summary"), "granted", {}, "under 16"),
        ("40", ("full", "summary"), "granted", {"age_from": 40, "age_to": 40}, ""),
        ("40", ("full", "summary"), "granted", {"age_from": 41}, None),
        ("40", ("full", "summary"), "granted", {"age_to": 39}, None),
        ("16 today", ("full", "summary"), "granted", {"age_from": 16, "age_to": 16}, ""),
    ],
)
def test_whom_a_change_is_for(surgery, born, levels, decision, cohort, why):
    """None: of another age, and so not of the cohort at all."""
    patient = make_reader(surgery, entries=0, date_of_birth=BORN[born])
    make_grant(patient, *levels, decision=decision)
    chosen = Cohort(**HISTORY.as_json | cohort)
    members, left_out = members_of(surgery, chosen, on=TODAY)
    assert [member.patient for member in members] == ([patient] if why == "" else [])
    assert dict(left_out) == ({why: 1} if why else {})


@pytest.mark.parametrize(
    ("who", "is_for"),
    [
        ("with an account", True),
        ("account ended", False),
        ("no account", False),
        ("no account, a proxy", True),
        ("no account, an ended proxy", False),
        ("moved away", False),
        ("died", False),
        ("other surgery", False),
    ],
)
def test_a_change_is_for_those_with_online_access(surgery, other_surgery, who, is_for):
    gone = {"moved away": {"left_on": TODAY}, "died": {"died_on": TODAY}}.get(who, {})
    patient = make_patient(other_surgery if who == "other surgery" else surgery, **gone)
    make_grant(patient)
    if "no account" in who:
        if "proxy" in who:
            ends_on = TODAY - timedelta(days=1) if "ended" in who else TODAY
            make_proxy_grant(patient, make_user("proxy@example.test"), ends_on=ends_on)
    else:
        ended = {"ended_on": TODAY - timedelta(days=1)} if who == "account ended" else {}
        make_online(patient, make_user("reader@example.test"), **ended)
    members, _ = members_of(surgery, HISTORY, on=TODAY)
    assert [member.patient for member in members] == ([patient] if is_for else [])


def test_the_newest_decision_counts(surgery):
    patient = make_reader(surgery, historical="detailed")
    make_grant(patient, "full", "summary")
    members, _ = members_of(surgery, HISTORY, on=TODAY)
    assert [member.grant.historical_level for member in members] == ["summary"]


def test_what_a_change_would_open_is_counted_for_each_patient(desk, surgery):
    first = make_reader(surgery, 0, entries=3)
    make_reader(surgery, 1, entries=0)
    make_entry(first, "open already", level_needed=Level.DETAILED)
    make_entry(first, "higher", **OLD | {"level_needed": Level.DOCUMENTS})
    make_entry(first, "gone", **OLD, withdrawn_at=NOW, withdrawn_because="x")
    preview = counted(desk)
    assert (preview.state, preview.done, preview.total) == ("ready", 2, 2)
    totals = totals_of(preview)
    assert (totals["patients"], totals["see_more"], totals["entries"]) == (2, 1, 3)
    assert levels_of(first) == ("granted", "full", "summary")  # nothing is changed


def test_parts_of_an_entry_are_not_counted_apart(desk, surgery):
    patient = make_reader(surgery, entries=1)
    root = make_entry(patient, "root", **OLD)
    make_entry(patient, "part", root_id=root.id, **OLD)
    assert totals_of(counted(desk))["entries"] == 2


def test_free_text_that_opens_is_counted_on_what_shows_already(desk, surgery):
    patient = make_reader(surgery, historical="detailed", entries=0)
    make_entry(patient, "a", **OLD, free_text={"note": "x"}, kind="observation")
    make_entry(patient, "b", **OLD)
    full = Cohort(["full"], ["detailed"], None, None, "full", "full")
    assert totals_of(counted(desk, full))["entries"] == 1


def test_what_a_change_closes_is_counted_too(desk, surgery):
    patient = make_reader(surgery, historical="detailed", entries=2)
    less = Cohort(["full"], ["detailed"], None, None, "full", "none")
    totals = totals_of(counted(desk, less))
    assert (totals["entries"], totals["closed"], totals["see_less"]) == (0, 2, 1)
    assert patient


@pytest.mark.parametrize(
    ("code", "why"), [(REVIEW_INDICATED, "enhanced review"), ("1290331000000103", "declined in the record")]
)  # fmt: skip
def test_whose_record_asks_for_care_is_left_out_and_counted(desk, surgery, code, why):
    """R1.11"""
    patient = make_reader(surgery)
    make_entry(
        patient, "code", kind="access-code", details={"code": code}, released=False,
        unreleased_because="access-code",
    )  # fmt: skip
    preview = counted(desk)
    assert (preview.found, preview.left_out) == ([], {why: 1})


def one_asked(patient, state, asked_at=NOW):
    until = {"deferred_until": TODAY} if state == "deferred" else {}
    return AccessRequest.objects.create(
        patient=patient, asked_by=make_user(f"{state}@example.test"), asked_at=asked_at,
        state=state, state_at=asked_at, due_on=TODAY, **until,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "why"),
    [
        (["refused"], "refused"),
        (["refused", "withdrawn"], "refused"),
        (["refused", "sent"], "refused"),
        (["deferred"], "put off"),
        (["reviewing"], "being reviewed"),
        (["refused", "granted-in-part"], ""),
        (["withdrawn"], ""),
        (["sent"], "asked"),
        (["acknowledged"], "asked"),
        (["granted-in-part", "sent"], "asked"),
    ],
)
def test_what_was_looked_at_for_one_patient_is_not_decided_with_many(desk, surgery, states, why):
    """R8.2, R8.3"""
    patient = make_reader(surgery)
    for day, state in enumerate(states):
        one_asked(patient, state, NOW - timedelta(days=9 - day))
    preview = counted(desk)
    assert preview.left_out == ({why: 1} if why else {})
    proposed(preview, desk)
    assert levels_of(patient)[2] == ("summary" if why else "detailed")


def begin_review(patient, by, **values):
    return GrantReview.objects.create(
        patient=patient, current_level="full", historical_level="full", opened_by=by,
        opened_at=NOW, **values,
    )  # fmt: skip


def test_whose_record_is_being_reviewed_is_left_out(desk, surgery):
    """R8.6: what a colleague wants to hide there is not hidden before the decision."""
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    begin_review(first, desk.viewer)
    begin_review(second, desk.viewer, dropped_at=NOW)
    assert counted(desk).left_out == {"being reviewed": 1}


def test_whose_access_gets_less_is_changed_whatever_was_looked_at(desk, surgery):
    """To close something for everybody must not leave out who needs it most."""
    patient = make_reader(surgery, historical="detailed")
    one_asked(patient, "refused")
    begin_review(patient, desk.viewer)
    made(desk, Cohort(["full"], ["detailed"], None, None, "full", "none"))
    assert levels_of(patient)[2] == "none"


def test_who_has_a_hidden_word_of_safeguarding_counts_as_flagged(desk, surgery):
    """R8.6: it does not open, and so no entry that opens is flagged; their record still has to be read first."""
    patient = make_reader(surgery, entries=1)
    told = make_entry(patient, "told", **OLD, title="Child protection plan")
    with rows_of(patient.pk):
        Redaction.objects.create(
            patient=patient, entry_id=told.id, audience="everyone", reason="x",
            hidden_by_id=desk.viewer.pk, hidden_at=NOW,
        )  # fmt: skip
    preview = counted(desk)
    assert totals_of(preview)["with_flagged"] == 1
    proposed(preview, desk)
    assert levels_of(patient)[2] == "summary"


@pytest.mark.parametrize("what", ["review", "refusal"])
def test_who_was_looked_at_alone_after_the_counting_is_left_as_they_are(desk, surgery, what):
    patient = make_reader(surgery)
    preview = counted(desk)
    begin_review(patient, desk.viewer) if what == "review" else one_asked(patient, "refused")
    assert proposed(preview, desk).counted["left"] == [[str(patient.pk), making.ALONE]]
    assert levels_of(patient)[2] == "summary"


@pytest.mark.parametrize("role", ["patient", "proxy"])
def test_nobody_changes_themself_or_whom_they_act_for_with_many(desk, staff, surgery, role):
    """R8.1: as no page of the desk lets them decide about the patient alone."""
    patient = make_patient(surgery)
    make_grant(patient)
    if role == "patient":
        make_online(patient, staff)
    else:
        make_online(patient, make_user("reader@example.test"))
        make_proxy_grant(patient, staff)
    assert counted(desk).left_out == {"yourself": 1}
    by_colleague = desk_of(make_staff(surgery, "colleague@example.test"), surgery)
    change = proposed(counted(by_colleague), desk)  # counted by somebody else, made by them
    assert change.counted["left"] == [[str(patient.pk), making.ALONE]]
    assert levels_of(patient)[2] == "summary"


def test_a_change_gives_each_patient_a_decision_of_their_own(desk, staff, surgery):
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    own = make_grant(first, starts_on=date(2024, 2, 1), restricted_sections=["documents"])
    untouched = make_reader(surgery, 2, historical="none")
    change = made(desk, reason_for_patient="You asked for it")
    for patient in (first, second):
        newest = AccessGrant.objects.of(patient).first()
        assert levels_of(patient) == ("granted", "full", "detailed")
        assert (newest.decided_by, newest.duty) == (staff, Duty.DECIDE_ACCESS)
        assert (newest.reason, newest.reason_for_patient) == (
            "Agreed at the meeting",
            "You asked for it",
        )
        assert newest.practice_change_id == change.pk
    newest = AccessGrant.objects.of(first).first()
    assert (newest.starts_on, newest.restricted_sections) == (own.starts_on, ["documents"])
    assert levels_of(untouched) == ("granted", "full", "none")
    assert change.counted["finished"]
    assert change.counted["entries"] == 4
    assert changed_by(change) == 2
    with rows_of(first.pk):
        assert AuditEvent.objects.filter(action="access decided", patient_id=first.pk).count() == 1


def test_who_was_decided_about_after_the_counting_is_left_as_they_are(desk, surgery):
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    preview = counted(desk)
    make_grant(first, "none", "none", decision="denied")
    change = proposed(preview, desk)
    assert levels_of(first)[0] == "denied"
    assert levels_of(second) == ("granted", "full", "detailed")
    assert change.counted["left"] == [[str(first.pk), making.DECIDED]]


def test_whose_record_changed_after_the_counting_is_left_as_they_are(desk, surgery):
    """What opens is what was counted, and nothing else."""
    patient = make_reader(surgery)
    preview = counted(desk)
    make_entry(patient, "new", **OLD)
    change = proposed(preview, desk)
    assert levels_of(patient) == ("granted", "full", "summary")
    assert change.counted["left"] == [[str(patient.pk), making.RECORD]]


def test_who_left_after_the_counting_is_left_as_they_are(desk, surgery):
    patient = make_reader(surgery)
    preview = counted(desk)
    type(patient).objects.filter(pk=patient.pk).update(left_on=timezone.localdate())
    assert proposed(preview, desk).counted["left"] == [[str(patient.pk), making.GONE]]


def test_flagged_entries_among_those_that_would_open_are_counted(desk, surgery):
    """R8.6: of what opens, not of what is open."""
    patient = make_reader(surgery, entries=1)
    make_entry(patient, "flagged", **OLD, title="Victim of domestic abuse")
    make_entry(patient, "open", level_needed=Level.DETAILED, title="Victim of domestic abuse")
    totals = totals_of(counted(desk))
    assert (totals["entries"], totals["flagged"], totals["with_flagged"]) == (2, 1, 1)


def with_a_flag(preview, patient):
    preview.found = [
        [*row[:3], 1, *row[4:]] if row[0] == str(patient.pk) else row for row in preview.found
    ]
    preview.save()


@pytest.mark.parametrize(("with_flagged", "historical"), [(False, "summary"), (True, "detailed")])
def test_patients_with_flagged_entries_are_changed_only_if_that_is_chosen(
    desk, surgery, with_flagged, historical
):
    """R8.6"""
    flagged, other = make_reader(surgery, 0), make_reader(surgery, 1)
    preview = counted(desk)
    with_a_flag(preview, flagged)
    change = proposed(preview, desk, with_flagged=with_flagged)
    assert levels_of(flagged)[2] == historical
    assert levels_of(other)[2] == "detailed"
    assert change.counted["patients"] == (2 if with_flagged else 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"used_at": NOW}, "made already"),
        ({"state": "counting"}, "not counted yet"),
        ({"state": "failed"}, "not counted yet"),
        ({"asked_at": NOW}, "Count again"),
    ],
)
def test_a_change_is_made_only_from_what_was_counted_lately(desk, surgery, values, words):
    make_reader(surgery)
    preview = counted(desk)
    ChangePreview.objects.filter(pk=preview.pk).update(**values)
    with pytest.raises(ValidationError, match=words):
        proposed(preview, desk)
    assert not PracticeChange.objects.exists()


def test_a_change_is_made_once(desk, surgery):
    make_reader(surgery)
    preview = counted(desk)
    proposed(preview, desk)
    with pytest.raises(ValidationError, match="already"):
        proposed(preview, desk)


def test_a_change_needs_a_reason(desk, surgery):
    preview = counted(desk)
    with pytest.raises(ValidationError, match="reason"):
        proposed(preview, desk, reason=" ")


def test_a_change_that_stopped_half_way_goes_on_and_decides_nothing_twice(desk, surgery):
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    change = made(desk)
    for patient in (first, second):
        assert AccessGrant.objects.of(patient).count() == 2
    carry_out.enqueue(str(change.pk))
    for patient in (first, second):
        assert AccessGrant.objects.of(patient).count() == 2


FULL = Cohort(["full"], ["summary"], None, None, "full", "full")


@pytest.fixture
def two_people(surgery):
    surgery.two_people_for_full = True
    surgery.save()


@pytest.mark.parametrize(("cohort", "waits"), [(FULL, True), (HISTORY, False)])
def test_the_full_history_of_many_needs_a_second_person_where_the_surgery_wants_two(
    desk, surgery, two_people, cohort, waits
):
    patient = make_reader(surgery)
    change = made(desk, cohort)
    assert (change is None) is waits
    assert levels_of(patient)[2] == ("summary" if waits else "detailed")


def test_the_second_person_is_another_one_and_then_the_change_is_made(desk, surgery, two_people):
    patient = make_reader(surgery)
    preview = counted(desk, FULL)
    second = desk_of(make_staff(surgery, "second@example.test"), surgery)
    with pytest.raises(ValidationError, match="Nobody has asked"):
        agree(preview, by=second, now=timezone.now())
    assert proposed(preview, desk) is None
    with pytest.raises(ValidationError, match="yourself"):
        agree(preview, by=desk, now=timezone.now())
    with pytest.raises(ValidationError, match="already"):
        proposed(preview, second)
    change = agree(preview, by=second, now=timezone.now())
    assert change.made_by == desk.viewer
    assert levels_of(patient)[2] == "full"
    actors = AuditEvent.objects.filter(action="practice change agreed").values_list("actor_id")
    assert list(actors) == [(second.viewer.pk,)]


def undone(change, desk):
    undo(change, by=desk, now=timezone.now())
    change.refresh_from_db()


def test_undoing_brings_each_patient_back_to_the_decision_before(desk, surgery):
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    make_grant(
        second, starts_on=date(2024, 2, 1), restricted_sections=[], reason_for_patient="Hello"
    )
    change = made(desk)
    undone(change, desk)
    for patient in (first, second):
        assert levels_of(patient) == ("granted", "full", "summary")
        assert AccessGrant.objects.of(patient).first().decided_by == desk.viewer
    newest = AccessGrant.objects.of(second).first()
    assert (newest.starts_on, newest.restricted_sections) == (date(2024, 2, 1), [])
    assert newest.reason_for_patient == "Hello"
    assert left_by(change) == []
    put_back.enqueue(str(change.pk))  # once more does nothing
    assert AccessGrant.objects.of(first).count() == 3


LESS = Cohort(["full"], ["detailed"], None, None, "documents", "detailed")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first first", "last first"])
def test_undoing_two_changes_brings_nothing_back_of_either(desk, surgery, order):
    """A later change must not put back what an earlier one had opened by mistake, once that is undone too."""
    patient = make_reader(surgery)
    changes = [made(desk), made(desk, LESS)]
    assert levels_of(patient) == ("granted", "documents", "detailed")
    for place in order:
        undone(changes[place], desk)
    assert levels_of(patient) == ("granted", "full", "summary")
    for change in changes:  # once more changes nothing
        put_back.enqueue(str(change.pk))
    assert levels_of(patient) == ("granted", "full", "summary")


def test_undoing_the_later_change_leaves_what_the_earlier_one_decided(desk, surgery):
    patient = make_reader(surgery)
    made(desk)
    undone(made(desk, LESS), desk)
    assert levels_of(patient) == ("granted", "full", "detailed")


@pytest.mark.parametrize("by_whom", ["staff", "the patient"])
def test_undoing_leaves_and_lists_those_about_whom_somebody_decided_since(desk, surgery, by_whom):
    first, second = make_reader(surgery, 0), make_reader(surgery, 1)
    change = made(desk)
    if by_whom == "staff":
        decide_access(first, by=desk.viewer, now=timezone.now(), reason="x", current=Level.SUMMARY)
    else:
        decline_access(by=own_access(first), now=timezone.now())
    undone(change, desk)
    assert levels_of(first)[2] == "none"
    assert levels_of(second)[2] == "summary"
    assert [(left.patient, left.grant.current_level) for left in left_by(change)] == [
        (first, "summary" if by_whom == "staff" else "none")
    ]


def own_access(patient):
    user = patient.online_registrations.get().user
    return find_access(viewer=verified(user), patient_id=patient.pk, now=timezone.now())


def test_who_declined_and_starts_again_does_not_get_back_what_was_undone(desk, surgery):
    patient = make_reader(surgery)
    change = made(desk)
    decline_access(by=own_access(patient), now=timezone.now())
    undone(change, desk)
    resume_access(by=own_access(patient), now=timezone.now())
    assert levels_of(patient) == ("granted", "full", "summary")


def test_who_declined_and_starts_again_gets_back_what_still_holds(desk, surgery):
    patient = make_reader(surgery)
    made(desk)
    decline_access(by=own_access(patient), now=timezone.now())
    resume_access(by=own_access(patient), now=timezone.now())
    assert levels_of(patient) == ("granted", "full", "detailed")


LOWER = Cohort(["full"], ["detailed"], None, None, "full", "summary")


def lowered(desk, surgery, *, entries=2):
    """A patient whose older entries were open until a change for many closed them, and that change."""
    patient = make_reader(surgery, historical="detailed", entries=entries)
    return patient, made(desk, LOWER)


def later_entry(patient, **values):
    now = timezone.now()
    make_entry(patient, "later", **OLD | {"added_at": now, "changed_at": now} | values)


def loaded_since(patient, desk):
    later_entry(patient)


def changed_since(patient, desk):
    with rows_of(patient.pk):
        Entry.objects.filter(patient=patient, source_id="old 0").update(
            changed_at=timezone.now(), content_hash="1"
        )


def shown_again_since(patient, desk):
    with rows_of(patient.pk):
        entry = Entry.objects.get(patient=patient, source_id="old 0")
        Redaction.objects.create(
            patient=patient, entry_id=entry.id, audience="everyone", reason="x",
            hidden_by_id=desk.viewer.pk, hidden_at=NOW, undone_at=timezone.now(),
            undone_by_id=desk.viewer.pk,
        )  # fmt: skip


def new_entry_loaded_since(patient, desk):
    """One that is open whatever is undone."""
    later_entry(patient, recorded_at=timezone.now())


def go_live_moved_since(patient, desk):
    ChangePreview.objects.create(
        surgery=patient.surgery, kind="go-live", proposed={"new": {}, "seen": ""},
        asked_by=desk.viewer, asked_at=timezone.now(), used_at=timezone.now(), state="ready",
    )  # fmt: skip


def flagged_before(patient, desk):
    """It was open before, unchanged, and whoever undoes wants that back."""


def refused_since(patient, desk):
    one_asked(patient, "refused", timezone.now())


def reviewed_since(patient, desk):
    begin_review(patient, desk.viewer)


def asked_since(patient, desk):
    one_asked(patient, "sent", timezone.now())


def review_indicated_since(patient, desk):
    make_entry(
        patient, "code", kind="access-code", details={"code": REVIEW_INDICATED}, released=False,
        unreleased_because="access-code",
    )  # fmt: skip


def acted_for_since(patient, desk):
    make_proxy_grant(patient, desk.viewer)


def nothing_since(patient, desk):
    """Nothing happened."""


SINCE = [
    (nothing_since, ""),
    (new_entry_loaded_since, ""),
    (flagged_before, ""),
    (loaded_since, ""),  # it stays closed until somebody has read it (R1.5)
    (changed_since, "loaded since"),
    (shown_again_since, "loaded since"),
    (go_live_moved_since, "set since"),
    (refused_since, "refused"),
    (reviewed_since, "being reviewed"),
    (asked_since, "asked"),
    (review_indicated_since, "enhanced review"),
    (acted_for_since, "yourself"),
]


@pytest.mark.parametrize(("befalls", "why"), SINCE, ids=[one.__name__ for one, _ in SINCE])
def test_undoing_what_closed_opens_nothing_unread(desk, surgery, befalls, why):
    """R8.6: going back opens what was open before, to those about whom nobody decides alone, and nothing else."""
    patient, change = lowered(desk, surgery)
    other = make_reader(surgery, 1, entries=0)
    make_grant(other, "full", "summary", practice_change_id=None)
    befalls(patient, desk)
    undone(change, desk)
    assert levels_of(patient)[2] == ("summary" if why else "detailed")
    assert [(kept.patient, kept.why) for kept in kept_by(change)] == (
        [(patient, why)] if why else []
    )
    assert not_put_back(change) == 0
    assert left_by(change) == []


@pytest.mark.parametrize(("befalls", "why"), SINCE, ids=[one.__name__ for one, _ in SINCE])
def test_undoing_what_opened_works_for_all(desk, surgery, befalls, why):
    """To close again what was opened by mistake must not leave out who needs it most."""
    patient = make_reader(surgery)
    change = made(desk)
    befalls(patient, desk)
    undone(change, desk)
    assert levels_of(patient)[2] == "summary"
    assert kept_by(change) == []


@pytest.mark.parametrize(
    ("is_on", "before", "then"),
    [
        (True, "full", "summary"),
        (True, "detailed", "detailed"),
        (False, "full", "full"),
    ],
)
def test_undoing_opens_the_full_history_to_nobody_by_one_person_where_that_takes_two(
    desk, surgery, is_on, before, then
):
    surgery.two_people_for_full = is_on
    surgery.save()
    patient = make_reader(surgery, historical=before)
    change = made(desk, Cohort(["full"], [before], None, None, "full", "summary"))
    undone(change, desk)
    assert levels_of(patient)[2] == then
    assert [kept.why for kept in kept_by(change)] == (["two people"] if then != before else [])


def test_undoing_raises_no_level_of_an_empty_record_that_was_refused(desk, surgery):
    """What is loaded later would open."""
    patient, change = lowered(desk, surgery, entries=0)
    refused_since(patient, desk)
    undone(change, desk)
    assert levels_of(patient)[2] == "summary"


def test_whom_undoing_left_can_be_decided_about_alone_and_then_is_listed_so(desk, surgery):
    patient, change = lowered(desk, surgery)
    refused_since(patient, desk)
    undone(change, desk)
    decide_access(patient, by=desk.viewer, now=timezone.now(), reason="x", current=Level.SUMMARY)
    put_back.enqueue(str(change.pk))
    assert kept_by(change) == []
    assert [left.patient for left in left_by(change)] == [patient]
    assert levels_of(patient) == ("granted", "summary", "none")


def test_a_change_is_undone_once(desk, surgery):
    make_reader(surgery)
    change = made(desk)
    undone(change, desk)
    with pytest.raises(ValidationError, match="already"):
        undone(change, desk)


def test_what_is_undone_is_not_made_any_further(desk, surgery):
    """A worker that goes on with it after the undoing changes nobody."""
    patient = make_reader(surgery)
    preview = counted(desk)
    change = PracticeChange.objects.create(
        surgery=surgery, cohort=HISTORY.as_json, current_level="full", historical_level="detailed",
        reason="x", made_by=desk.viewer, made_at=timezone.now(), undone_at=timezone.now(),
        undone_by=desk.viewer,
    )  # fmt: skip
    ChangePreview.objects.filter(pk=preview.pk).update(change=change)
    carry_out.enqueue(str(change.pk))
    assert levels_of(patient) == ("granted", "full", "summary")


@pytest.mark.parametrize(
    ("own_date", "entries"), [(None, 2), (date(2020, 1, 1), 0)], ids=["usual date", "own date"]
)
def test_an_earlier_go_live_date_opens_entries_of_those_without_a_date_of_their_own(
    desk, surgery, own_date, entries
):
    """R1.2"""
    patient = make_reader(surgery, entries=0)
    make_grant(patient, starts_on=own_date)
    for each in range(2):
        make_entry(patient, f"{each}", recorded_at=NOW.replace(year=2022))
    new = {"new": {"go_live_on": "2021-01-01"}, "seen": ""}
    preview = ask_preview(desk, Kind.GO_LIVE, new, now=timezone.now())
    preview.refresh_from_db()
    assert totals_of(preview)["entries"] == entries
    assert preview.left_out == ({"own setting": 1} if own_date else {})


@pytest.mark.parametrize(("own_sections", "entries"), [(None, 1), ([], 0), (["consultations"], 0)])
def test_a_section_off_the_list_opens_for_those_without_sections_of_their_own(
    desk, surgery, own_sections, entries
):
    """R1.12"""
    surgery.restricted_sections = ["consultations"]
    surgery.save()
    patient = make_reader(surgery, entries=0)
    make_grant(patient, restricted_sections=own_sections)
    make_entry(patient)
    new = {"new": {"restricted_sections": []}, "seen": ""}
    preview = ask_preview(desk, Kind.SECTIONS, new, now=timezone.now())
    preview.refresh_from_db()
    assert totals_of(preview)["entries"] == entries


def test_counting_that_fails_says_so_and_no_more(desk, surgery, caplog):
    make_reader(surgery)
    broken = HISTORY.as_json | {"age_to": "secret words"}
    preview = ask_preview(desk, Kind.LEVELS, broken, now=timezone.now())
    preview.refresh_from_db()
    assert preview.state == "failed"
    assert "secret" not in caplog.text
