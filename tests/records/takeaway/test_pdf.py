"""The document: tagged, complete, and the words of the pages."""

import html
import io
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from audit.row_security import rows_of
from records.entry_pages import find_whole, read_entry
from records.models import Entry, OpenedResult
from records.takeaway import record_pdf
from records.takeaway.chosen import Chosen, places
from records.takeaway.making import MAKERS
from records.takeaway.pages import entry_pages
from surgeries.terms import Section
from tests.cast import make_entry, make_proxy_grant
from tests.clock import NOW, TODAY
from tests.journeys.conftest import load_demo_record
from tests.records.takeaway.copies import (
    access_to,
    content,
    made,
    reader_of,
    text_of,
)
from tests.records.views.record import (
    cover,
    entry_of,
    hide_from,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    reader,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not record_pdf.can_make_pdf(), reason="this machine has no libpango"),
]
VALUE = {"value": {"number": "131.5", "unit": "g/L"}}
HIGH = VALUE | {"flags": [{"code": "H", "words": "High"}]}


@pytest.fixture
def record(open_to_patient):
    cover(open_to_patient)
    make_medicine(
        open_to_patient,
        details={"dose": "One at night"},
        effective_on=date(2020, 1, 2),
        effective_precision="day",
    )
    make_allergy(open_to_patient)
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE)
    return open_to_patient


def test_it_is_tagged_and_has_a_title_a_language_and_bookmarks(record, patient_user, tmp_path):
    copy = made(record, patient_user)
    assert (copy.state, copy.file_name, copy.content_type) == (
        "ready",
        "gp-record.pdf",
        "application/pdf",
    )
    pdf = reader_of(content(copy))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == "en-GB"
    assert pdf.metadata.title == "GP record of Ada Testwell"
    titles = [each.title for each in flat(pdf.outline)]
    assert titles[0] == "GP record of Ada Testwell"
    assert {"Medicines", "Atorvastatin 20mg tablets", "Full blood count"} <= set(titles)
    if shutil.which("pdfinfo"):
        (tmp_path / "copy.pdf").write_bytes(content(copy))
        told = subprocess.run(
            ["pdfinfo", tmp_path / "copy.pdf"], capture_output=True, text=True, check=True
        ).stdout
        assert re.search(r"Tagged:\s+yes", told)


def flat(outline):
    for each in outline:
        if isinstance(each, list):
            yield from flat(each)
        else:
            yield each


def test_the_first_page_says_whose_it_is_and_what_it_has_not(record, patient_user):
    text = text_of(content(made(record, patient_user)))
    for said in (
        "Date of birth 3 February 1980",
        "Made for Ada Testwell",
        "GP surgery Riverbank Surgery",
        "What is not in this copy",
        "It has only what was open to you online on the day it was made.",
        "Letters and other files are not inside.",
    ):
        assert said in text, said
    assert "not opened" not in text


def test_a_proxys_copy_says_who_has_it_and_has_their_sections_only(record, proxy_user):
    make_proxy_grant(record, proxy_user, ends_on=None, open_ended_because="For a test")
    text = text_of(content(made(record, proxy_user)))
    assert "Made for Cara Helper, who acts for Ada Testwell" in text
    assert "Atorvastatin" in text
    assert "Penicillin" not in text


def test_it_has_the_chosen_parts_and_days(record, patient_user):
    make_medicine(
        record,
        "m2",
        title="Older tablets",
        effective_on=date(2009, 1, 1),
        effective_precision="year",
    )
    make_medicine(record, "m3", title="Undated tablets")
    chosen = {"sections": ["medicines"], "from_on": date(2009, 6, 1), "to_on": date(2019, 1, 1)}
    text = text_of(content(made(record, patient_user, **chosen)))
    assert "From 1 June 2009 to 1 January 2019" in text
    assert "Older tablets" in text  # some day of 2009
    assert "Undated tablets" in text
    assert "Atorvastatin" not in text
    assert "Penicillin" not in text


def test_a_section_without_entries_says_how_it_stands(open_to_patient, patient_user):
    cover(open_to_patient, "medicines")
    text = text_of(content(made(open_to_patient, patient_user)))
    assert "Medicines Nothing recorded." in text
    assert "Allergies and adverse reactions Information not available." in text


def test_results_that_were_not_opened_are_counted_and_not_inside(record, patient_user):
    report = make_report(record, "r2", title="Liver function")
    make_part(report, "p2", 1, title="Bilirubin", details=HIGH, flagged=True)
    text = text_of(content(made(record, patient_user)))
    assert "1 result that you have not opened yet is not in this copy." in text
    assert "Liver" not in text
    assert "Bilirubin" not in text
    with rows_of(record.pk):
        OpenedResult.objects.create(
            patient=record, viewer_id=patient_user.pk, entry_id=report.id, opened_at=NOW
        )
    text = text_of(content(made(record, patient_user)))
    assert "not opened" not in text
    assert "Bilirubin" in text


def test_what_is_typed_in_a_record_runs_nothing_and_fetches_nothing(record, patient_user):
    bad = '</dd><img src="file:///etc/passwd"><script>alert(1)</script><h1>Me'
    make_allergy(record, "bad", title=bad)
    text = text_of(content(made(record, patient_user)))
    assert "<script>alert(1)</script><h1>Me" in text


def test_a_broken_entry_does_not_stop_the_copy(record, patient_user):
    make_allergy(record, "broken", title="Peanuts", details={"reactions": "none"})
    text = text_of(content(made(record, patient_user)))
    assert "One entry could not be put into this copy" in text
    assert "Penicillin" in text


def test_a_volume_may_take_so_much_work_and_no_more():
    """Nothing in a record can keep a worker busy for ever (R7.7)."""
    with pytest.raises(record_pdf.NotDrawn, match="code -"):
        record_pdf.draw(f"<p>{'word ' * 400_000}</p>", most_work=1)


def test_a_volume_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(record_pdf, "LONGEST", 0.05)
    with pytest.raises(record_pdf.NotDrawn, match="it hung"):
        record_pdf.draw("<p>x</p>")


def test_a_volume_that_waits_for_a_busy_machine_is_drawn():
    """It counts what is done, not how late it is: here the process stands still for longer than it may work."""
    work = 3
    drawn = []
    thread = threading.Thread(
        target=lambda: drawn.append(record_pdf.draw("<p>x</p>", most_work=work))
    )
    thread.start()
    while not (busy := drawing()):
        time.sleep(0.01)
    for process in busy:
        os.kill(process, signal.SIGSTOP)
    time.sleep(work + 1)
    for process in busy:
        os.kill(process, signal.SIGCONT)
    thread.join()
    assert drawn[0].startswith(b"%PDF")


def drawing():
    """The processes that draw for this one."""
    children = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    told = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in " ".join(children).split()}
    return [int(pid) for pid, words in told.items() if b"takeaway.volume" in words]


def test_a_hidden_entry_leaves_no_trace(record, patient_user):
    before = text_of(content(made(record, patient_user)))
    hidden = make_allergy(record, "hidden", title="Latex")
    sealed = make_report(record, "r3", title="Secret")
    make_part(sealed, "p3", 1, title="Marker", details=HIGH, flagged=True)
    hide_from(record, hidden)
    hide_from(record, sealed)
    assert text_of(content(made(record, patient_user))) == before


def test_a_long_record_is_several_documents_each_complete(record, patient_user, monkeypatch):
    for number in range(5):
        make_medicine(record, f"more{number}", title=f"Tablets {number}")
    monkeypatch.setitem(MAKERS, "pdf", partial(record_pdf.make_pdf, per_volume=3))
    copy = made(record, patient_user)
    assert (copy.file_name, copy.content_type) == ("gp-record.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(content(copy))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        volumes = [archive.read(name) for name in names]
    assert names == [f"gp-record-part-{number:03}.pdf" for number in (1, 2, 3)]
    for number, volume in enumerate(volumes, start=1):
        assert reader_of(volume).trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert f"This is part {number}." in text_of(volume)
    text = " ".join(text_of(volume) for volume in volumes)
    for number in range(5):
        assert text.count(f"Tablets {number}") == 1
    assert copy.total == 8


def test_many_entries_are_read_as_one_by_one(record, patient_user):
    make_entry(
        record,
        "c1",
        kind="consultation",
        title="Surgery visit",
        details={"topics": [{"title": "Cough", "headings": []}]},
    )
    access = access_to(record, patient_user)
    with rows_of(record.pk):
        ids = [place.id for place in places(access, Chosen(tuple(Section)))]
        together = entry_pages(access, ids)
        alone = [read_entry(access, find_whole(access, each)) for each in ids]
    assert len(ids) == 4
    for one, other in zip(together, alone, strict=True):
        assert one.entry == other.entry
        assert one.linked.keys() == other.linked.keys()
        assert [part.id for part in one.shown.parts] == [part.id for part in other.shown.parts]
        assert len(one.topics) == len(other.topics)


HEAD_OF_TABLE = "TestResultRangeLaboratory'sremark"
SAID_TO_A_SCREEN_ONLY = re.compile(
    r'<span class="nhsuk-table__heading" aria-hidden="true">.*?</span>'
    r'|<span class="nhsuk-u-visually-hidden">.*?</span>'
)


def squeezed(text):
    """Words without spaces, since lines break elsewhere on paper."""
    return re.sub(r"[\s•]+", "", text).replace(HEAD_OF_TABLE, "")


def on_paper(data):
    """All words of a PDF but the head and foot of each page."""
    text = ""
    for page in reader_of(data).pages:
        lines = page.extract_text()
        text += re.sub(r"Page \d+ of \d+|Ada Testwell, NHS number [\d\s]+\n?", "", lines)
    return squeezed(text)


def on_its_page(client, entry):
    """The words of an entry's page, without the ways on from it."""
    body = client.get(entry_of(entry)).text
    main = body[body.index("<h1") : body.index("</main>")]
    main = main.split("<!-- what the surgery was told -->")[0]
    plain = re.sub(r"<[^>]+>", " ", SAID_TO_A_SCREEN_ONLY.sub("", main))
    return squeezed(html.unescape(plain))


@pytest.mark.parametrize("key", ["ada", "niamh"])
def test_its_words_are_those_of_the_pages(client, open_to_patient, patient_user, key):
    load_demo_record(key, open_to_patient, TODAY, NOW)
    access = access_to(open_to_patient, patient_user)
    copy = made(open_to_patient, patient_user)
    assert copy.state == "ready"
    paper = on_paper(content(copy))
    reader(client, patient_user, open_to_patient)
    with rows_of(open_to_patient.pk):
        entries = [
            Entry.objects.visible_to(access).get(id=place.id)
            for place in places(access, Chosen(tuple(Section)))
        ]
    assert len(entries) == copy.total > 15
    missing = [entry.title for entry in entries if on_its_page(client, entry) not in paper]
    assert missing == []
