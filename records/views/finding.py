"""Finding something in a record, and the record by date."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.asking import answer, sent
from audit import log
from records.doors import opens_record
from records.finding import find as find_entries
from records.finding_forms import FindForm, asked_of, form_of
from records.limits import tells_of_older_part, tells_of_summary
from records.pages import timeline_page
from records.timeline import UNKNOWN
from records.views.reading import page_number, shown
from surgeries.terms import Section

ASKED = "asked_of_records"
FIRST_YEAR, LAST_YEAR = 1, 9998


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def find(request, access):
    """Look for something; what is looked for stays in the session, in no address (R2.3, R9.1)."""
    if "clear" in request.POST:
        keep(request, access, None)
        return redirect("records:find", access.patient.pk)
    form = FindForm(sent(request))
    if form.is_valid():
        keep(request, access, form.kept)
        return redirect("records:found", access.patient.pk)
    return answer(request, "records/find.html", form, access=access)


@require_safe
@opens_record()
def found(request, access):
    """What was found, a page at a time."""
    kept = request.session.get(ASKED, {}).get(str(access.patient.pk))
    if kept is None:
        return redirect("records:find", access.patient.pk)
    form, number = form_of(kept), page_number(request)
    if not form.is_valid():
        return redirect("records:find", access.patient.pk)
    asked = asked_of(form, undated="undated" in request.GET)
    page = find_entries(access, asked, number=number)
    if number > 1 and not page.hits:
        raise Http404
    note_search(access, asked, page)
    context = {"access": access, "page": page, "asked": asked, "form": form}
    told = {"older_closed": tells_of_older_part(access), "summary_only": tells_of_summary(access)}
    return render(request, "records/found.html", context | told)


@require_safe
@opens_record()
def timeline(request, access):
    """Everything that I may see by date, newest first."""
    page = timeline_page(
        access, part_of(request, access), start_of(request), number=page_number(request)
    )
    return shown(request, access, page)


def part_of(request, access):
    """The one section that was asked for, where it is open; None for all."""
    given = request.GET.get("section", "")
    return Section(given) if given in Section.values and access.allows(given) else None


def start_of(request):
    """The year to begin with, UNKNOWN for what has no date, or None for the newest."""
    given = request.GET.get("year", "")
    if given == UNKNOWN:
        return UNKNOWN
    is_year = given.isascii() and given.isdigit() and FIRST_YEAR <= int(given[:5]) <= LAST_YEAR
    return int(given) if is_year and len(given) <= 4 else None


def keep(request, access, kept):
    """Keep what is looked for in one record until the session ends; None forgets it."""
    asked = request.session.get(ASKED, {})
    asked = {name: each for name, each in asked.items() if name != str(access.patient.pk)}
    request.session[ASKED] = asked | ({str(access.patient.pk): kept} if kept else {})


def note_search(access, asked, page):
    """Write down that somebody searched and how much there was, but not for what (R9.1)."""
    details = {"words": len(asked.words.split()), "found": len(page.hits), "page": page.number}
    log.record(
        "record searched", at=timezone.now(), actor_id=access.viewer.pk,
        patient_id=access.patient.pk, details=details,
    )  # fmt: skip
