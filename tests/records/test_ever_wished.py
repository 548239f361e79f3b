"""Whether a patient's wishes have to be asked: from their first one on, and never left out by mistake (R5.5, ADR 43)."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.grants import open_record, record_of, with_levels
from records.holding import still_open
from records.models import Entry, EverWished, ResultWish
from records.opening import choose_wishes
from records.sections import PAGE_OF_REPORTS
from records.timeline import read_timeline
from records.visibility import RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_grant, make_proxy_grant, make_user, record_access
from tests.clock import NOW, TODAY
from tests.records.views.record import make_part, make_report

pytestmark = pytest.mark.django_db


def wish(patient, choice, category="sexual-health"):
    with rows_of(patient.pk):
        ResultWish.objects.update_or_create(
            patient=patient, category=category,
            defaults={"wish": choice, "chosen_by_id": patient.pk, "chosen_at": NOW},
        )  # fmt: skip


def is_known(patient):
    return EverWished.objects.filter(patient=patient).exists()


@pytest.mark.parametrize("category", ["sexual-health", "every", "abnormal"])
@pytest.mark.parametrize(
    ("choices", "known"),
    [
        ([], False), (["show"], False), (["ask"], True), (["hold"], True), (["show", "ask"], True),
        (["show", "hold"], True), (["ask", "show"], True), (["hold", "ask", "show"], True), (["show", "show"], False),
    ],
)  # fmt: skip
def test_the_first_wish_is_known_from_then_on(patient, other_patient, category, choices, known):
    for choice in choices:
        wish(patient, choice, category)
    assert is_known(patient) is known
    assert not is_known(other_patient)


def test_nobody_takes_away_that_there_was_a_wish(patient):
    wish(patient, "ask")
    with pytest.raises(ProgrammingError), transaction.atomic():
        EverWished.objects.all().delete()
    assert is_known(patient)


@pytest.fixture
def viewer(patient, patient_user):
    """Somebody who is signed in to their own record, and a report that a wish could be about."""
    make_grant(patient, current=Level.FULL, historical=Level.FULL)
    make_part(make_report(patient), "r1-1", 1, title="HIV 1 and 2 antibody")
    patient_user.is_verified = lambda: True
    return patient_user


def sealed(access):
    with rows_of(access.patient.pk):
        return {row.source_id for row in Entry.objects.visible_to(access) if row.is_sealed}


def opened(viewer, patient):
    return open_record(viewer=viewer, patient_id=patient.pk, now=NOW)


def test_what_a_patient_chooses_holds_from_the_next_page_on(patient, viewer):
    before = opened(viewer, patient)
    assert (before.asks_wishes, sealed(before)) == (False, set())
    with rows_of(patient.pk):
        choose_wishes({"sexual-health": "ask"}, by=before, now=NOW)
    after = opened(viewer, patient)
    assert (after.asks_wishes, sealed(after)) == (True, {"r1", "r1-1"})
    with rows_of(patient.pk):
        choose_wishes({"sexual-health": "show"}, by=after, now=NOW)
    assert sealed(opened(viewer, patient)) == set()


def test_it_holds_for_whoever_acts_for_them_and_while_they_read(patient, viewer):
    proxy = make_user("proxy@example.test")
    proxy.is_verified = lambda: True
    make_proxy_grant(patient, proxy, scopes=list(Section))
    before = opened(proxy, patient)
    assert before.asks_wishes is False
    with transaction.atomic():
        assert still_open(before, now=NOW) == before
    wish(patient, "hold")
    assert sealed(opened(proxy, patient)) == {"r1", "r1-1"}
    # a wish takes nothing from a proxy's access, nor breaks off what they fetch
    with transaction.atomic():
        assert still_open(before, now=NOW) == before


def test_a_wish_of_somebody_else_changes_nothing(patient, other_patient, viewer):
    wish(other_patient, "hold", "every")
    assert opened(viewer, patient).asks_wishes is False


def test_what_takes_long_asks_for_wishes_each_time(patient, viewer):
    """A copy of a long record is made for an hour, and the patient may ask for something meanwhile."""
    viewer = User.objects.get(pk=viewer.pk)
    assert record_of(viewer, patient.pk, on=TODAY, at=NOW).asks_wishes is True


def test_who_is_not_told_asks(patient, viewer):
    access = access_of(viewer, patient.pk, on=TODAY)
    assert record_access(access).asks_wishes is True
    assert with_levels(access, decided_by=TODAY).asks_wishes is True


def test_without_a_wish_both_ways_say_the_same(patient, viewer):
    """Of what the laboratory marked in reports and outside them, of headings over something and over nothing."""
    report = make_report(patient, source_id="r2")
    make_part(report, "r2-1", 1, flagged=True, free_text={"comment": "SEE A DOCTOR"})
    make_part(report, "r2-2", 2)
    empty = make_report(patient, source_id="r3")
    make_part(empty, "r3-1", 1, kind="result-group", flagged=True)
    make_report(patient, source_id="r4", flagged=True)
    access = access_of(viewer, patient.pk, on=TODAY)
    for levels in [
        (Level.FULL, Level.FULL),
        (Level.DETAILED, Level.SUMMARY),
        (Level.FULL, Level.NONE),
    ]:
        asks, knows = (
            record_access(access, *levels, starts_at=NOW - timedelta(days=900), asks_wishes=asks)
            for asks in (True, False)
        )
        assert sealed(asks) == sealed(knows)
        with rows_of(patient.pk):
            assert read_timeline(asks, None, None, number=1) == read_timeline(
                knows, None, None, number=1
            )
            pages = [PAGE_OF_REPORTS.rows(each, 0, 9) for each in (asks, knows)]
        assert pages[0] == pages[1]


@pytest.mark.parametrize("asks", [True, False])
def test_only_who_has_to_be_asked_for_wishes_is(patient, viewer, asks):
    """One reader's statement does not serve the other, in whichever order they come."""
    own = access_of(viewer, patient.pk, on=TODAY)
    for asked in (asks, not asks, asks):
        access = record_access(own, asks_wishes=asked)
        with rows_of(patient.pk), CaptureQueriesContext(connection) as queries:
            PAGE_OF_REPORTS.rows(access, 0, 9)
            list(Entry.objects.visible_to(access).in_lines(access))
        assert [("records_resultwish" in each["sql"]) for each in queries] == [asked, asked]


def test_an_access_asks_unless_told_otherwise():
    assert RecordAccess.__dataclass_fields__["asks_wishes"].default is True


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_who_wished_before_is_known_too(patient, other_patient):
    wish(patient, "ask")
    wish(patient, "hold", "cancer")
    wish(other_patient, "show")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "insert into records_everwished select id from surgeries_patient on conflict do nothing"
        )
    assert is_known(other_patient)
    migration = import_module("records.migrations.0045_who_wished_before")
    for _ in range(2):  # after an interruption it begins again
        with connections["owner"].schema_editor(atomic=False) as editor:
            migration.note_wishes(apps, editor)
        assert is_known(patient)
        assert not is_known(other_patient)
