"""Figures about online access, on a page and as a file: counts only."""

import csv

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Duty
from audit import log
from records.doors import opens_desk_to
from records.reports import reports_of

WHO = (Duty.MANAGE_SETTINGS, Duty.DECIDE_ACCESS)


@require_safe
@opens_desk_to(*WHO)
def reports(request, desk):
    """Levels, requests, proxies, accounts that nobody uses, and what waits."""
    found = reports_of(desk.surgery, now=timezone.now())
    return render(request, "staff/reports.html", {"desk": desk, "reports": found})


@require_safe
@opens_desk_to(*WHO)
def reports_csv(request, desk):
    """The same figures, one row each, with the report's name in front."""
    now = timezone.now()
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    day = timezone.localdate(now).isoformat()
    answer.headers["Content-Disposition"] = f'attachment; filename="online-access-{day}.csv"'
    out = csv.writer(answer)
    out.writerow(["Report", "Figure", "How many"])
    for report in reports_of(desk.surgery, now=now):
        for *words, number in report.rows:
            out.writerow([report.name, "; ".join(word for word in words if word), number])
    log.record(
        "report downloaded", at=now, actor_id=desk.viewer.pk, duty=" ".join(sorted(desk.duties)),
        about=f"surgery {desk.surgery.ods_code}",
    )  # fmt: skip
    return answer
