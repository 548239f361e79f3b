"""What a patient asked to see of their activity, as their session keeps it."""

from uuid import UUID

from django.http import Http404

from records.own_activity.filter_forms import FilterForm

ASKED = "asked_of_activity"
NAMES = (
    "who",
    "kind",
    *(f"{name}-{part}" for name in ("from_on", "to_on") for part in ("day", "month", "year")),
)
LONGEST = 40


def asked_of(request, access):
    """The form as it was sent, and whether it asks for less than everything; an empty one where it is not valid any more."""
    kept = request.session.get(ASKED, {}).get(str(access.patient.pk))
    form = FilterForm(kept or {}, access=access)
    if not form.is_valid():
        form = FilterForm({}, access=access)
        form.is_valid()
    return form, bool(form.told)


def keep(request, access, *, is_all=False):
    """Keep what is asked for in one record until the session ends."""
    given = {name: request.POST.get(name, "")[:LONGEST] for name in NAMES}
    others = request.session.get(ASKED, {})
    mine = {} if is_all else {str(access.patient.pk): given}
    request.session[ASKED] = {
        name: each for name, each in others.items() if name != str(access.patient.pk)
    } | mine


def event_before(request):
    """The event before which a page begins: an id, which tells nothing; what is none is not there."""
    given = request.GET.get("before")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Http404 from None
