"""Every entry of a real record can be reached from its home, and the pages say what was written and no more."""

import json
import re
from datetime import date, datetime

import pytest
from django.utils import timezone

from audit.row_security import rows_of
from nhsuk.wording import MONTHS, date_words, partial_date_words
from records.content import PartialDate
from records.explaining import access_of_patient, explain
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import Entry
from surgeries.terms import Level
from tests.cast import make_grant, read_all
from tests.clock import NOW
from tests.conftest import SHARED
from tests.crawling import UUID, walk
from tests.records.views.record import reader

pytestmark = pytest.mark.django_db

FOLDER = SHARED / "gpc-structured-gp2gp" / "full-record"
FILES = sorted(path for path in FOLDER.rglob("*.json")) if FOLDER.exists() else []
SAME_FOR_ALL = ("/looks-wrong", "/hide")
"""Pages that say no more of an entry than its own page does."""
NO_WAY_TO_OPEN = ("/over-time",)
"""Pages that a look for results to open does without: they lead to what the page of an entry leads to."""
DAY = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}\b")
SHORT_DAY = re.compile(r"\b\d{2}-[A-Z][a-z]{2}-\d{4}\b")
NOT_WORDS = re.compile(r"\b(?:None|null|undefined|NaN|nan)\b")

if not FILES:
    pytestmark = [
        pytestmark,
        pytest.mark.skip("the shared test extracts are not beside this checkout"),
    ]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def record(request, patient, patient_user):
    """A real extract, loaded for the patient of the cast, all of it open."""
    make_grant(patient, Level.FULL, Level.FULL)
    data = request.param.read_bytes()
    store(read(data), patient, by=None, now=NOW)
    read_all(patient)
    return data.decode()


@pytest.fixture
def pages(client, record, patient, patient_user):
    """Every page of it once all results have been opened."""
    reader(client, patient_user, patient)
    home = f"/records/{patient.pk}/"
    for path in walk(client, patient, leave_out=(*SAME_FOR_ALL, *NO_WAY_TO_OPEN)):
        if path.endswith("/before-you-see-it"):
            client.post(path.replace("/before-you-see-it", "/see-it"))
    return {
        path.removeprefix(home): page
        for path, page in walk(client, patient, leave_out=SAME_FOR_ALL).items()
    }


def held(patient):
    with rows_of(patient.pk):
        return list(Entry.objects.of(patient))


def test_a_real_record_can_be_read_whole_and_says_what_was_written(pages, record, patient):
    """R6.2, R6.3, R6.7: one walk for all four, since a walk is hundreds of pages."""
    rows = held(patient)
    just_what_is_listed(pages, patient)
    titles_of_the_clinicians(pages, rows)
    no_word_that_is_none(pages, record, rows)
    no_date_that_nobody_wrote(pages, record, rows)
    no_date_that_is_lost(pages, rows)


def just_what_is_listed(pages, patient):
    """Each entry that `show_record` lists is reached by links, and no other."""
    listed = explain(patient, access_of_patient(patient, on=timezone.localdate(NOW)), hidden=False)
    reached = {
        path.removeprefix("entries/")
        for path, page in pages.items()
        if re.fullmatch(f"entries/{UUID.pattern}", path) and page.status == 200
    }
    assert reached == {entry["id"] for entry in listed}
    assert {page.status for page in pages.values()} <= {200, 302}


def titles_of_the_clinicians(pages, rows):
    """Each entry's page has the title that was stored from the source's own words."""
    for row in rows:
        if page := pages.get(f"entries/{row.id}"):
            title = re.sub(r"\s+", " ", row.title).strip()
            assert title in page.text


def no_word_that_is_none(pages, record, rows):
    """No null, no internal id, no raw code."""
    codes = {
        code["code"]
        for row in rows
        for code in row.details.get("codes", [])
        if code.get("code", "").isdigit() and len(code["code"]) > 5
    }
    typed = " ".join(strings(json.loads(record), {"code", "reference", "id", "value", "fullUrl"}))
    for path, page in pages.items():
        assert not UUID.search(page.text), path
        assert not {*re.findall(r"\d{6,}", page.text)} & codes - {*re.findall(r"\d{6,}", typed)}, (
            path
        )
        assert not {*NOT_WORDS.findall(page.text)} - {*NOT_WORDS.findall(typed)}, path


def no_date_that_nobody_wrote(pages, record, rows):
    """A partial date never becomes a whole one."""
    written = {date_words(NOW)} | {date_words(row.recorded_at) for row in rows if row.recorded_at}
    for row in rows:
        written |= {date_words(day) for day in whole_days(row.details)}
        if row.effective_precision in ("day", "time"):
            written.add(date_words(row.effective_on))
    typed = set(DAY.findall(record))
    for written_so in SHORT_DAY.findall(record):  # in the source's warnings about a section
        written.add(date_words(datetime.strptime(written_so, "%d-%b-%Y").date()))
    for path, page in pages.items():
        assert {*DAY.findall(page.text)} <= written | typed, path


def no_date_that_is_lost(pages, rows):
    """R1.1: whatever happened on a day has it on the page where it stands, also where its entry is of another."""
    for row in rows:
        page = pages.get(f"entries/{row.root_id or row.id}")
        if page and row.kind != "result-group" and row.effective_precision != "unknown":
            when = PartialDate(row.effective_on, row.effective_time, row.effective_precision)
            assert partial_date_words(when) in page.text, row.source_id


def whole_days(details):
    """Each date in a piece of content that has a day."""
    if isinstance(details, dict):
        if details.get("precision") in ("day", "time"):
            yield date.fromisoformat(details["on"])
        details = list(details.values())
    if isinstance(details, list):
        for each in details:
            yield from whole_days(each)


def strings(value, leave_out):
    """Every text of a document but that of some fields."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in leave_out:
                yield from strings(each, leave_out)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each, leave_out)
    elif isinstance(value, str):
        yield value
