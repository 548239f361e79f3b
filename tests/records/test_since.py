"""What is counted as new, changed and gone since a reader last looked, and what leaves no trace (R2.3)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit.row_security import rows_of
from proxy_access.access import Access
from records.grants import with_levels
from records.models import ChangePreview, Entry, KeptDecision, Redaction
from records.practice.cohort import Cohort
from records.practice.making import propose
from records.practice.previewing import ask_preview
from records.practice.undoing import undo
from records.since import Tally, begin_visit, changed_access, read_changes, read_lines
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant
from tests.clock import NOW
from tests.records.views.record import hide_from, make_medicine, make_part, make_report

pytestmark = pytest.mark.django_db

LOOKED = NOW + timedelta(days=10)
BEFORE, AFTER = LOOKED - timedelta(days=2), LOOKED + timedelta(days=1)
LATER = AFTER + timedelta(days=1)


@pytest.fixture
def open_to_patient(patient):
    make_grant(patient, historical="full")
    return patient


def access_of(patient, viewer, grant=None, scopes=tuple(Section)):
    return with_levels(Access(patient, viewer, frozenset(scopes), grant))


def counted(access, looked_at=LOOKED):
    with rows_of(access.patient.pk):
        changes = read_changes(access, looked_at)
        return {section.value: tuple(tally) for section, tally in changes.sections.items()}


def titles(access, looked_at=LOOKED):
    with rows_of(access.patient.pk):
        lines = read_lines(access, read_changes(access, looked_at))
    return [
        (one.section.value, [each.title for each in one.new], [each.title for each in one.changed])
        for one in lines
    ]


def update(entry, **values):
    with rows_of(entry.patient_id):
        held = Entry.objects.of(entry.patient).filter(id=entry.id)
        held.update(changed_at=max(values.values()), **values)


def withdraw(entry, at=AFTER):
    with rows_of(entry.patient_id):
        Entry.objects.of(entry.patient).filter(id=entry.id).update(
            withdrawn_at=at, withdrawn_because="gone", changed_at=at
        )


def unhide(entry, at, by):
    with rows_of(entry.patient_id):
        Redaction.objects.filter(patient=entry.patient, entry_id=entry.id).update(
            undone_at=at, undone_by_id=by.pk
        )


@pytest.fixture
def own(open_to_patient, patient_user):
    return access_of(open_to_patient, patient_user)


def test_new_changed_and_gone_are_counted_by_section(own, open_to_patient):
    make_medicine(open_to_patient, "old")
    make_medicine(open_to_patient, "new", title="New one", added_at=AFTER, changed_at=AFTER)
    update(make_medicine(open_to_patient, "ch", title="Changed one"), words_changed_at=AFTER)
    withdraw(make_medicine(open_to_patient, "gone"))
    make_entry(open_to_patient, "seen", title="Seen", added_at=AFTER, changed_at=AFTER)
    assert counted(own) == {"medicines": (1, 1, 1), "consultations": (1, 0, 0)}
    assert titles(own) == [
        ("medicines", ["New one"], ["Changed one"]),
        ("consultations", ["Seen"], []),
    ]
    with rows_of(open_to_patient.pk):
        assert read_changes(own, LOOKED).total == Tally(2, 1, 1)


def test_what_changed_in_a_way_that_no_reader_sees_is_not_told(own, open_to_patient):
    """A link to another row that moved, or a place in a list."""
    entry = make_medicine(open_to_patient)
    with rows_of(open_to_patient.pk):
        Entry.objects.of(open_to_patient).filter(id=entry.id).update(changed_at=AFTER)
    assert counted(own) == {}


def test_what_came_and_went_between_two_visits_was_never_there(own, open_to_patient):
    withdraw(make_medicine(open_to_patient, added_at=AFTER), at=LATER)
    assert counted(own) == {}


def test_what_was_gone_before_is_not_missed_again(own, open_to_patient):
    withdraw(make_medicine(open_to_patient), at=BEFORE)
    assert counted(own) == {}


def test_what_was_being_loaded_during_the_last_visit_is_told(own, open_to_patient):
    """An import carries the moment at which it began, and is seen only when it ends."""
    just_before = LOOKED - timedelta(minutes=1)
    make_medicine(open_to_patient, added_at=just_before, changed_at=just_before)
    assert counted(own) == {"medicines": (1, 0, 0)}


@pytest.mark.parametrize("what", ["added", "changed", "lost"])
def test_a_change_of_a_part_is_one_of_its_entry_once(own, open_to_patient, what):
    report = make_report(open_to_patient, title="Blood count")
    first, second = make_part(report, "p1", 1), make_part(report, "p2", 2)
    if what == "added":
        make_part(report, "p3", 3, added_at=AFTER, changed_at=AFTER)
        make_part(report, "p4", 4, added_at=AFTER, changed_at=AFTER)
    elif what == "changed":
        update(first, words_changed_at=AFTER)
        update(second, words_changed_at=AFTER)
    else:
        withdraw(first)
        withdraw(second)
    assert counted(own) == {"test-results": (0, 1, 0)}
    assert titles(own) == [("test-results", [], ["Blood count"])]


def test_a_new_report_is_one_however_many_results_it_has(own, open_to_patient):
    report = make_report(open_to_patient, added_at=AFTER, changed_at=AFTER)
    for number in range(3):
        make_part(report, f"p{number}", number, added_at=AFTER, changed_at=AFTER)
    assert counted(own) == {"test-results": (1, 0, 0)}


def test_a_report_that_is_gone_is_one_however_many_results_it_had(own, open_to_patient):
    report = make_report(open_to_patient)
    withdraw(make_part(report, "p1", 1))
    withdraw(report)
    assert counted(own) == {"test-results": (0, 0, 1)}


def every_way(patient, suffix=""):
    """One medicine each that is new, changed and gone."""
    new = make_medicine(patient, "new" + suffix, added_at=AFTER, changed_at=AFTER)
    changed, gone = make_medicine(patient, "ch" + suffix), make_medicine(patient, "gone" + suffix)
    update(changed, words_changed_at=AFTER)
    withdraw(gone)
    return new, changed, gone


def test_what_is_hidden_counts_for_nothing(own, open_to_patient):
    for entry in every_way(open_to_patient):
        hide_from(open_to_patient, entry)
    assert counted(own) == {}


def test_what_is_withheld_or_not_released_counts_for_nothing(own, open_to_patient):
    """R1.10, R2.4."""
    for number, why in enumerate(("source-withheld", "draft")):
        for entry in every_way(open_to_patient, str(number)):
            with rows_of(open_to_patient.pk):
                Entry.objects.of(open_to_patient).filter(id=entry.id).update(
                    released=False, unreleased_because=why
                )
    assert counted(own) == {}


def test_what_was_withdrawn_while_hidden_is_not_missed_when_it_is_shown_again(
    own, open_to_patient, staff
):
    gone = make_medicine(open_to_patient)
    hide_from(open_to_patient, gone)
    withdraw(gone)
    unhide(gone, LATER, staff)
    assert counted(own) == {}


def test_hiding_and_showing_again_is_no_change(own, open_to_patient, staff):
    entry = make_medicine(open_to_patient)
    hide_from(open_to_patient, entry)
    assert counted(own) == {}
    unhide(entry, AFTER, staff)
    assert counted(own) == {}


def test_what_was_shown_again_before_the_last_visit_is_missed_like_anything_else(
    own, open_to_patient, staff
):
    gone = make_medicine(open_to_patient)
    hide_from(open_to_patient, gone)
    unhide(gone, BEFORE, staff)
    withdraw(gone)
    assert counted(own) == {"medicines": (0, 0, 1)}


@pytest.mark.parametrize("change", ["added", "changed", "lost"])
def test_a_hidden_part_does_not_change_its_entry(own, open_to_patient, change):
    """R2.4: a label on a part hides that part, with the heading that stands over nothing else."""
    report = make_report(open_to_patient)
    withheld = {"released": False, "unreleased_because": "source-withheld"}
    moment = AFTER if change == "added" else NOW
    heading = make_part(report, "g", 1, kind="result-group", added_at=moment, changed_at=AFTER)
    part = make_part(report, "p", 2, added_at=moment, changed_at=AFTER, **withheld)
    if change == "changed":
        update(heading, words_changed_at=AFTER)
        update(part, words_changed_at=AFTER)
    if change == "lost":
        withdraw(heading)
        withdraw(part)
    assert counted(own) == {}


@pytest.mark.parametrize(
    ("current", "historical", "recorded_at", "told"),
    [
        ("full", "full", NOW, True),
        ("full", "summary", NOW, True),
        ("detailed", "detailed", NOW, False),
        ("full", "detailed", NOW.replace(year=2015), False),
        ("full", "full", NOW.replace(year=2015), True),
    ],
)
def test_a_change_of_free_text_counts_where_it_is_open(
    patient, patient_user, current, historical, recorded_at, told
):
    """R1.7."""
    make_grant(patient, current=current, historical=historical)
    entry = make_entry(patient, recorded_at=recorded_at, free_text={"comment": "Typed"})
    update(entry, text_changed_at=AFTER)
    found = counted(access_of(patient, patient_user))
    assert found == ({"consultations": (0, 1, 0)} if told else {})


@pytest.mark.parametrize(("words", "told"), [({"text": "Typed"}, True), (None, False)])
def test_a_comment_counts_by_its_words(own, open_to_patient, words, told):
    report = make_report(open_to_patient)
    make_part(report, "c", 1, kind="comment", free_text=words, added_at=AFTER, changed_at=AFTER)
    assert counted(own) == ({"test-results": (0, 1, 0)} if told else {})


def test_a_comment_does_not_count_below_the_full_level(patient, patient_user):
    make_grant(patient, current="detailed", historical="detailed")
    report = make_report(patient)
    values = {"free_text": {"text": "Typed"}, "added_at": AFTER, "changed_at": AFTER}
    make_part(report, "c", 1, kind="comment", **values)
    assert counted(access_of(patient, patient_user)) == {}


def test_closed_sections_and_closed_older_parts_count_for_nothing(patient, patient_user):
    make_grant(patient, historical="summary", restricted_sections=["medicines"])
    every_way(patient)
    old = make_entry(patient, "old", recorded_at=NOW.replace(year=2015))
    update(old, added_at=AFTER)
    assert counted(access_of(patient, patient_user)) == {}


def test_a_proxy_is_told_of_their_scopes_and_of_nothing_hidden_from_them(
    open_to_patient, patient_user, proxy_user
):
    """R4.3, R2.2."""
    grant = make_proxy_grant(open_to_patient, proxy_user)
    every_way(open_to_patient)
    for number, audience in enumerate(("proxies", "one-proxy")):
        named = {"proxy_id": proxy_user.pk} if audience == "one-proxy" else {}
        for entry in every_way(open_to_patient, f"h{number}"):
            hide_from(open_to_patient, entry, audience=audience, **named)
    make_entry(open_to_patient, "out", added_at=AFTER, changed_at=AFTER)
    proxy = access_of(open_to_patient, proxy_user, grant, ["medicines"])
    assert counted(proxy) == {"medicines": (1, 1, 1)}
    own = access_of(open_to_patient, patient_user)
    assert counted(own) == {"medicines": (3, 3, 3), "consultations": (1, 0, 0)}


def test_a_proxy_with_other_access_than_before_misses_nothing(open_to_patient, proxy_user):
    """What is gone may never have been open to them."""
    gone = make_medicine(open_to_patient)
    withdraw(gone)
    grant = make_proxy_grant(open_to_patient, proxy_user, starts_on=LOOKED.date() + timedelta(1))
    assert counted(access_of(open_to_patient, proxy_user, grant)) == {}
    grant.starts_on, grant.decided_at = date(2024, 1, 1), AFTER
    assert counted(access_of(open_to_patient, proxy_user, grant)) == {}


def test_what_the_surgery_opened_is_said_and_neither_new_nor_missed(
    patient, patient_user, staff, proxy_user
):
    make_grant(patient, historical="summary")
    make_entry(patient, "old", recorded_at=NOW.replace(year=2015))
    withdraw(make_entry(patient, "gone", recorded_at=NOW.replace(year=2015)))
    make_grant(patient, historical="full", decided_at=AFTER, decided_by=staff, duty="decide-access")
    own = access_of(patient, patient_user)
    with rows_of(patient.pk):
        assert read_changes(own, LOOKED).access_changed_at == AFTER
        assert read_changes(own, LATER).access_changed_at is None
    assert counted(own) == {}
    grant = make_proxy_grant(patient, proxy_user)
    with rows_of(patient.pk):
        changes = read_changes(access_of(patient, proxy_user, grant), LOOKED)
    assert changes.access_changed_at is None  # R4.11


def test_what_a_change_for_many_gave_or_undid_is_said_to_each_of_them(patient, patient_user, staff):
    """R9.2"""
    make_grant(patient, historical="summary")
    desk = Desk(staff, patient.surgery, frozenset(Duty))
    cohort = Cohort(["full"], ["summary"], None, None, "full", "detailed")
    looked_at = timezone.now()
    preview = ask_preview(desk, "levels", cohort.as_json, now=looked_at)
    asked = {"reason": "Inside", "reason_for_patient": "", "with_flagged": False}
    change = propose(preview, **asked, by=desk, now=timezone.now())
    own = access_of(patient, patient_user)
    with rows_of(patient.pk):
        assert read_changes(own, looked_at).access_changed_at
        looked_again = timezone.now()
        assert read_changes(own, looked_again).access_changed_at is None
    undo(change, by=desk, now=timezone.now())
    with rows_of(patient.pk):
        assert read_changes(own, looked_again).access_changed_at
        assert read_changes(own, looked_at).access_changed_at is None  # as it was then


@pytest.mark.parametrize(
    ("kind", "levels", "own", "says"),
    [
        ("go-live", ("full", "summary"), {}, True),
        ("go-live", ("full", "full"), {}, False),
        ("go-live", ("full", "summary"), {"starts_on": date(2020, 1, 1)}, False),
        ("sections", ("full", "full"), {}, True),
        ("sections", ("full", "full"), {"restricted_sections": []}, False),
        ("sections", ("full", "summary"), {"starts_on": date(2020, 1, 1)}, True),
        ("accounts", ("full", "summary"), {}, False),
    ],
)
def test_a_setting_that_changed_what_is_open_is_said_to_the_patient(
    patient, patient_user, proxy_user, staff, kind, levels, own, says
):
    """R4.11: never to who acts for them; to nobody is said what is gone since, that they may never have seen."""
    make_grant(patient, *levels, **own)
    withdraw(make_medicine(patient))
    reading = access_of(patient, patient_user)
    ChangePreview.objects.create(
        surgery=patient.surgery, kind=kind, proposed={}, asked_by=staff, asked_at=NOW,
        used_at=AFTER, state="ready",
    )  # fmt: skip
    proxy = access_of(patient, proxy_user, make_proxy_grant(patient, proxy_user))
    with rows_of(patient.pk):
        changes = read_changes(reading, LOOKED)
        assert (changes.access_changed_at == AFTER) is says
        assert (changes.total.gone == 0) is says
        assert read_changes(reading, LATER).access_changed_at is None
        assert read_changes(proxy, LOOKED).access_changed_at is None


def test_what_was_kept_while_others_got_more_is_not_said(patient, patient_user, staff):
    make_grant(patient)
    preview = ChangePreview.objects.create(
        surgery=patient.surgery, kind="go-live", proposed={}, asked_by=staff, asked_at=NOW,
        used_at=AFTER, state="ready",
    )  # fmt: skip
    kept = make_grant(
        patient, starts_on=date(2023, 10, 31), decided_at=AFTER, decided_by=staff,
        duty="manage-settings",
    )  # fmt: skip
    KeptDecision.objects.create(grant=kept, preview=preview, why="refused")
    own = access_of(patient, patient_user)
    with rows_of(patient.pk):
        assert read_changes(own, LOOKED).access_changed_at is None
    KeptDecision.objects.create(
        grant=make_grant(patient, decided_at=AFTER, decided_by=staff, duty="manage-settings",
                         restricted_sections=["documents"]),
        preview=preview,
    )  # fmt: skip
    assert changed_access(own, LOOKED) == AFTER  # what follows a setting closes more


def test_a_decision_that_opens_the_same_as_before_is_not_said(patient, patient_user, staff):
    for _ in range(2):
        make_grant(patient, decided_at=AFTER, decided_by=staff, duty="decide-access")
    make_grant(patient, decided_at=NOW)
    own = access_of(patient, patient_user)
    assert changed_access(own, LOOKED) is None


def test_what_the_patient_decided_is_not_said_to_be_the_surgerys(patient, patient_user):
    make_grant(patient, historical="summary")
    make_grant(patient, historical="summary", decided_at=AFTER, decided_by=patient_user)
    assert changed_access(access_of(patient, patient_user), LOOKED) is None


def test_a_visit_is_noted_once_for_a_session_and_compared_with_the_one_before(
    own, open_to_patient, proxy_user
):
    first, second = {}, {}
    with rows_of(open_to_patient.pk):
        assert begin_visit(first, own, now=NOW) is None
        assert begin_visit(first, own, now=LOOKED) is None
        assert begin_visit(second, own, now=LATER) == NOW
        assert begin_visit(second, own, now=LATER + timedelta(hours=1)) == NOW
        proxy = access_of(
            open_to_patient, proxy_user, make_proxy_grant(open_to_patient, proxy_user)
        )
        assert begin_visit({}, proxy, now=LATER) is None


def test_a_sealed_result_is_told_without_what_it_says(own, open_to_patient):
    """R5.5."""
    report = make_report(open_to_patient, title="Liver", added_at=AFTER, changed_at=AFTER)
    make_part(report, "p", 1, flagged=True, added_at=AFTER, changed_at=AFTER)
    with rows_of(open_to_patient.pk):
        (section,) = read_lines(own, read_changes(own, LOOKED))
    assert [(line.title, line.is_sealed) for line in section.new] == [("Liver", True)]


def test_of_very_many_the_newest_are_listed(own, open_to_patient):
    for number in range(53):
        make_medicine(open_to_patient, str(number), added_at=AFTER, changed_at=AFTER)
    with rows_of(open_to_patient.pk):
        (section,) = read_lines(own, read_changes(own, LOOKED))
    assert (section.tally.new, len(section.new)) == (53, 50)
