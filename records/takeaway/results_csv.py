"""Test results as a table: CSV as RFC 4180 has it, in UTF-8 with a mark, which spreadsheets ask for."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import time
from uuid import UUID

from audit.row_security import rows_of
from records.content import Measurement, Observation, PartialDate, Quantity, Specimen
from records.models import Entry
from records.models.entry import Row
from records.own_dates import is_known, lies_between
from records.showing import Shown, measurements, parts_of, range_words
from records.takeaway.chosen import count_sealed, in_chunks, measured_places
from records.takeaway.job import Job, Made
from records.takeaway.told import days_words, not_inside
from surgeries.terms import Section

COLUMNS = (
    "Date", "Part of the record", "Report or visit", "Test", "Comparator", "Value", "Unit", "Result in words",
    "Range", "Laboratory's remark", "Sample", "Where on the body", "Method", "Status", "Comment",
)  # fmt: skip
PER_CHUNK = 100
MARK = b"\xef\xbb\xbf"
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")

Line = tuple[str, ...]


def make_results(job: Job) -> Made:
    """Write every result that the viewer may read and has opened, and what was measured outside reports, newest first.

    What the file does not have stands in its first lines, always; its heading comes after an empty line.
    """
    with rows_of(job.access.patient.pk):
        found = measured_places(job.access, job.chosen)
        sealed = count_sealed(job.access, replace(job.chosen, sections=tuple(Section)))
    job.file.write(MARK + as_csv(_first_lines(job, sealed)))
    done = 0
    for chunk in in_chunks(found, PER_CHUNK):
        job.progress(done, len(found))
        with rows_of(job.access.patient.pk):
            job.file.write(as_csv(_lines(job, chunk)))
        done += len(chunk)
    return Made("gp-record-test-results.csv", "text/csv; charset=utf-8")


def _first_lines(job: Job, sealed: int) -> Iterator[Line]:
    rest = ("",) * (len(COLUMNS) - 1)
    for words in [*not_inside(job.copy.kind, sealed), days_words(job.chosen)]:
        if words:
            yield (words, *rest)
    yield ("", *rest)
    yield COLUMNS


def as_csv(lines: Iterable[Line]) -> bytes:
    """Lines of cells; what a spreadsheet would take for a formula begins with an apostrophe."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(
        [harmless(cell) for cell in line] for line in lines
    )
    return written.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs; numbers stay numbers."""
    if FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _lines(job: Job, ids: Sequence[UUID]) -> Iterator[Line]:
    visible = Entry.objects.visible_to(job.access)
    rows = {row.id: row for row in visible.filter(id__in=ids).as_rows()}
    ordered = [rows[each] for each in ids if each in rows]
    parts = parts_of(job.access, [row for row in ordered if row.section == Section.TEST_RESULTS])
    above = visible.filter(id__in=[row.root_id for row in ordered if row.root_id])
    wholes = {row.id: Shown(row) for row in above.as_rows()}
    for row in ordered:
        if row.section == Section.TEST_RESULTS:
            yield from _of_entry(row, parts.get(row.id, []))
        else:
            yield from _of_measurement(job, Shown(row), wholes.get(row.root_id or row.id))


def _of_measurement(job: Job, shown: Shown, whole: Shown | None) -> Iterator[Line]:
    """What was measured outside reports; one that has no date itself is of the day of its visit."""
    if shown.is_sealed:  # sealed since the list was made
        return
    if whole and not is_known(shown.when):
        shown.when = whole.when
    days = (job.chosen.from_on, job.chosen.to_on)
    if not is_known(shown.when) or lies_between(shown.when, *days):
        yield from _of_result(shown, whole.title if whole else "", shown)


def _of_entry(row: Row, parts: list[Shown]) -> Iterator[Line]:
    report = Shown(row, parts)
    if report.is_sealed:  # sealed since the list was made
        return
    if isinstance(report.content, Observation):
        yield from _of_result(report, "", report)
        return
    conclusion = getattr(report.words, "conclusion", "")
    notes = [conclusion, *getattr(report.words, "specimen_notes", [])]
    if text := "\n".join(filter(None, notes)):
        yield _line(report, report.title, "", comment=text)
    for part in parts:
        yield from _of_result(part, report.title, report)


def _of_result(part: Shown, report: str, root: Shown) -> Iterator[Line]:
    comment = "\n".join(filter(None, [part.comment, *getattr(part.words, "specimen_notes", [])]))
    if not isinstance(part.content, Measurement):  # a comment on several results
        if comment:
            yield _line(part, report, "", comment=comment, root=root)
        return
    given = [(title, each) for title, each in measurements(part.content) if _says(each)]
    if not (given or comment) and part.kind == "result-group":
        return  # a heading that says nothing by itself
    for title, each in given or [("", part.content)]:
        test = f"{part.title}: {title}" if title else part.title
        yield _line(part, report, test, each, comment=comment, root=root)
        comment = ""


def _says(each: Measurement) -> bool:
    return bool(each.value or each.words or each.ranges or each.flags or each.absent_because)


def _line(
    part: Shown,
    report: str,
    test: str,
    given: Measurement | None = None,
    *,
    comment: str = "",
    root: Shown | None = None,
) -> Line:
    given = given or Measurement()
    value = given.value or Quantity()
    typed = part.typed if given is part.content else []
    absent = f"No value: {given.absent_because}" if given.absent_because else ""
    words = "; ".join(filter(None, [given.words, *typed])) or ("" if given.value else absent)
    comparator = " ".join(filter(None, ["about" if value.approximate else "", value.comparator]))
    return (
        iso(part.when), Section(part.section).label, report, test, comparator, value.number, value.unit, words,
        "; ".join(filter(None, map(range_words, given.ranges))),
        "; ".join(flag.words or flag.code for flag in given.flags),
        _sample(part, root), _said(part, "body_site"), _said(part, "method"), _status(part), comment,
    )  # fmt: skip


def _sample(part: Shown, root: Shown | None) -> str:
    own: list[Specimen] = getattr(part.content, "specimens", [])
    above: list[Specimen] = getattr(root.content, "specimens", []) if root else []
    return ", ".join(dict.fromkeys(each.kind for each in own or above if each.kind))


def _said(part: Shown, name: str) -> str:
    words: str = getattr(part.content, name, "")
    return words


def _status(part: Shown) -> str:
    return "Preliminary" if getattr(part.content, "status", "") == "preliminary" else ""


def iso(when: PartialDate) -> str:
    """A date for computers, as precise as the source and no more; empty where it is not known (R6.7).

    Exactly midnight is how sources write a day of which they do not know the time.
    """
    if when.on is None or when.precision == "unknown":
        return ""
    day = when.on.isoformat()
    if when.precision == "time" and when.at and when.at != time(0):
        return f"{day} {when.at:%H:%M}"
    return day[: {"year": 4, "month": 7}.get(when.precision, 10)]
