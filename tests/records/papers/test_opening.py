"""Who may open an attachment: the truth table.

| the attachment is | the reader gets |
|---|---|
| of an entry that they may read, of a kind that is shown | the file, shown |
| of such an entry, of another kind that is handed out, or called otherwise than it is | the file, to keep |
| of such an entry, of a kind that is not handed out; withheld; taken back; without content | what there would be at an address of nothing |
| of an entry hidden, withdrawn, not released, sealed, above the level, closed as late or older | the same |
| of no document, of another patient, at another position | the same |
| kept, and missing or not the one that was kept | a page that says so, and no file |

Staff at their door read what is hidden; what is withheld, or not handed out, nobody gets.
"""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.grants import record_of
from records.models import Document, Paper
from records.papers.keeping import path_of, shelf
from records.takeaway.pages import entry_pages, entry_words
from tests.cast import (
    make_entry,
    make_grant,
    make_proxy_grant,
    make_staff,
    set_status,
    sign_in,
)
from tests.clock import NOW
from tests.records.papers.files import EXE, HTML, PDF, TEXT, office, picture
from tests.records.papers.made import desk_document_of, document_of, make_document, spoil
from tests.records.views.record import entry_of, hide_from, page_of, reader, section_of

pytestmark = pytest.mark.django_db
TO_PROXY = {"ends_on": None, "open_ended_because": "For a test"}


@pytest.fixture
def open_to_patient(patient, patient_user):
    make_grant(patient, historical="full")
    return patient


@pytest.fixture
def reading(client, open_to_patient, patient_user):
    return reader(client, patient_user, open_to_patient)


def nothing_of(client, patient):
    """What there is at the address of no document, without the ids."""
    entry_id = uuid4()
    return answer(client, reverse("records:document", args=[patient.pk, entry_id, 0]), entry_id)


def answer(client, address, *ids):
    response = client.get(address)
    text = page_of(client, address)
    for each in ids:
        text = text.replace(str(each), "")
    headers = {**response.headers, "Content-Security-Policy": ""}  # it has a nonce
    return response.status_code, headers, text


def events(patient, action="document opened"):
    """What is on file about a patient, the newest first."""
    with rows_of(patient.pk):
        return list(AuditEvent.objects.filter(action=action).order_by("-sequence"))


SHOWN = {
    "application/pdf": PDF,
    "image/png": picture(),
    "image/jpeg": picture("JPEG"),
    "text/plain; charset=utf-8": TEXT,
}


def test_what_is_safe_is_shown_and_all_else_is_kept_as_a_file(reading, open_to_patient):
    for number, (media_type, content) in enumerate(SHOWN.items()):
        entry = make_document(open_to_patient, f"shown {number}", content)
        response = reading.get(document_of(entry))
        assert (response.status_code, response.content) == (200, content)
        assert response["Content-Type"] == media_type
        assert response["Content-Disposition"].startswith('inline; filename="Knee letter.')
        assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert response["Cache-Control"] == "no-store, private"
        as_file = reading.get(document_of(entry) + "?as=file")
        assert as_file["Content-Disposition"].startswith("attachment;")
    for content, values in ((HTML, {}), (office(), {}), (PDF, {"content_type": "image/png"})):
        entry = make_document(open_to_patient, f"kept {len(content)}", content, of_document=values)
        response = reading.get(document_of(entry))
        assert (response.status_code, response.content) == (200, content)
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_to_be_had_answers_as_an_address_of_nothing(reading, open_to_patient):
    """R2.3, R2.4, R1.10, R7.3, R5.5: nobody can tell that there is something, or why they do not get it."""
    patient = open_to_patient
    nothing = nothing_of(reading, patient)
    assert nothing[0] == 404
    hidden = make_document(patient, "hidden")
    hide_from(patient, hidden)
    entries = [
        hidden,
        make_document(patient, "withdrawn", withdrawn_at=NOW, withdrawn_because="x"),
        make_document(patient, "label", released=False, unreleased_because="source-withheld"),
        make_document(patient, "unreviewed", released=False, unreleased_because="not-reviewed"),
        make_document(patient, "sealed", flagged=True),
        make_document(patient, "withheld", of_document={"withheld": True}),
        make_document(patient, "taken back", of_document={"withdrawn_at": NOW}),
        make_document(patient, "absent", content=None),
        make_document(patient, "program", EXE),
        make_document(patient, "late", origin="transferred", added_at=NOW + timedelta(days=900)),
        make_document(patient, "no document", kind="observation", section="consultations"),
        make_entry(patient, "nothing attached", section="documents", kind="document"),
    ]
    for entry in entries:
        assert answer(reading, document_of(entry), entry.id) == nothing, entry.source_id
    with rows_of(patient.pk):
        renamed = Document.objects.get(entry_id=entries[8].id)
        Paper.objects.filter(id=renamed.paper_id).update(
            kind_code="pdf"
        )  # by rules of an earlier day
    assert answer(reading, document_of(entries[8]), entries[8].id) == nothing
    open_one = make_document(patient, "open")
    assert reading.get(document_of(open_one)).status_code == 200
    assert answer(reading, document_of(open_one, 1), open_one.id)[0] == 404


@pytest.mark.parametrize(
    ("current", "historical", "new", "old"),
    [
        ("full", "full", 200, 200),
        ("documents", "documents", 200, 200),
        ("documents", "detailed", 200, 404),
        ("full", "summary", 200, 404),
        ("detailed", "detailed", 404, 404),
        ("summary", "summary", 404, 404),
    ],
)
def test_an_attachment_needs_the_level_of_documents_for_its_age(
    client, patient, patient_user, current, historical, new, old
):
    """R1.6, R1.7"""
    make_grant(patient, current=current, historical=historical)
    reader(client, patient_user, patient)
    assert client.get(document_of(make_document(patient, "new"))).status_code == new
    older = make_document(patient, "old", recorded_at=None)
    assert client.get(document_of(older)).status_code == old


def test_a_proxy_needs_the_documents_and_a_grant_in_force(
    client, open_to_patient, proxy_user, stranger
):
    """R4.3, R4.8, R2.2"""
    entry = make_document(open_to_patient)
    reader(client, proxy_user, open_to_patient)
    assert client.get(document_of(entry)).status_code == 404
    grant = make_proxy_grant(open_to_patient, proxy_user, scopes=["medicines"], **TO_PROXY)
    assert client.get(document_of(entry)).status_code == 404
    grant.scopes = ["documents"]
    grant.save()
    assert client.get(document_of(entry)).content == PDF
    from_proxies = make_document(open_to_patient, "hidden")
    hide_from(open_to_patient, from_proxies, audience="proxies")
    assert client.get(document_of(from_proxies)).status_code == 404
    set_status(grant, "ended", "ROLE_DEACTIVATED_PATIENT_REQUEST")
    ended = client.get(document_of(entry))
    assert (ended.status_code, b"%PDF" in ended.content) == (403, False)
    reader(client, stranger, open_to_patient)
    assert client.get(document_of(entry)).status_code == 404


def test_a_paper_of_another_patient_is_not_reached(
    client, open_to_patient, other_patient, stranger
):
    """Neither by the other's address nor by a row that names the other's content."""
    make_grant(other_patient, historical="full")
    entry = make_document(open_to_patient)
    with rows_of(open_to_patient.pk):
        paper = Paper.objects.get()
    own = make_document(other_patient, content=None, of_document={})
    with rows_of(other_patient.pk):
        Document.objects.update(paper_id=paper.id)
    reader(client, stranger, other_patient)
    assert client.get(document_of(own)).status_code == 404
    address = reverse("records:document", args=[other_patient.pk, entry.id, 0])
    assert client.get(address).status_code == 404


def test_before_the_warnings_nothing_opens(client, open_to_patient, patient_user):
    """R5.1"""
    sign_in(client, patient_user)
    entry = make_document(open_to_patient)
    response = client.get(document_of(entry))
    assert (response.status_code, "before-you-open" in response["Location"]) == (302, True)
    client.logout()
    assert "sign-in" in client.get(document_of(entry))["Location"]


def test_opening_is_on_file_with_who_for_whom_and_which(reading, open_to_patient, patient_user):
    """R9.1"""
    entry = make_document(open_to_patient)
    reading.get(document_of(entry))
    [event] = events(open_to_patient)
    assert (event.actor_id, event.patient_id) == (patient_user.pk, open_to_patient.pk)
    assert (event.object, event.outcome) == (f"document of entry {entry.id} 0", "done")
    reading.get(document_of(entry, 7))
    assert events(open_to_patient)[0].outcome == "not-found"


@pytest.mark.parametrize("fault", ["missing", "cut short", "of another key", "of another document"])
def test_what_cannot_be_read_is_said_and_no_file(reading, open_to_patient, caplog, fault):
    """An empty file would be read as an empty letter. The log names no person."""
    entry, other = make_document(open_to_patient), make_document(open_to_patient, "d2", TEXT)
    with rows_of(open_to_patient.pk):
        paper, another = (
            Paper.objects.get(id=Document.objects.get(entry_id=each.id).paper_id)
            for each in (entry, other)
        )
    with shelf().open(path_of(another.name)) as file:
        sealed = file.read()
    if fault == "missing":
        shelf().delete(path_of(paper.name))
    else:
        spoil(paper, {"cut short": b"gAAA", "of another key": b"x" * 200}.get(fault, sealed))
    with caplog.at_level(logging.ERROR, "portal.papers"):
        logging.getLogger("portal").propagate = True
        response = reading.get(document_of(entry))
    assert response.status_code == 503
    page = response.content.decode()
    assert "This document cannot be opened now" in page
    assert "ask Riverbank Surgery for a copy" in page
    assert "Content-Disposition" not in response
    assert str(paper.id) in caplog.text
    assert "Knee" not in caplog.text
    assert "Testwell" not in caplog.text
    assert events(open_to_patient)[0].outcome == "not-found"
    assert reading.get(document_of(other)).content == TEXT


def test_staff_read_what_is_hidden_and_nobody_what_is_withheld(
    client, open_to_patient, staff, other_staff
):
    hidden = make_document(open_to_patient, "hidden")
    hide_from(open_to_patient, hidden)
    withheld = make_document(open_to_patient, "withheld", of_document={"withheld": True})
    back = make_document(open_to_patient, "back", of_document={"withdrawn_at": NOW})
    program = make_document(open_to_patient, "program", EXE)
    gone = make_document(open_to_patient, "gone", withdrawn_at=NOW, withdrawn_because="x")
    sign_in(client, staff)
    response = client.get(desk_document_of(hidden))
    assert (response.status_code, response.content) == (200, PDF)
    [event] = events(open_to_patient)
    assert (event.actor_id, event.object) == (staff.pk, f"desk document of entry {hidden.id} 0")
    for entry in (withheld, back, program, gone, make_entry(open_to_patient, "e")):
        assert client.get(desk_document_of(entry)).status_code == 404
        page = client.get(reverse("records:desk-entry", args=[open_to_patient.pk, entry.id]))
        assert desk_document_of(entry) not in page.content.decode()
    page = client.get(reverse("records:desk-entry", args=[open_to_patient.pk, hidden.id]))
    assert desk_document_of(hidden) in page.content.decode()
    sign_in(client, other_staff)
    assert client.get(desk_document_of(hidden)).status_code == 404


def test_staff_who_do_not_review_read_of_it_and_do_not_open_it(client, open_to_patient, surgery):
    """R8.1"""
    entry = make_document(open_to_patient)
    sign_in(client, make_staff(surgery, "front@example.test", Duty.CHECK_IDENTITY))
    page = client.get(reverse("records:desk-entry", args=[open_to_patient.pk, entry.id]))
    assert (page.status_code, "Attachment:" in page.text) == (200, True)
    assert desk_document_of(entry) not in page.text
    day = timezone.localdate()
    as_patient = [open_to_patient.pk, "patient", day, entry.id, 0]
    for address in (
        desk_document_of(entry),
        reverse("records:desk-as-document", args=as_patient),
    ):
        refused = client.get(address)
        assert (refused.status_code, b"%PDF" in refused.content) == (403, False)
        assert "You cannot do this" in refused.text


def test_staff_give_a_reason_first(client, open_to_patient, staff):
    sign_in(client, staff, reason=False)
    response = client.get(desk_document_of(make_document(open_to_patient)))
    assert (response.status_code, "reason" in response["Location"]) == (302, True)


def test_staff_see_a_document_as_somebody_does(client, open_to_patient, staff):
    """Read only, and on file as what it is."""
    entry, hidden = make_document(open_to_patient), make_document(open_to_patient, "hidden")
    hide_from(open_to_patient, hidden)
    sign_in(client, staff)

    def seen(of):
        day = timezone.localdate()
        return reverse(
            "records:desk-as-document", args=[open_to_patient.pk, "patient", day, of.id, 0]
        )

    assert client.get(seen(entry)).content == PDF
    assert client.get(seen(hidden)).status_code == 404
    assert events(open_to_patient) == []
    assert {each.actor_id for each in events(open_to_patient, "record seen as somebody")} == {
        staff.pk
    }
    page = client.get(seen(entry).rsplit("/documents", 1)[0]).content.decode()
    assert f'href="{seen(entry)}"' in page


def test_pages_say_what_can_be_opened_and_what_not(reading, open_to_patient):
    """R6.9, R5.6: the kind and size by content, and who to ask where there is nothing to open."""
    values = {
        "open": (PDF, {}, f"Open Knee letter (PDF, {len(PDF)} bytes)"),
        "keep": (office(), {}, "Download Knee letter (Word document,"),
        "odd": (PDF + b" ", {"content_type": "image/png"}, "as another kind of file than it is"),
        "program": (EXE, {}, "This is a file that can run programs. It may not be safe to open"),
        "damaged": (None, {"problem": "not-readable"}, "came damaged, so it cannot be opened"),
        "large": (None, {"problem": "too-large"}, "too large to open here"),
        "withheld": (PDF, {"withheld": True, "title": "SECRET"}, "is not available online"),
        "elsewhere": (None, {"source_url": "Binary/1"}, "You cannot open this document here yet"),
    }
    for source_id, (content, of_document, words) in values.items():
        entry = make_document(open_to_patient, source_id, content, of_document=of_document)
        page = page_of(reading, entry_of(entry))
        assert words in page, source_id
        assert (document_of(entry) in page) is (source_id in {"open", "keep", "odd"}), source_id
        assert ("?as=file" in page) is (source_id == "open")
        assert ("use the back button" in page) is (source_id == "open")
        assert "SECRET" not in page
    page = page_of(reading, section_of(open_to_patient, "documents"))
    for _, _, words in values.values():
        assert words in page
    assert page.count("You are then responsible for where it is kept") == 1


def test_a_copy_of_the_record_says_that_a_document_is_not_in_it(open_to_patient, patient_user):
    """Nothing on paper can be pressed."""
    entry = make_document(open_to_patient)
    access = record_of(patient_user, open_to_patient.pk, on=NOW.date())
    with rows_of(open_to_patient.pk):
        [page] = entry_pages(access, [entry.id])
        words = entry_words(access, page, level=2)
    assert "The document itself is not in this copy. You can open it online." in words
    assert "Open Knee" not in words
    assert "download" not in words.lower()
