"""Whoever acted for a patient cannot tell one end from another, whoever brought it about and why (R4.8, R4.11, R5.2).

Each end is made in turn of the very same world and undone again, so that all that a proxy can observe is compared to the byte.
"""

import re
import uuid
from datetime import date, timedelta
from http.cookies import SimpleCookie

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Duty, OnlineRegistration, User
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.changing import (
    end_as_patient,
    end_as_staff,
    resign,
    suspend_as_patient,
    suspend_as_staff,
)
from proxy_access.models import ProxyGrant, Whom
from proxy_access.pausing import Wanted, pause
from proxy_access.statuses import ENDING
from proxy_access.steps import Words
from records.corrections import open_correction
from records.grants import decide_access, decline_access, open_record
from records.models import Decision
from surgeries.models import Patient
from surgeries.terms import Level, Section
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_surgery,
    make_user,
    verified,
)
from tests.clock import NOW, TODAY
from tests.pages import bare
from tests.proxy_access.test_changing import staff_with
from tests.records.views.record import home_of, kept_copy, reader

pytestmark = pytest.mark.django_db

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


class World:
    """A patient whose record is open, and somebody who acts for them, for another patient too, and is a patient themself."""

    def __init__(self, surgery, client):
        self.patient = make_patient(surgery)
        self.user = make_user("ada@example.test", name="Ada Testwell")
        make_online(self.patient, self.user)
        make_grant(self.patient, Level.FULL, Level.FULL)
        self.proxy = make_user("carer@example.test", name="Cara Helper")
        self.grant = make_proxy_grant(self.patient, self.proxy, scopes=list(Section))
        self.entry = make_entry(self.patient)
        self.by_staff = staff_with(self.patient, Duty.DECIDE_ACCESS)
        self.other = make_patient(surgery, "9990000026", family_name="Demoson")
        make_grant(self.other)
        make_proxy_grant(self.other, self.proxy)
        self.own = make_patient(surgery, "9990000034", family_name="Helper")
        make_online(self.own, self.proxy)
        make_grant(self.own)
        self.client = reader(client, self.proxy, self.patient)
        session = client.session
        session["warnings_agreed"] |= {
            str(one.pk): session["warnings_agreed"][str(self.patient.pk)]
            for one in (self.other, self.own)
        }
        session.save()
        self.copy = kept_copy(self.patient, self.proxy)
        self.correction = self.opened_correction()

    def by_patient(self):
        return access_of(self.user, self.patient.pk, on=TODAY)

    def by_proxy(self):
        return access_of(self.proxy, self.patient.pk, on=TODAY)

    def opened_correction(self):
        access = open_record(viewer=verified(self.proxy), patient_id=self.patient.pk, now=NOW)
        with rows_of(self.patient.pk):
            return open_correction(self.entry, by=access, text="This is not right", now=NOW)

    @property
    def things(self):
        """What addresses of this record can name."""
        return {
            "patient_id": self.patient.pk, "entry_id": self.entry.id, "grant_id": self.grant.pk,
            "copy_id": self.copy.id, "correction_id": self.correction.id,
        }  # fmt: skip


def addresses(resolver=None, prefix=""):
    """Every address but those of the desk and of what is for machines."""
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, route)
        elif isinstance(one, URLPattern) and not route.startswith(("surgery/", "demo")):
            yield route


ALL = list(addresses())
OF_RECORD = [route for route in ALL if route.startswith("records/<uuid:patient_id>/")]
OF_NOBODY = ["", "still-there", "account", "account/devices", "letter", "prove-who-you-are", "help"]
"""Pages of the proxy's own, where a record that has ended must leave no trace."""
VALUES = {"section": Section.values, "consideration": ["bad-news", "misunderstanding"]}


def paths_of(route, things):
    """The addresses that a route stands for: of real things, of made-up ones, and of each section."""
    kinds = {converter for converter, _ in ARGUMENT.findall(route)} & set(VALUES)
    for value in VALUES[kinds.pop()] if kinds else [""]:
        yield "/" + filled(route, things, value)
    if "<uuid:" in route.partition("patient_id>")[2]:
        yield "/" + filled(route, {"patient_id": things["patient_id"]}, uuid.UUID(int=5))


def filled(route, things, otherwise):
    return ARGUMENT.sub(lambda found: str(things.get(found[2], otherwise)), route)


def answered(response):
    """All of an answer that its reader gets: status, every header, cookies and the body."""
    body = b"".join(response).decode() if response.streaming else response.content.decode()
    headers = {name: bare(value) for name, value in response.headers.items()}
    headers.pop("Content-Length", None)  # of the tokens too; the body is compared
    headers["Content-Security-Policy"] = re.sub(
        r"nonce-[^']*", "", headers.get("Content-Security-Policy", "")
    )
    cookies = {name: morsel["max-age"] for name, morsel in SimpleCookie(response.cookies).items()}
    return response.status_code, headers, cookies, bare(body)


def observed(world):
    """Everything that the proxy can ask for, and what they are sent without asking."""
    client, seen = world.client, {}
    for path in [f"/{route}" for route in OF_NOBODY]:
        seen[f"GET {path}"] = answered(client.get(path))
    for other in (world.other, world.own):
        for rest in ("", "medicines", "since-you-last-looked", "copies", "corrections", "people"):
            path = f"{home_of(other)}{rest}"
            seen[f"GET {path}"] = answered(client.get(path))
    for route in OF_RECORD:
        for path in paths_of(route, world.things):
            for method in ("get", "post"):
                seen[f"{method} {path}"] = answered(getattr(client, method)(path))
    for method in ("head", "put", "options"):
        seen[f"{method} the record"] = answered(getattr(client, method)(home_of(world.patient)))
    seen["e-mails"] = [one.subject for one in mail.outbox if world.proxy.email in one.to]
    return seen


def differences(one, other):
    return {path: (one.get(path), other[path]) for path in other if one.get(path) != other[path]}


def told():
    return Words("A concern")


def kept_back():
    return Words("A concern", told_patient=False)


def of_grant(**values):
    return lambda world: ProxyGrant.objects.filter(pk=world.grant.pk).update(**values)


def of_patient(**values):
    return lambda world: Patient.objects.filter(pk=world.patient.pk).update(**values)


def closed_account(world):
    """As `close_account` does, without a browser of the patient's."""
    User.objects.filter(pk=world.user.pk).update(closed_at=NOW, is_active=False)
    OnlineRegistration.objects.filter(user=world.user).update(ended_on=TODAY)


def registered_elsewhere(world):
    of_patient(left_on=TODAY)(world)
    there = make_patient(
        make_surgery("Z99009", name="Hilltop Practice"),
        world.patient.nhs_number,
        registered_on=TODAY,
    )
    make_online(there, make_user("ada2@example.test"), started_on=TODAY)
    make_grant(there)


def turned_16(world):
    of_grant(legal_basis="parental-responsibility")(world)
    of_patient(date_of_birth=date(2008, 6, 3))(world)


def decided(decision, **levels):
    def decide(world):
        reason = {"reason": "A concern", "reason_for_patient": "Please call us"}
        decide_access(world.patient, by=None, now=NOW, decision=decision, **reason, **levels)

    return decide


def ended_by_staff(reason, words):
    return lambda world: end_as_staff(
        world.grant, reason, by=world.by_staff, now=NOW, words=words()
    )


def suspended_by_staff(words):
    return lambda world: suspend_as_staff(world.grant, by=world.by_staff, now=NOW, words=words())


def paused(wanted):
    return lambda world: pause(wanted, by=world.by_patient(), now=NOW)


def paused_alone(world):
    wanted = Wanted(Whom.ONE, NOW + timedelta(days=1), grant=world.grant)
    pause(wanted, by=world.by_patient(), now=NOW)


ENDS = {
    "the patient ended it": lambda world: end_as_patient(
        world.grant, by=world.by_patient(), now=NOW
    ),
    "the patient stopped it": lambda world: suspend_as_patient(
        world.grant, by=world.by_patient(), now=NOW
    ),
    "the patient stopped their own access": lambda world: decline_access(
        by=world.by_patient(), now=NOW
    ),
    "the patient paused it": paused(Wanted()),
    "the patient paused it, until only the surgery opens it": paused(Wanted(through_surgery=True)),
    "the patient paused it for a day": paused(Wanted(until=NOW + timedelta(days=1))),
    "the patient paused all who act for them": paused(Wanted(Whom.PROXIES)),
    "the patient paused this one for a day": paused_alone,
    "the record is paused": decided(Decision.PAUSED),
    "the record is denied": decided(Decision.DENIED),
    "nothing of the record is open": decided(
        Decision.GRANTED, current=Level.NONE, historical=Level.NONE
    ),
    "staff stopped it": suspended_by_staff(told),
    "staff stopped it, which the patient is not told": suspended_by_staff(kept_back),
    "the end date came": of_grant(ends_on=YESTERDAY),
    "nobody used it for five years": of_grant(
        starts_on=date(2015, 1, 1), last_used_on=date(2019, 6, 3)
    ),
    "the patient died": of_patient(died_on=TODAY),
    "the patient moved": of_patient(left_on=TODAY),
    "the patient is at another surgery here": registered_elsewhere,
    "the patient closed their account": closed_account,
    "the patient became 16": turned_16,
    "the proxy resigned before, elsewhere": lambda world: resign(world.by_proxy(), now=NOW),
}
ENDS |= {
    f"staff ended it for {reason}{said}": ended_by_staff(reason, words)
    for reason in ("ROLE_DEACTIVATED_SAFEGUARDING", "ROLE_DEACTIVATED_PATIENT_DECEASED")
    for said, words in (("", told), (", which the patient is not told", kept_back))
}
FIRST = ENDS["the patient ended it"]
SAME_WAY = {
    "the patient paused it, until only the surgery opens it",
    "the patient paused it for a day",
    "the patient paused this one for a day",
}
"""What closes by the same condition as another: tried on a few pages, since all of them take minutes."""


@pytest.fixture
def world(surgery):
    return World(surgery, Client())


def after(world, end):
    """What the proxy observes after an end, of which nothing is left afterwards."""
    mail.outbox.clear()
    with transaction.atomic():
        session = dict(world.client.session)
        end(world)
        mail_before = list(mail.outbox)
        seen = observed(world)
        seen["e-mails of the end"] = [
            one.subject for one in mail_before if world.proxy.email in one.to
        ]
        assert dict(world.client.session).get("_auth_user_id") == session.get("_auth_user_id")
        transaction.set_rollback(True)
    return seen


PARTS = 4
"""So many workers share the ends: each of them is asked hundreds of pages."""


@pytest.mark.parametrize("part", range(PARTS))
def test_no_end_can_be_told_from_another(world, part):
    """R4.8, R4.11, R5.2: over every address of the record, and the pages of the proxy's own."""
    expected = after(world, FIRST)
    assert len(expected) > 120
    ends = [name for name in ENDS if name not in SAME_WAY][part::PARTS]
    assert len(ends) > 4
    wrong = {
        name: sorted(found)
        for name in ends
        if (found := differences(after(world, ENDS[name]), expected))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", sorted(SAME_WAY))
def test_for_how_long_the_patient_paused_it_is_not_seen(world, name):
    """R5.2"""
    home = home_of(world.patient)
    paths = ["/", home, f"{home}medicines", f"{home}people", f"{home}pause", f"{home}your-surgery"]
    seen = []
    for end in (FIRST, ENDS[name]):
        with transaction.atomic():
            end(world)
            seen.append([answered(world.client.get(path)) for path in paths])
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert {status for status, *_ in seen[1][1:]} == {403}


@pytest.mark.parametrize("reason", sorted(ENDING))
def test_for_which_reason_staff_ended_it_is_not_seen(world, reason):
    """R4.10, R4.11"""
    paths = ["/", home_of(world.patient), f"{home_of(world.patient)}stop-acting"]
    seen = []
    for end in (FIRST, ended_by_staff(reason, told), ended_by_staff(reason, kept_back)):
        with transaction.atomic():
            end(world)
            seen.append([answered(world.client.get(path)) for path in paths])
            transaction.set_rollback(True)
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_copy_being_fetched_breaks_off_at_every_end(world, end):
    """R4.8, R5.2: of what is sent after it nothing is left to read, whatever closed it."""
    path = f"{home_of(world.patient)}copies/{world.copy.id}/file"
    pieces = iter(world.client.get(path).streaming_content)
    assert next(pieces) == b"x"
    end(world)
    assert list(pieces) == []


def test_the_comparison_sees_what_is_open(world):
    """The check itself can fail."""
    expected = after(world, FIRST)
    found = differences(after(world, lambda _world: None), expected)
    assert "GET /" in found
    assert f"get {home_of(world.patient)}" in found
    assert f"get {home_of(world.patient)}copies/{world.copy.id}/file" in found


def test_an_end_names_neither_the_patient_nor_who_ended_it(world):
    """R4.11"""
    seen = after(world, ENDS["the patient stopped it"])
    pages = {path: answer[3] for path, answer in seen.items() if str(world.patient.pk) in path}
    for words in ("Testwell", "Ada", "ada@example.test", "999 000 0018", "Riverbank", "paused"):
        assert [path for path, page in pages.items() if words in page.partition("<main")[2]] == []
    assert "Testwell" not in seen["GET /"][3]
