"""The four pages to read and agree to before a record opens, on every way in (R5.1)."""

from urllib.parse import urlencode, urlsplit

from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from records.doors import opens_record
from records.warnings import (
    Consideration,
    agree,
    all_read,
    first_page_to_read,
    note_as_read,
)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record(warned=False, action="warning page opened")
def consider(request, access, page):
    """Show one of the four pages; agreeing leads on, after the fourth into the record."""
    first = first_page_to_read(request.session, access)
    if page.number > first.number:
        return redirect(address_of(request, access, first))
    if request.method == "POST":
        note_as_read(request.session, access, page)
        return redirect(after(request, access, page))
    pages = list(Consideration)
    before = pages[page.number - 2] if page.number > 1 else None
    context = {"access": access, "page": page, "count": len(pages)}
    context["back"] = address_of(request, access, before) if before else reverse("home")
    return render(request, f"records/considerations/{page}.html", context)


def after(request, access, page):
    """Where a page leads once agreed to; the last one opens the record and writes the agreement down."""
    if page.following:
        return address_of(request, access, page.following)
    if all_read(request.session, access):
        agree(request.session, access, now=timezone.now())
    return wanted(request, access) or reverse("records:home", args=[access.patient.pk])


def address_of(request, access, page):
    """The address of one of the four, which keeps what the person came for."""
    address = reverse("records:consider", args=[access.patient.pk, page])
    going_to = wanted(request, access)
    return f"{address}?{urlencode({'next': going_to})}" if going_to else address


def wanted(request, access):
    """The page of this very record that the person came for; empty where there is none, or another."""
    address = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return ""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return ""
    is_this_record = match.kwargs.get("patient_id") == access.patient.pk
    is_to_read = match.view_name in {"records:home", "records:section", "records:entry"}
    return address if is_this_record and is_to_read else ""
