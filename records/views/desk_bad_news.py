"""The desk's page of results about which a patient wants to be spoken to first (R5.5)."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Duty
from records.content import PartialDate
from records.doors import opens_for_staff
from records.models import ResultWish, Wish
from records.opening import asked_about, note_spoken, results_held
from records.result_categories import ABNORMAL, CATEGORIES


@require_safe
@opens_for_staff()
def desk_held_results(request, access):
    """What the patient asked for, and the results that wait for a word from the surgery."""
    asked = asked_about(access)
    wishes = ResultWish.objects.filter(patient=access.patient).exclude(wish=Wish.SHOW)
    context = {
        "access": access,
        "wishes": [(label_of(wish.category), wish.get_wish_display()) for wish in wishes],
        "held": [(entry, when_of(entry), asked.get(entry.id)) for entry in results_held(access)],
        "may_note": access.may(Duty.REVIEW_ENTRIES),
    }
    return render(request, "staff/held_results.html", context)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def spoken(request, access, entry_id):
    """Say that somebody spoke to the patient about one of them."""
    found = next((entry for entry in results_held(access) if entry.id == entry_id), None)
    if found is None:
        raise Http404
    note_spoken(found, by=access, now=timezone.now())
    return redirect("records:desk-held-results", access.patient.pk)


def label_of(category):
    """The words for a category."""
    return (
        "Results that the laboratory marked" if category == ABNORMAL else CATEGORIES[category].label
    )


def when_of(entry):
    """The clinical date of an entry."""
    return PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
