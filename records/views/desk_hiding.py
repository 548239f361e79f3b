"""Hiding entries from wherever staff see them, alone or with what belongs to them, and showing them again."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from accounts.views.asking import answer, sent
from nhsuk.wording import partial_date_words
from records.beside import made_by
from records.content import PartialDate
from records.doors import opens_for_staff
from records.forms import HidingForm, LookAgainForm
from records.models import Entry, Redaction
from records.review import (
    act_of,
    hidden_entries,
    hide,
    hide_together,
    in_a_year,
    keep_hidden,
    unhide,
    unhide_act,
)
from records.seeing import people_acting
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk import page_of
from records.views.desk_linked import entries_beside
from records.views.desk_reviewing import Review, held_entry, name_of

AGAIN = {"everyone": "everyone online", "proxies": "all proxies", "one-proxy": "this proxy"}


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def hide_entry(request, access, entry_id):
    """Hide a whole entry, and what belongs to it, from everyone, from proxies, or from one proxy (R2.2)."""
    entry, back = held_entry(access, entry_id), back_to(request, access)
    if entry.root_id:
        return redirect(with_next("records:desk-hide", access.patient.pk, entry.root_id, back=back))
    review = Review.of(access)
    beside = entries_beside(access, entry, review.hidden_from_everyone)
    form = hiding_form(request, access, entry, beside, is_hidden=review.is_hidden(entry.id))
    if form.is_valid() and (act := hidden_by(form, entry, beside, access)):
        return_to = back or reverse("records:desk-entry", args=[access.patient.pk, entry.id])
        say_hidden(request, access, act, return_to)
        return redirect(return_to)
    context = {"access": access, "row": review.row(entry), "beside": beside, "back": back}
    return answer(request, "staff/hide.html", form, safety=safeguarding_flags(access), **context)


def hiding_form(request, access, entry, beside, *, is_hidden):
    """The form, with what a consultation made ticked: each of it can be left out."""
    today = timezone.localdate()
    made = made_by(entry)
    proxies = proxies_to_choose(access.patient)
    return HidingForm(
        sent(request),
        proxies=proxies,
        beside=[(str(other.id), words_of(other)) for other in beside],
        today=today,
        is_hidden=is_hidden,
        initial=from_whom(request, proxies)
        | {
            "review_on": in_a_year(today),
            "also": [str(other.id) for other in beside if other.id in made],
        },
    )


def from_whom(request, proxies):
    """The proxy from whom it is to be hidden, where the page from which somebody came was about one."""
    wanted = request.GET.get("from", "")
    is_known = wanted in [str(pk) for pk, _ in proxies]
    return {"audience": Redaction.Audience.ONE_PROXY, "proxy": wanted} if is_known else {}


def hidden_by(form, entry, beside, access):
    """The id of the act that hid the entry, and what was ticked; none where the form says what speaks against it."""
    given, now = form.cleaned_data, timezone.now()
    ticked = set(given.get("also", ()))
    entries = [entry, *(other for other in beside if str(other.id) in ticked)]
    how = {
        "reason": given["reason"],
        "audience": given["audience"],
        "proxy_id": UUID(given["proxy"]) if given["proxy"] else None,
        "review_on": given["review_on"],
    }
    try:
        with transaction.atomic():
            if len(entries) > 1:
                return hide_together(entries, by=access, now=now, **how)
            return hide(entry, by=access, now=now, **how).act_id
    except ValidationError as error:
        form.add_error(None, error.messages)
    return None


def say_hidden(request, access, act, return_to):
    """That it is done, with the one step that undoes it."""
    how_many = len(act_of(access, act))
    words = "The entry is hidden" if how_many == 1 else f"{how_many} entries are hidden"
    undo = with_next("records:desk-show-again", access.patient.pk, act, back=return_to)
    messages.success(request, words, extra_tags=f"undo:{undo}")


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def unhide_entry(request, access, entry_id):
    """Undo the hiding whose id the form carries."""
    try:
        wanted = UUID(request.POST.get("redaction", ""))
    except ValueError:
        raise Http404 from None
    redaction = Redaction.objects.filter(
        patient=access.patient, entry_id=entry_id, id=wanted, by_patient=False
    ).first()
    if redaction is None:
        raise Http404
    unhide(redaction, by=access, now=timezone.now())
    messages.success(request, f"The entry is shown again to {AGAIN[redaction.audience]}")
    return redirect(
        back_to(request, access)
        or reverse("records:desk-entry", args=[access.patient.pk, entry_id])
    )


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def show_again(request, access, act_id):
    """Undo all that one act hid, in one step."""
    shown = unhide_act(act_id, by=access, now=timezone.now())
    if shown:
        words = "The entry is shown again" if shown == 1 else f"{shown} entries are shown again"
        messages.success(request, words)
    else:
        messages.info(request, "Nothing is hidden by this any more: it was shown again before")
    return redirect(
        back_to(request, access) or reverse("records:desk-hidden", args=[access.patient.pk])
    )


@require_safe
@opens_for_staff()
def hidden(request, access):
    """All that is hidden of a record, from whom, why, and when to look again."""
    held = [redaction for each in hidden_entries(access).values() for redaction in each]
    held.sort(
        key=lambda redaction: (
            redaction.review_on is None,
            redaction.review_on,
            redaction.hidden_at,
        )
    )
    page = page_of(held, request)
    titles = entries_of(access, page)
    review = Review.of(access)
    context = {
        "access": access,
        "page": page,
        "lines": [
            (titles[one.entry_id], review.hiding(one)) for one in page if one.entry_id in titles
        ],
        "may_hide": access.may(Duty.REVIEW_ENTRIES),
        "today": timezone.localdate(),
    }
    return render(request, "staff/hidden.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def hidden_act(request, access, act_id):
    """What one act hid: show it again, or say when to look again."""
    held, today = act_of(access, act_id), timezone.localdate()
    if not held:
        return shown_before(request, access, act_id)
    initial = {"review_on": in_a_year(today)}
    form = LookAgainForm(sent(request), today=today, initial=initial)
    if form.is_valid():
        return kept_hidden(request, access, act_id, form)
    review, titles = Review.of(access), entries_of(access, held)
    lines = [(titles[one.entry_id], review.hiding(one)) for one in held if one.entry_id in titles]
    context = {"access": access, "act_id": act_id, "lines": lines}
    return answer(
        request, "staff/hidden_act.html", form, safety=safeguarding_flags(access), **context
    )


def kept_hidden(request, access, act_id, form):
    """Leave it hidden, unless a colleague shows it again at this moment."""
    try:
        keep_hidden(act_id, by=access, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, "It stays hidden")
    return redirect("records:desk-hidden", access.patient.pk)


def shown_before(request, access, act_id):
    """What to say of an act of which nothing is hidden any more; 404 for one that never was."""
    acts = Redaction.objects.filter(patient=access.patient, by_patient=False)
    if not (acts.filter(id=act_id) | acts.filter(together_id=act_id)).exists():
        raise Http404
    messages.info(request, "Somebody showed this again. Nothing is hidden by it any more")
    return redirect("records:desk-hidden", access.patient.pk)


def entries_of(access, held):
    """The entries that some hidings are about, by id."""
    wanted = {one.entry_id for one in held}
    rows = Entry.objects.seen_by_staff(access).filter(id__in=wanted)
    return {entry.id: entry for entry in rows.defer("details", "free_text")}


def back_to(request, access):
    """The staff page about this patient from which somebody came, so as to come back; empty for anything else."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    ours = reverse("records:desk-patient", args=[access.patient.pk])
    if not path.startswith(ours) or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return ""
    try:
        found = resolve(path.partition("?")[0].partition("#")[0])
    except Resolver404:
        return ""
    return path if found.kwargs.get("patient_id") == access.patient.pk else ""


def with_next(name, *args, back):
    """The address of a page that comes back to another one."""
    query = QueryDict(mutable=True)
    query["next"] = back
    return (
        f"{reverse(name, args=args)}?{query.urlencode(safe='/')}"
        if back
        else reverse(name, args=args)
    )


def words_of(entry):
    """One entry to tick: what it is called, when it was, and where it stands."""
    when = PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
    called = entry.title or entry.kind.capitalize()
    return f"{called}, {partial_date_words(when)} ({entry.get_section_display()})"


def proxies_to_choose(patient):
    """Those who act for a patient, did, or will: something may be hidden from any of them."""
    people = {pk: name_of(person) for pk, person in people_acting(patient).items()}
    return sorted(people.items(), key=lambda person: person[1])
