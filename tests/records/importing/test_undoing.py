"""Taking back an extract that was loaded into the wrong record: as before, and nothing opens by it (ADR 35)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Duty
from audit import log
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.grants import all_until, record_of
from records.importing import undoing
from records.importing.earlier import Came
from records.importing.extract import ExtractedFile, PartialDate, Warning
from records.importing.store import store
from records.importing.undoing import NO_REASON, NOT_KEPT, NOT_LAST, UNDONE, reads_since, undo
from records.models import (
    Correction,
    Document,
    Entry,
    ImportedExtract,
    Redaction,
    SectionNotice,
    StaffTask,
    Takeaway,
    TakeawayPiece,
)
from records.sections import facts_of
from records.since import read_changes
from records.threads import NOT_THEIRS, entries_about
from records.visibility import LOADED_WRONGLY
from surgeries.terms import Level
from tests.cast import make_grant
from tests.clock import TODAY
from tests.records.importing.extracts import EXTRACTED, attachment, entry, extract, part
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FIRST = datetime(2024, 5, 1, 12, tzinfo=UTC)
WRONG = FIRST + 24 * HOUR
UNDO = WRONG + 24 * HOUR
STATE = [
    field.name for field in Entry._meta.concrete_fields if field.name not in ("pk", "changed_at")
]


def load(patient, *entries, now, **values):
    return store(extract(*entries, **values), patient, by=None, now=now)


def take_back(patient, staff, now=UNDO, because="It is her sister's"):
    with rows_of(patient.pk):
        last = ImportedExtract.objects.standing().last()
    return undo(patient, last.id, because=because, by=staff, now=now)


def held(patient):
    with rows_of(patient.pk):
        return {one.source_id: one for one in Entry.objects.of(patient)}


def states(patient, *ids):
    rows = held(patient)
    return {id_: {name: getattr(rows[id_], name) for name in STATE} for id_ in ids}


def looked(patient, user, at, action="record opened"):
    """That somebody read the record, as the door writes it down."""
    with rows_of(patient.pk):
        log.record(action, at=at, actor_id=user.pk, patient_id=patient.pk, about="home")


def seen(patient, user):
    with rows_of(patient.pk):
        record = record_of(user, patient.pk, on=TODAY)
        return set(Entry.objects.visible_to(record).values_list("source_id", flat=True))


def told_since(patient, user, looked_at):
    """How many entries are new, changed and gone to a reader who looked at some moment."""
    with rows_of(patient.pk):
        return tuple(
            read_changes(record_of(user, patient.pk, on=TODAY), looked_at).total or (0, 0, 0)
        )


RIGHT = [
    entry("same"),
    entry("updated", title="Right words", details={"words": {"note": "x"}}, free_text={"comment": "right"},
          parts=(part("part-gone"), part("part-other", title="Right part"))),
    entry("gone", effective=PartialDate(None, None, "year")),
    entry("moves", recorded_at=None),
    entry("withheld", unreleased_because="source-withheld"),
]  # fmt: skip
OTHER = [
    entry("same"),
    entry("updated", title="Wrong words", free_text={"comment": "wrong"},
          parts=(part("part-other", title="Wrong part"), part("part-new"))),
    entry("moves", section="health-conditions", kind="condition", origin="transferred"),
    entry("withheld"),
    entry("new", parts=(part("new-part"),)),
]  # fmt: skip
BOTH = ("consultations", "health-conditions")


@pytest.fixture
def wrong(patient):
    """A record, and the extract of somebody else that was loaded onto it; what it was before."""
    load(patient, *RIGHT, now=FIRST, sections=BOTH)
    before = states(patient, *held(patient))
    load(patient, *OTHER, now=WRONG, sections=BOTH)
    return before


def test_everything_is_as_before_and_what_came_is_withdrawn(patient, staff, wrong):
    """All columns, to the microsecond, but that of the last change."""
    assert states(patient, *wrong) != wrong
    undone = take_back(patient, staff)
    assert states(patient, *wrong) == wrong
    for id_ in ("new", "new-part", "part-new"):
        row = held(patient)[id_]
        assert (row.withdrawn_at, row.withdrawn_because) == (UNDO, LOADED_WRONGLY)
    assert (undone.withdrawn, undone.restored, undone.times_read) == (3, 6, 0)


def test_the_extract_stays_on_file_with_who_and_why(patient, staff, wrong):
    take_back(patient, staff)
    with rows_of(patient.pk):
        last = ImportedExtract.objects.order_by("loaded_at").last()
        event = AuditEvent.objects.get(action="load undone")
    assert (last.undone_at, last.undone_by_id, last.undone_because) == (
        UNDO, staff.pk, "It is her sister's",
    )  # fmt: skip
    assert (event.actor_id, event.duty, event.object) == (
        staff.pk, Duty.MANAGE_SETTINGS, f"extract {last.id}",
    )  # fmt: skip
    assert "sister" not in str(event.details)


def test_the_same_file_can_be_loaded_again_and_the_right_one_is_not_older(patient, staff, wrong):
    """It counts for nothing: neither as the same again, nor by its date, nor for what its sections had."""
    take_back(patient, staff)
    again = load(patient, *RIGHT, now=UNDO + HOUR, sections=BOTH)
    assert again.outcome == "unchanged"
    load(patient, *OTHER, now=UNDO + HOUR, sections=BOTH, extracted_at=EXTRACTED + 48 * HOUR)
    take_back(patient, staff, now=UNDO + 2 * HOUR)
    right = load(
        patient, *RIGHT[:2], now=UNDO + 3 * HOUR, sections=BOTH, extracted_at=EXTRACTED + HOUR
    )
    assert right.outcome == "loaded"
    last = load(
        patient, *OTHER, now=UNDO + 4 * HOUR, sections=BOTH, extracted_at=EXTRACTED + 48 * HOUR
    )
    assert last.outcome == "loaded"
    assert held(patient)["new"].withdrawn_at is None


def test_first_load_that_was_wrong_dates_nothing_in_the_right_one(patient, staff):
    """R1.3: the sections were not held before, so what has no date stays older."""
    load(patient, entry("x"), now=WRONG)
    take_back(patient, staff)
    load(patient, entry("y", recorded_at=None), now=UNDO + HOUR)
    assert held(patient)["y"].recorded_from == "unknown"


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda patient: load(patient, *RIGHT, now=UNDO, sections=BOTH), NOT_LAST),
        (lambda patient: ImportedExtract.objects.update(keeps_changes=False), NOT_KEPT),
    ],
)
def test_what_cannot_be_taken_back_is_refused_and_nothing_changes(
    patient, staff, wrong, prepare, words
):
    with rows_of(patient.pk):
        extract_id = ImportedExtract.objects.standing().last().id
        prepare(patient)
    before = states(patient, *held(patient))
    with pytest.raises(ValidationError) as refused:
        undo(patient, extract_id, because="x", by=staff, now=UNDO + HOUR)
    assert refused.value.messages == [words]
    assert states(patient, *held(patient)) == before


def test_nothing_is_taken_back_twice_or_without_a_reason_or_from_another(
    patient, other_patient, staff, wrong
):
    with rows_of(patient.pk):
        extract_id = ImportedExtract.objects.standing().last().id
    with pytest.raises(ValidationError, match=NO_REASON):
        undo(patient, extract_id, because=" ", by=staff, now=UNDO)
    with pytest.raises(ImportedExtract.DoesNotExist):
        undo(other_patient, extract_id, because="x", by=staff, now=UNDO)
    undo(patient, extract_id, because="x", by=staff, now=UNDO)
    with pytest.raises(ValidationError, match=UNDONE):
        undo(patient, extract_id, because="x", by=staff, now=UNDO)


def test_one_after_another_can_be_taken_back_from_the_newest(patient, staff):
    load(patient, entry(title="First"), now=FIRST)
    first = states(patient, "e1")
    load(patient, entry(title="Second"), now=FIRST + HOUR)
    load(patient, entry(title="Third"), entry("e2"), now=WRONG)
    take_back(patient, staff)
    assert held(patient)["e1"].title == "Second"
    take_back(patient, staff, now=UNDO + HOUR)
    assert states(patient, "e1") == first
    take_back(patient, staff, now=UNDO + 2 * HOUR)
    assert all(row.withdrawn_at for row in held(patient).values())


@pytest.mark.parametrize("apart", [timedelta(), -HOUR], ids=["at once", "by a clock behind"])
def test_extracts_have_an_order_whatever_the_clock_says(patient, staff, apart):
    """The last one is taken back, though all have one time, or a worker took its time before another loaded."""
    for number in range(4):
        load(patient, entry(title=f"Number {number}"), now=FIRST + number * apart)
    for number in (2, 1, 0):
        take_back(patient, staff, now=FIRST)
        assert held(patient)["e1"].title == f"Number {number}"
    load(patient, entry(title="After all"), now=FIRST)
    take_back(patient, staff, now=FIRST)
    assert held(patient)["e1"].title == "Number 0"
    with rows_of(patient.pk):
        times = ImportedExtract.objects.values_list("loaded_at", "undone_at")
        assert len({at for both in times for at in both if at}) == 9


def test_it_is_done_whole_or_not_at_all(patient, staff, wrong, monkeypatch):
    """R7.4"""
    before = states(patient, *held(patient))

    def fail(*_, **__):
        raise RuntimeError("power cut")

    monkeypatch.setattr(undoing, "tell_of_late", fail)
    with pytest.raises(RuntimeError):
        take_back(patient, staff)
    assert states(patient, *held(patient)) == before
    with rows_of(patient.pk):
        assert ImportedExtract.objects.filter(undone_at=None).count() == 2


def test_attachments_and_warnings_are_as_before(patient, staff):
    """R2.6, R6.9"""
    document = {"section": "documents", "kind": "document"}
    mine, theirs = (
        Warning("documents", "confidential-items", "a"),
        Warning("documents", "data-in-transit"),
    )
    load(patient, entry(documents=(attachment(0, title="mine"), attachment(1)), **document),
         sections=["documents"], warnings=(mine,), now=FIRST)  # fmt: skip

    def kept():
        with rows_of(patient.pk):
            return (
                list(Document.objects.filter(withdrawn_at=None).order_by("position").values()),
                list(SectionNotice.objects.filter(ended_at=None).values()),
            )

    before = kept()
    load(patient, entry(documents=(attachment(0, title="theirs"),), **document),
         entry("e2", documents=(attachment(0),), **document), sections=["documents"],
         warnings=(theirs,), now=WRONG)  # fmt: skip
    take_back(patient, staff)
    assert kept() == before


def test_an_id_of_the_source_goes_back_too(patient, staff):
    names = {"Observation/e1": "a", "Observation/e2": "b"}
    load(patient, entry("e1", title="A"), entry("e2", title="B"), now=FIRST, identifiers=names)
    before = {row.id: (row.title, row.source_id) for row in held(patient).values()}
    swapped = {"Observation/e2": "a", "Observation/e1": "b"}
    load(patient, entry("e2", title="A2"), entry("e1", title="B2"), now=WRONG, identifiers=swapped)
    take_back(patient, staff)
    assert {row.id: (row.title, row.source_id) for row in held(patient).values()} == before


def test_ids_that_were_given_anew_go_back_and_what_is_hidden_stays_hidden(patient, staff):
    """R2.3"""
    load(patient, entry("1", title="Hidden"), entry("2", title="Other"), now=FIRST)
    before = states(patient, "1", "2")
    hide_from(patient, held(patient)["1"])
    anew = [
        entry(str(number), title=title)
        for number, title in enumerate(["New", "Hidden", "Other"], 1)
    ]
    load(patient, *anew, now=WRONG)
    take_back(patient, staff)
    assert states(patient, "1", "2") == before


@pytest.mark.parametrize("theirs", [["e2", "e1"], ["e2", "e1", "e3"]])
def test_an_id_that_went_to_a_new_row_goes_back_too(patient, staff, theirs):
    """R7.4: what the wrong extract brought under it stands aside, and is itself again when it comes again."""
    load(patient, entry("e1", title="A"), now=FIRST, identifiers={"Observation/e1": "a"})
    before = states(patient, "e1")
    names = {f"Observation/{id_}": name for id_, name in zip(theirs, "azy", strict=False)}
    load(patient, *[entry(id_, title=id_) for id_ in theirs], now=WRONG, identifiers=names)
    new = held(patient)["e1"].id
    take_back(patient, staff)
    assert states(patient, "e1") == before
    load(patient, *[entry(id_, title=id_) for id_ in theirs], now=UNDO, identifiers=names)
    assert held(patient)["e1"].id == new


def test_a_date_of_an_extract_that_was_taken_back_opens_nothing(patient, staff):
    """R1.3: it comes as if for the first time, and was not recorded since another."""
    load(patient, entry("a"), now=FIRST)
    both = (entry("a"), entry("r", recorded_at=None, parts=(part("p"),)))
    load(patient, *both, now=WRONG)
    take_back(patient, staff)
    load(patient, *both, now=UNDO)
    assert held(patient)["r"].recorded_from == "extract"  # it is new to what stands
    take_back(patient, staff)
    take_back(patient, staff, now=UNDO + HOUR)
    load(patient, *both, now=UNDO + 2 * HOUR)
    rows = held(patient)
    assert [(rows[id_].recorded_at, rows[id_].recorded_from) for id_ in "rp"] == [
        (None, "unknown"), (None, "unknown"),
    ]  # fmt: skip


# what is hidden, and what was read


def test_what_is_hidden_stays_hidden_also_what_was_hidden_since(patient, staff, wrong):
    """R2.3: an entry that the wrong extract withdrew comes back hidden."""
    rows = held(patient)
    hide_from(patient, rows["gone"])
    hide_from(patient, rows["updated"], "proxies", by_patient=True)
    hide_from(patient, rows["new"])
    take_back(patient, staff)
    with rows_of(patient.pk):
        live = set(Redaction.objects.filter(undone_at=None).values_list("entry_id", flat=True))
    assert live == {rows["gone"].id, rows["updated"].id, rows["new"].id}


SIDES = [{}, {"by_patient": True, "audience": "proxies"}]


@pytest.mark.parametrize("side", SIDES, ids=["the surgery's", "the patient's"])
@pytest.mark.parametrize("id_", ["updated", "gone"])
def test_what_was_shown_again_as_the_wrong_extract_told_it_is_hidden_again(
    patient, staff, wrong, id_, side
):
    """R2.3: whoever showed it read other words, or that it is gone."""
    rows = held(patient)
    show = {"undone_by_id": staff.pk}
    hide_from(patient, rows[id_], "one-proxy", proxy_id=staff.pk, undone_at=FIRST, **show)
    act = uuid4()
    for each in (rows[id_], rows["same"]):
        hide_from(patient, each, undone_at=WRONG + HOUR, together_id=act, **show, **side)
    assert take_back(patient, staff).hidden_again == 1
    with rows_of(patient.pk):
        (again,) = Redaction.objects.filter(undone_at=None)
        assert AuditEvent.objects.filter(action="entry hidden again").count() == 1
    assert (again.entry_id, again.audience, again.by_patient, again.together_id) == (
        rows[id_].id, side.get("audience", "everyone"), bool(side), act,
    )  # fmt: skip


TRANSFERRED = {"origin": "transferred"}


def late_tasks(patient):
    return StaffTask.objects.filter(patient=patient, kind="late-history", closed_at=None).count()


def test_what_was_read_before_is_open_again_and_what_was_not_stays_closed(
    patient, patient_user, staff
):
    """R1.5, ADR 26"""
    load(patient, entry("read", **TRANSFERRED), now=FIRST)
    make_grant(patient, Level.FULL, Level.FULL, decided_at=FIRST + HOUR, read_until=FIRST + HOUR)
    load(patient, entry("read", **TRANSFERRED), entry("late", **TRANSFERRED), now=FIRST + 2 * HOUR)
    load(patient, entry("theirs", **TRANSFERRED), now=WRONG)
    assert seen(patient, patient_user) == set()
    take_back(patient, staff)
    assert seen(patient, patient_user) == {"read"}
    assert late_tasks(patient) == 1


@pytest.mark.parametrize("what", ["late", "updated"])
def test_what_staff_read_as_the_wrong_extract_left_it_opens_nothing(
    patient, patient_user, staff, what
):
    """R1.5: a decision in between was made without what comes back, and about other words."""
    right = entry("updated", title="Never read", **TRANSFERRED, parts=(part("below"),))
    load(patient, *([right] if what == "updated" else [entry("late", **TRANSFERRED)]), now=FIRST)
    other = [entry("updated", title="Read", **TRANSFERRED, parts=(part("below"),))]
    load(patient, *(other if what == "updated" else [entry("theirs")]), now=WRONG)
    make_grant(patient, Level.FULL, Level.FULL, decided_at=WRONG + HOUR, read_until=WRONG + HOUR)
    take_back(patient, staff)
    assert seen(patient, patient_user) == set()
    assert late_tasks(patient) == 1


@pytest.mark.parametrize(
    ("name", "title", "value", "opens"),
    [
        ("b", "Never read", 1, set()),
        ("b", "Read", 2, {"e1"}),  # what stands below is another thing's too
        ("b", "Read", 1, {"e1", "p1"}),
        ("a", "Corrected", 1, {"e1", "p1"}),
        ("", "Corrected", 1, {"e1", "p1"}),
    ],
)
def test_an_id_that_is_given_to_something_else_does_not_count_as_read(
    patient, patient_user, name, title, value, opens
):
    """R1.5, H4: the same row or, named and called otherwise, another (`test_one_identifier`), it waits until somebody has read it."""

    def send(name, title, value, now):
        below = part("p1", details={"value": {"number": value}})
        load(patient, entry("e1", title=title, parts=(below,), **TRANSFERRED), now=now,
             identifiers={"Observation/e1": name})  # fmt: skip

    send("a", "Read", 1, FIRST)
    before = held(patient)["e1"].id
    make_grant(patient, Level.FULL, Level.FULL, decided_at=FIRST + HOUR, read_until=FIRST + HOUR)
    send(name, title, value, WRONG)
    is_another = (name, title) == ("b", "Never read")
    assert (held(patient)["e1"].id != before) == is_another
    assert seen(patient, patient_user) & {"e1", "p1"} == opens
    assert late_tasks(patient) == (opens != {"e1", "p1"})


LETTER = {"section": "documents", "kind": "document", **TRANSFERRED}


@pytest.mark.parametrize(
    "theirs",
    [{"file": ExtractedFile(b"read")}, {"withheld": True}, None],
    ids=["another content", "withheld", "gone"],
)
def test_an_attachment_that_staff_did_not_read_opens_nothing(patient, patient_user, staff, theirs):
    """R1.5: what they read had another content, or none; and who looked is told that it is another."""
    mine = attachment(0, title="Letter", file=ExtractedFile(b"never read"))
    load(patient, entry(documents=(mine,), **LETTER), sections=["documents"], now=FIRST)
    other = (attachment(0, title="Letter", **theirs),) if theirs else ()
    load(patient, entry(documents=other, **LETTER), sections=["documents"], now=WRONG)
    make_grant(patient, Level.FULL, Level.FULL, decided_at=WRONG + HOUR, read_until=WRONG + HOUR)
    assert seen(patient, patient_user) == {"e1"}
    looked(patient, patient_user, WRONG + 2 * HOUR)
    take_back(patient, staff)
    assert seen(patient, patient_user) == set()
    assert late_tasks(patient) == 1
    assert held(patient)["e1"].words_changed_at == UNDO


def test_task_that_only_the_wrong_extract_opened_ends(patient, staff):
    """ADR 26: nothing waits to be read any more."""
    load(patient, entry("read", **TRANSFERRED), now=FIRST)
    make_grant(patient, Level.FULL, Level.FULL, decided_at=FIRST + HOUR, read_until=FIRST + HOUR)
    load(patient, entry("read", **TRANSFERRED), entry("theirs", **TRANSFERRED), now=WRONG)
    assert late_tasks(patient) == 1
    take_back(patient, staff)
    assert late_tasks(patient) == 0


def test_a_review_after_it_reads_all_that_came_back_whatever_the_clock_says(patient, staff):
    make_grant(patient, Level.FULL, Level.FULL, decided_at=WRONG + HOUR, read_until=WRONG + HOUR)
    load(patient, entry("late", **TRANSFERRED), now=FIRST)
    load(patient, entry("theirs"), now=WRONG)
    take_back(patient, staff, now=FIRST)
    with rows_of(patient.pk):
        undone_at = ImportedExtract.objects.exclude(undone_at=None).get().undone_at
    assert undone_at > WRONG + HOUR
    assert all_until(patient, now=FIRST) == undone_at


# what a reader is told since they last looked


@pytest.fixture
def opened(patient):
    make_grant(patient, Level.FULL, Level.FULL, decided_at=FIRST - HOUR, read_until=FIRST - HOUR)


def test_who_did_not_look_in_between_is_told_nothing(patient, patient_user, staff, opened, wrong):
    take_back(patient, staff)
    assert told_since(patient, patient_user, FIRST + HOUR) == (0, 0, 0)


def test_who_looked_in_between_is_told_what_is_back_other_and_gone(
    patient, patient_user, staff, opened, wrong
):
    looked(patient, patient_user, WRONG + HOUR)
    take_back(patient, staff)
    new, changed, gone = told_since(patient, patient_user, WRONG + HOUR)
    assert (new, changed, gone) == (1, 1, 1)


def test_a_result_that_was_opened_with_other_words_is_closed_again(
    patient, patient_user, staff, opened, wrong
):
    """R5.5: it was opened as the wrong extract told it; what comes back stands behind its page."""
    looked(patient, patient_user, WRONG + HOUR)
    take_back(patient, staff)
    rows = held(patient)
    for id_ in ("updated", "part-other", "part-gone", "gone"):
        row = rows[id_]
        stamps = (row.added_at, row.words_changed_at, row.text_changed_at)
        assert max(each for each in stamps if each) == UNDO, id_
    assert max(rows["same"].added_at, rows["same"].words_changed_at or FIRST) == FIRST


def test_a_result_that_staff_spoke_about_in_between_is_held_again(patient, staff, wrong):
    looked(patient, staff, WRONG + HOUR, action="spoken about result")
    assert take_back(patient, staff).times_read == 0
    assert held(patient)["updated"].words_changed_at == UNDO


@pytest.mark.parametrize("state", ["ready", "making"])
def test_copies_of_the_record_end(patient, patient_user, staff, wrong, state):
    """ADR 18"""
    with rows_of(patient.pk):
        copy = Takeaway.objects.create(
            patient=patient, viewer_id=patient_user.pk, kind="pdf", state=state, asked_at=WRONG,
        )  # fmt: skip
        TakeawayPiece.objects.create(patient=patient, takeaway_id=copy.id, number=0, content=b"x")
    assert take_back(patient, staff).copies_ended == 1
    with rows_of(patient.pk):
        assert Takeaway.objects.get().state == "ended"
        assert not TakeawayPiece.objects.exists()
        assert AuditEvent.objects.filter(action="copy ended").count() == 1


def test_what_was_said_about_an_entry_of_somebody_else_goes_on_without_its_name(
    patient, patient_user, staff, opened, wrong
):
    """A patient who says that it is not theirs still reads the answer."""
    row = held(patient)["new"]
    with rows_of(patient.pk):
        Correction.objects.create(
            patient=patient, entry_id=row.id, opened_by_id=patient_user.pk, opened_at=WRONG,
            state_at=WRONG,
        )  # fmt: skip
    take_back(patient, staff)
    with rows_of(patient.pk):
        told = entries_about(record_of(patient_user, patient.pk, on=TODAY), [row.id])[row.id]
    assert (told.title, told.is_gone, told.when) == (NOT_THEIRS, True, PartialDate())


def test_who_read_the_record_in_between_is_on_file(patient, patient_user, staff):
    """By the order of the log, and not by a clock that went wrong."""
    looked(patient, patient_user, UNDO)
    load(patient, entry(), now=WRONG)
    looked(patient, patient_user, FIRST)
    looked(patient, patient_user, WRONG + HOUR, action="copy fetched")
    looked(patient, staff, WRONG + HOUR, action="staff looked")
    assert take_back(patient, staff).times_read == 2
    looked(patient, patient_user, WRONG + HOUR)
    with rows_of(patient.pk):
        assert reads_since(ImportedExtract.objects.get()).count() == 2


def test_a_section_that_only_the_wrong_extract_had_is_not_available(patient, staff):
    """R2.6, R6.2: that is not the same as nothing recorded."""
    load(patient, now=WRONG, sections=["allergies"])
    with rows_of(patient.pk):
        assert ("allergies", "covered") in facts_of(patient)
    take_back(patient, staff)
    with rows_of(patient.pk):
        assert facts_of(patient) == {}


def test_where_an_extract_came_from_is_kept(patient, staff):
    came = Came("ada.json", forced_because="not needed")
    store(extract(entry()), patient, by=staff.pk, now=FIRST, came=came)
    with rows_of(patient.pk):
        (one,) = ImportedExtract.objects.all()
    assert (one.file_name, one.channel, one.loaded_by_id, one.forced_because) == (
        "ada.json", "command", staff.pk, "",
    )  # fmt: skip
    assert one.added == [held(patient)["e1"].id]
