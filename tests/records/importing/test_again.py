"""A second extract of the same record: what is the same, what is new, another or gone, and what stays hidden (R7.3)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import ProxyGrant
from records.importing.differences import differences
from records.importing.earlier import UNSAID, Came, OlderExtract
from records.importing.gpconnect import read
from records.importing.recognising import Sent, called, recognise
from records.importing.store import store
from records.models import (
    AccessGrant,
    Entry,
    ExtractChange,
    ImportedExtract,
    OpenedResult,
    Redaction,
)
from tests.cast import make_grant, make_proxy_grant
from tests.clock import NOW
from tests.records.importing.extracts import EXTRACTED, entry, extract, part
from tests.records.importing.gpconnect_resources import extract_of, observation
from tests.records.importing.raw_compare import File, compare, is_counted
from tests.records.views.record import hide_from

BEFORE, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


def row(id_, *, name="", content="", **values):
    values = {"source_system": "test", "source_type": "Observation"} | values
    return Entry(source_id=id_, source_identifier=name, content_hash=content, **values)


def no_words(key):
    return ""


def is_left_out(row):
    return True


def keyed(id_, type_="Observation"):
    return ("test", type_, id_)


@pytest.mark.parametrize(
    ("held", "sent", "found"),
    [
        # held: id, identifier, content; sent the same; found: index of the held row for each that was sent
        ([("a", "", "x")], [("a", "", "y")], [0]),
        ([("a", "i", "x")], [("b", "i", "y")], [0]),
        ([("a", "i", "x")], [("a", "j", "y")], [0]),
        ([("a", "", "x")], [("b", "", "x")], [0]),
        ([("a", "", "x")], [("b", "", "y")], [None]),
        # the identifier goes before the id, so that nothing shows under the id of something else
        ([("a", "i", "x"), ("b", "j", "y")], [("b", "i", "x")], [0]),
        ([("a", "i", "x"), ("b", "j", "y")], [("b", "i", "x"), ("a", "j", "y")], [0, 1]),
        # one that several bear names nothing
        ([("a", "i", "x"), ("b", "i", "y")], [("c", "i", "z")], [None]),
        ([("a", "i", "x")], [("b", "i", "y"), ("c", "i", "z")], [None, None]),
        # content goes last, and each row is taken once
        ([("a", "", "x")], [("b", "", "x"), ("c", "", "x")], [0, None]),
        ([("a", "", "x"), ("b", "", "x")], [("b", "", "x"), ("c", "", "x")], [1, 0]),
        ([("a", "i", "x")], [("b", "", "x"), ("c", "i", "x")], [None, 0]),
        # but before the id where the same, once on either side, stands under another id and not under its own
        (
            [("1", "", "x"), ("2", "", "y")],
            [("1", "", "n"), ("2", "", "x"), ("3", "", "y")],
            [None, 0, 1],
        ),
        ([("1", "", "x"), ("2", "", "y")], [("1", "", "y"), ("2", "", "x")], [1, 0]),
        ([("1", "", "x"), ("2", "", "y")], [("1", "", "n"), ("2", "", "x")], [None, 0]),
        ([("1", "", "x")], [("1", "", "n"), ("2", "", "x")], [None, 0]),
        # words that were corrected, also of all, under the same ids
        ([("1", "", "x"), ("2", "", "y")], [("1", "", "n"), ("2", "", "y")], [0, 1]),
        (
            [("1", "", "x"), ("2", "", "y")],
            [("1", "", "n"), ("2", "", "m"), ("3", "", "z")],
            [0, 1, None],
        ),
        # equal content says nothing, on either side
        ([("1", "", "x"), ("2", "", "x")], [("1", "", "n"), ("2", "", "x")], [0, 1]),
        (
            [("1", "", "x"), ("2", "", "y")],
            [("1", "", "n"), ("2", "", "x"), ("3", "", "x")],
            [0, 1, None],
        ),
        ([("1", "", "x"), ("2", "", "y")], [("1", "", "x"), ("2", "", "x")], [0, 1]),
        # what an identifier says holds
        ([("1", "i", "x")], [("1", "i", "n"), ("2", "", "x")], [0, None]),
        ([("1", "i", "x")], [("1", "", "n"), ("2", "j", "x")], [0, None]),
        ([("1", "i", "x")], [("1", "j", "n"), ("2", "", "x")], [None, 0]),
    ],
)
def test_what_an_item_of_an_extract_is_recognised_by(held, sent, found):
    """R7.3: identifier, then what moved as a whole, then id, then content."""
    rows = [row(id_, name=name, content=content) for id_, name, content in held]
    keys = [keyed(id_) for id_, _, _ in sent]
    told = {
        key: Sent(content, name, called=called(row("")))
        for key, (_, name, content) in zip(keys, sent, strict=True)
    }
    known = recognise(told, rows, no_words, is_left_out)
    assert [rows.index(known[key]) if key in known else None for key in keys] == found


def test_nothing_is_recognised_across_systems_and_types_and_withdrawn_content():
    gone = row("c", content="x", withdrawn_at=NOW)
    rows = [
        row("a", name="i", source_system="other"),
        row("b", name="i", source_type="Condition"),
        gone,
    ]
    assert recognise({keyed("z"): Sent("x", "i")}, rows, no_words, is_left_out) == {}
    assert recognise({keyed("c"): Sent("y")}, rows, no_words, is_left_out) == {keyed("c"): gone}


def test_a_part_stays_under_its_id_though_another_says_the_same():
    """Two results have the same value, and one of them was corrected."""
    held = row("1", content="x", root_id=uuid4())
    told = {keyed("1"): Sent("n", is_part=True), keyed("2"): Sent("x", is_part=True)}
    assert recognise(told, [held], no_words, is_left_out) == {keyed("1"): held}


def test_the_first_identifier_of_a_resource_is_what_the_source_calls_it():
    told = extract_of(
        observation(
            "o1", identifier=[{"value": ""}, {"system": "s", "value": "v"}, {"value": "w"}]
        ),
        observation("o2", identifier="broken"),
        observation("o3", identifier=[{"value": "x" * 301}]),
    ).identifiers
    assert {key: name for key, name in told.items() if key.startswith("Observation/")} == {
        "Observation/o1": "s|v"
    }


def load(patient, *entries, now=NOW, came=UNSAID, **values):
    return store(extract(*entries, **values), patient, by=None, now=now, came=came)


def changes(stored):
    return {change: number for change, number in stored.sections["consultations"].items() if number}


def held(patient):
    with rows_of(patient.pk):
        return {one.source_id: one for one in Entry.objects.of(patient)}


def named(**identifiers):
    return {"identifiers": {f"Observation/{id_}": name for id_, name in identifiers.items()}}


@pytest.mark.django_db
def test_new_id_and_new_words_under_the_same_identifier_stay_hidden(patient):
    """R2.3, H4: without the identifier this would be another entry, and come to light."""
    load(patient, entry("e1"), **named(e1="i"))
    before = held(patient)["e1"]
    hide_from(patient, before)
    stored = load(patient, entry("e2", title="Other words"), **named(e2="i"))
    assert changes(stored) == {"updated": 1}
    assert held(patient)["e2"].id == before.id
    with rows_of(patient.pk):
        assert Redaction.objects.get(undone_at=None).entry_id == before.id


def hidden(patient):
    """The titles of what is hidden, of what the source has."""
    with rows_of(patient.pk):
        live = Redaction.objects.filter(undone_at=None).values_list("entry_id", flat=True)
        rows = Entry.objects.of(patient).filter(id__in=list(live), withdrawn_at=None)
        return sorted(rows.values_list("title", flat=True))


def behind(id_, resource="Observation"):
    return {"behind": {"ref": f"{resource}/{id_}"}, "words": {"note": "x"}}


@pytest.mark.django_db
def test_what_links_to_another_with_a_new_id_stays_hidden(patient):
    """R2.3, H4: its own id is new too, and only the id in its link is other content."""
    load(
        patient,
        entry(
            "c1", title="Hidden", details=behind("o1"), parts=(part("p1", details=behind("o1")),)
        ),
        entry("o1"),
    )
    before = held(patient)
    hide_from(patient, before["c1"])
    stored = load(
        patient,
        entry(
            "c2", title="Hidden", details=behind("o2"), parts=(part("p1", details=behind("o2")),)
        ),
        entry("o2", title="Entry o1"),
        now=LATER,
    )
    after = held(patient)
    assert (after["c2"].id, after["o2"].id) == (before["c1"].id, before["o1"].id)
    assert hidden(patient) == ["Hidden"]
    assert "added" not in changes(stored)


@pytest.mark.django_db
def test_letters_are_not_told_from_each_other_by_their_titles(patient):
    letter = {"kind": "document", "title": "Letter"}
    load(patient, entry("d1", details=behind("o1"), **letter), entry("o1"))
    load(
        patient,
        entry("d2", details=behind("o2"), **letter),
        entry("o2", title="Entry o1"),
        now=LATER,
    )
    assert held(patient)["d1"].id != held(patient)["d2"].id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "still"),
    [
        # numbered anew: the hiding goes with what is hidden, and nothing else is hidden by it
        ({"1": "Newest", "2": "Hidden", "3": "Other"}, ["Hidden"]),
        ({"1": "Newest", "2": "Hidden"}, ["Hidden"]),
        ({"1": "Other", "2": "Hidden"}, ["Hidden"]),
        # corrected under the same id
        ({"1": "Corrected", "2": "Other"}, ["Corrected"]),
        ({"1": "Corrected", "2": "Other", "3": "Newest"}, ["Corrected"]),
        # or corrected, with what it was before beside it: both stay hidden
        ({"1": "Corrected", "2": "Hidden", "3": "Other"}, ["Corrected", "Hidden"]),
    ],
)
def test_hiding_goes_with_the_words_and_not_with_an_id_that_is_given_anew(patient, sent, still):
    """R2.3, H4: the source has no identifiers, and what is new was recorded since."""
    load(patient, entry("1", title="Hidden"), entry("2", title="Other"), now=BEFORE)
    hide_from(patient, held(patient)["1"])
    since = {"Newest": {"recorded_at": BEFORE}}
    load(patient, *[entry(id_, title=title, **since.get(title, {})) for id_, title in sent.items()])
    assert hidden(patient) == still


@pytest.mark.django_db
def test_what_may_be_an_old_entry_with_other_words_is_not_dated_by_its_extract(patient):
    """R1.3: the id was that of an older entry of the same day, which stands elsewhere now."""
    load(patient, entry("1", title="Old", recorded_at=None), now=BEFORE)
    load(patient, entry("1", title="Corrected", recorded_at=None), entry("2", title="Old", recorded_at=None),
         entry("3", title="Newest", recorded_at=None))  # fmt: skip
    assert {one.title: one.recorded_from for one in held(patient).values()} == {
        "Corrected": "unknown", "Old": "unknown", "Newest": "extract",
    }  # fmt: skip


@pytest.mark.django_db
def test_ids_that_two_entries_exchange_are_kept_apart_by_their_identifiers(patient):
    """R2.3: what is hidden as one must not be shown as the other."""
    load(patient, entry("e1", title="A"), entry("e2", title="B"), **named(e1="a", e2="b"))
    ids = {one.title: one.id for one in held(patient).values()}
    stored = load(patient, entry("e2", title="A"), entry("e1", title="B"), **named(e2="a", e1="b"))
    assert {one.title: one.id for one in held(patient).values()} == ids
    assert changes(stored) == {"updated": 2}


@pytest.mark.django_db
def test_id_that_goes_to_another_entry_leaves_the_one_that_had_it_in_the_history(patient):
    names = named(e1="a", e2="b")
    load(patient, entry("e1", title="A"), entry("e2", title="B"), now=BEFORE, **names)
    ids = {one.title: one.id for one in held(patient).values()}
    load(patient, entry("e2", title="A"), **named(e2="a"))
    rows = {one.title: one for one in held(patient).values()}
    assert (rows["A"].id, rows["A"].withdrawn_at) == (ids["A"], None)
    assert (rows["B"].id, rows["B"].withdrawn_at) == (ids["B"], NOW)
    load(patient, entry("e2", title="A"), entry("e9", title="B"), **named(e2="a", e9="b"))
    assert held(patient)["e9"].id == ids["B"]


@pytest.mark.django_db
def test_another_identifier_alone_changes_nothing_for_a_reader(patient):
    load(patient, entry("e1"), now=BEFORE, **named(e1="i"))
    before = held(patient)["e1"]
    stored = load(patient, entry("e1"), **named(e1="j"))
    after = held(patient)["e1"]
    assert changes(stored) == {"unchanged": 1}
    assert (after.source_identifier, after.changed_at) == ("j", before.changed_at)
    with rows_of(patient.pk):
        assert [one.kind for one in ExtractChange.objects.all()] == ["named-anew"]


@pytest.mark.django_db
def test_entry_that_a_part_left_is_updated(patient):
    load(patient, entry("e1", parts=(part("p1"),)), entry("e2"))
    stored = load(patient, entry("e1"), entry("e2", parts=(part("p1"),)))
    assert changes(stored) == {"updated": 2}


OLDER = EXTRACTED - timedelta(days=1)


@pytest.mark.django_db
def test_older_extract_is_loaded_where_somebody_says_why(patient, staff):
    """R7.3: the newer one was faulty, and the right one is older."""
    load(patient, entry(title="New words"), now=BEFORE)
    came = Came("old.json", forced_because="The newer file was cut")
    store(
        extract(entry(title="Old words"), extracted_at=OLDER),
        patient,
        by=staff.pk,
        now=NOW,
        came=came,
    )
    assert held(patient)["e1"].title == "Old words"
    with rows_of(patient.pk):
        last = ImportedExtract.objects.standing().last()
        event = AuditEvent.objects.filter(action="record loaded").latest("sequence")
    assert (last.forced_because, last.loaded_by_id) == ("The newer file was cut", staff.pk)
    assert (event.actor_id, event.details["older"], event.details["extract"]) == (
        staff.pk, True, str(last.id),
    )  # fmt: skip


@pytest.mark.django_db
def test_a_reason_that_was_not_needed_is_not_kept(patient):
    load(patient, entry(), came=Came("a.json", forced_because="Just in case"))
    with rows_of(patient.pk):
        assert ImportedExtract.objects.get().forced_because == ""


@pytest.mark.django_db
def test_after_an_older_one_was_forced_the_next_is_older_only_than_that(patient):
    load(patient, entry(title="New"), now=BEFORE)
    load(patient, entry(title="Old"), extracted_at=OLDER, came=Came(forced_because="x"))
    load(patient, entry(title="Between"), extracted_at=OLDER + timedelta(hours=1), now=LATER)
    assert held(patient)["e1"].title == "Between"
    with pytest.raises(OlderExtract):
        load(patient, entry(title="Old"), extracted_at=OLDER)


@pytest.mark.django_db
def test_whatever_was_hidden_decided_and_opened_survives(patient, patient_user, proxy_user):
    """R7.3: the surgery's hiding and the patient's own, from all, from proxies, from one; grants; results that were opened."""
    load(patient, entry("e1"), entry("e2"), entry("e3"), entry("e4"))
    rows = held(patient)
    hide_from(patient, rows["e1"])
    hide_from(patient, rows["e2"], "proxies", by_patient=True)
    hide_from(patient, rows["e3"], "one-proxy", proxy_id=proxy_user.pk)
    make_grant(patient)
    make_proxy_grant(patient, proxy_user)
    with rows_of(patient.pk):
        OpenedResult.objects.create(
            patient=patient, viewer_id=patient_user.pk, entry_id=rows["e4"].id, opened_at=NOW
        )

    def kept():
        with rows_of(patient.pk):
            models = (Redaction, AccessGrant, ProxyGrant, OpenedResult)
            return [
                list(model.objects.filter(patient=patient).order_by("pk").values())
                for model in models
            ]

    before = kept()
    load(patient, entry("e1", title="Other"), entry("e2"), entry("e4"), now=LATER)
    load(patient, entry("e1"), entry("e2"), entry("e3"), entry("e4"), now=LATER)
    assert kept() == before
    assert {id_: row.id for id_, row in held(patient).items()} == {
        id_: row.id for id_, row in rows.items()
    }
    stamps = (held(patient)["e4"].added_at, held(patient)["e4"].words_changed_at)
    assert stamps == (NOW, None)  # so what was opened is open


NAMES = ["9465699918_Magre", "9465701459_Nel", "9465701483_Dougill"]


@pytest.fixture(params=NAMES)
def pair(request, shared):
    """Two extracts of one real test patient, half a year apart."""
    folder = shared / "gpc-structured-gp2gp" / "full-record"
    return (
        folder / "tc4-2021-01-earlier-version" / f"{request.param}_full_20210119.json",
        folder / "tc7-2021-06" / f"{request.param}_full_20210602.json",
    )


def key_of(source):
    return tuple(source.split("/", 1))


@pytest.mark.django_db
def test_second_extract_of_a_real_record_changes_what_its_files_say_and_no_more(patient, pair):
    """R7.3, against a comparison of the two files that knows nothing of the importer."""
    first, second = (path.read_bytes() for path in pair)
    store(read(first), patient, by=None, now=BEFORE)
    files = [File(path) for path in pair]
    hidden = _hide_some(patient, files[1].entries())
    stored = store(read(second), patient, by=None, now=NOW)
    told = {"added": set(), "updated": set(), "withdrawn": set()}
    for each in differences(stored):
        told[each.change].add(key_of(each.source))
    expected = compare(*files)
    assert {change: told[change] ^ expected[change] for change in told} == {
        change: set() for change in told
    }
    assert _counted(stored) == {
        change: sum(is_counted(files[change != "withdrawn"], key) for key in keys)
        for change, keys in expected.items()
    }
    _check_held(patient, files[1], hidden)
    _check_again(patient, first, second)


def _counted(stored):
    changes = ("added", "updated", "withdrawn", "unchanged")
    return {change: sum(each[change] for each in stored.sections.values()) for change in changes}


def _hide_some(patient, keys):
    """Hide every third entry that the second file has too."""
    whole = [one for one in held(patient).values() if (one.source_type, one.source_id) in keys]
    for each in whole[::3]:
        hide_from(patient, each)
    return {each.id for each in whole[::3]}


def _check_held(patient, file, hidden):
    """Each entry of the file is held once and no other, and what was hidden is hidden still."""
    with rows_of(patient.pk):
        whole = Entry.objects.of(patient).filter(root_id=None, withdrawn_at=None, released=True)
        keys = sorted(whole.values_list("source_type", "source_id"))
        live = Redaction.objects.filter(undone_at=None).values_list("entry_id", flat=True)
        assert hidden <= set(live)
        assert hidden <= set(Entry.objects.of(patient).values_list("id", flat=True))
    assert keys == sorted(key for key in file.entries() if is_counted(file, key))


def _check_again(patient, first, second):
    """The same file changes nothing, an older one is refused, and each load is on file once."""
    again = store(read(second), patient, by=None, now=LATER)
    assert again.outcome == "unchanged"
    changed = [
        each["added"] + each["updated"] + each["withdrawn"] for each in again.sections.values()
    ]
    assert not any(changed)
    with pytest.raises(OlderExtract, match="made before"):
        store(read(first), patient, by=None, now=LATER)
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="record loaded").count() == 3
        assert ImportedExtract.objects.count() == 2
