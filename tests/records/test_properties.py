"""What must hold for every record and every decision, whatever they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.models import Entry, Redaction
from records.visibility import Levels, RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_proxy_grant, make_user
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

DAY = datetime(2024, 1, 1, tzinfo=UTC)
days = st.integers(0, 20).map(lambda number: DAY + timedelta(days=number))
some_levels = st.tuples(st.sampled_from(Level), st.sampled_from(Level), days | st.none(), days).map(
    lambda drawn: Levels(*sorted(drawn[:2], key=lambda level: -level.rank), *drawn[2:])
)
rows = st.fixed_dictionaries(
    {
        "section": st.sampled_from(Section),
        "level_needed": st.sampled_from(list(Level)[1:]),
        "recorded_at": days | st.none(),
        "added_at": days,
        "readable_since": days | st.none(),
        "origin": st.sampled_from(["native", "native", "native", "transferred", "summarised"]),
        "released": st.sampled_from([True, True, True, False]),
        "withdrawn": st.sampled_from([False, False, False, True]),
        "is_part": st.booleans(),
        "repeats": st.booleans(),
        "hidden": st.sampled_from(["", "", "", "everyone", "proxies", "one-proxy"]),
        "text": st.booleans(),
    }
)
records = st.lists(rows, max_size=8)
scopes = st.sets(st.sampled_from(Section), min_size=1)
restricted = st.frozensets(st.sampled_from(Section), max_size=2)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def proxy(patient):
    return make_user("proxy@example.test")


def write(patient, drawn, proxy):
    """Put a drawn record in the place of the last one, as new rows of the same patient."""
    Entry.objects.filter(patient=patient).update(withdrawn_at=NOW, withdrawn_because="last example")
    made = []
    for row in drawn:
        previous = made[-1] if made else None
        made.append(write_row(patient, row, previous, proxy))
    return made


def write_row(patient, row, previous, proxy):
    is_part = row["is_part"] and previous is not None
    follows = previous if is_part else None
    entry = Entry.objects.create(
        patient=patient, kind="observation", title="x", source_system="t", source_type="t",
        source_id=str(Entry.objects.count()), content_hash="", changed_at=NOW,
        added_at=row["added_at"], readable_since=row["readable_since"],
        root_id=(follows.root_id or follows.id) if follows else None,
        repeats_id=previous.id if row["repeats"] and previous else None,
        section=follows.section if follows else row["section"],
        recorded_at=follows.recorded_at if follows else row["recorded_at"],
        origin=follows.origin if follows else row["origin"],
        level_needed=row["level_needed"], released=row["released"],
        unreleased_because="" if row["released"] else "draft",
        withdrawn_at=NOW if row["withdrawn"] else None,
        withdrawn_because="gone" if row["withdrawn"] else "",
        free_text={"comment": "words"} if row["text"] else None,
    )  # fmt: skip
    if row["hidden"]:
        hide(entry, row["hidden"], proxy)
    return entry


def hide(entry, audience, proxy):
    return Redaction.objects.create(
        patient_id=entry.patient_id, entry_id=entry.root_id or entry.id, audience=audience,
        proxy_id=proxy.pk if audience == "one-proxy" else None, reason="x",
        hidden_by_id=proxy.pk, hidden_at=NOW,
    ) if not Redaction.objects.filter(entry_id=entry.root_id or entry.id).exists() else None  # fmt: skip


def seen(access, levels, closed=frozenset()):
    """What a viewer reads: the rows with their texts."""
    record = RecordAccess(access, levels, closed)
    return {(row.id, str(row.text)) for row in Entry.objects.visible_to(record)}


def ids(rows):
    return {row for row, _ in rows}


@quick
@given(drawn=records, levels=some_levels, data=st.data())
def test_raising_a_level_never_hides_anything(patient, patient_user, proxy, drawn, levels, data):
    """R1.6"""
    own = access_of(patient_user, patient.pk, on=TODAY)
    current = data.draw(st.sampled_from([x for x in Level if x.rank >= levels.current.rank]))
    historical = data.draw(
        st.sampled_from([x for x in Level if levels.historical.rank <= x.rank <= current.rank])
    )
    with rows_of(patient.pk):
        write(patient, drawn, proxy)
        less = seen(own, levels)
        more = seen(own, Levels(current, historical, levels.starts_at, levels.read_until))
    assert ids(less) <= ids(more)
    assert {row for row in less if row[1] != "None"} <= more


@quick
@given(drawn=records, levels=some_levels, days_later=st.integers(0, 30))
def test_moving_the_start_date_later_never_shows_more(
    patient, patient_user, proxy, drawn, levels, days_later
):
    """R1.2"""
    own = access_of(patient_user, patient.pk, on=TODAY)
    start = levels.starts_at and levels.starts_at + timedelta(days=days_later)
    with rows_of(patient.pk):
        write(patient, drawn, proxy)
        before = seen(own, levels)
        after = seen(own, Levels(levels.current, levels.historical, start, levels.read_until))
    assert ids(after) <= ids(before)
    assert {row for row in after if row[1] != "None"} <= before


@quick
@given(drawn=records, levels=some_levels, days_later=st.integers(0, 30))
def test_reading_further_never_hides_anything_and_opens_only_what_is_older(
    patient, patient_user, proxy, drawn, levels, days_later
):
    """R1.5"""
    own = access_of(patient_user, patient.pk, on=TODAY)
    further = replace(levels, read_until=levels.read_until + timedelta(days=days_later))
    with rows_of(patient.pk):
        write(patient, drawn, proxy)
        less, more = seen(own, levels), seen(own, further)
        current = {row.id for row in Entry.objects.of(patient) if is_current(row, levels)}
    assert ids(less) <= ids(more)
    assert not current & (ids(more) - ids(less))


def is_current(row, levels):
    return (
        row.origin == "native"
        and row.recorded_at is not None
        and levels.starts_at is not None
        and row.recorded_at >= levels.starts_at
    )


@quick
@given(drawn=records, levels=some_levels, opened=scopes, closed=restricted)
def test_proxy_never_sees_what_the_patient_does_not(
    patient, patient_user, proxy, drawn, levels, opened, closed
):
    """R4.3, R2.2"""
    own = access_of(patient_user, patient.pk, on=TODAY)
    patient.proxy_grants.exclude(status="ended").update(
        status="ended", status_reason="ROLE_DEACTIVATED_PATIENT_REQUEST"
    )
    make_proxy_grant(patient, proxy, scopes=sorted(opened))
    acting = access_of(proxy, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        write(patient, drawn, proxy)
        assert seen(acting, levels, closed) <= seen(own, levels, closed)


@quick
@given(
    drawn=records,
    levels=some_levels,
    audience=st.sampled_from(["everyone", "proxies"]),
    data=st.data(),
)
def test_hidden_entry_takes_only_itself_away(
    patient, patient_user, proxy, drawn, levels, audience, data
):
    """R2.3: with its parts, and what says the same."""
    own = access_of(patient_user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        made = write(patient, drawn, proxy)
        if not made:
            return
        entry = data.draw(st.sampled_from(made))
        root = entry.root_id or entry.id
        before = seen(own, levels)
        hidden = hide(entry, audience, proxy)
        after = seen(own, levels)
    if hidden is None:
        assert after == before
        return
    itself = {row.id for row in made if root in (row.id, row.root_id, row.repeats_id)}
    gone = itself if audience == "everyone" else set()
    assert after == {row for row in before if row[0] not in gone}


@quick
@given(drawn=records, levels=some_levels, closed=restricted, opened=scopes)
def test_explanation_and_filter_agree_on_every_row(
    patient, patient_user, proxy, drawn, levels, closed, opened
):
    own = access_of(patient_user, patient.pk, on=TODAY)
    patient.proxy_grants.exclude(status="ended").update(
        status="ended", status_reason="ROLE_DEACTIVATED_PATIENT_REQUEST"
    )
    make_proxy_grant(patient, proxy, scopes=sorted(opened))
    for access in (own, access_of(proxy, patient.pk, on=TODAY)):
        record = RecordAccess(access, levels, closed)
        with rows_of(patient.pk):
            write(patient, drawn, proxy)
            visible = ids(seen(access, levels, closed))
            for row in Entry.objects.explained_to(record):
                assert row.is_shown == (row.id in visible)
                assert bool(row.shown_rule) == row.is_shown
                assert bool(row.hiding_rule) != row.is_shown
