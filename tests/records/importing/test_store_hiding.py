"""Keeping an extract: what was hidden or withheld does not come to light by what an extract leaves out."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing.store import store
from records.models import Document, Entry, Redaction
from tests.clock import NOW
from tests.records.importing.extracts import attachment, entry, extract, key, part
from tests.records.importing.gpconnect_resources import (
    NOPAT,
    coded,
    consultation,
    extract_of,
    observation,
    resource,
)
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
PROBLEMS = ("health-conditions",)
BOTH = ("consultations", "health-conditions")
ABUSE = key("abuse", "Condition")


def load(patient, *entries, now=NOW, **values):
    return store(extract(*entries, **values), patient, by=None, now=now)


def held(patient):
    """What is held, by source id."""
    with rows_of(patient.pk):
        return {row.source_id: row for row in Entry.objects.of(patient)}


def hidings(patient):
    """The live redactions, as entry and audience."""
    with rows_of(patient.pk):
        live = Redaction.objects.filter(undone_at=None)
        return set(live.values_list("entry_id", "audience"))


def visit(id_="visit", *parts, **values):
    values = {"key": key(id_, "List"), "kind": "consultation", "parts": parts} | values
    return entry(id_, **values)


def problem(**values):
    return entry("abuse", key=ABUSE, section="health-conditions", kind="condition", **values)


def test_part_stays_below_an_entry_that_the_extract_says_nothing_of(patient):
    """R2.3, R7.3: an extract of the problems brings the observations behind them."""
    load(patient, visit("visit", part("p0"), part("finding")))
    load(patient, entry("finding", recorded_at=None), now=LATER, sections=PROBLEMS)
    rows = held(patient)
    assert rows["finding"].root_id == rows["visit"].id
    assert rows["finding"].position == 2
    assert rows["finding"].recorded_at == rows["visit"].recorded_at


def test_part_of_what_the_source_withholds_stays_withheld_below_it(patient):
    """R2.4"""
    load(patient, visit("visit", part("finding"), unreleased_because="source-withheld"))
    load(patient, entry("finding"), now=LATER, sections=PROBLEMS)
    assert held(patient)["finding"].unreleased_because == "source-withheld"


@pytest.mark.parametrize("audience", ["everyone", "proxies"])
def test_part_that_becomes_an_entry_is_hidden_as_its_entry_was(patient, audience):
    """R2.3, R7.3"""
    load(patient, visit("visit", part("finding")))
    hide_from(patient, held(patient)["visit"], audience)
    load(patient, entry("finding"), now=LATER)
    rows = held(patient)
    assert rows["finding"].root_id is None
    assert hidings(patient) == {(rows[id_].id, audience) for id_ in ("visit", "finding")}


@pytest.mark.parametrize("by_patient", [False, True])
def test_part_that_moves_takes_its_hiding_to_the_entry_it_moves_to(patient, by_patient):
    """R2.3, R7.3: the safe side, and whichever side hid it can undo it there."""
    load(patient, visit("visit", part("finding")))
    proxy = uuid4()
    whose = {"proxy_id": proxy, "by_patient": by_patient}
    hide_from(patient, held(patient)["visit"], "one-proxy", **whose)
    load(patient, visit("other", part("finding")), now=LATER)
    with rows_of(patient.pk):
        copied = Redaction.objects.get(entry_id=held(patient)["other"].id)
    assert (copied.proxy_id, copied.reason, copied.hidden_at) == (proxy, "For a test", LATER)
    assert copied.by_patient is by_patient


def test_hiding_that_was_undone_does_not_come_back(patient):
    load(patient, visit("visit", part("finding")))
    hide_from(patient, held(patient)["visit"])
    with rows_of(patient.pk):
        Redaction.objects.update(undone_at=NOW, undone_by_id=uuid4())
    load(patient, entry("finding"), now=LATER)
    assert not hidings(patient)


def test_entry_that_is_hidden_by_itself_stays_an_entry(patient):
    """R2.2: below another one its hiding could not be undone."""
    load(patient, entry("finding"))
    hide_from(patient, held(patient)["finding"], "proxies")
    load(patient, visit("visit", part("finding")), now=LATER)
    rows = held(patient)
    assert rows["finding"].root_id is None
    assert hidings(patient) == {(rows["finding"].id, "proxies")}


def test_entry_that_is_hidden_by_itself_is_hidden_with_what_it_would_be_a_part_of(patient):
    """R2.3"""
    load(patient, entry("finding"), visit())
    hide_from(patient, held(patient)["finding"], "proxies")
    hide_from(patient, held(patient)["visit"])
    load(patient, visit("visit", part("finding")), now=LATER)
    assert (held(patient)["finding"].id, "everyone") in hidings(patient)


def test_entry_that_nobody_hid_becomes_a_part(patient):
    load(patient, entry("finding"))
    load(patient, visit("visit", part("finding")), now=LATER)
    rows = held(patient)
    assert rows["finding"].root_id == rows["visit"].id


@pytest.mark.parametrize(
    ("named", "sections"), [(ABUSE, ("consultations",)), (None, BOTH), (None, ("consultations",))]
)
def test_what_an_entry_repeats_stays_known(patient, named, sections):
    """R2.3, R7.3: the problem is not in the later extract, or the extract does not name it."""
    load(patient, problem(), entry("finding", repeats=ABUSE), sections=BOTH)
    load(patient, entry("finding", repeats=named), now=LATER, sections=sections)
    rows = held(patient)
    assert rows["finding"].repeats_id == rows["abuse"].id


def test_another_original_does_not_replace_one_that_is_hidden(patient):
    """R2.3"""
    load(patient, problem(), entry("finding", repeats=ABUSE), sections=BOTH)
    hide_from(patient, held(patient)["abuse"])
    load(patient, problem(), entry("new"), entry("finding", repeats=key("new")), now=LATER,
         sections=BOTH)  # fmt: skip
    rows = held(patient)
    assert rows["finding"].repeats_id == rows["abuse"].id


@pytest.mark.parametrize(
    ("sections", "released"), [(("consultations",), True), (PROBLEMS, False), ((), False)]
)
def test_no_label_clears_only_in_an_extract_that_covers_the_section(patient, sections, released):
    """R2.4"""
    withheld = visit("visit", part("finding"), unreleased_because="source-withheld")
    load(patient, withheld)
    load(patient, visit("visit", part("finding")), now=LATER, sections=sections)
    rows = held(patient)
    assert [rows["visit"].released, rows["finding"].released] == [released] * 2


def test_no_label_clears_nothing_that_has_moved(patient):
    """R2.4: the label was on the consultation, which could not be read this time."""
    load(patient, visit("visit", part("finding"), unreleased_because="source-withheld"))
    load(patient, entry("finding"), now=LATER)
    assert held(patient)["finding"].unreleased_because == "source-withheld"


def test_link_to_what_is_held_stays_though_the_extract_leaves_it_out(patient):
    """R2.3: else the topic of a hidden problem would be named after it."""
    details = {"topics": [{"problem": {"ref": str(ABUSE)}}]}
    load(patient, problem(), visit(details=details), sections=BOTH)
    load(patient, visit(details=details), now=LATER, sections=BOTH)
    rows = held(patient)
    assert rows["visit"].details == {"topics": [{"problem": {"entry": str(rows["abuse"].id)}}]}


def test_all_attachments_of_a_document_may_be_taken_back(patient):
    """R7.3"""
    document = {"section": "documents", "kind": "document"}
    load(patient, entry(documents=(attachment(0),), **document), sections=["documents"])
    load(patient, entry(**document), now=LATER, sections=["documents"])
    with rows_of(patient.pk):
        assert Document.objects.get().withdrawn_at == LATER


@pytest.mark.parametrize("withheld", [True, False])
def test_medicine_does_not_count_an_issue_that_is_withheld(patient, withheld):
    """R2.3"""
    details = {"issues_made": 2, "last_issued_on": {"on": "2024-05-20", "precision": "day"}}
    issue = part("issue", kind="issue", withheld=withheld)
    load(patient, entry("m1", section="medicines", kind="medicine", parts=(issue,),
                        details=details | {"dose": "one"}), sections=["medicines"])  # fmt: skip
    assert held(patient)["m1"].details == {"dose": "one"} | ({} if withheld else details)


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_label_of_a_list_that_cannot_be_read_holds_for_what_is_in_it(patient, broken):
    """R2.4, from the reader to the rows."""
    lists = consultation("Observation/o")
    lists[broken] |= {"meta": NOPAT, "entry": [*lists[broken]["entry"], None]}
    store(extract_of(*lists, observation()), patient, by=None, now=NOW)
    assert held(patient)["o"].unreleased_because == "source-withheld"


def test_consultation_that_cannot_be_read_leaves_nothing_of_it_open(patient):
    """R2.3, R7.3"""
    lists = consultation("Observation/o")
    store(extract_of(*lists, observation()), patient, by=None, now=NOW)
    hide_from(patient, held(patient)["c"])
    lists[0]["entry"].append(None)
    rest = [observation(), resource("Observation", "other", code=coded())]
    store(extract_of(*lists, *rest), patient, by=None, now=LATER)
    assert held(patient)["o"].root_id == held(patient)["c"].id  # and so is hidden with it


def naming(*ids, **values):
    """A visit that made something else, about a problem."""
    items = [{"ref": f"Observation/{each}"} for each in ids]
    topic = {"title": "", "headings": [{"items": items}], "problem": {"ref": str(ABUSE)}}
    return visit(details={"topics": [topic]}, **values)


@pytest.mark.parametrize("audience", ["proxies", "one-proxy"])
def test_what_comes_later_to_a_visit_that_the_patient_hides_is_hidden_with_it(patient, audience):
    """R2.4: as a part of that act, and once however often it comes; what they left showing goes on showing."""
    load(patient, naming("pill"), entry("pill"))
    whose = {"proxy_id": uuid4() if audience == "one-proxy" else None, "by_patient": True}
    hide_from(patient, held(patient)["visit"], audience, **whose)
    for day in (1, 2):
        seen = naming("pill", "result", "finding", parts=(part("finding"),))
        rows = (seen, entry("pill"), entry("result"), entry("other"))
        load(patient, *rows, problem(), sections=BOTH, now=NOW + timedelta(days=day))
    rows = held(patient)
    assert hidings(patient) == {(rows[each].id, audience) for each in ("visit", "result")}
    with rows_of(patient.pk):
        first, copied = Redaction.objects.order_by("hidden_at")
        said = AuditEvent.objects.get(action="entry hidden by patient")
    assert (copied.act_id, copied.proxy_id, copied.by_patient) == (first.id, first.proxy_id, True)
    assert (copied.hidden_by_id, copied.hidden_at) == (first.hidden_by_id, LATER)
    assert said.object == f"entry {rows['result'].id}"


@pytest.mark.parametrize("why", ["the surgery's", "undone", "shown again"])
def test_what_comes_later_shows_where_the_patient_does_not_hide_the_visit(patient, why):
    load(patient, naming("pill"), entry("pill"))
    hide_from(patient, held(patient)["visit"], "proxies", by_patient=why != "the surgery's")
    rows = (naming("pill", "result"), entry("pill"), entry("result"))
    if why == "shown again":
        load(patient, *rows, now=LATER)
    if why != "the surgery's":
        with rows_of(patient.pk):
            Redaction.objects.update(undone_at=LATER, undone_by_id=uuid4())
    load(patient, *rows, entry("other"), now=LATER + timedelta(days=1))
    assert held(patient)["result"].id not in {each for each, _ in hidings(patient)}


def test_two_hidden_visits_that_name_the_same_hide_it_once(patient):
    load(patient, naming(), naming(key=key("next", "List")))
    for each in ("visit", "next"):
        hide_from(patient, held(patient)[each], "proxies", by_patient=True)
    both = (naming("result"), naming("result", key=key("next", "List")))
    load(patient, *both, entry("result"), now=LATER)
    assert len(hidings(patient)) == 3
