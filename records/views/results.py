"""Results by test, measurements, and one of either over time (R6.6)."""

from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.pages import names_page, over_time_page
from records.views.reading import asks_all, page_number, shown
from surgeries.terms import Section


@require_safe
@opens_record(section=Section.TEST_RESULTS)
def tests(request, access):
    """The tests in the reader's reports by name, each with the way to its results over time."""
    return shown(request, access, names_page(access, Section.TEST_RESULTS))


@require_safe
@opens_record(section=Section.CONSULTATIONS)
def measurements(request, access):
    """What was measured outside test reports, by name."""
    return shown(request, access, names_page(access, Section.CONSULTATIONS))


@require_safe
@opens_record()
def over_time(request, access, entry_id):
    """All results of the test of which this is one."""
    page = over_time_page(access, entry_id, number=page_number(request), is_whole=asks_all(request))
    return shown(request, access, page)
