"""The surgery's desk: finding a patient, what is known of their access, and the tasks that wait."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty, OnlineRegistration, RegistrationLetter
from accounts.views.asking import sent
from audit import log
from proxy_access.models import ProxyGrant, named
from records.age_tasks import note_ages
from records.applicants import applications_at
from records.doors import opens_desk, opens_for_staff
from records.dormant_proxies import note_dormant_proxies
from records.forms import FindForm
from records.models import StaffTask
from records.practice.proposing import waiting_for_second
from records.queue_forms import QueueForm, kept
from records.tasks import close_task
from records.views.desk_tasks import place_of
from records.waiting import (
    codes_waiting,
    counts_of,
    narrowed,
    note_dormant,
    shows_codes,
    waiting_at,
)
from records.waiting_proxies import note_waiting_proxies
from surgeries.models import Patient
from surgeries.terms import Section

PER_PAGE = 50
FOUND = "patients_found"


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk
def desk(request, desk):
    """Find a patient of my surgery; see what waits."""
    form = FindForm(sent(request))
    if form.is_valid():
        found = patients_found(desk, form.cleaned_data)
        note_search(desk, form.cleaned_data, found)
        request.session[FOUND] = [str(patient.pk) for patient in found]
        return redirect("records:desk-found")
    context = {"desk": desk, "form": form} | queue_of(desk, request)
    return render(request, "staff/desk.html", context, status=422 if form.errors else 200)


@require_safe
@opens_desk
def desk_found(request, desk):
    """Those whom the last search of this session found."""
    found = request.session.get(FOUND)
    if found is None:
        return redirect("records:desk")
    patients = Patient.objects.of_surgery(desk.surgery).filter(pk__in=found)
    page = page_of(patients.order_by("family_name", "given_names", "id"), request)
    return render(request, "staff/found.html", {"desk": desk, "patients": page})


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def task_done(request, access, task):
    """Say that a task is done; one that waits for an answer leads to where that is given."""
    found = StaffTask.objects.filter(pk=task, patient=access.patient).first()
    if found is None:
        raise Http404
    try:
        close_task(found, by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect(place_of(access, found))
    return redirect("records:desk-patient", access.patient.pk)


def queue_of(desk, request):
    """What waits, as far as it was asked for, with counts of all of it; what no act brings in is looked for first."""
    now, today = timezone.now(), timezone.localdate()
    with transaction.atomic():
        note_dormant(desk.surgery, now=now)
        note_ages(desk.surgery, now=now)
        note_dormant_proxies(desk.surgery, now=now)
        note_waiting_proxies(desk.surgery, now=now)
    waiting = waiting_at(desk, on=today)
    counts = counts_of(waiting, viewer=desk.viewer, on=today)
    waiting_codes = codes_waiting(desk.surgery, now=now)
    codes = waiting_codes.count()
    asked = QueueForm(request.GET, counts, codes)
    tasks = narrowed(waiting, asked.filters, viewer=desk.viewer, on=today)
    page = page_of(tasks.select_related("patient", "held_by"), request)
    return {
        "asked": asked,
        "counts": counts,
        "tasks": page,
        "kept": kept(asked.filters),
        "here": kept(asked.filters, page.number),
        "codes": codes,
        "comers": codes and shows_codes(asked.filters) and page_of(waiting_codes, request),
        "seconds": seconds_waiting(desk, now=now),
        "applications": len(applications_at(desk)) if desk.may(Duty.DECIDE_ACCESS) else 0,
        "today": today,
    }


def seconds_waiting(desk, *, now):
    """How many changes wait for a second person to agree, who could be whoever looks."""
    if not desk.duties & {Duty.DECIDE_ACCESS, Duty.MANAGE_SETTINGS}:
        return 0
    return waiting_for_second(desk, now=now).exclude(proposed_by=desk.viewer).count()


def patients_found(desk, asked):
    """Patients of one surgery by number, or by family name and date of birth."""
    patients = Patient.objects.of_surgery(desk.surgery)
    if asked["nhs_number"]:
        return list(patients.filter(nhs_number=asked["nhs_number"]))
    born = patients.filter(date_of_birth=asked["date_of_birth"])
    return [patient for patient in born if patient.has_family_name(asked["family_name"])]


def note_search(desk, asked, found):
    """Write down that staff searched and how, but not for whom (R9.1)."""
    details = {"by": "number" if asked["nhs_number"] else "name", "found": len(found)}
    about = f"surgery {desk.surgery.ods_code}"
    log.record(
        "staff searched", at=timezone.now(), actor_id=desk.viewer.pk, about=about, details=details
    )
    note_found(desk, found, about)


def note_found(desk, found, about):
    """Write down with each patient that a search showed them to staff (R9.1)."""
    duty = " ".join(sorted(desk.duties))
    for patient in found:
        log.record(
            "staff found patient", at=timezone.now(), actor_id=desk.viewer.pk, patient_id=patient.pk,
            duty=duty, about=about,
        )  # fmt: skip


def registration_of(patient, today):
    """The patient's online account with the check behind it, if there is one."""
    live = OnlineRegistration.objects.live(today).filter(patient=patient)
    return live.select_related("user", "identity_check__checked_by").first()


def proxies_of(patient, today):
    """Everyone who was ever to act for a patient, newest first, whether they may today, and the sections."""
    live = set(ProxyGrant.objects.live(today).filter(patient=patient).values_list("pk", flat=True))
    grants = ProxyGrant.objects.filter(patient=patient).with_names()
    return [
        (
            grant,
            grant.pk in live,
            named(grant.scopes),
        )
        for grant in grants.order_by("-starts_on", "id")
    ]


def closed_sections(patient, decision):
    """The names of the sections that a decision leaves closed: the patient's own setting wins (R1.12)."""
    own = decision.restricted_sections
    closed = patient.surgery.restricted_sections if own is None else own
    return [section.label for section in Section if section in closed]


def letters_of(patient):
    """The latest registration letters of a patient, the newest first, with who made them."""
    letters = RegistrationLetter.objects.filter(patient=patient)
    return list(letters.select_related("made_by").order_by("-made_at", "-id")[:5])


def page_of(rows, request):
    """One page of rows; a page that does not exist becomes the nearest one that does."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
