"""A record to look at, and the way to its pages."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

from django.urls import reverse

from accounts.models.fields import box
from audit.row_security import rows_of
from records.grants import record_of
from records.models import ImportedExtract, Redaction, SectionNotice, Takeaway, TakeawayPiece
from records.takeaway.keeping import basis_of
from records.warnings import AGREED, VERSION
from surgeries.terms import Section
from tests.cast import make_entry, sign_in
from tests.clock import NOW


def agreed(client, patient):
    """A signed-in client that has agreed to the warnings for a patient."""
    session = client.session
    session[AGREED] = {str(patient.pk): VERSION}
    session.save()
    return client


def reader(client, user, patient):
    """A client through every door before the record."""
    return agreed(sign_in(client, user), patient)


def home_of(patient):
    return reverse("records:home", args=[patient.pk])


def section_of(patient, section):
    return reverse("records:section", args=[patient.pk, section])


def entry_of(entry):
    return reverse("records:entry", args=[entry.patient_id, entry.id])


def cover(patient, *sections):
    """Say that an extract with these sections was loaded; all of them where none is named."""
    with rows_of(patient.pk):
        ImportedExtract.objects.create(
            patient=patient,
            content_hash="0",
            loaded_at=NOW,
            sections=list(sections or Section.values),
        )


def notice(patient, section, code, words="SOURCE WORDS"):
    with rows_of(patient.pk):
        SectionNotice.objects.create(
            patient=patient, section=section, code=code, given_at=NOW, source_text=words
        )


def hide_from(patient, entry, audience="everyone", **values):
    with rows_of(patient.pk):
        Redaction.objects.create(
            patient=patient,
            entry_id=entry.id,
            audience=audience,
            reason="For a test",
            hidden_by_id=uuid4(),
            hidden_at=NOW,
            **values,
        )


def make_medicine(patient, source_id="m1", **values):
    details = {"prescription_type": "repeat", "status": "active"} | values.pop("details", {})
    values = {"title": "Atorvastatin 20mg tablets"} | values
    return make_entry(
        patient, source_id, section="medicines", kind="medicine", level_needed="summary",
        details=details, **values,
    )  # fmt: skip


def make_allergy(patient, source_id="a1", **values):
    values = {"title": "Penicillin", "details": {"status": "active"}} | values
    return make_entry(
        patient, source_id, section="allergies", kind="allergy", level_needed="summary", **values
    )


def make_report(patient, source_id="r1", **values):
    values = {"title": "Full blood count", "effective_on": date(2024, 5, 1)} | values
    values["effective_precision"] = "day"
    return make_entry(patient, source_id, section="test-results", kind="report", **values)


def make_part(root, source_id, position, **values):
    values = {"kind": "result", "title": "Haemoglobin"} | values
    return make_entry(
        root.patient, source_id, section=root.section, root_id=root.id, position=position, **values
    )


def unmarked(page):
    """A page without the buttons of its short words, which stand in the middle of a text."""
    return re.sub(r'<button type="button" class="app-term"[^>]*>([^<]*)</button>', r"\1", page)


def page_of(client, address):
    """The words of a page without what differs in every response."""
    text = client.get(address).content.decode()
    return re.sub(r'(nonce="|csrfmiddlewaretoken" value=")[^"]*', r"\1", text)


def kept_copy(patient, viewer, *, pieces=2, **values):
    """A copy that somebody had made before, in pieces of one letter."""
    values = {"asked_at": NOW, "ends_at": datetime(2099, 1, 1, tzinfo=UTC)} | values
    with rows_of(patient.pk):
        copy = Takeaway.objects.create(
            patient=patient, viewer_id=viewer.pk, kind="results", sections=[], state="ready",
            file_name="results.csv", content_type="text/csv", size=pieces,
            basis=basis_of(record_of(viewer, patient.pk, on=NOW.date())), **values,
        )  # fmt: skip
        for number in range(pieces):
            TakeawayPiece.objects.create(
                patient=patient, takeaway_id=copy.id, number=number, content=box().encrypt(b"x")
            )  # fmt: skip
    return copy
