"""What of a record is seen, as tables: every rule of R1 and R2."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import FieldFetchBlocked

from accounts.staff import Desk, StaffAccess
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.grants import levels_of
from records.models import AccessGrant, Entry, Redaction
from records.visibility import Levels, RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_proxy_grant
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

START = datetime(2024, 3, 3, tzinfo=UTC)  # midnight in London too: winter
BEFORE = START - timedelta(seconds=1)


def levels(current="full", historical="summary", starts_at=START, read_until=NOW):
    return Levels(Level(current), Level(historical), starts_at, read_until)


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def by_proxy(patient, proxy_user):
    make_proxy_grant(patient, proxy_user, scopes=list(Section))
    return access_of(proxy_user, patient.pk, on=TODAY)


def sees(access, at=None, **values):
    """The titles that a viewer sees."""
    record = RecordAccess(access, at or levels(), **values)
    with rows_of(access.patient.pk):
        return sorted(Entry.objects.visible_to(record).values_list("title", flat=True))


def rules(access, at=None, **values):
    """The rule that shows or hides each row."""
    record = RecordAccess(access, at or levels(), **values)
    with rows_of(access.patient.pk):
        rows = Entry.objects.explained_to(record)
        return {row.title: (row.is_shown, row.shown_rule or row.hiding_rule) for row in rows}


@pytest.mark.parametrize(
    ("entry", "seen", "rule"),
    [
        ({"recorded_at": BEFORE}, False, "R1.1"),
        ({"recorded_at": START}, True, "R1.1"),
        ({"recorded_at": START, "effective_on": date(2015, 5, 1)}, True, "R1.1"),
        ({"recorded_at": BEFORE, "effective_on": date(2024, 6, 2)}, False, "R1.1"),
        ({"recorded_at": None, "effective_on": date(2024, 6, 2)}, False, "R1.3"),
        ({"origin": "transferred"}, False, "R1.4"),
        ({"origin": "back-scanned"}, False, "R1.4"),
        ({"origin": "summarised"}, False, "R1.4"),
    ],
)
def test_date_of_recording_decides_what_is_current(own, entry, seen, rule):
    """R1.1, R1.3, R1.4"""
    make_entry(own.patient, title="it", **entry)
    assert sees(own) == (["it"] if seen else [])
    assert rules(own) == {"it": (seen, rule)}
    assert sees(own, levels(historical="full")) == ["it"]


def test_start_date_is_midnight_in_london(own):
    """R1.2: in summer the day begins at 23:00 UTC."""
    grant = AccessGrant(current_level="full", historical_level="none", starts_on=date(2024, 6, 3))
    assert levels_of(own.patient, grant).starts_at == datetime(2024, 6, 2, 23, tzinfo=UTC)


LEVELS = ["none", "summary", "detailed", "documents", "full"]
NEEDED = ["summary", "detailed", "documents", "full"]


@pytest.mark.parametrize("held", LEVELS)
@pytest.mark.parametrize("needed", NEEDED)
@pytest.mark.parametrize("age", ["current", "historical"])
def test_each_level_opens_what_it_holds_and_no_more(own, held, needed, age):
    """R1.6: for current and for historical entries apart."""
    when = START if age == "current" else BEFORE
    make_entry(own.patient, title="it", level_needed=needed, recorded_at=when)
    at = levels(held, "none") if age == "current" else levels("full", held)
    expected = LEVELS.index(needed) <= LEVELS.index(held)
    assert bool(sees(own, at)) is expected
    assert rules(own, at)["it"][0] is expected


@pytest.mark.parametrize("section", [Section.MEDICINES, Section.ALLERGIES])
@pytest.mark.parametrize(
    "entry", [{"recorded_at": BEFORE}, {"recorded_at": None}, {"origin": "transferred"}]
)
def test_medicines_and_allergies_do_not_depend_on_dates(own, section, entry):
    """R1.8"""
    make_entry(own.patient, title="it", section=section, level_needed="summary", **entry)
    assert sees(own, levels("summary", "none")) == ["it"]
    assert rules(own, levels("summary", "none")) == {"it": (True, "R1.8")}
    assert sees(own, levels("none", "none")) == []


def test_only_the_summary_of_a_medicine_is_free_of_dates(own):
    """R1.8 with R1.7: a free-text part of a medicine still needs its level."""
    make_entry(
        own.patient, title="note", section="medicines", level_needed="full", recorded_at=BEFORE
    )
    assert sees(own, levels("full", "documents")) == []


def test_before_go_live_nothing_is_current(own):
    """R1.2"""
    make_entry(own.patient, title="it", recorded_at=NOW)
    assert sees(own, levels("full", "summary", None)) == []


@pytest.mark.parametrize(
    ("at", "age", "opens"),
    [
        (("full", "full"), START, True),
        (("full", "full"), BEFORE, True),
        (("full", "documents"), START, True),
        (("full", "documents"), BEFORE, False),
        (("documents", "documents"), START, False),
        (("detailed", "none"), START, False),
    ],
)
def test_free_text_is_loaded_only_at_full_for_its_age(own, at, age, opens):
    """R1.7"""
    make_entry(own.patient, title="it", recorded_at=age, free_text={"comment": "words"})
    record = RecordAccess(own, levels(*at))
    with rows_of(own.patient.pk):
        found = list(Entry.objects.visible_to(record))
        for row in found:
            assert row.text == ({"comment": "words"} if opens else None)
            with pytest.raises(FieldFetchBlocked):
                _ = row.free_text


def test_free_text_below_its_level_is_not_in_the_query(own):
    """R1.7: not even the column is asked for; only whether a comment below a heading has words (ADR 16)."""
    at, full = (RecordAccess(own, levels(level, level)) for level in ("documents", "full"))
    column = '"records_entry"."free_text"'
    assert column in str(Entry.objects.visible_to(full).query)
    asked = str(Entry.objects.visible_to(at).query)
    assert column not in asked
    assert "free_text" not in asked.replace("part.free_text is not null", "")


@pytest.mark.parametrize(
    ("because", "rule"),
    [
        ("source-withheld", "R2.4"),
        ("diary", "R1.10"),
        ("draft", "R1.10"),
        ("not-filed", "R1.10"),
        ("not-reviewed", "R1.10"),
        ("access-code", "R1.10"),
    ],
)
def test_what_is_not_released_is_never_seen(own, by_proxy, because, rule):
    """R1.10, R2.4: at any level."""
    make_entry(own.patient, title="it", released=False, unreleased_because=because,
               section="medicines", level_needed="summary")  # fmt: skip
    for access in (own, by_proxy):
        assert sees(access, levels("full", "full")) == []
        assert rules(access, levels("full", "full")) == {"it": (False, rule)}


def test_withdrawn_entry_is_not_seen(own):
    """R7.3"""
    make_entry(own.patient, title="it", withdrawn_at=NOW, withdrawn_because="gone")
    assert sees(own) == []
    assert rules(own) == {"it": (False, "R7.3")}


@pytest.mark.parametrize(
    ("audience", "patient_sees", "proxy_sees", "other_proxy_sees"),
    [
        ("everyone", False, False, False),
        ("proxies", True, False, False),
        ("one-proxy", True, False, True),
    ],
)
def test_hiding_has_three_audiences(
    own, by_proxy, stranger, audience, patient_sees, proxy_sees, other_proxy_sees
):
    """R2.2"""
    make_proxy_grant(own.patient, stranger, scopes=list(Section))
    other = access_of(stranger, own.patient.pk, on=TODAY)
    hide(make_entry(own.patient, title="it"), audience, by_proxy.viewer)
    for access, expected in [
        (own, patient_sees),
        (by_proxy, proxy_sees),
        (other, other_proxy_sees),
    ]:
        assert sees(access) == (["it"] if expected else [])
        assert rules(access)["it"] == (expected, "R1.1" if expected else "R2.2")


def hide(entry, audience="everyone", proxy=None, **values):
    with rows_of(entry.patient_id):
        return Redaction.objects.create(
            patient_id=entry.patient_id, entry_id=entry.id, audience=audience, reason="For a test",
            proxy_id=proxy.pk if audience == "one-proxy" else None,
            hidden_by_id=entry.patient_id, hidden_at=NOW, **values,
        )  # fmt: skip


def test_hiding_that_was_undone_hides_nothing(own):
    """R2.1"""
    hide(make_entry(own.patient, title="it"), undone_at=NOW, undone_by_id=own.patient.pk)
    assert sees(own) == ["it"]


def test_hiding_an_entry_hides_its_parts_and_what_repeats_it(own):
    """R2.3"""
    problem = make_entry(own.patient, "problem", title="problem")
    make_entry(own.patient, "part", title="part", root_id=problem.id)
    make_entry(own.patient, "behind", title="the observation behind", repeats_id=problem.id)
    make_entry(own.patient, "other", title="other")
    hide(problem)
    assert sees(own) == ["other"]


def test_hiding_one_entry_does_not_hide_its_neighbour_in_another_record(own, other_patient):
    """R2.1: a redaction speaks of one patient's entry only."""
    mine = make_entry(own.patient, title="mine")
    with rows_of(other_patient.pk):
        Redaction.objects.create(
            patient=other_patient, entry_id=mine.id, audience="everyone", reason="x",
            hidden_by_id=other_patient.pk, hidden_at=NOW,
        )  # fmt: skip
    assert sees(own) == ["mine"]


@pytest.mark.parametrize(
    ("viewer", "restricted", "seen", "rule"),
    [
        ("own", frozenset(), True, "R1.1"),
        ("own", frozenset({"consultations"}), False, "R1.12"),
        ("by_proxy", frozenset({"consultations"}), False, "R1.12"),
        ("by_proxy", frozenset({"documents"}), True, "R1.1"),
    ],
)
def test_restricted_section_is_closed(request, viewer, restricted, seen, rule):
    """R1.12"""
    access = request.getfixturevalue(viewer)
    make_entry(access.patient, title="it")
    assert sees(access, restricted=restricted) == (["it"] if seen else [])
    assert rules(access, restricted=restricted)["it"] == (seen, rule)


@pytest.mark.parametrize("section", list(Section))
def test_proxy_sees_only_the_sections_of_the_grant(patient, proxy_user, section):
    """R4.3"""
    make_proxy_grant(patient, proxy_user, scopes=[Section.MEDICINES])
    access = access_of(proxy_user, patient.pk, on=TODAY)
    make_entry(patient, title="it", section=section, level_needed="summary")
    expected = section == Section.MEDICINES
    assert bool(sees(access)) is expected
    assert rules(access)["it"] == (expected, "R1.8" if expected else "R4.3")


def test_staff_see_everything_with_its_text(own, staff):
    """R2.2"""
    hide(make_entry(own.patient, "1", title="hidden", free_text={"comment": "words"}))
    make_entry(own.patient, "2", title="withheld", released=False, unreleased_because="draft")
    access = StaffAccess(Desk(staff, own.patient.surgery, frozenset()), own.patient, "")
    with rows_of(own.patient.pk):
        found = {row.title: row.text for row in Entry.objects.seen_by_staff(access)}
    assert found == {"hidden": {"comment": "words"}, "withheld": None}


@pytest.mark.parametrize(
    ("section", "historical", "allowed"),
    [
        ("consultations", "detailed", True),
        ("consultations", "summary", False),
        ("medicines", "none", True),
    ],
)
def test_before_go_live_a_section_opens_by_the_historical_level(own, section, historical, allowed):
    """R1.2, R1.8"""
    assert RecordAccess(own, levels("full", historical, None)).allows(section) is allowed


@pytest.mark.parametrize(
    ("section", "held", "restricted", "allowed"),
    [
        ("allergies", "summary", [], True),
        ("allergies", "none", [], False),
        ("consultations", "summary", [], False),
        ("consultations", "detailed", [], True),
        ("documents", "detailed", [], False),
        ("documents", "documents", [], True),
        ("medicines", "full", ["medicines"], False),
    ],
)
def test_section_is_allowed_when_something_of_it_could_be_seen(
    own, section, held, restricted, allowed
):
    """R6.2"""
    record = RecordAccess(own, levels(held, "none"), frozenset(restricted))
    assert record.allows(section) is allowed
