"""R3.1: until identity is proved, no page differs between somebody with a record and somebody without."""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.letters import make_letter
from accounts.models import OnlineRegistration
from tests.cast import make_entry, make_grant, make_online, make_patient, make_user, sign_in
from tests.pages import bare

pytestmark = pytest.mark.django_db

NOBODY = UUID("00000000-0000-4000-8000-000000000000")
SOMEWHERE = {
    "section": "medicines",
    "consideration": "bad-news",
    "int": "1",
    "uuid": str(NOBODY),
    "slug": "privacy",
    "str": "x",
    "path": "x",
}
LEVELS = ["P0", "P5"]
ONE_TIME = re.compile(r'<strong>\w{4} \w{4}</strong>|"challenge": "[^"]*"')
"""A code for the desk, and what a passkey signs."""


def routes(resolver=None, prefix=""):
    """Every address of the portal, with the names of what it takes."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from routes(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield prefix + str(one.pattern)


def address(route, patient):
    """An address of a route: of this patient where it names one, else of something that may be there or not."""

    def part(match):
        kind, name = match[1] or "str", match[2]
        return str(patient.pk) if name == "patient_id" else SOMEWHERE.get(kind, "x")

    path = re.sub(r"<(?:(\w+):)?(\w+)>", part, route)
    return "/" + re.sub(r"[\^$]|\\[AZ]|\(\?:?|\)", "", path)


ROUTES = sorted(set(routes()))


@pytest.fixture
def pair(surgery, staff, request):
    """Two people of one level and name; the surgery has a record, a registration and a letter of the first."""

    def make(level):
        patient = make_patient(surgery)
        names = {"level": level, "name": "Ada Testwell"}
        with_record = make_user("with@example.test", **names)
        without = make_user("none@example.test", **names)
        make_letter(patient, by=staff, now=timezone.now())
        make_online(patient, with_record)
        make_grant(patient)
        make_entry(patient, title="Something written down")
        return patient, [sign_in(Client(), user) for user in (with_record, without)]

    return make


def seen(response):
    """What an answer tells: its status, where it leads and its words, without the reader's own address."""
    page = bare(response.content.decode("utf-8", "replace"))
    page = ONE_TIME.sub("", page)
    page = re.sub(r"(with|none)@example\.test", "", page)
    return response.status_code, response.get("Location", ""), page


def test_there_are_routes_to_walk():
    assert len(ROUTES) > 40
    assert "records/<uuid:patient_id>/" in ROUTES


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("route", ROUTES)
def test_no_page_and_no_act_differs(pair, route, level):
    patient, clients = pair(level)
    path = address(route, patient)
    answers = [seen(client.get(path)) for client in clients]
    assert answers[0] == answers[1]
    for told in ("Something written down", "999 000 0018", "9990000018", "Held by"):
        assert told not in answers[0][2]
    assert seen(clients[0].post(path)) == seen(clients[1].post(path))


@pytest.mark.parametrize("level", LEVELS)
def test_even_a_registration_on_file_is_not_looked_up(pair, level, django_assert_max_num_queries):
    """Going by the queries: none of them asks for patients or registrations."""
    _, clients = pair(level)
    for path in ("/", "/prove-who-you-are", "/letter", "/prove-who-you-are/at-your-surgery"):
        with django_assert_max_num_queries(30) as captured:
            clients[0].get(path)
        asked = " ".join(query["sql"] for query in captured.captured_queries)
        assert "surgeries_patient" not in asked
        assert OnlineRegistration._meta.db_table not in asked
