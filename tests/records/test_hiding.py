"""Hiding several entries at once is refused, and written down, as hiding them one by one is (R2.1, R2.2)."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess, desk_of
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.constraints import refused_in_words
from records.models import Redaction, StaffTask
from records.review import hide, hide_each, hide_together
from tests.cast import make_entry, make_staff

NOW = timezone.now()
NEXT_YEAR = timezone.localdate(NOW) + timedelta(days=365)


@pytest.fixture
def by(surgery, patient):
    user = make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)
    desk = desk_of(user, on=timezone.localdate(), surgery=surgery)
    return StaffAccess(desk, patient, Duty.REVIEW_ENTRIES)


def held(patient):
    with rows_of(patient.pk):
        redactions = list(Redaction.objects.order_by("reason"))
        tasks = list(StaffTask.objects.filter(kind="review-hidden"))
    return redactions, tasks


def test_each_has_its_own_reason_act_task_and_event(patient, by):
    entries = [make_entry(patient, name) for name in ("first", "second")]
    hide_each(zip(entries, ["a", " b "], strict=True), by=by, now=NOW, review_on=NEXT_YEAR)
    redactions, tasks = held(patient)
    assert [(one.entry_id, one.reason, one.audience) for one in redactions] == [
        (entries[0].id, "a", "everyone"),
        (entries[1].id, "b", "everyone"),
    ]
    assert {one.act_id for one in redactions} == {one.id for one in redactions}
    assert {task.about_id for task in tasks} == {one.act_id for one in redactions}
    assert {(task.due_on, task.shows_from) for task in tasks} == {(NEXT_YEAR, NEXT_YEAR)}
    with rows_of(patient.pk):
        told = AuditEvent.objects.filter(patient_id=patient.pk, action="entry hidden")
        about = [one.object for one in told.order_by("sequence")]
    assert about == [f"entry {entry.id}" for entry in entries]


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (("a", ""), "This field cannot be blank."),
        (("a", " "), "This field cannot be blank."),
        (("a", "hidden before"), "This is hidden already: “second”"),
    ],
)
def test_where_one_cannot_be_hidden_none_is(patient, by, reasons, said):
    entries = [make_entry(patient, name, title=name) for name in ("first", "second")]
    if reasons[1] == "hidden before":
        hide(entries[1], by=by, now=NOW, reason="x")
    before = held(patient)
    with pytest.raises(ValidationError) as refused:
        hide_each(zip(entries, reasons, strict=True), by=by, now=NOW, review_on=NEXT_YEAR)
    assert refused.value.messages[0].startswith(said)
    assert held(patient) == before


@pytest.mark.parametrize(
    ("audience", "proxy_id", "said"),
    [
        ("one-proxy", None, "Choose which proxy this is hidden from"),
        ("everyone", uuid4(), "Choose which proxy this is hidden from"),
        ("nobody", None, "Value 'nobody' is not a valid choice."),
    ],
)
def test_what_a_hiding_cannot_be_is_said_in_words(patient, by, audience, proxy_id, said):
    entries = [make_entry(patient, name) for name in ("first", "second")]
    how = {"by": by, "now": NOW, "reason": "x", "audience": audience, "proxy_id": proxy_id}
    for act in (lambda: hide(entries[0], **how), lambda: hide_together(entries, **how)):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.messages == [said]
    assert held(patient) == ([], [])


def test_every_constraint_of_a_hiding_is_said_in_its_own_words(patient, by):
    """Whatever was not looked at before."""
    entry = make_entry(patient)
    given = {
        "patient": patient, "entry_id": entry.id, "audience": "everyone", "reason": "x",
        "hidden_by_id": by.viewer.pk, "hidden_at": NOW,
    }  # fmt: skip
    wrong = {
        "redaction_names_a_proxy_only_for_one_proxy": {"proxy_id": uuid4()},
        "redaction_has_a_reason": {"reason": ""},
        "redaction_undone_by_someone": {"undone_at": NOW},
        "redaction_of_the_patient_is_from_others": {"by_patient": True},
        "redaction_once_per_audience_and_side": {},
    }
    with rows_of(patient.pk):
        Redaction.objects.create(**given)
        for constraint in Redaction._meta.constraints:
            with pytest.raises(ValidationError) as refused, refused_in_words(Redaction):
                Redaction.objects.create(**given | wrong[constraint.name])
            assert refused.value.messages == [constraint.get_violation_error_message()]


def test_what_no_constraint_of_the_model_refuses_stays_an_error(patient, by):
    with rows_of(patient.pk), pytest.raises(IntegrityError), refused_in_words(Redaction):
        Redaction.objects.create(
            patient=patient, entry_id=uuid4(), audience="everyone", reason=None,
            hidden_by_id=by.viewer.pk, hidden_at=NOW,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_colleague_who_is_faster_by_a_moment_is_named(surgery, patient, by):
    """They have hidden it, and not yet come to their end, when one looks whether it is hidden."""
    entry = make_entry(patient, title="Eczema")
    other = make_staff(surgery, "jane@example.test", Duty.REVIEW_ENTRIES)
    faster = StaffAccess(
        desk_of(other, on=timezone.localdate(), surgery=surgery), patient, Duty.REVIEW_ENTRIES
    )
    refused = []

    def hide_it_too():
        try:
            hide(entry, by=by, now=timezone.now(), reason="x")
        except ValidationError as error:
            refused.extend(error.messages)
        connections.close_all()

    with rows_of(patient.pk):
        hide(entry, by=faster, now=NOW, reason="x")
        slower = threading.Thread(target=hide_it_too)
        slower.start()
        slower.join(1)  # it waits for this to end
        assert refused == []
    slower.join()
    assert refused[0].startswith("This is hidden already: “Eczema”, by jane@example.test on")
    assert refused[0].endswith("Nothing of yours was saved")
    assert len(held(patient)[0]) == 1
