"""`python -m portal.bench.reviewing [--json]`: how long each step of a review takes on a record of 1,000 entries.

Each is a whole request, from the middleware to the last byte, in this process; `BENCH_SIZES` sets the entries. What
counts is the work of Python and of PostgreSQL: on a machine that does other things too, the clock says more.
"""

import json
import os
import re
import sys
import time
from collections import defaultdict
from statistics import median
from typing import Any

import django

os.environ.setdefault("BENCH_SIZES", "1000")
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.bench.settings"
django.setup()

from django.conf import settings  # noqa: E402 - the settings come first
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_otp import DEVICE_ID_SESSION_KEY  # noqa: E402
from psycopg import sql  # noqa: E402

from accounts.models import AuthenticatorApp, Duty, StaffRole  # noqa: E402
from accounts.staff import Desk, StaffAccess  # noqa: E402
from audit.row_security import rows_of  # noqa: E402
from portal import databases, embedded_database  # noqa: E402
from portal.bench import reviews  # noqa: E402
from portal.bench.patients import TABLE, prepare  # noqa: E402
from portal.bench.server import MODEL_BACKEND, cpu  # noqa: E402
from records.grants import decide_access  # noqa: E402
from records.looking import hold  # noqa: E402
from records.models import GrantReview  # noqa: E402
from records.previewing.reviewing import Proposal, drop_review, open_review  # noqa: E402
from records.previewing.standing import open_review_of, standing_of  # noqa: E402
from surgeries.models import Patient  # noqa: E402
from surgeries.terms import Level  # noqa: E402

AT_MOST = 100
FLAGGED_EVERY = 10
"""One consultation of so many is made to say something that is flagged, the oldest first: a review opens what is old."""
SAY = sql.SQL(
    """update {table} set content_hash = %s,
    free_text = '{{"notes": ["Discloses domestic abuse. Do not disclose"]}}'
    where (patient_id, id) in (
        select patient_id, id from (
            select patient_id, id, row_number() over (order by recorded_at, id) as place from {table}
            where patient_id = %s and kind = 'consultation' and root_id is null
        ) numbered where place %% %s = 1
    )"""
).format(table=TABLE)


def staff_of(patient: Patient) -> StaffAccess:
    """A member of staff with every duty."""
    role = StaffRole.objects.filter(surgery=patient.surgery).select_related("user")[0]
    desk = Desk(role.user, patient.surgery, frozenset(Duty))
    return StaffAccess(desk, patient, Duty.DECIDE_ACCESS)


def begin(access: StaffAccess) -> GrantReview:
    """A fresh review that would open everything, of a record in which some notes are flagged."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(SAY, [timezone.now().isoformat(), access.patient.pk, FLAGGED_EVERY])
    with rows_of(access.patient.pk):
        if review := open_review_of(access.patient):
            drop_review(review, by=access, now=timezone.now())
    decide_access(
        access.patient, by=access.viewer, now=timezone.now(), current=Level.FULL,
        historical=Level.SUMMARY, reason="For the bench",
    )  # fmt: skip
    proposal = Proposal(current=Level.FULL, historical=Level.FULL, reason="For the bench")
    return open_review(proposal, by=access, now=timezone.now())


def at_desk(access: StaffAccess) -> Client:
    """A browser at which this member of staff is signed in, with a reason to look."""
    client = Client()
    client.force_login(access.viewer, backend=MODEL_BACKEND)
    session = client.session
    app, _ = AuthenticatorApp.objects.get_or_create(
        user=access.viewer, name="bench", defaults={"confirmed": True}
    )
    session[DEVICE_ID_SESSION_KEY] = app.persistent_id
    hold(session, [access.patient.pk], now=timezone.now())
    session.save()
    return client


def work() -> float:
    """The seconds of processor that this process and its PostgreSQL have taken."""
    connection.ensure_connection()
    return time.process_time() + cpu(connection.connection.info.backend_pid)


class Desktop:
    """Whoever reviews, with a watch."""

    def __init__(self, access: StaffAccess, review: GrantReview) -> None:
        self.client = at_desk(access)
        self.took = defaultdict[str, list[tuple[float, float]]](list)
        self.base = f"/surgery/patients/{access.patient.pk}/reviews/{review.pk}/"

    def ask(self, step: str, rest: str, **answers: str) -> str:
        """One request; raises where the answer is an error."""
        began, worked = time.perf_counter(), work()
        if answers:
            response = self.client.post(self.base + rest, answers, secure=True)
        else:
            response = self.client.get(self.base + rest, secure=True)
        wall, worked = time.perf_counter() - began, work() - worked
        self.took[step].append((worked * 1000, wall * 1000))
        if response.status_code not in (200, 302):
            raise RuntimeError(f"{step} answered {response.status_code}")
        return response.content.decode()

    def seen(self, page: str) -> dict[str, str]:
        """The hidden fields of a page."""
        return {
            name: re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]
            for name in ("seen", "over")
            if f'name="{name}"' in page
        }


def review_it(desk: Desktop, access: StaffAccess, review: GrantReview, rounds: int = 30) -> None:
    """Read, decide, accept and look at the decision; only three entries are hidden."""
    with rows_of(access.patient.pk):
        flagged = list(standing_of(review, access).flags)
    for _ in range(3):
        desk.ask("the review's page", "")
    for number, entry_id in enumerate(flagged[:rounds]):
        page = desk.ask("an entry", f"entries/{entry_id}")
        act, reason = ("hide", "Harm") if number < 3 else ("show", "")
        decision = desk.seen(page) | {"reason": reason}
        desk.ask("a decision about an entry", f"entries/{entry_id}/{act}", **decision)
        desk.ask("the review's page", "")
    for number in range(rounds):
        page = desk.ask("a page of the rest", f"rest?page={number + 1}")
    desk.ask("accepting the rest", "rest/accept", **desk.seen(page))
    for entry_id in flagged[rounds:]:
        page = desk.client.get(f"{desk.base}entries/{entry_id}", secure=True).content.decode()
        desk.client.post(f"{desk.base}entries/{entry_id}/show", desk.seen(page), secure=True)
    for _ in range(3):  # the first one reads the templates
        page = desk.ask("the decision's page", "decision")
    words = {"reason": "For the bench", "reason_for_patient": "For the bench"}
    desk.ask("making the decision", "decision", **(desk.seen(page) | words))


def measured() -> dict[str, Any]:
    """The median and the most of each step, in milliseconds, and whether it is as quick as it has to be."""
    held = prepare()[0]
    patient = Patient.objects.select_related("surgery").get(pk=held.patient_id)
    access = staff_of(patient)
    review = begin(access)
    desk = Desktop(access, review)
    review_it(desk, access, review)
    steps = []
    for step, took in desk.took.items():
        worked, wall = ([each[place] for each in took] for place in (0, 1))
        steps.append(
            {
                "step": step,
                "cpu_ms": round(median(worked), 1),
                "most_ms": round(max(worked), 1),
                "wall_ms": round(median(wall), 1),
                "met": median(worked) <= AT_MOST,
            }
        )
    return {"entries": held.entries, "rows": held.rows, "at_most": AT_MOST, "steps": steps}


def main(arguments: list[str]) -> int:
    """Print each step; the exit code is 1 where one takes longer than it may, unless the figures are asked for."""
    embedded_database.start(databases.embedded_folder(settings.BASE_DIR))
    settings.ALLOWED_HOSTS = ["*"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    found = measured()
    is_asked = "--json" in arguments
    sys.stdout.write((json.dumps(found) if is_asked else "\n".join(reviews.lines(found))) + "\n")
    return int(not is_asked and not all(one["met"] for one in found["steps"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
