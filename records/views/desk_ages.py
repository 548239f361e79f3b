"""Children's ages at the desk: whose birthday changes something, and the review of one person who acts for a child (R4.7)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from audit import log
from proxy_access.ages import coming_for, parental
from records.age_forms import AgeReviewForm, PlannerForm
from records.age_planner import ages_of, planned, turning_at
from records.age_reviewing import decide_at_age
from records.doors import opens_desk_to, opens_for_staff
from records.views.desk import page_of
from records.views.desk_proxies import facts, grant_or_404

SAID = {
    "goes-on": "The proxy access goes on",
    "less": "They see less from now on",
    "ends": "The proxy access has ended",
}


@require_safe
@opens_desk_to(Duty.DECIDE_ACCESS)
def birthdays(request, desk):
    """Which children turn an age within a year at which something changes, and who acts for them."""
    now, today = timezone.now(), timezone.localdate()
    asked = PlannerForm(request.GET, ages_of(desk.surgery))
    page = page_of(turning_at(desk, asked.wanted, today=today), request)
    log.record(
        "birthdays looked at", at=now, actor_id=desk.viewer.pk, duty=Duty.DECIDE_ACCESS,
        about=f"surgery {desk.surgery.ods_code}",
    )  # fmt: skip
    context = {"desk": desk, "asked": asked, "page": page, "kept": kept(asked.wanted)}
    context["lines"] = planned(list(page), desk.surgery, today=today)
    return render(request, "staff/birthdays.html", context | {"today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def age_review(request, access, grant_id):
    """Decide at an age about one person who acts for the child, apart from any other (R4.12)."""
    grant = parents_grant_or_404(access, grant_id)
    form = AgeReviewForm(sent(request), grant)
    if form.is_valid() and is_decided(form, grant, access):
        messages.success(request, SAID[form.cleaned_data["outcome"]])
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    coming = coming_for(access.patient, today=timezone.localdate())
    reviews = grant.age_reviews.select_related("by").order_by("-id")
    context = facts(access, grant) | {"form": form, "coming": coming, "reviews": reviews}
    return render(request, "staff/age_review.html", context, status=422 if form.errors else 200)


def parents_grant_or_404(access, grant_id):
    """A grant by parental responsibility that an age can change."""
    grant = grant_or_404(access, grant_id)
    if not parental(timezone.localdate()).filter(pk=grant.pk).exists():
        raise Http404
    return grant


def is_decided(form, grant, access):
    """Whether it was decided; what speaks against it is put beside its question."""
    now = timezone.now()
    try:
        decide_at_age(grant, form.decision, by=access, now=now, today=timezone.localdate(now))
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()


def kept(wanted):
    """The filters as they stand in an address."""
    address = QueryDict(mutable=True)
    for name, value in (("age", wanted.age), ("days", wanted.days)):
        if value:
            address[name] = str(value)
    return address.urlencode()
