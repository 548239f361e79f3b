"""What a decision newly reveals is, entry for entry, what `show_record` shows after it and did not before (R8.6)."""

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.row_security import rows_of
from proxy_access.access import Access
from records.explaining import access_of_patient, explain
from records.grants import under
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import AccessGrant, Decision, Entry
from records.previewing.reveals import newly_revealed
from records.visibility import RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_grant
from tests.clock import NOW, TODAY
from tests.conftest import SHARED

pytestmark = pytest.mark.django_db

FOLDER = SHARED / "gpc-structured-gp2gp" / "full-record"
FILES = sorted(FOLDER.rglob("*.json")) if FOLDER.exists() else []
needs_files = pytest.mark.skipif(
    not FILES, reason="the shared test extracts are not beside this checkout"
)
GENERATED = 200


def shown(patient):
    """The ids of entries and parts that `show_record` shows now."""
    found = {}
    for entry in explain(patient, access_of_patient(patient, on=TODAY), hidden=False):
        found[entry["id"]] = {part["id"] for part in entry["parts"]}
    return found


def readable_notes(patient):
    """The rows whose free text the one filter loads now; nothing is marked, and so sealed, in these records."""
    grant = AccessGrant.objects.of(patient).first()
    access = under(Access(patient=patient, viewer=User(), scopes=frozenset(Section)), grant)
    if not isinstance(access, RecordAccess):
        return set()
    with rows_of(patient.pk):
        rows = Entry.objects.visible_to(access).filter(free_text__isnull=False)
        return {str(row.id) for row in rows if row.text is not None}


def as_told(revealed):
    """The whole entries and parts of what is revealed that are new, as `shown` gives them."""
    new = {}
    for entry in revealed.values():
        rows = {str(row.id): row for row in entry.rows if row.is_new}
        if rows:
            new[str(entry.entry_id)] = set(rows)
    return new


def difference(before, after):
    """What was shown after and not before: ids of entries with the new rows of each."""
    new = {}
    for entry_id, parts in after.items():
        rows = parts - before.get(entry_id, set()) | ({entry_id} - before.keys())
        if rows:
            new[entry_id] = rows
    return new


def made_up_grant(patient, rng, day):
    """Any decision that can be."""
    decision = rng.choices([Decision.GRANTED, Decision.DENIED, Decision.PAUSED], [8, 1, 1])[0]
    levels = list(Level)
    current = historical = Level.NONE
    if decision == Decision.GRANTED:
        place = rng.randrange(len(levels))
        current, historical = levels[place], levels[rng.randrange(place + 1)]
    closed = rng.choice([None, [], rng.sample(Section.values, rng.randrange(1, 4))])
    return AccessGrant(
        patient=patient, decision=decision, current_level=current, historical_level=historical,
        starts_on=rng.choice([None, day, day - timedelta(days=rng.randrange(1, 8000))]),
        restricted_sections=closed, decided_at=NOW, reason="For a test",
    )  # fmt: skip


def check(patient, before, after):
    """Make one decision, then the other; the preview of the second must say what it did."""
    before.save(force_insert=True)
    was, had_notes = shown(patient), readable_notes(patient)
    revealed = newly_revealed(patient, before=before, after=after)
    after.save(force_insert=True)
    assert as_told(revealed) == difference(was, shown(patient))
    opened = {str(row.id) for one in revealed.values() for row in one.rows if row.opens_text}
    assert opened == readable_notes(patient) - had_notes
    return revealed


@needs_files
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_preview_is_the_difference_for_every_full_record_and_many_grants(
    path, patient, patient_user
):
    """200 pairs of decisions in all, and opening everything, for each real record."""
    store(read(path.read_bytes()), patient, by=None, now=NOW)
    with rows_of(patient.pk):
        Entry.objects.of(patient).update(flagged=False)
    rng = random.Random(path.stem)
    assert check(
        patient,
        grant_of(patient, "none", "none", decision="denied", reason="For a test"),
        grant_of(patient, "full", "full", reason="For a test"),
    )
    for _ in range(-(-GENERATED // len(FILES))):
        check(patient, made_up_grant(patient, rng, TODAY), made_up_grant(patient, rng, TODAY))


def test_the_preview_is_the_difference_for_made_up_entries_and_200_grants(
    surgery, patient, patient_user
):
    """Every origin, level, part and date beside every decision; hidden and withdrawn ones among them."""
    rng = random.Random(8)
    ids = []
    for number in range(60):
        root = rng.choice(ids) if ids and rng.random() < 0.4 else None
        level = rng.choice(list(Level)[1:])
        recorded_at = rng.choice([None, NOW, NOW - timedelta(days=rng.randrange(5000))])
        withdrawn_at = NOW if number % 17 == 0 else None
        row = make_entry(
            patient, f"e{number}", root_id=root and root.id,
            section=root.section if root else rng.choice(Section.values),
            level_needed=level.or_above(Level(root.level_needed)) if root else level,
            origin=root.origin if root else rng.choice(["native", "native", "transferred"]),
            recorded_at=root.recorded_at if root else recorded_at,
            free_text=rng.choice([None, {"notes": ["typed"]}]), kind="condition",
            withdrawn_at=root.withdrawn_at if root else withdrawn_at,
            withdrawn_because="gone" if (root.withdrawn_at if root else withdrawn_at) else "",
        )  # fmt: skip
        if root is None:
            ids.append(row)
    for _ in range(GENERATED):
        check(patient, made_up_grant(patient, rng, TODAY), made_up_grant(patient, rng, TODAY))


def grant_of(patient, current, historical, **values):
    values = {"decision": "granted", "decided_at": NOW} | values
    return AccessGrant(
        patient=patient, current_level=current, historical_level=historical, **values
    )


def test_an_entry_whose_notes_open_alone_is_listed_as_that(patient):
    """It was visible as codes: what opens are its words, and it is no new entry."""
    entry = make_entry(patient, kind="condition", free_text={"notes": ["typed"]})
    bare = make_entry(patient, "bare", kind="condition")
    revealed = newly_revealed(
        patient,
        before=grant_of(patient, "detailed", "detailed"),
        after=grant_of(patient, "full", "full"),
    )
    assert set(revealed) == {entry.id}
    assert not revealed[entry.id].is_new
    assert [(row.is_new, row.opens_text) for row in revealed[entry.id].rows] == [(False, True)]
    assert bare.id not in revealed


def test_a_sealed_result_counts_since_its_reader_may_open_it(patient):
    """R5.5"""
    entry = make_entry(
        patient, section="test-results", kind="result", flagged=True, free_text={"comment": "bad"}
    )
    revealed = newly_revealed(patient, before=None, after=grant_of(patient, "full", "full"))
    assert revealed[entry.id].rows[0].opens_text


@pytest.mark.parametrize(
    ("before", "after", "opens"),
    [
        (None, ("full", "none"), True),
        (("full", "none"), ("full", "none"), False),
        (("detailed", "none"), ("documents", "none"), False),
        (("summary", "none"), ("detailed", "none"), True),
        (("full", "full"), ("summary", "none"), False),
    ],
)
def test_what_counts_is_what_opens_more(patient, before, after, opens):
    make_entry(patient, recorded_at=timezone.now())
    held = before and grant_of(patient, *before)
    revealed = newly_revealed(patient, before=held, after=grant_of(patient, *after))
    assert bool(revealed) == opens


@pytest.mark.parametrize("decision", ["denied", "paused"])
def test_after_a_pause_everything_is_new_again(patient, decision):
    make_entry(patient)
    held = grant_of(patient, "none", "none", decision=decision)
    assert newly_revealed(patient, before=held, after=grant_of(patient, "full", "full"))
    assert not newly_revealed(patient, before=grant_of(patient, "full", "full"), after=held)


def test_the_digest_changes_with_what_opens(patient):
    make_entry(patient, kind="condition", free_text={"notes": ["typed"]})
    seen = set()
    for before, after in [
        (None, ("full", "full")),
        (None, ("detailed", "detailed")),
        (("detailed", "detailed"), ("full", "full")),
    ]:
        held = before and grant_of(patient, *before)
        (entry,) = newly_revealed(patient, before=held, after=grant_of(patient, *after)).values()
        seen.add(entry.seen)
    with rows_of(patient.pk):
        Entry.objects.of(patient).update(content_hash="1")
    (entry,) = newly_revealed(
        patient, before=None, after=grant_of(patient, "full", "full")
    ).values()
    seen.add(entry.seen)
    assert len(seen) == 4


def test_the_order_is_by_section_and_the_newest_first(patient):
    made = [
        make_entry(patient, "old", effective_on=date(2001, 1, 1)),
        make_entry(patient, "new", effective_on=date(2011, 1, 1)),
        make_entry(patient, "pill", section="medicines", level_needed="summary", kind="medicine"),
        make_entry(patient, "undated"),
    ]
    found = newly_revealed(patient, before=None, after=grant_of(patient, "full", "full"))
    names = {row.id: row.source_id for row in made}
    assert [names[entry_id] for entry_id in found] == ["pill", "new", "old", "undated"]


def test_nothing_outside_the_patients_rows_is_needed(patient):
    """The preview opens the rows itself and closes them again."""
    make_entry(patient)
    make_grant(patient)
    assert newly_revealed(patient, before=None, after=grant_of(patient, "full", "full"))
    assert not Entry.objects.of(patient).exists()
