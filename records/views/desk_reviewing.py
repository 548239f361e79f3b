"""The whole record as staff see it, and hiding entries of it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Duty, User
from records.content import PartialDate
from records.doors import opens_for_staff
from records.importing.telling import not_understood
from records.models import Entry, Redaction, SectionNotice
from records.opening import last_spoken, waits_for_word
from records.papers.finding import attachments_held
from records.review import hidden_entries
from records.rules_in_words import NOT_RELEASED
from records.views.desk import page_of
from records.views.desk_held import lines_held, links_held
from surgeries.terms import Section


@require_safe
@opens_for_staff()
def desk_record(request, access):
    """The sections of the record, with how much is in each."""
    entries = Entry.objects.seen_by_staff(access).entries().filter(withdrawn_at=None)
    counted = dict(entries.values_list("section").annotate(Count("id")))
    sections = [(section, counted.get(section.value, 0)) for section in Section]
    context = {"access": access, "sections": sections, "not_understood": not_understood(access)}
    return render(request, "staff/record.html", context)


@require_safe
@opens_for_staff()
def desk_section(request, access, section):
    """Every entry of one section, each marked where somebody does not see it."""
    entries = Entry.objects.seen_by_staff(access).in_section(section).entries().newest_first()
    page = page_of(entries.defer("details", "free_text"), request)
    review = Review.of(access)
    context = {
        "access": access,
        "section": section,
        "page": page,
        "rows": [review.row(entry) for entry in page],
        "notices": SectionNotice.objects.filter(
            patient=access.patient, section=section, ended_at=None
        ),
        "may_hide": access.may(Duty.REVIEW_ENTRIES),
        "here": request.get_full_path(),
    }
    return render(request, "staff/section.html", context)


@require_safe
@opens_for_staff()
def desk_entry(request, access, entry_id):
    """One entry with its parts, all that is held of it, and from whom it is hidden."""
    entry = held_entry(access, entry_id)
    if entry.root_id:
        return redirect("records:desk-entry", access.patient.pk, entry.root_id)
    parts = page_of(Entry.objects.seen_by_staff(access).below(entry), request)
    wanted = {link for row in (entry, *parts) for link in links_held(row)}
    linked = list(Entry.objects.seen_by_staff(access).filter(id__in=wanted).newest_first())
    titles = {str(other.id): other.title for other in linked}
    review = Review.of(access)
    context = {
        "access": access,
        "row": review.row(entry),
        "lines": lines_held(entry, titles),
        "parts": parts,
        "part_lines": [(review.row(part), lines_held(part, titles)) for part in parts],
        "linked": [other for other in linked if entry.id not in (other.id, other.root_id)],
        "documents": attachments_held(access, entry.id),
        "may_hide": access.may(Duty.REVIEW_ENTRIES),
        "waits": waits_for_word(entry, access),
        "spoken": last_spoken(entry, access),
    }
    return render(request, "staff/entry.html", context)


@dataclass(frozen=True)
class Review:
    """Who does not see which entry of a patient, and why: everything in two queries."""

    hidden: dict[UUID, list[Redaction]]
    people: dict[UUID, User]

    @classmethod
    def of(cls, access):
        """What is in force now."""
        hidden = hidden_entries(access)
        found = [redaction for redactions in hidden.values() for redaction in redactions]
        named = {redaction.proxy_id for redaction in found} | {one.hidden_by_id for one in found}
        return cls(hidden, User.objects.in_bulk(named - {None}))

    @property
    def hidden_from_everyone(self):
        """The ids of the entries that nobody sees online."""
        return {entry_id for entry_id in self.hidden if self.is_hidden(entry_id)}

    def is_hidden(self, entry_id):
        """Whether an entry itself is hidden from everyone online."""
        everyone = Redaction.Audience.EVERYONE
        return any(redaction.audience == everyone for redaction in self.hidden.get(entry_id, ()))

    def row(self, entry):
        """One entry with what the pages say about it."""
        return {
            "entry": entry,
            "when": PartialDate(
                on=entry.effective_on, at=entry.effective_time, precision=entry.effective_precision
            ),
            "hidings": [self.hiding(redaction) for redaction in self.hidden.get(entry.id, [])],
            "is_hidden": self.is_hidden(entry.id),
            "hidden_with": self.hidden.get(entry.repeats_id, []),
            "not_released": NOT_RELEASED.get(entry.unreleased_because, entry.unreleased_because),
        }

    def hiding(self, redaction):
        """One hiding in words."""
        audience = {"everyone": "everyone online", "proxies": "all proxies"}.get(redaction.audience)
        by = self.people.get(redaction.hidden_by_id)
        return {
            "redaction": redaction,
            "from_whom": audience or name_of(self.people.get(redaction.proxy_id)),
            "by": "the patient" if redaction.by_patient else name_of(by),
        }


def name_of(person):
    """How colleagues know someone."""
    return (person.name or person.email) if person else "someone unknown"


def held_entry(access, entry_id):
    """An entry or part of this patient's record."""
    entry = Entry.objects.seen_by_staff(access).filter(id=entry_id).first()
    if entry is None:
        raise Http404
    return entry
