"""Copies made at once, and what they say."""

import csv
import io
import re

from pypdf import PdfReader

from accounts.models import User
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.grants import with_levels
from records.models import Takeaway
from records.takeaway.keeping import pieces_of
from records.takeaway.making import make
from records.takeaway.results_csv import COLUMNS
from surgeries.terms import Section
from tests.clock import NOW, TODAY


def access_to(patient, viewer=None):
    """What somebody may read; the patient themself unless told otherwise."""
    viewer = viewer or User.objects.get(online_registrations__patient=patient)
    return with_levels(access_of(viewer, patient.pk, on=TODAY))


def made(patient, viewer, kind="pdf", **asked):
    """A copy, made at once."""
    asked = {"sections": list(Section.values)} | asked
    with rows_of(patient.pk):
        copy = Takeaway.objects.create(
            patient=patient, viewer_id=viewer.pk, kind=kind, asked_at=NOW, **asked
        )
    make.call(str(patient.pk), str(copy.id))
    with rows_of(patient.pk):
        return Takeaway.objects.get(patient=patient, id=copy.id)


def content(copy):
    return b"".join(pieces_of(copy))


def cells_of(copy):
    """All cells of a table, line by line."""
    return list(csv.reader(io.StringIO(content(copy).decode("utf-8-sig"), newline="")))


def lines_of(copy):
    """The cells below the heading."""
    cells = cells_of(copy)
    return cells[cells.index(list(COLUMNS)) + 1 :]


def first_lines_of(copy):
    """What a table says of itself above its heading."""
    cells = cells_of(copy)
    return [line[0] for line in cells[: cells.index(list(COLUMNS))]]


def reader_of(data):
    return PdfReader(io.BytesIO(data))


def text_of(data):
    """The words of a PDF without its page numbers and heads."""
    return words("\n".join(page.extract_text() for page in reader_of(data).pages))


def words(text):
    return re.sub(r"\s+", " ", text).strip()
