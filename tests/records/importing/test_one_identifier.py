"""One identifier under another id: never written over what the source may still hold, never a way out of being hidden."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from audit.row_security import rows_of
from records.importing.extract import PartialDate
from records.importing.namesakes import Namesakes
from records.importing.recognising import Sent, called, recognise
from records.importing.store import store
from records.models import Entry, Redaction
from tests.clock import NOW
from tests.records.importing.extracts import entry, extract, key, part
from tests.records.importing.test_again import keyed, no_words
from tests.records.views.record import hide_from

LATER = NOW + timedelta(days=1)
FIRST, SECOND = date(2024, 3, 1), date(2024, 3, 8)


def row(id_="a", name="X", title="Sodium", on=FIRST, **values):
    values = {
        "id": uuid4(), "source_system": "test", "source_type": "Observation", "source_id": id_,
        "source_identifier": name, "content_hash": f"{title} {on}", "title": title, "effective_on": on,
        "effective_precision": "day",
    } | values  # fmt: skip
    return Entry(**values)


def sent(name="X", title="Sodium", on=FIRST, **values):
    return Sent(f"{title} {on} now", name, called=called(row("", name, title, on)), **values)


def found(held, told, *, is_left_out):
    rows = recognise(
        {keyed(id_): one for id_, one in told.items()}, held, no_words, lambda row: is_left_out
    )
    return {key_[2]: held.index(one) for key_, one in rows.items()}


@pytest.mark.parametrize("gone", [None, NOW])
@pytest.mark.parametrize(
    ("is_left_out", "id_", "title", "on", "is_taken"),
    [
        # the extract covers the section and says nothing of what is held: it is that one, with other words
        (True, "b", "Sodium", FIRST, True),
        (True, "b", "Potassium", FIRST, True),
        (True, "b", "Sodium", SECOND, True),
        # it does not: what says something else is something else, as the source may hold both
        (False, "b", "Sodium", FIRST, True),
        (False, "b", " SODIUM ", FIRST, True),
        (False, "b", "Potassium", FIRST, False),
        (False, "b", "Sodium", SECOND, False),
        (False, "b", "Sodium", None, False),
        # under its own id it is that one, whatever it says
        (False, "a", "Potassium", SECOND, True),
        (True, "a", "Potassium", SECOND, True),
    ],
)
def test_what_an_identifier_says_under_another_id(is_left_out, id_, title, on, is_taken, gone):
    """R7.3: a later extract updates, and never writes over something else that the source may still hold."""
    held = [row(withdrawn_at=gone)]
    told = {id_: sent(title=title, on=on)}
    assert found(held, told, is_left_out=is_left_out) == ({id_: 0} if is_taken else {})


@pytest.mark.parametrize("is_left_out", [True, False])
@pytest.mark.parametrize(
    ("under_its_id", "potassium_is"),
    [
        (sent("Y"), 0),  # by its identifier something else stands there now
        (sent("", "Glucose"), 0),  # and by what it says
        (sent(""), None),  # it says what it said: it is where it was, and lost its identifier only
        (sent("X"), None),  # an identifier that several bear names nothing
    ],
)
def test_what_an_identifier_says_where_its_id_is_sent_too(under_its_id, potassium_is, is_left_out):
    told = {"a": under_its_id, "b": sent(title="Potassium")}
    known = found([row()], told, is_left_out=is_left_out)
    assert known.get("b") == potassium_is
    assert known.get("a") == (0 if potassium_is is None else None)


@pytest.mark.parametrize("is_left_out", [True, False])
@pytest.mark.parametrize(
    ("name", "title", "on", "is_taken"),
    [
        ("Y", "Sodium", FIRST, True),
        ("Y", "Potassium", FIRST, False),
        ("Y", "Sodium", SECOND, False),
        ("", "Potassium", SECOND, True),
        ("X", "Potassium", SECOND, True),
    ],
)
def test_an_id_that_is_given_to_something_else(is_left_out, name, title, on, is_taken):
    """R7.3: some sources number what they send, from 1 in each extract."""
    told = {"a": sent(name, title, on)}
    assert found([row()], told, is_left_out=is_left_out) == ({"a": 0} if is_taken else {})


def test_a_result_of_another_time_of_the_day_is_another():
    morning = row(effective_time="09:00")
    assert found([morning], {"b": sent()}, is_left_out=False) == {}


def coming(title="Potassium", name="X", on=FIRST):
    """A row of an extract; as Places and Dating find it."""
    return row("new", name, title, on)


def namesakes(held, new, *hidden):
    """The titles of what the last of `new` may be; `held` of which none is in the extract."""
    ids = frozenset(one.id for one in held if one.title in hidden)
    known = Namesakes(new, {one.id: one for one in held}, ids)
    return [one.title for one in known.of(new[-1])]


@pytest.mark.parametrize(
    ("held", "hidden", "brought", "may_be"),
    [
        ([row()], [], [coming()], ["Sodium"]),
        ([row()], ["Sodium"], [coming()], ["Sodium"]),
        ([row()], ["Sodium"], [coming("Sodium", on=SECOND)], ["Sodium"]),
        ([row()], ["Sodium"], [coming(name="Y")], []),
        ([row()], ["Sodium"], [coming(name="")], []),
        ([row(name="")], ["Sodium"], [coming(name="")], []),
        # all that bear the name are hidden: the next one may be either of them
        ([row(), row("b", title="Urea")], ["Sodium", "Urea"], [coming()], ["Sodium", "Urea"]),
        # what shows bears it too, or two that come: it names a group, such as the results of one request
        ([row(), row("b", title="Urea")], ["Sodium"], [coming()], []),
        ([row()], ["Sodium"], [coming("Urea"), coming()], []),
        # of a group each is told from the others by its title and date: tomorrow's result is not today's
        ([row(), row("b", title="Urea")], ["Sodium"], [coming("sodium")], ["Sodium"]),
        ([row(), row("b", title="Urea")], ["Sodium"], [coming("sodium", on=SECOND)], []),
        ([row()], ["Sodium"], [coming("Urea"), coming("Sodium")], ["Sodium"]),
        # what is gone or kept back shows nothing
        ([row(), row("b", title="Urea", withdrawn_at=NOW)], ["Sodium"], [coming()], ["Sodium", "Urea"]),
        ([row(), row("b", title="Urea", released=False)], ["Sodium"], [coming()], ["Sodium", "Urea"]),
    ],
)  # fmt: skip
def test_what_a_row_may_be_by_its_identifier(held, hidden, brought, may_be):
    """R2.3: the safe side, but a result is not kept from its patient by the number of its request alone."""
    assert namesakes(held, brought, *hidden) == may_be


def test_a_row_is_not_one_that_comes_beside_it():
    """Two results of one name, day and request, of which one is hidden and is in the extract itself."""
    was, beside = row(), row("b")
    known = Namesakes([was, beside], {was.id: was}, frozenset([was.id]))
    assert known.of(beside) == known.of(was) == []


def test_a_row_that_bore_the_name_before_is_what_it_was():
    """R2.3: staff decided about each."""
    was, shown = row(), row("b")
    known = Namesakes([shown], {one.id: one for one in (was, shown)}, frozenset([was.id]))
    assert known.of(shown) == []


def load(patient, *entries, now=NOW, sections=(), **names):
    identifiers = {f"Observation/{id_}": name for id_, name in names.items()}
    told = extract(*entries, sections=sections, identifiers=identifiers)
    return store(told, patient, by=None, now=now)


def held(patient):
    with rows_of(patient.pk):
        return {one.source_id: one for one in Entry.objects.of(patient)}


def hidden(patient):
    """The source ids of what is hidden, each with from whom."""
    ids = {one.id: one.source_id for one in held(patient).values()}
    with rows_of(patient.pk):
        live = Redaction.objects.filter(undone_at=None)
        return {(ids[each.entry_id], each.audience, each.by_patient) for each in live}


SODIUM, POTASSIUM = entry("a", title="Sodium"), entry("b", title="Potassium")


@pytest.mark.django_db
def test_something_else_under_the_same_identifier_is_added_beside_it(patient):
    """R7.3: a collection brings what it brings, and says nothing of the rest."""
    load(patient, SODIUM, a="X")
    before = held(patient)["a"]
    load(patient, POTASSIUM, now=LATER, b="X")
    after = held(patient)
    assert {one.title: one.withdrawn_at for one in after.values()} == {
        "Sodium": None, "Potassium": None,
    }  # fmt: skip
    assert (after["a"].id, after["a"].changed_at) == (before.id, before.changed_at)
    stored = load(patient, SODIUM, POTASSIUM, now=LATER + timedelta(days=1), a="X", b="X")
    assert stored.sections["consultations"]["unchanged"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("audience", "by_patient", "other"),
    [
        ("everyone", False, {"title": "Potassium"}),
        ("proxies", True, {"title": "Sodium", "effective": PartialDate(SECOND, None, "day")}),
    ],
)
def test_it_is_hidden_as_what_it_may_be_until_somebody_shows_it(
    patient, audience, by_patient, other
):
    """R2.3: it may be that one with other words, under a new id."""
    load(patient, SODIUM, a="X")
    hide_from(patient, held(patient)["a"], audience, by_patient=by_patient)
    load(patient, entry("b", **other), now=LATER, b="X")
    assert held(patient)["a"].effective_on == FIRST
    assert hidden(patient) == {(id_, audience, by_patient) for id_ in "ab"}
    with rows_of(patient.pk):
        shown = Redaction.objects.filter(entry_id=held(patient)["b"].id)
        shown.update(undone_at=LATER, undone_by_id=uuid4())
    load(
        patient, entry("b", **other, free_text={"note": "x"}), now=LATER + timedelta(days=1), b="X"
    )
    assert hidden(patient) == {("a", audience, by_patient)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sections", "released"), [((), False), (["medicines"], False), (["consultations"], True)]
)
def test_what_the_source_withholds_is_not_cleared_by_another_id(patient, sections, released):
    """R2.4: only an extract that covers the section clears it, and there it is that one."""
    load(patient, entry("a", title="Sodium", unreleased_because="source-withheld"), a="X")
    load(patient, POTASSIUM, now=LATER, sections=sections, b="X")
    rows = held(patient)
    assert rows["b"].released is released
    assert ("a" in rows) is not released


@pytest.mark.django_db
def test_a_result_stays_in_the_hidden_report_of_what_it_may_be(patient):
    """R2.3: the report that brings it stays as it is; where the old one is gone it is hidden with the new one."""

    def report(id_, *parts):
        return entry(id_, key=key(id_, "DiagnosticReport"), kind="report", parts=parts)

    load(patient, report("r", part("a", title="Sodium")), a="X")
    hide_from(patient, held(patient)["r"])
    new = report("s", part("b", title="Potassium"))
    load(patient, new, now=LATER, b="X")
    rows = held(patient)
    assert (rows["a"].title, rows["b"].root_id) == ("Sodium", rows["r"].id)
    assert hidden(patient) == {("r", "everyone", False)}
    load(patient, new, now=LATER + timedelta(days=1), sections=["consultations"], b="X")
    assert held(patient)["b"].root_id == rows["s"].id
    assert hidden(patient) == {(id_, "everyone", False) for id_ in "rs"}


@pytest.mark.django_db
def test_it_repeats_the_hidden_problem_that_the_other_one_repeats(patient):
    """R2.3"""
    problem = entry("p", key=key("p", "Condition"), title="Abuse")
    load(patient, problem, entry("a", title="Bruise", repeats=key("p", "Condition")), a="X")
    hide_from(patient, held(patient)["p"])
    load(patient, entry("b", title="Injury"), now=LATER, b="X")
    assert held(patient)["b"].repeats_id == held(patient)["p"].id


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "dated"), [("X", "unknown"), ("Y", "extract")])
def test_what_may_be_an_older_entry_is_not_dated_by_its_extract(patient, name, dated):
    """R1.3"""
    load(patient, entry("a", title="Sodium", recorded_at=None), sections=["consultations"], a="X")
    load(patient, entry("b", title="Potassium", recorded_at=None), now=LATER, b=name)
    assert held(patient)["b"].recorded_from == dated


@pytest.mark.django_db
def test_what_the_source_names_but_does_not_send_is_not_written_over(patient):
    """R7.3: the extract covers the section, and its list still has both."""
    load(patient, SODIUM, sections=["consultations"], a="X")
    told = extract(POTASSIUM, identifiers={"Observation/b": "X"}, still_named=frozenset([key("a")]))
    store(told, patient, by=None, now=LATER)
    assert {one.title: one.withdrawn_at for one in held(patient).values()} == {
        "Sodium": None, "Potassium": None,
    }  # fmt: skip
