"""Staff decide about somebody who asks to act for a patient: what they see of it, and the two answers (R4.2 to R4.6)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty, IdentityCheck
from accounts.same_browser import share_a_browser
from accounts.views.asking import sent
from proxy_access.deciding import last_step, what_prevents
from proxy_access.models import Nomination, ProxyApplication, named
from proxy_access.statuses import ProxyStatus
from records.admitting import NOTED, is_coercion_noted, note_coercion, patient_who_asks
from records.admitting import grant as let_act
from records.admitting import reject as not_let_act
from records.admitting_forms import GrantForm, RejectForm
from records.content import PartialDate
from records.doors import opens_for_staff
from records.models import Entry
from records.previewing import measured
from records.previewing.for_proxy import foreseen, let_see
from records.sensitive.rules import RULES
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk import proxies_of, registration_of
from records.views.desk_proxies import grant_or_404

PER_PAGE = 25
DECIDES = Duty.DECIDE_ACCESS


@require_safe
@opens_for_staff()
def who_asks(request, access, grant_id):
    """Who asks, on what basis, what is known of both, and what they would see of the record."""
    grant = grant_or_404(access, grant_id)
    if grant.status != ProxyStatus.PROPOSED:
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    context = (
        facts(access, grant)
        | what_they_would_see(request, access, grant)
        | {
            "prevents": prevents(access, grant),
            "may_decide": access.may(DECIDES),
            "may_review": access.may(Duty.REVIEW_ENTRIES),
            "today": timezone.localdate(),
        }
    )
    return render(request, "staff/proxy_decide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_granted(request, access, grant_id):
    """Let them act for the patient, from the answers to the checklist."""
    grant = grant_or_404(access, grant_id)
    grant.patient = access.patient
    form = GrantForm(sent(request), grant=grant, today=timezone.localdate(), seen=last_step(grant))
    if form.has_coercion:
        note_coercion(grant, by=access, now=timezone.now())
    if form.is_valid() and is_decided(form, access, lambda **how: let_act(
        grant, form.terms, form.answers, **how
    )):  # fmt: skip
        messages.success(request, "Granted. They can see the record from the start date on")
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    return decision_page(request, "staff/proxy_grant.html", access, grant, form)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_rejected(request, access, grant_id):
    """Not let them act for the patient, for one of the national reasons."""
    grant = grant_or_404(access, grant_id)
    wanted = request.GET.get("reason", "")
    form = RejectForm(sent(request), seen=last_step(grant), reason=wanted)
    if form.is_valid() and is_decided(form, access, lambda **how: not_let_act(
        grant, form.cleaned_data["reason"], told=form.told_to, **how
    )):  # fmt: skip
        messages.success(request, "Not granted. It is kept with the reason")
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    return decision_page(request, "staff/proxy_reject.html", access, grant, form)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def entry_let_seen(request, access, grant_id, entry_id):
    """Let them see a flagged entry, once it was read."""
    grant = grant_or_404(access, grant_id)
    seen = request.POST.get("seen", "")
    try:
        let_see(grant, entry_id, by=access, now=timezone.now(), seen=seen)
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    return redirect(
        reverse("records:desk-proxy-decide", args=[access.patient.pk, grant.pk]) + "#flagged"
    )


@require_safe
@opens_for_staff()
def safeguarding(request, access):
    """What the record says of the patient's safety, for whoever decides about them as somebody who asks."""
    context = {"access": access, "safety": safeguarding_flags(access)}
    return render(request, "staff/safeguarding_page.html", context)


def is_decided(form, access, act):
    """Whether it was decided; what speaks against it is put beside its question."""
    try:
        act(by=access, now=timezone.now(), text=form.cleaned_data["text"], before=form.before)
    except ValidationError as error:
        known = hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields)
        form.add_error(None, error if known else error.messages)
    return form.is_valid()


def decision_page(request, template, access, grant, form):
    """The page of one of the two answers; of a grant that does not wait, how it stands."""
    if grant.status != ProxyStatus.PROPOSED and not form.is_bound:
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    context = facts(access, grant) | {"form": form}
    return render(request, template, context, status=422 if form.errors else 200)


def prevents(access, grant):
    """Why it cannot be granted whatever is answered; empty where nothing speaks against it."""
    if is_coercion_noted(grant, by=access):
        return NOTED
    return what_prevents(grant, today=timezone.localdate())


def facts(access, grant):
    """What every page of the decision says of the two people."""
    today = timezone.localdate()
    online = registration_of(access.patient, today)
    checks = IdentityCheck.objects.filter(user=grant.proxy).order_by("-checked_at")
    return {
        "access": access,
        "grant": grant,
        "sections": named(grant.scopes),
        "online": online,
        "same_browser": online is not None and share_a_browser(grant.proxy, online.user),
        "check": checks.first() if grant.proxy.is_identified else None,
        "nomination": Nomination.objects.filter(grant=grant).first(),
        "as_patient": patient_who_asks(grant, by=access, now=timezone.now()),
        "safety": safeguarding_flags(access),
        "others": others_than(grant, access.patient, today),
        "application": ProxyApplication.objects.filter(grant=grant).first(),
    }


def others_than(grant, patient, today):
    """Who else acts for the patient, did, or asks to (R4.12), and what became of whatever the same person asked before."""
    return [
        (other, is_live) for other, is_live, _ in proxies_of(patient, today) if other.pk != grant.pk
    ]


def what_they_would_see(request, access, grant):
    """How much a grant would show, and one page of what of it is flagged."""
    found = foreseen(grant, by=access, on=timezone.localdate())
    page = Paginator(list(found.flags), PER_PAGE).get_page(request.GET.get("page"))
    rows = rows_of_flagged(access, grant, found, page)
    return {"foreseen": found, "page": page, "rows": rows, "rules": RULES, "measured": measured}


def rows_of_flagged(access, grant, found, page):
    """The flagged entries of a page, with why, and what was decided: in one query."""
    entries = Entry.objects.seen_by_staff(access).filter(id__in=list(page))
    held = {entry.id: entry for entry in entries.defer("details", "free_text")}
    hiding = hiding_address(access, grant)
    return [
        {
            "entry": held[entry_id],
            "when": when_of(held[entry_id]),
            "flags": found.flags[entry_id],
            "is_decided": found.holds(entry_id),
            "seen": found.revealed[entry_id].seen,
            "hiding": hiding,
        }
        for entry_id in page
    ]


def when_of(entry):
    """The clinical date of an entry, as exact as it is known."""
    return PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)


def hiding_address(access, grant):
    """What follows the address of hiding: from whom, and where to come back to."""
    back = reverse("records:desk-proxy-decide", args=[access.patient.pk, grant.pk])
    query = QueryDict(mutable=True)
    query.update({"next": f"{back}#flagged", "from": str(grant.proxy_id)})
    return query.urlencode(safe="/")
