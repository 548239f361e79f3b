"""The public pages about surgeries: finding one, and what there is to know about it."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from surgeries.finding import find_surgeries
from surgeries.forms import FindForm
from surgeries.models import Surgery
from surgeries.opening import contact_of

PER_PAGE = 20


@require_safe
@login_not_required
def find(request):
    """Look for a surgery."""
    form = FindForm(request.GET if "q" in request.GET else None)
    today = timezone.localdate()
    page = None
    if form.is_valid():
        page = page_of_found(form.cleaned_data["q"], today, request.GET.get("page"))
    context = {"form": form, "page": page, "typed": request.GET.get("q", ""), "today": today}
    return render(request, "surgeries/find.html", context, status=422 if form.errors else 200)


@require_safe
@login_not_required
def surgery(request, surgery_id):
    """Where a surgery is, when it is open, and whether it uses this service."""
    now = timezone.now()
    shown = get_object_or_404(Surgery, pk=surgery_id)
    context = contact_of(shown, now) | {"is_signed_in": request.user.is_authenticated}
    return render(request, "surgeries/surgery.html", context)


def page_of_found(what, today, number):
    """One page of the surgeries that fit; a page that does not exist becomes the nearest one that does."""
    with transaction.atomic():
        page = Paginator(find_surgeries(what, today), PER_PAGE).get_page(number)
        page.object_list = list(page.object_list)
    return page
