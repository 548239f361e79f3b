"""A patient's page at the desk: who they are to the surgery, what is open to whom and why, and what was done."""

from django.db.models import Count
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.identity import Evidence, Question
from accounts.models import Duty
from proxy_access.pausing import pauses_of
from records.activity import activity_of, tell
from records.doors import opens_for_staff
from records.grants import levels_of
from records.importing.one_form import FORMS
from records.models import (
    AccessGrant,
    AccessRequest,
    Entry,
    ImportedExtract,
    PracticeChange,
    RequestStep,
    WarningAgreement,
)
from records.review import hidden_entries
from records.views.desk import closed_sections, letters_of, page_of, proxies_of, registration_of

NEWEST = 10
"""How many of a long list stand on the page."""


@require_safe
@opens_for_staff()
def desk_patient(request, access):
    """Who the patient is to the surgery, how much is open, to whom, and why."""
    today = timezone.localdate()
    online = registration_of(access.patient, today)
    context = {
        "access": access,
        "online": online,
        "evidence": labels(Evidence, online.identity_check.evidence) if online else [],
        "asked": labels(Question, online.identity_check.questions) if online else [],
        "proxies": proxies_of(access.patient, today),
        "nominations": access.patient.nominations.agreed().order_by("-state_at"),
        "letters": letters_of(access.patient),
        "tasks": tasks_of(access.patient, today),
        "requests": AccessRequest.objects.filter(patient=access.patient).order_by("-asked_at"),
        "may_decide": access.may(Duty.DECIDE_ACCESS),
        "may_check": access.may(Duty.CHECK_IDENTITY),
        "now": timezone.localtime(),
        "pauses": pauses_of(access.patient, at=timezone.now()),
        "today": today,
    } | decisions_of(access.patient, request) | held_of(access, today)  # fmt: skip
    return render(request, "staff/patient.html", context)


def labels(kinds, stored):
    """What is stored as kinds, in words; a kind that is no more stays as it is stored."""
    words = dict(kinds.choices)
    return [words.get(kind, kind) for kind in stored]


@require_safe
@opens_for_staff()
def desk_activity(request, access):
    """Everything that is on file about this patient, the newest first, in plain words (R9.1)."""
    page = page_of(activity_of(access), request)
    context = {"access": access, "page": page, "lines": tell(page, access)}
    return render(request, "staff/activity.html", context)


def tasks_of(patient, today):
    """The open tasks of a patient; those that are for a later day come last."""
    tasks = patient.staff_tasks.filter(closed_at=None).select_related("held_by")
    found = list(tasks.order_by("opened_at", "id"))
    return sorted(found, key=lambda task: bool(task.shows_from and task.shows_from > today))


def decisions_of(patient, request):
    """What holds, and every decision before it with what it belongs to: a request, or a change for many patients."""
    decisions = AccessGrant.objects.of(patient).select_related("decided_by")
    latest, page = decisions.first(), page_of(decisions, request)
    changes = PracticeChange.objects.select_related("made_by").in_bulk(
        {decision.practice_change_id for decision in page} - {None}
    )
    steps = RequestStep.objects.filter(grant__in=[decision.pk for decision in page])
    return {
        "latest": latest,
        "levels": latest and levels_of(patient, latest),
        "closed": latest and closed_sections(patient, latest),
        "decisions": page,
        "changes": changes,
        "answers": dict(steps.values_list("grant_id", "request_id")),
    }


def held_of(access, today):
    """What is kept of the record and about it: extracts, hidings, and agreements to the warnings."""
    extracts = ImportedExtract.objects.filter(patient=access.patient).order_by("-loaded_at")
    entries = Entry.objects.seen_by_staff(access).entries().filter(withdrawn_at=None).order_by()
    systems = entries.values_list("source_system").annotate(Count("id")).order_by("source_system")
    held = [one for each in hidden_entries(access).values() for one in each]
    agreements = WarningAgreement.objects.filter(patient=access.patient)
    return {
        "extracts": [(one, changed_by(one)) for one in extracts[:NEWEST]],
        "systems": [(FORMS.get(system, system), held) for system, held in systems],
        "hidden": len({one.entry_id for one in held}),
        "to_review": sum(bool(one.review_on and one.review_on <= today) for one in held),
        "agreements": list(agreements.select_related("user").order_by("-agreed_at")[:NEWEST]),
    }


def changed_by(extract):
    """How many entries an extract added, updated and took back, in all sections."""
    each = [counts for counts in extract.counts.values() if isinstance(counts, dict)]
    return {
        what: sum(counts.get(what, 0) for counts in each)
        for what in ("added", "updated", "withdrawn")
    }
