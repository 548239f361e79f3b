"""Reading what a decision would open, entry by entry (R8.6)."""

from collections import defaultdict
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Duty, User
from records.content import PartialDate
from records.doors import opens_for_staff
from records.grants import levels_of
from records.models import Entry, EntryDecision, GrantReview
from records.papers.finding import attachments_held
from records.previewing import measured
from records.previewing.forms import EntryForm
from records.previewing.reviewing import OVER, accept_rest, decide_entry
from records.previewing.standing import proposed_grant, standing_of
from records.sensitive.rules import RULES
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk import closed_sections
from records.views.desk_held import lines_held, links_held
from records.views.desk_linked import entries_beside
from records.views.desk_reviewing import Review, name_of

PER_PAGE = 25
Kind = EntryDecision.Kind
SAYS = {Kind.SHOW: "Show it", Kind.HIDE: "Hide it", Kind.ASK: "A clinician is asked"}


@require_safe
@opens_for_staff()
def preview(request, access, review_id):
    """How much a decision would open, what of it is flagged, and how far the reading has come."""
    review = review_or_404(access, review_id)
    if is_over(review):
        messages.warning(request, OVER.split(":")[0] + ": it was used or given up")
        return redirect("records:desk-patient", access.patient.pk)
    standing = standing_of(review, access)
    page = Paginator(list(standing.flags), PER_PAGE).get_page(request.GET.get("page"))
    context = shared(access, standing) | {
        "page": page,
        "rows": rows_of_entries(access, standing, page),
        "rules": RULES,
        "measured": measured,
    }
    return render(request, "staff/preview.html", context)


@require_safe
@opens_for_staff()
def preview_rest(request, access, review_id):
    """What a decision would open and no rule flags, to page through or to accept as it is."""
    standing = standing_of(open_or_404(access, review_id), access)
    page = Paginator(standing.rest, PER_PAGE).get_page(request.GET.get("page"))
    context = shared(access, standing) | {
        "page": page,
        "rows": rows_of_entries(access, standing, page),
        "parts": titles_of_parts(access, standing, page),
    }
    return render(request, "staff/preview_rest.html", context)


@require_safe
@opens_for_staff()
def preview_entry(request, access, review_id, entry_id):
    """One entry: what of it would open, why it is flagged, and what was decided."""
    standing = standing_of(open_or_404(access, review_id), access)
    return entry_page(request, access, standing, entry_id)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def show_it(request, access, review_id, entry_id):
    """Let an entry open with the rest."""
    return decided(request, access, review_id, entry_id, Kind.SHOW)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def hide_it(request, access, review_id, entry_id):
    """Hide an entry, with a reason, when the decision is made."""
    return decided(request, access, review_id, entry_id, Kind.HIDE)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def ask_about_it(request, access, review_id, entry_id):
    """Leave it to a clinician whether an entry may be shown."""
    return decided(request, access, review_id, entry_id, Kind.ASK)


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def rest_accepted(request, access, review_id):
    """Accept what is not flagged without reading it entry by entry."""
    review = review_or_404(access, review_id)
    try:
        accept_rest(review, by=access, now=timezone.now(), seen=request.POST.get("seen", ""))
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:desk-preview", access.patient.pk, review_id)
    messages.success(request, "What is not flagged is accepted as it is")
    return redirect("records:desk-preview", access.patient.pk, review_id)


def decided(request, access, review_id, entry_id, kind):
    """Decide about one entry and go on to the next; what speaks against it is put on the form."""
    review = review_or_404(access, review_id)
    form = EntryForm(request.POST)
    if form.is_valid():
        try:
            standing = decide_entry(
                review, entry_id, kind, by=access, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as error:
            field = "reason" if kind == Kind.HIDE and "reason" in error.messages[0] else None
            form.add_error(field, error.messages)
        else:
            return redirect(*next_after(standing, access, entry_id))
    if is_over(review_or_404(access, review_id)):
        messages.warning(request, OVER)
        return redirect("records:desk-patient", access.patient.pk)
    return entry_page(request, access, standing_of(review, access), entry_id, form)


def next_after(standing, access, entry_id):
    """The next flagged entry without a decision, from the one that was decided on; else the review."""
    review = (access.patient.pk, standing.review.pk)
    order = list(standing.flags)
    place = order.index(entry_id) + 1 if entry_id in standing.flags else 0
    waiting = set(standing.undecided)
    for other in (*order[place:], *order[:place]):
        if other in waiting:
            return ("records:desk-preview-entry", *review, other)
    return ("records:desk-preview", *review)


def entry_page(request, access, standing, entry_id, form=None):
    """The page of one entry of a review; 404 for one of which nothing would open."""
    revealed = standing.revealed.get(entry_id)
    if revealed is None:
        raise Http404
    made = standing.decisions.get(entry_id)
    hidden_fields = {"seen": revealed.seen, "over": made and made.id}
    shown = EntryForm(initial={"reason": made.reason if made else ""} | hidden_fields)
    if form:  # what was typed stays, beside what is now
        shown = EntryForm({"reason": form.data.get("reason", "")} | hidden_fields)
        shown.full_clean()
        shown.errors.update(form.errors)
    order = list(standing.flags) if entry_id in standing.flags else standing.rest
    place = order.index(entry_id)
    context = shared(access, standing) | {
        "form": shown,
        "revealed": revealed,
        "told": told(access, revealed, standing.hidden),
        "flags": standing.flags.get(entry_id, []),
        "rules": RULES,
        "made": made and spoken_decision(made),
        "is_changed": entry_id in standing.changed,
        "is_flagged": entry_id in standing.flags,
        "place": place + 1,
        "of": len(order),
        "earlier": order[place - 1] if place else None,
        "later": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "staff/preview_entry.html", context, status=422 if form else 200)


def told(access, revealed, hidden):
    """What would open of an entry, in words: the entry, its parts, attachments, and what stays if it is hidden."""
    opened = {row.id: row for row in revealed.rows}
    held = Entry.objects.seen_by_staff(access)
    entry = held.get(id=revealed.entry_id)
    parts = list(held.below(entry).filter(id__in=opened))
    wanted = {link for row in (entry, *parts) for link in links_held(row)}
    linked = list(held.filter(id__in=wanted).defer("details", "free_text"))
    titles = {str(other.id): other.title for other in linked}
    return {
        "entry": entry,
        "when": PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision),
        "lines": lines_opened(entry, opened, titles),
        "parts": [(part, lines_opened(part, opened, titles)) for part in parts],
        "documents": attachments_held(access, entry.id),
        "beside": entries_beside(
            access, entry, Review.of(access).hidden_from_everyone.union(hidden)
        ),
    }


def lines_opened(row, opened, titles):
    """The lines of a row that would open: all of it, its codes alone, or its notes alone."""
    opens = opened.get(row.id)
    if opens is None:
        return []
    if not opens.opens_text:
        row.text = None
    if not opens.is_new:
        row.coded = {}
    return lines_held(row, titles)


def rows_of_entries(access, standing, page):
    """The lines of a list of entries: in two queries however many they are."""
    ids = list(page)
    entries = Entry.objects.seen_by_staff(access).filter(id__in=ids).defer("details", "free_text")
    held = {entry.id: entry for entry in entries}
    return [
        {
            "entry": held[entry_id],
            "when": PartialDate(
                held[entry_id].effective_on,
                held[entry_id].effective_time,
                held[entry_id].effective_precision,
            ),
            "flags": standing.flags.get(entry_id, []),
            "decided": SAYS.get(standing.kind(entry_id), ""),
            "is_changed": entry_id in standing.changed,
            "is_new": standing.revealed[entry_id].is_new,
        }
        for entry_id in ids
    ]


def titles_of_parts(access, standing, page):
    """What stands in each entry of a list, by title: many consultations are called the same; in one query."""
    opened = {row.id for entry_id in page for row in standing.revealed[entry_id].rows}
    held = Entry.objects.seen_by_staff(access).filter(root_id__in=list(page)).exclude(title="")
    found = defaultdict[UUID | None, dict[str, None]](dict)
    for row_id, root_id, title in held.order_by("position", "id").values_list(
        "id", "root_id", "title"
    ):
        if row_id in opened:
            found[root_id][title] = None
    return {root_id: list(titles) for root_id, titles in found.items()}


def shared(access, standing):
    """What every page of a review shows."""
    grant = proposed_grant(standing.review)
    return {
        "access": access,
        "review": standing.review,
        "standing": standing,
        "grant": grant,
        "levels": levels_of(access.patient, grant),
        "closed": closed_sections(access.patient, grant),
        "safety": safeguarding_flags(access),
        "may_review": access.may(Duty.REVIEW_ENTRIES),
        "may_decide": access.may(Duty.DECIDE_ACCESS),
    }


def spoken_decision(made):
    """A decision about an entry, in words."""
    by = User.objects.filter(pk=made.decided_by_id).first()
    return {"says": SAYS[made.kind], "by": name_of(by), "made": made}


def review_or_404(access, review_id):
    """A review of this patient, over or not."""
    reviews = GrantReview.objects.filter(patient=access.patient, pk=review_id)
    found = reviews.select_related(
        "request", "opened_by", "finished_by", "rest_accepted_by"
    ).first()
    if found is None:
        raise Http404
    found.patient = access.patient
    return found


def open_or_404(access, review_id):
    """One that is not over."""
    review = review_or_404(access, review_id)
    if is_over(review):
        raise Http404
    return review


def is_over(review):
    """Whether a review was used or given up."""
    return bool(review.used_at or review.dropped_at)
