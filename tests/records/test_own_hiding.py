"""What a patient hides from those who act for them: as a table, and beside what the surgery hides (R2.2, R2.3)."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, access_of, hold
from records.grants import record_of
from records.models import Entry, Redaction
from records.own_hiding import (
    NOT_THERE,
    NOT_YOURS,
    carry_over,
    hide_from,
    hidings_of,
    show_act_again,
    show_again,
)
from records.review import hide, hide_together, keep_hidden, unhide, unhide_act
from records.takeaway.keeping import basis_of
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_user, record_access
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with
from tests.records.views.record import hide_from as hidden_by_surgery

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(patient, patient_user):
    return record_access(access_of(patient_user, patient.pk, on=TODAY))


@pytest.fixture
def ruth(patient, proxy_user):
    make_proxy_grant(patient, proxy_user, scopes=list(Section))
    return record_access(access_of(proxy_user, patient.pk, on=TODAY))


@pytest.fixture
def omar(patient):
    omar = make_user("omar@example.test", name="Omar Second")
    make_proxy_grant(patient, omar, scopes=list(Section))
    return record_access(access_of(omar, patient.pk, on=TODAY))


@pytest.fixture
def entry(patient):
    return make_entry(patient, title="it")


@pytest.fixture
def surgery_side(patient):
    return staff_with(patient, Duty.REVIEW_ENTRIES)


def sees(access):
    with rows_of(access.patient.pk):
        return sorted(Entry.objects.visible_to(access).values_list("title", flat=True))


def hidings(patient, **values):
    with rows_of(patient.pk):
        return list(Redaction.objects.filter(patient=patient, undone_at=None, **values))


RUTH, OMAR, ALL = "ruth", "omar", None


@pytest.mark.parametrize(
    ("patient_hides", "surgery_hides", "own_sees", "ruth_sees", "omar_sees"),
    [
        ([], [], True, True, True),
        ([RUTH], [], True, False, True),
        ([OMAR], [], True, True, False),
        ([ALL], [], True, False, False),
        ([RUTH, OMAR], [], True, False, False),
        ([RUTH, ALL], [], True, False, False),
        ([RUTH], [RUTH], True, False, True),
        ([RUTH], [OMAR], True, False, False),
        ([ALL], [RUTH], True, False, False),
        ([OMAR], [ALL], True, False, False),
    ],
)
def test_who_sees_what_a_patient_and_the_surgery_hide(
    own, ruth, omar, entry, patient_hides, surgery_hides, own_sees, ruth_sees, omar_sees
):
    """R2.2: the two stand beside each other, and either is enough."""
    ids = {RUTH: ruth.viewer.pk, OMAR: omar.viewer.pk, ALL: None}
    for whom in surgery_hides:
        audience = "one-proxy" if whom else "proxies"
        hidden_by_surgery(own.patient, entry, audience=audience, proxy_id=ids[whom])
    for whom in patient_hides:
        assert hide_from(own, [entry.id], proxy_id=ids[whom], now=NOW) == 1
    for access, expected in ((own, own_sees), (ruth, ruth_sees), (omar, omar_sees)):
        assert sees(access) == (["it"] if expected else [])
    for whom in patient_hides:
        assert show_again(own, [entry.id], proxy_id=ids[whom], now=NOW) == 1
    assert sees(ruth) == ([] if {RUTH, ALL} & {*surgery_hides} else ["it"])
    assert sees(omar) == ([] if {OMAR, ALL} & {*surgery_hides} else ["it"])


def test_hiding_what_the_surgery_hides_from_the_same_person_looks_the_same(own, ruth, patient):
    """R2.3: neither the answer, nor the list, nor undoing it tells that somebody else hides it too."""
    told = []
    for name in ("hidden by the surgery", "not hidden"):
        entry = make_entry(patient, name, title=name)
        if name == "hidden by the surgery":
            hidden_by_surgery(patient, entry, audience="one-proxy", proxy_id=ruth.viewer.pk)
            hidden_by_surgery(patient, entry, audience="proxies")
        with rows_of(patient.pk):
            before = hidings_of(own, [entry.id])
        done = hide_from(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
        again = hide_from(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
        with rows_of(patient.pk):
            listed = [each[1:4] + each[5:] for each in hidings_of(own, [entry.id])]
        shown = show_again(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
        more = show_again(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
        told.append((before, done, again, listed, shown, more))
    assert told[0] == told[1]
    assert told[0][1:3] == (1, 0)  # done, and done already
    assert told[0][4:] == (1, 0)
    assert len(hidings(patient, by_patient=False)) == 2


def test_staff_neither_undo_nor_keep_nor_collide_with_what_the_patient_hides(
    own, ruth, entry, surgery_side
):
    hide_from(own, [entry.id], proxy_id=None, now=NOW)
    (theirs,) = hidings(own.patient)
    assert not unhide(theirs, by=surgery_side, now=NOW)
    with rows_of(own.patient.pk):
        assert unhide_act(theirs.id, by=surgery_side, now=NOW) == 0
    with pytest.raises(ValidationError, match="showed this again"):
        keep_hidden(theirs.id, by=surgery_side, now=NOW, review_on=None)
    surgerys = hide(entry, by=surgery_side, now=NOW, reason="Harm", audience="proxies")
    assert unhide(surgerys, by=surgery_side, now=NOW)
    assert sees(ruth) == []
    assert hidings(own.patient) == [theirs]


def test_what_the_surgery_showed_again_together_leaves_the_patients_own(
    own, ruth, patient, surgery_side
):
    entries = [make_entry(patient, name, title=name) for name in ("visit", "pill")]
    hide_from(own, [each.id for each in entries], proxy_id=ruth.viewer.pk, now=NOW)
    act = hide_together(
        entries, by=surgery_side, now=NOW, reason="Harm", audience="one-proxy",
        proxy_id=ruth.viewer.pk,
    )  # fmt: skip
    with rows_of(patient.pk):
        assert unhide_act(act, by=surgery_side, now=NOW) == 2
    assert sees(ruth) == []
    assert sees(own) == ["pill", "visit"]


def test_a_visit_and_what_it_made_is_hidden_and_shown_again_in_one_act(own, ruth, patient):
    ids = [make_entry(patient, name, title=name).id for name in ("visit", "pill", "other")]
    assert hide_from(own, ids[:2], proxy_id=None, now=NOW) == 2
    assert sees(ruth) == ["other"]
    with rows_of(patient.pk):
        first, second = hidings_of(own)
    assert first.act_id == second.act_id
    assert (first.others, second.others) == (1, 1)
    assert show_act_again(own, first.act_id, now=NOW) == 2
    assert show_act_again(own, first.act_id, now=NOW) == 0
    assert sees(ruth) == ["other", "pill", "visit"]


def test_a_part_hides_the_whole_entry(own, ruth, entry):
    """R2.1"""
    part = make_entry(own.patient, "part", title="part", root_id=entry.id)
    hide_from(own, [part.id], proxy_id=None, now=NOW)
    assert sees(ruth) == []
    assert hidings(own.patient)[0].entry_id == entry.id


def test_what_repeats_a_hidden_entry_is_hidden_with_it(own, ruth, entry):
    make_entry(own.patient, "again", title="it again", repeats_id=entry.id)
    hide_from(own, [entry.id], proxy_id=None, now=NOW)
    assert sees(ruth) == []


@pytest.mark.parametrize("act", [hide_from, show_again])
def test_nobody_but_the_patient_does_it(own, ruth, entry, act):
    """R4.8"""
    with pytest.raises(ValidationError, match=NOT_YOURS):
        act(ruth, [entry.id], proxy_id=None, now=NOW)
    with pytest.raises(ValidationError, match=NOT_YOURS):
        show_act_again(ruth, uuid4(), now=NOW)
    assert hidings(own.patient) == []


@pytest.mark.parametrize("act", [hide_from, show_again])
@pytest.mark.parametrize(
    "which", ["made up", "hidden from the patient", "of somebody else", "gone"]
)
def test_only_what_the_patient_sees_can_be_named(own, other_patient, entry, act, which):
    """R2.3: what is hidden from them answers as what never was."""
    if which == "hidden from the patient":
        hidden_by_surgery(own.patient, entry)
    named = {
        "made up": uuid4,
        "hidden from the patient": lambda: entry.id,
        "of somebody else": lambda: make_entry(other_patient).id,
        "gone": lambda: make_entry(
            own.patient, "gone", withdrawn_at=NOW, withdrawn_because="x"
        ).id,
    }[which]()  # fmt: skip
    other = make_entry(own.patient, "other").id
    with pytest.raises(ValidationError, match=NOT_THERE):
        act(own, [other, named], proxy_id=None, now=NOW)
    assert hidings(own.patient, by_patient=True) == []


def test_what_the_surgery_hides_from_the_patient_later_leaves_their_list(own, patient):
    """R2.3: nor is it counted beside what was hidden with it; it stays hidden from the others when it comes back."""
    ids = [make_entry(patient, name, title=name) for name in ("visit", "pill")]
    hide_from(own, [each.id for each in ids], proxy_id=None, now=NOW)
    hidden_by_surgery(patient, ids[1])
    with rows_of(patient.pk):
        assert [each.others for each in hidings_of(own, [ids[0].id])] == [0]
        act = hidings_of(own)[0].act_id
    assert show_act_again(own, act, now=NOW) == 1
    assert [each.entry_id for each in hidings(patient, by_patient=True)] == [ids[1].id]


def test_what_is_hidden_from_a_nomination_is_carried_over_to_the_person(own, patient, entry):
    """The person has no account yet when the patient says what they should not see."""
    nomination, person = uuid4(), make_user("new@example.test", name="New Proxy")
    other = make_entry(patient, "other", title="other")
    hide_from(own, [entry.id, other.id], proxy_id=nomination, now=NOW)
    with rows_of(patient.pk):
        assert {each.from_whom for each in hidings_of(own)} == {
            "somebody who does not act for you yet"
        }
    later = NOW + timedelta(days=3)
    hide_from(own, [other.id], proxy_id=person.pk, now=NOW)
    assert carry_over(patient, before=nomination, proxy_id=person.pk, now=later) == 1
    assert carry_over(patient, before=nomination, proxy_id=person.pk, now=later) == 0
    make_proxy_grant(patient, person, scopes=list(Section))
    assert sees(record_access(access_of(person, patient.pk, on=TODAY))) == []


def test_whoever_acts_for_the_patient_is_given_no_list(own, ruth, entry):
    """R4.11"""
    hide_from(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
    with rows_of(own.patient.pk):
        assert hidings_of(ruth) == []
        assert hidings_of(own)[0].from_whom == "Cara Helper"


def test_each_act_is_on_file(own, entry):
    hide_from(own, [entry.id], proxy_id=None, now=NOW)
    show_again(own, [entry.id], proxy_id=None, now=NOW)
    with rows_of(own.patient.pk):
        events = list(AuditEvent.objects.filter(patient_id=own.patient.pk).order_by("sequence"))
    assert [(each.action, each.object, each.actor_id) for each in events] == [
        ("entry hidden by patient", f"entry {entry.id}", own.viewer.pk),
        ("entry shown again by patient", f"entry {entry.id}", own.viewer.pk),
    ]


def test_a_patient_never_hides_from_themself(own, entry):
    """The database refuses it too."""
    with pytest.raises(IntegrityError), rows_of(own.patient.pk), transaction.atomic():
        Redaction.objects.create(
            patient=own.patient, entry_id=entry.id, audience="everyone", reason="x",
            hidden_by_id=own.viewer.pk, hidden_at=NOW, by_patient=True,
        )  # fmt: skip


@pytest.mark.parametrize("by_patient", [False, True])
def test_each_side_hides_once(own, entry, by_patient):
    """In the database too."""
    values = {
        "patient": own.patient, "entry_id": entry.id, "audience": "proxies", "reason": "x",
        "hidden_by_id": own.viewer.pk, "hidden_at": NOW,
    }  # fmt: skip
    with rows_of(own.patient.pk):
        Redaction.objects.create(**values, by_patient=not by_patient)
        Redaction.objects.create(**values, by_patient=by_patient)
        with pytest.raises(IntegrityError), transaction.atomic():
            Redaction.objects.create(**values, by_patient=by_patient)


def test_a_copy_that_holds_it_is_not_what_they_may_read_any_more(own, ruth, omar, entry, patient):
    """A copy of somebody from whom it is hidden ends; one of the patient's, or of somebody else, goes on (R2.3)."""
    make_grant(patient)

    def bases():
        with rows_of(patient.pk):
            return [basis_of(access) for access in (own, ruth, omar)]

    before = bases()
    hide_from(own, [entry.id], proxy_id=ruth.viewer.pk, now=NOW)
    assert [was == now for was, now in zip(before, bases(), strict=True)] == [True, False, True]


def test_a_closed_record_hides_from_nobody_less(own, ruth, entry, patient):
    """What holds is kept whatever the levels become."""
    hide_from(own, [entry.id], proxy_id=None, now=NOW)
    assert record_of(ruth.viewer, patient.pk, on=TODAY) == "ended"
    assert sees(ruth) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("from_one", [True, False])
def test_hiding_waits_for_who_reads(own, ruth, entry, from_one):
    """R4.8: nothing of it is read after it was said that it is hidden."""
    hidden = threading.Event()

    def act():
        proxy_id = ruth.viewer.pk if from_one else None
        hide_from(own, [entry.id], proxy_id=proxy_id, now=NOW)
        hidden.set()
        connections.close_all()

    with transaction.atomic():
        assert isinstance(hold(ruth.access, on=TODAY), Access)
        hiding = threading.Thread(target=act)
        hiding.start()
        assert not hidden.wait(0.5)
        assert sees(ruth) == ["it"]
    assert hidden.wait(10)
    hiding.join()
    assert sees(ruth) == []
