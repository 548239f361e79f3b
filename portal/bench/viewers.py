"""Many patients who look at once, each with one entry that names its owner."""

import itertools
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from accounts.models import AuthenticatorApp, IdentityCheck, OnlineRegistration, User
from portal.bench.patients import Held
from portal.bench.server import signed_in
from records.importing.extract import Extract, ExtractedEntry, PartialDate, Person, SourceKey
from records.importing.store import store
from records.models import AccessGrant
from surgeries.models import Patient, Surgery
from surgeries.registration import add_surgery
from surgeries.terms import Level, Section

FIRST_NUMBER = 999_000_000
WEIGHTS = range(10, 1, -1)


class Viewer(NamedTuple):
    """Somebody who is signed in: the letters that their name and their entry end with, and where their pages are."""

    code: str
    cookie: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """A patient of the run before they sign in."""

    code: str
    patient: Patient
    user: User


def make_viewers(count: int) -> list[Viewer]:
    """So many patients, each with an open record of one entry, signed in with both factors."""
    now = timezone.now()
    surgery = add_surgery(
        ods_code="Z99008", name="Viewers Surgery", go_live_on=date(2020, 1, 1), by=None, now=now
    )
    codes = itertools.islice(map("".join, itertools.product(string.ascii_lowercase, repeat=4)), count)  # fmt: skip
    made = [
        _make(code, number, surgery, now)
        for code, number in zip(codes, nhs_numbers(), strict=False)
    ]
    return [_sign_in(one) for one in made]


def nhs_numbers() -> Iterator[str]:
    """NHS numbers of the range for tests, with their check digits (R7.1)."""
    return itertools.chain.from_iterable(map(_whole, itertools.count(FIRST_NUMBER)))


def _whole(nine: int) -> list[str]:
    digits = str(nine)
    left = 11 - sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11
    return [] if left == 10 else [f"{digits}{left % 11}"]


def _make(code: str, number: str, surgery: Surgery, now: datetime) -> Made:
    born = date(1950, 1, 1)
    patient = Patient.objects.create(
        surgery=surgery, nhs_number=number, family_name=f"Viewer{code}", given_names="Ada",
        date_of_birth=born, registered_on=date(2000, 1, 1),
    )  # fmt: skip
    user = User.objects.create(email=f"{code}@example.test", identity_level="P9")
    AuthenticatorApp.objects.create(user=user, name="bench", confirmed=True)
    check = IdentityCheck.objects.create(
        user=user, method="documents", level="P9", checked_at=now, evidence=["passport"]
    )
    OnlineRegistration.objects.create(
        patient=patient, user=user, identity_check=check, started_on=timezone.localdate(now)
    )
    store(_extract(code, number, born, now), patient, by=None, now=now)
    AccessGrant.objects.create(
        patient=patient, current_level=Level.FULL, historical_level=Level.FULL, decision="granted",
        decided_at=now, reason="For the bench", read_until=now,
    )  # fmt: skip
    return Made(code, patient, user)


def _extract(code: str, number: str, born: date, now: datetime) -> Extract:
    seen = ExtractedEntry(
        key=SourceKey("Observation", "1"), section=Section.CONSULTATIONS, kind="observation",
        title=f"Marker{code}", level_needed=Level.DETAILED, source_system="bench", recorded_at=now,
        effective=PartialDate(timezone.localdate(now), None, "day"),
    )  # fmt: skip
    return Extract(
        person=Person(nhs_number=number, family_name=f"Viewer{code}", date_of_birth=born),
        extracted_at=now, sections=frozenset({Section.CONSULTATIONS}), entries=(seen,),
    )  # fmt: skip


def _sign_in(made: Made) -> Viewer:
    home = f"/records/{made.patient.pk}/"
    cookie = signed_in(Held(made.patient.pk, made.user, 1, 1))
    return Viewer(made.code, cookie, (home, f"{home}{Section.CONSULTATIONS}"))
