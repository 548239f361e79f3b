"""Every page about a person can be left at once, and none is kept by the browser (R5.3)."""

import pytest
import time_machine
from django.test import Client

from tests.cast import make_staff, sign_in
from tests.clock import NOW
from tests.records.test_desk_addresses import ALL as DESK
from tests.records.test_desk_addresses import OF_PATIENT as OF_PATIENT_AT_DESK
from tests.records.test_desk_addresses import address_of, things  # noqa: F401 - a fixture
from tests.records.test_end_oracle import ALL, OF_RECORD, World, paths_of
from tests.records.views.record import reader

pytestmark = pytest.mark.django_db

LINK = '<a class="app-exit__link" href="https://www.bbc.co.uk/weather"'
OTHERS = ["", "account", "account/devices", "prove-who-you-are", "act-for-somebody", "invited"]
"""Pages of somebody's own that name them or other people."""


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def is_page(response):
    if (
        response.streaming or not response.content
    ):  # a file; an answer to a method that is not taken
        return False
    is_html = response["Content-Type"].startswith("text/html")
    return is_html and not 300 <= response.status_code < 400


def without_exit(client, paths):
    """The pages among these that have no such link, or may be kept; and how many there were."""
    answers = {path: client.get(path) for path in paths}
    pages = {path: answer for path, answer in answers.items() if is_page(answer)}
    wrong = [
        path
        for path, answer in pages.items()
        if LINK not in answer.text
        or "data-leave" not in answer.text
        or "no-store" not in answer.headers["Cache-Control"]
    ]
    return wrong, len(pages)


@pytest.mark.parametrize("whose", ["patient", "proxy"])
def test_every_page_of_a_record_can_be_left(surgery, whose):
    """R5.3: over the whole URL map, open, refused and not found alike."""
    world = World(surgery, Client())
    client = world.client if whose == "proxy" else reader(Client(), world.user, world.patient)
    paths = [path for route in OF_RECORD for path in paths_of(route, world.things)]
    wrong, count = without_exit(client, paths + [f"/{each}" for each in OTHERS])
    assert wrong == []
    assert count > 60


def test_every_page_of_the_desk_can_be_left(patient, things, client):  # noqa: F811
    """R5.3: a desk stands in a room with other people."""
    sign_in(client, make_staff(patient.surgery, "d@example.test"))
    paths = [address_of(route, things) for route in OF_PATIENT_AT_DESK]
    wrong, count = without_exit(client, paths)
    assert wrong == []
    assert count > 25


def test_the_addresses_are_all_there():
    """The check itself: what names a patient is in one of the two lists."""
    assert [route for route in ALL if "patient_id" in route and route not in OF_RECORD] == []
    assert set(OF_PATIENT_AT_DESK) <= set(DESK)
