"""What seals a result and what does not, at the edges of the rule (R5.5, R2.3)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.finding import Asked, find
from records.grants import record_of
from records.importing.words import index_record
from records.models import Entry, OpenedResult, ResultWish, Takeaway, Visit
from records.opening import choose_wishes
from records.sealing import is_held
from records.showing import parts_of
from records.since import begin_visit
from records.takeaway.keeping import KEPT_FOR, basis_of, is_fit
from surgeries.terms import Level
from tests.cast import make_entry, make_grant, make_proxy_grant, record_access
from tests.clock import NOW, TODAY
from tests.records.views.record import make_part, make_report

pytestmark = pytest.mark.django_db

HIV = "HIV 1 and 2 antibody"


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def by_proxy(patient, proxy_user):
    make_proxy_grant(patient, proxy_user)
    return access_of(proxy_user, patient.pk, on=TODAY)


def told(access):
    """The titles that a reader sees, and those of them that are sealed."""
    with rows_of(access.patient.pk):
        rows = list(Entry.objects.visible_to(access))
    return {row.title for row in rows}, {row.title for row in rows if row.is_sealed}


def wish(patient, category, choice):
    with rows_of(patient.pk):
        ResultWish.objects.create(
            patient=patient, category=category, wish=choice, chosen_by_id=patient.pk, chosen_at=NOW
        )


def test_a_mark_on_the_report_itself_seals_its_parts(own, patient):
    make_part(make_report(patient, title="Report", flagged=True), "p", 1, title="Part")
    assert told(record_access(own))[1] == {"Report", "Part"}


def test_a_marked_report_that_may_not_be_seen_seals_nothing(own, patient):
    """R2.3."""
    report = make_report(patient, title="Report", flagged=True, level_needed="full")
    make_part(report, "p", 1, title="Part", level_needed="detailed")
    detailed = record_access(own, Level.DETAILED, Level.DETAILED)
    assert told(detailed) == ({"Part"}, set())
    assert told(record_access(own))[1] == {"Report", "Part"}


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_withheld_result_that_somebody_wants_to_be_warned_of_seals_nothing(
    is_hidden, own, patient
):
    """R2.3."""
    wish(patient, "sexual-health", "ask")
    withheld = {"released": False, "unreleased_because": "source-withheld"} if is_hidden else {}
    report = make_report(patient, title="Bloods")
    make_part(report, "p1", 1, title=HIV, **withheld)
    make_part(report, "p2", 2, title="Sodium")
    assert told(record_access(own))[1] == (set() if is_hidden else {"Bloods", HIV, "Sodium"})


def test_only_a_test_result_is_held_for_its_name(own, patient):
    """What somebody said of the same name in a consultation is none."""
    wish(patient, "sexual-health", "hold")
    make_entry(patient, "said", title=f"{HIV} said")
    make_part(make_report(patient, title="Bloods"), "p1", 1, title=HIV)
    access = record_access(own)
    with rows_of(patient.pk):
        held = Entry.objects.visible_to(access).filter(is_held(access))
        assert {row.title for row in held} == {HIV}


def test_what_repeats_an_opened_entry_is_open(own, patient, patient_user):
    """The same words stand in two places; to have opened one is to have read both."""
    before = {"changed_at": NOW - timedelta(days=1), "flagged": True}
    one = make_entry(patient, "one", title="One", **before)
    make_entry(patient, "two", title="Two", repeats_id=one.id, **before)
    access = record_access(own)
    assert told(access)[1] == {"One", "Two"}
    with rows_of(patient.pk):
        OpenedResult.objects.create(
            patient=patient, viewer_id=patient_user.pk, entry_id=one.id, opened_at=NOW
        )
    assert told(access)[1] == set()


def test_only_the_patient_chooses_what_to_be_warned_of(by_proxy, patient):
    """R4.3, R5.5."""
    with rows_of(patient.pk), pytest.raises(ValidationError, match="Choose from the list"):
        choose_wishes({"sexual-health": "hold"}, by=record_access(by_proxy), now=NOW)


def test_what_a_laboratory_marked_is_never_shown_at_once(own, patient):
    """R5.5: whatever a form lets through."""
    with rows_of(patient.pk), pytest.raises(ValidationError, match="always open behind a page"):
        choose_wishes({"abnormal": "show"}, by=record_access(own), now=NOW)
    with rows_of(patient.pk):
        assert not ResultWish.objects.exists()


def test_what_was_gone_before_the_last_visit_is_not_missed(own, patient):
    """R7.3: though its row changed since."""
    make_entry(
        patient, withdrawn_at=NOW - timedelta(days=10), withdrawn_because="gone", added_at=NOW - timedelta(days=20),
        changed_at=NOW,
    )  # fmt: skip
    access = record_access(own)
    with rows_of(patient.pk):
        gone = {
            days: Entry.objects.taken_back_from(access, NOW - timedelta(days=days)).exists()
            for days in (5, 15, 25)
        }
    assert gone == {5: False, 15: True, 25: False}


def test_a_visit_to_one_record_says_nothing_of_another(
    by_proxy, patient, other_patient, proxy_user
):
    """Somebody who acts for two people looks at both in one session."""
    make_proxy_grant(other_patient, proxy_user)
    other = access_of(proxy_user, other_patient.pk, on=TODAY)
    earlier, session = NOW - timedelta(days=5), {}
    with rows_of(patient.pk):
        Visit.objects.create(patient=patient, viewer_id=proxy_user.pk, began_at=earlier)
        assert begin_visit(session, record_access(by_proxy), now=NOW) == earlier
    with rows_of(other_patient.pk):
        assert begin_visit(session, record_access(other), now=NOW) is None


def test_what_stands_below_a_sealed_report_is_not_named_where_the_report_is_found(
    patient, patient_user, own
):
    """R5.5, R7.7: the report is found by its own title, which says the word too."""
    report = make_report(patient, title="Liver function")
    make_part(report, "p", 1, title="Liver enzyme seventeen", flagged=True)
    index_record(patient)
    with rows_of(patient.pk):
        [hit] = find(record_access(own), Asked("liver")).hits
    assert "seventeen" not in repr(hit)
    assert hit.snippets == []


@pytest.mark.parametrize(
    ("state", "minutes", "fit"),
    [("ready", 59, True), ("ready", 60, False), ("ready", 61, False), ("ended", 1, False)],
)
def test_a_copy_is_fit_for_its_hour_alone(state, minutes, fit, patient, patient_user):
    """Whether or not anybody came by to end it."""
    make_grant(patient)
    access = record_of(patient_user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        copy = Takeaway(
            patient=patient, state=state, ends_at=NOW + KEPT_FOR, basis=basis_of(access)
        )
        assert is_fit(copy, access, now=NOW + timedelta(minutes=minutes)) == fit


def test_the_parts_of_a_sealed_report_are_given_to_no_page(own, patient):
    """R5.5: whatever its template would do with them."""
    make_part(make_report(patient, title="Bloods", flagged=True), "p", 1, title="Sodium")
    make_part(make_report(patient, "r2", title="Other"), "p2", 1, title="Iron")
    access = record_access(own)
    with rows_of(patient.pk):
        rows = Entry.objects.visible_to(access).entries().as_rows()
        found = parts_of(access, rows)
    assert [part.title for each in found.values() for part in each] == ["Iron"]
