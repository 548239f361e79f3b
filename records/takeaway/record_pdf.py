"""A record as a document to read and print: tagged PDFs of some hundred entries each, several in one ZIP."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import IO, NamedTuple, cast

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from audit.row_security import rows_of
from records import letter_pages
from records.entry_pages import EntryPage
from records.limits import sections_open_from_date
from records.notices import notices_of
from records.section_groups import GROUPS
from records.sections import State, facts_of, sections_with_entries, state_of
from records.showing import Broken
from records.takeaway.chosen import Chosen, Place, count_sealed, in_chunks, places
from records.takeaway.job import Job, Made
from records.takeaway.pages import entry_pages, entry_words
from records.takeaway.told import not_inside
from records.visibility import RecordAccess
from surgeries.terms import Section

STYLES = "nhsuk/takeaway.css"
PER_VOLUME = 400
MOST_WORDS = 600_000  # characters of HTML in a volume: entries can be long
PER_CHUNK = 25
MOST_WORK = 300  # seconds of processor for one volume, however busy the machine is
LONGEST = 3600  # seconds by the clock, against nothing but a process that waits for ever
UNREADABLE = "<article><p>One entry could not be put into this copy. It is in the record online.</p></article>"


class NotDrawn(Exception):
    """A volume could not be made."""


class Written(NamedTuple):
    """An entry in HTML, and where it belongs."""

    place: Place
    words: str


class SectionPart(NamedTuple):
    """What a volume has of a section: how the section stands, and entries below the headings of its groups."""

    section: Section
    state: State
    notices: list[str]
    groups: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Cover:
    """What the first page says: whose it is, for whom and of when, what it has and what it has not."""

    access: RecordAccess
    chosen: Chosen
    made_at: datetime
    states: dict[Section, State]
    notices: dict[Section, list[str]]
    not_inside: list[str] = field(default_factory=list)
    only_since: frozenset[Section] = frozenset()


def can_make_pdf() -> bool:
    """Whether this machine has what a PDF is drawn with."""
    return letter_pages.weasyprint is not None  # type: ignore[attr-defined]


def make_pdf(job: Job, *, per_volume: int = PER_VOLUME, most_entries: int | None = None) -> Made:
    """Write a PDF, or a ZIP of several where the record is long; at no time are more than two volumes in memory.

    `most_entries` is for the bench, which measures the memory of the first so many.
    """
    with rows_of(job.access.patient.pk):
        found, cover = places(job.access, job.chosen)[:most_entries], _cover(job)
    volumes = _volumes(job, found, per_volume)
    first = next(volumes)
    second = next(volumes, None)
    if second is None:
        job.file.write(_drawn(cover, first, 0))
        return Made("gp-record.pdf", "application/pdf")
    # it writes forwards only: `PieceWriter` can do no more
    with zipfile.ZipFile(cast(IO[bytes], job.file), "w", zipfile.ZIP_STORED) as archive:
        for number, volume in enumerate(_chain(first, second, volumes), start=1):
            made = timezone.localtime(job.now).timetuple()[:6]
            name = zipfile.ZipInfo(f"gp-record-part-{number:03}.pdf", made)
            archive.writestr(name, _drawn(cover, volume, number))
    return Made("gp-record.zip", "application/zip")


def _chain(
    first: list[Written], second: list[Written], rest: Iterator[list[Written]]
) -> Iterator[list[Written]]:
    yield first
    yield second
    yield from rest


def _cover(job: Job) -> Cover:
    access, patient = job.access, job.access.patient
    facts, present = facts_of(patient), sections_with_entries(access)
    states = {
        section: state_of(access, section, facts, has_entries=section in present)
        for section in job.chosen.sections
    }
    notices = {section: notices_of(section, facts) for section in job.chosen.sections}
    sealed = count_sealed(access, job.chosen)
    without = not_inside(job.copy.kind, sealed)
    since = sections_open_from_date(access)
    return Cover(access, job.chosen, job.now, states, notices, without, since)


def _volumes(job: Job, found: list[Place], per_volume: int) -> Iterator[list[Written]]:
    """The entries of one volume after another; one without any where there is nothing."""
    volume: list[Written] = []
    length = done = 0
    for chunk in in_chunks(found, PER_CHUNK):
        job.progress(done, len(found))
        for written in _written(job.access, chunk):
            volume.append(written)
            length += len(written.words)
            if len(volume) >= per_volume or length >= MOST_WORDS:
                yield volume
                volume, length = [], 0
        done += len(chunk)
    if volume or not found:
        yield volume


def _written(access: RecordAccess, chunk: Sequence[Place]) -> list[Written]:
    by_id = {place.id: place for place in chunk}
    with rows_of(access.patient.pk):
        try:
            pages = entry_pages(access, list(by_id))
        except Broken:  # one of them is: find out which
            return [each for place in chunk for each in _alone(access, place)]
        return [_one(access, by_id[page.entry.id], page) for page in pages]


def _alone(access: RecordAccess, place: Place) -> list[Written]:
    try:
        return [_one(access, place, page) for page in entry_pages(access, [place.id])]
    except Broken:
        return [Written(place, UNREADABLE)]


def _one(access: RecordAccess, place: Place, page: EntryPage) -> Written:
    level = 4 if GROUPS.get(place.section) else 3
    return Written(place, entry_words(access, page, level=level))


def _drawn(cover: Cover, volume: list[Written], number: int) -> bytes:
    page = volume_page(cover, volume, number)
    return draw(page)


def volume_page(cover: Cover, volume: list[Written], number: int) -> str:
    """One volume in HTML; `number` from 1, or 0 where it is the only one."""
    within = {
        section: list(rows) for section, rows in groupby(volume, lambda one: one.place.section)
    }
    parts = [
        SectionPart(
            section, cover.states[section], cover.notices[section], _grouped(within[section])
        )
        for section in within
    ]
    if number <= 1:  # those without entries are told of once
        parts += [
            SectionPart(section, cover.states[section], cover.notices[section], [])
            for section in cover.chosen.sections
            if section not in within and (number == 0 or cover.states[section] is not State.ENTRIES)
        ]
        parts.sort(key=lambda part: cover.chosen.sections.index(part.section))
    context = {"cover": cover, "parts": parts, "number": number}
    return render_to_string("records/takeaway/record.html", context)


def _grouped(rows: list[Written]) -> list[tuple[str, list[str]]]:
    return [
        (GROUPS.get(section, {}).get(group, ""), [mark_safe(one.words) for one in found])  # noqa: S308 - rendered by our templates
        for (section, group), found in groupby(
            rows, lambda one: (one.place.section, one.place.group)
        )
    ]


def draw(page: str, *, most_work: int = MOST_WORK) -> bytes:
    """HTML of ours as a tagged PDF, drawn in a process of its own; raises NotDrawn.

    `most_work` is in seconds of processor: on a busy machine the same volume takes longer, and no more of it.
    """
    styles = str(finders.find(STYLES))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "records.takeaway.volume", styles, str(most_work)],
            input=page.encode(), capture_output=True, timeout=LONGEST, check=False,
            cwd=settings.BASE_DIR, env={"LANG": "C.UTF-8"},  # no secret of ours is its business
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NotDrawn("it hung") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise NotDrawn(f"code {done.returncode}")
    return done.stdout
