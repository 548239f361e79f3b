"""The pages of a record: which template, and what is on it. Whoever is let in by a door gets the same ones.

They read and never write: what a visit leaves behind is for the view of whoever visits.
"""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404

from proxy_access.terms import ends_soon
from records.charted import charted
from records.entry_pages import find_entry, find_whole, read_entry
from records.limits import tells_of_late_history, tells_of_older_part, tells_of_summary
from records.opening import HELD, Closed, closed_result, has_asked
from records.over_time import find_course, read_over_time
from records.own_hiding import hidings_of
from records.results import by_letter, measurements_of, tests_of
from records.sections import State, facts_of, read_home, read_section, state_of
from records.since import read_changes, read_lines
from records.threads import thread_lines
from records.timeline import Start, read_timeline
from records.titles import is_named
from records.visibility import RecordAccess
from surgeries.opening import opening_words
from surgeries.terms import Section


class Page(NamedTuple):
    """A page to render; `about` are the rows that it tells of, in its order."""

    template: str
    context: dict[str, Any]
    about: list[UUID]


class Elsewhere(NamedTuple):
    """The page of an entry to go to instead."""

    route: str
    entry_id: UUID


def home_page(access: RecordAccess, looked_at: datetime | None, *, today: date) -> Page:
    """The home of a record; `looked_at` is when its reader looked before, if they did."""
    home, grant = read_home(access), access.access.grant
    context = {
        "access": access,
        "home": home,
        "summary_only": tells_of_summary(access),
        "older_closed": tells_of_older_part(access),
        "late_history": tells_of_late_history(access),
        "changes": read_changes(access, looked_at) if looked_at else None,
        "ends_soon": grant is not None and ends_soon(grant, today=today),
    }
    about = [shown.page_id for short in (home.allergies, home.medicines) for shown in short.entries]
    return Page("records/home.html", context, about)


def since_page(access: RecordAccess, looked_at: datetime | None) -> Page:
    """What is new, changed and no longer there, section by section."""
    changes = read_changes(access, looked_at) if looked_at else None
    sections = read_lines(access, changes) if changes else []
    about = [line.page_id for each in sections for line in (*each.new, *each.changed)]
    return Page(
        "records/since.html", {"access": access, "changes": changes, "sections": sections}, about
    )


def section_page(access: RecordAccess, section: Section, *, number: int, group: str = "") -> Page:
    """One section, a page at a time; raises Http404 for a page beyond the last."""
    page = read_section(access, section, number=number, group=group)
    if page.number > 1 and page.state is not State.ENTRIES:
        raise Http404
    about = [shown.page_id for group in page.groups for shown in group.entries]
    context = {"access": access, "page": page, "late_history": tells_of_late_history(access)}
    return Page(f"records/sections/{section}.html", context, about)


def entry_page(access: RecordAccess, entry_id: UUID) -> Page | Elsewhere:
    """One entry; the id of a part leads to the entry that it belongs to, a sealed one to the page before it."""
    whole = find_whole(access, entry_id)
    found = _or_404(whole and whole.entry)
    if whole is None or found.is_sealed:
        return Elsewhere("records:before-result", found.id)
    if found.root_id:
        return Elsewhere("records:entry", _or_404(find_entry(access, found.root_id)).id)
    page = read_entry(access, whole)
    context = {
        "access": access,
        "page": page,
        "told": thread_lines(access, found.id) if whole.is_written_about else [],
        "hidings": hidings_of(access, [found.id]) if whole.is_hidden_by_patient else [],
    }
    about = [found.id, *(part.id for part in page.shown.parts)]
    return Page("records/entry.html", context, about)


def _or_404[Found](found: Found | None) -> Found:
    if found is None:
        raise Http404
    return found


def timeline_page(
    access: RecordAccess, section: Section | None, start: Start, *, number: int
) -> Page:
    """The record by date, newest first; raises Http404 for a page beyond the last."""
    page = read_timeline(access, section, start, number=number)
    if page.number > 1 and not page.groups:
        raise Http404
    about = [line.page_id for group in page.groups for line in group.entries]
    return Page("records/timeline.html", {"access": access, "page": page}, about)


def names_page(access: RecordAccess, section: Section) -> Page:
    """The tests in the reader's reports by name, or what was measured outside them."""
    is_tests = section is Section.TEST_RESULTS
    found = tests_of(access) if is_tests else measurements_of(access)
    context = {
        "access": access,
        "section": section,
        "letters": by_letter(found),
        "state": state_of(access, section, facts_of(access.patient), has_entries=bool(found)),
        "older_closed": tells_of_older_part(access),
    }
    return Page("records/tests.html", context, [test.id for test in found])


def over_time_page(
    access: RecordAccess, entry_id: UUID, *, number: int, is_whole: bool = False
) -> Page | Elsewhere:
    """All results of the test of which this is one; below a sealed report it is not even named (R5.5).

    Of very many the first page tells of the newest, unless it `is_whole`.
    """
    course = _or_404(find_course(access, entry_id))
    row = course.row
    if row.root_id and not is_named(row):
        return Elsewhere("records:before-result", row.root_id)
    page = read_over_time(access, course, number=number, is_whole=is_whole)
    if page.number > 1 and not (page.results or page.failed):
        raise Http404
    drawn = charted(page.newest, page.samples)
    context = {
        "access": access, "entry_id": entry_id, "page": page, "drawn": drawn, "is_whole": is_whole
    }  # fmt: skip
    return Page("records/over_time.html", context, [shown.id for shown in page.results])


def before_result_page(access: RecordAccess, entry_id: UUID, *, now: datetime) -> Page | Elsewhere:
    """Why a result stands behind this page; one that is open already leads to its own."""
    closed = closed_result(access, entry_id)
    if closed is None:
        _or_404(find_entry(access, entry_id))
        return Elsewhere("records:entry", entry_id)
    return page_before(access, closed, now=now)


def page_before(access: RecordAccess, closed: Closed, *, now: datetime) -> Page:
    """The page before a result: why it stands there, and who can be asked at this moment."""
    asked = closed.is_held and has_asked(closed, access)
    context = {"access": access, "closed": closed, "held": HELD, "asked": asked}
    return Page("records/before_result.html", context | help_now(access, now=now), [closed.id])


def help_now(access: RecordAccess, *, now: datetime) -> dict[str, Any]:
    """Who can be asked at this moment."""
    surgery = access.patient.surgery
    opening = opening_words(surgery.opening_hours, now, exceptions=surgery.opening_exceptions)
    return {"surgery": surgery, "opening": opening}
