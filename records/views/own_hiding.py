"""A patient hides an entry from those who act for them, sees what they hide, and shows it again (R2.2)."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import answer, sent
from proxy_access.telling import told_of
from records.beside import beside
from records.content import PartialDate
from records.doors import opens_record
from records.inviting import nominations_of
from records.models import Entry
from records.own_hiding import Hiding, hide_from, hidings_of, show_act_again, show_again
from records.own_hiding_forms import EVERYONE, HideForm
from records.titles import title_of
from records.views.correcting import whole_entry

PER_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record(own=True)
def hide_entry(request, access, entry_id):
    """Hide an entry, and what belongs with it, from one person or from everyone who acts for the patient."""
    entry = whole_entry(access, entry_id)
    people = people_to_choose(access)
    form = HideForm(sent(request), people=people, also=beside(access, entry))
    if form.is_valid() and is_hidden(request, form, entry, access):
        return redirect("records:entry", access.patient.pk, entry.id)
    context = {"access": access, "line": line_of(entry), "hidings": hidings_of(access, [entry.id])}
    return answer(request, "records/hide_from.html", form, **context)


@require_safe
@opens_record(own=True)
def hidden_from_people(request, access):
    """All that the patient hides, and from whom."""
    by_entry: dict[UUID, list[Hiding]] = {}
    for hiding in hidings_of(access):
        by_entry.setdefault(hiding.entry_id, []).append(hiding)
    seen = Entry.objects.visible_to(access).in_lines(access).filter(id__in=by_entry)
    page = Paginator(seen.newest_first(), PER_PAGE).get_page(request.GET.get("page"))
    lines = [(line_of(entry), by_entry[entry.id]) for entry in page]
    context = {"access": access, "page": page, "lines": lines}
    return render(request, "records/hidden_from_people.html", context)


@require_POST
@opens_record(own=True)
def show_entry_again(request, access, entry_id):
    """Show an entry again to whom the form names."""
    whom = whom_of(request.POST.get("from_whom", ""))
    try:
        shown = show_again(access, [entry_id], proxy_id=whom, now=timezone.now())
    except ValidationError:
        raise Http404 from None
    say_shown(request, shown)
    if request.POST.get("back") == "list":
        return redirect("records:hidden-from-people", access.patient.pk)
    return redirect("records:entry", access.patient.pk, entry_id)


@require_POST
@opens_record(own=True)
def show_together_again(request, access, act_id):
    """Show again all that was hidden in one act."""
    say_shown(request, show_act_again(access, act_id, now=timezone.now()))
    return redirect("records:hidden-from-people", access.patient.pk)


def is_hidden(request, form, entry, access):
    """Whether it is hidden, which is said; what speaks against it is put on the form."""
    entries = [entry.id, *form.others]
    try:
        made = hide_from(access, entries, proxy_id=form.proxy_id, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    whom = dict(form.fields["from_whom"].choices)[form.cleaned_data["from_whom"]]
    what = "it" if made == 1 else f"these {made} entries"
    said = f"You now hide {what} from: {whom}" if made else f"You hide it already from: {whom}"
    messages.success(request, said)
    return True


def say_shown(request, shown):
    """What came of it, without a word on whether others hide it too (R2.3)."""
    if shown:
        what = "it" if shown == 1 else f"these {shown} entries"
        messages.success(request, f"You no longer hide {what}")
    else:
        messages.info(request, "You did not hide this any more")


def people_to_choose(access):
    """Those who act for the patient or will, as they are told of them, and who accepted an invitation; each once."""
    told = told_of(access.patient, today=timezone.localdate())
    accepted = [each for each in nominations_of(access.patient) if each.grant and each.is_undecided]
    people = {str(each.stands_for): each.name for each in accepted}
    people |= {str(one.grant.proxy_id): one.name for one in told if not one.is_over}
    return list(people.items())


def whom_of(said):
    """The person that a form names; None for everyone."""
    if said == EVERYONE:
        return None
    try:
        return UUID(said)
    except ValueError:
        raise Http404 from None


def line_of(entry):
    """What a page says of an entry: never what is in it."""
    when = PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
    return {"id": entry.id, "title": title_of(entry), "when": when}
