"""Results by test, measurements, and one of either over time (R6.6)."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from records.charted import charted
from records.doors import opens_record
from records.limits import tells_of_older_part
from records.results import (
    by_letter,
    measured,
    measurements_of,
    read_over_time,
    tests_of,
)
from records.sections import facts_of, state_of
from records.titles import is_named
from records.views.reading import page_number
from surgeries.terms import Section


@require_safe
@opens_record(section=Section.TEST_RESULTS)
def tests(request, access):
    """The tests in the reader's reports by name, each with the way to its results over time."""
    return _names(request, access, Section.TEST_RESULTS, tests_of(access))


@require_safe
@opens_record(section=Section.CONSULTATIONS)
def measurements(request, access):
    """What was measured outside test reports, by name."""
    return _names(request, access, Section.CONSULTATIONS, measurements_of(access))


def _names(request, access, section, found):
    context = {
        "access": access,
        "section": section,
        "letters": by_letter(found),
        "state": state_of(access, section, facts_of(access.patient), has_entries=bool(found)),
        "older_closed": tells_of_older_part(access),
    }
    return render(request, "records/tests.html", context)


@require_safe
@opens_record()
def over_time(request, access, entry_id):
    """All results of the test of which this is one; below a sealed report it is not even named (R5.5)."""
    row = get_object_or_404(measured(access), id=entry_id)
    if not is_named(row):
        return redirect("records:before-result", access.patient.pk, row.root_id)
    page = read_over_time(access, row, number=page_number(request))
    if page.number > 1 and not (page.results or page.failed):
        raise Http404
    drawn = charted(page.newest, page.samples)
    context = {"access": access, "entry_id": entry_id, "page": page, "drawn": drawn}
    return render(request, "records/over_time.html", context)
