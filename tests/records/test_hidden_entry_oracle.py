"""Nobody can tell a record with a hidden entry from one that never had it (R2.3).

Two patients alike, from the same extract but for one entry: one has it and it is hidden, the other never
had it. Whatever a reader can reach must be the same, to the byte.
"""

from datetime import timedelta

import msgspec
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from audit.row_security import rows_of
from portal.demo.people import BY_KEY
from portal.demo.records import as_json, extract_for
from records.flags import is_flagged as is_flagged_row
from records.grants import record_of
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import Entry
from records.own_hiding import hide_from as hide_from_people
from surgeries.terms import Level, Section
from tests.cast import make_grant, make_online, make_patient, make_proxy_grant, make_user, read_all
from tests.clock import NOW
from tests.crawling import canonical, look, walk
from tests.records.views.record import hide_from, reader

pytestmark = pytest.mark.django_db

SOME_WORDS = ("blood", "chest pain", "paracetmol", "2024", "dr")


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def the_extract():
    """A record with some of everything, and links between its entries."""
    return read(as_json(extract_for(BY_KEY["ada"], timezone.localdate(NOW))))


def one_of_each_kind(extract):
    """The entries to hide in turn: of each kind the first, and of the reports one that is flagged."""
    found = {}
    for entry in extract.entries:
        if not entry.unreleased_because:
            is_flagged = any(is_flagged_row(part.details) for part in entry.parts)
            found.setdefault((entry.kind, is_flagged), entry)
    return list(found.values())


EXTRACT = the_extract()
HIDEABLE = one_of_each_kind(EXTRACT)


def withheld(extract, hidden):
    """The extract with one entry, and what repeats it, marked as withheld by its source: so the reader does it."""
    entries = [
        msgspec.structs.replace(each, unreleased_because="source-withheld")
        if hidden.key in (each.key, each.repeats)
        else each
        for each in extract.entries
    ]
    return msgspec.structs.replace(extract, entries=entries)


def without(extract, hidden):
    """The extract as if the entry had never been written, nor what repeats its words."""
    kept = [each for each in extract.entries if hidden.key not in (each.key, each.repeats)]
    entries = [
        msgspec.structs.replace(
            each, parts=tuple(part for part in each.parts if part.repeats != hidden.key)
        )
        for each in kept
    ]
    return msgspec.structs.replace(extract, entries=entries)


class Side:
    """One of the two patients, with a reader."""

    def __init__(self, surgery, nhs_number, email, client):
        self.patient = make_patient(surgery, nhs_number)
        self.user = make_user(email, name="Ada Testwell")
        make_online(self.patient, self.user)
        make_grant(self.patient, Level.FULL, Level.FULL)
        self.client = client

    def load(self, extract):
        store(extract, self.patient, by=None, now=NOW - timedelta(days=3))
        read_all(self.patient)
        with rows_of(self.patient.pk):
            rows = list(Entry.objects.of(self.patient).defer("details", "free_text"))
        self.names = {str(row.id): f"{row.source_type}/{row.source_id}" for row in rows}
        self.names |= {str(self.patient.pk): "PATIENT", str(self.user.pk): "VIEWER"}
        return {(row.source_type, row.source_id): row for row in rows}

    def seen(self, viewer):
        """Every page, search and list, with all ids under names."""
        client = reader(self.client, viewer, self.patient)
        pages = walk(client, self.patient)
        home = f"/records/{self.patient.pk}/"
        for words in SOME_WORDS:
            client.post(f"{home}find", {"words": words})
            pages[f"{home}found of {words}"] = look(client, f"{home}found")
        return {
            canonical(path, self.names): canonical(repr(page), self.names).replace(
                f"{self.patient.nhs_number[:3]}\\xa0{self.patient.nhs_number[3:6]}\\xa0"
                f"{self.patient.nhs_number[6:]}", "NHS NUMBER",
            )
            for path, page in pages.items()
        }  # fmt: skip


@pytest.fixture
def sides(surgery):
    return (
        Side(surgery, "9990000018", "one@example.test", Client()),
        Side(surgery, "9990000026", "two@example.test", Client()),
    )


def compare(with_it, without_it, viewers):
    one, other = (
        side.seen(viewer) for side, viewer in zip((with_it, without_it), viewers, strict=True)
    )
    assert set(one) ^ set(other) == set()
    for path, page in one.items():
        assert page == other[path], path
    return one


@pytest.mark.parametrize(
    ("by", "hidden"),
    [("staff", entry) for entry in HIDEABLE] + [("source", entry) for entry in HIDEABLE[::4]],
    ids=lambda value: getattr(value, "kind", value),
)
def test_a_hidden_entry_leaves_no_trace_for_the_patient(sides, hidden, by):
    """R2.3, R2.4: whether staff hide it or the source withholds it."""
    with_it, without_it = sides
    rows = with_it.load(EXTRACT if by == "staff" else withheld(EXTRACT, hidden))
    if by == "staff":
        hide_from(with_it.patient, rows[hidden.key.resource, hidden.key.id])
    without_it.load(without(EXTRACT, hidden))
    pages = compare(with_it, without_it, (with_it.user, without_it.user))
    assert len(pages) > len(EXTRACT.entries)
    assert not any(str(hidden.key) in page for page in pages.values())


def hide_as_patient(side, entry, *, proxy_id):
    """As the patient does it themself: from one person, or from everyone who acts for them."""
    with rows_of(side.patient.pk):
        own = record_of(side.user, side.patient.pk, on=timezone.localdate(NOW))
    hide_from_people(own, [entry.id], proxy_id=proxy_id, now=NOW)


@pytest.mark.parametrize(
    ("by", "hidden"),
    [("surgery", entry) for entry in HIDEABLE[::5]]
    + [("patient, from one", entry) for entry in HIDEABLE[::4]]
    + [("patient, from all", entry) for entry in HIDEABLE[1::4]],
    ids=lambda value: getattr(value, "kind", value),
)
def test_what_is_hidden_from_a_proxy_leaves_no_trace_for_them(sides, hidden, by):
    """R2.2, R4.11: the patient sees it, their proxy finds no gap where it was, whoever of the two sides hid it."""
    proxies = []
    for number, side in enumerate(sides):
        proxy = make_user(f"proxy{number}@example.test", name="Pat Proxy")
        make_proxy_grant(side.patient, proxy, scopes=list(Section))
        proxies.append(proxy)
    with_it, without_it = sides
    rows = with_it.load(EXTRACT)
    row = rows[hidden.key.resource, hidden.key.id]
    if by == "surgery":
        hide_from(with_it.patient, row, audience="one-proxy", proxy_id=proxies[0].pk)
    else:
        from_one = proxies[0].pk if by.endswith("one") else None
        hide_as_patient(with_it, row, proxy_id=from_one)
    without_it.load(without(EXTRACT, hidden))
    compare(with_it, without_it, proxies)
    assert str(hidden.key) in "".join(with_it.seen(with_it.user).values())


def test_the_comparison_sees_an_entry_that_is_not_hidden(sides):
    """The check itself can fail."""
    with_it, without_it = sides
    with_it.load(EXTRACT)
    without_it.load(without(EXTRACT, HIDEABLE[0]))
    with pytest.raises(AssertionError):
        compare(with_it, without_it, (with_it.user, without_it.user))
