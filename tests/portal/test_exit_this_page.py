"""Every page about a person can be left at once, and none is kept by the browser (R5.3)."""

import pytest
import time_machine
from django.test import Client

from tests.clock import NOW
from tests.matrix.asking import addresses
from tests.matrix.world import World as Surgeries
from tests.records.test_end_oracle import OF_RECORD, World, paths_of
from tests.records.views.record import reader

pytestmark = pytest.mark.django_db

LINK = '<a class="app-exit__link" href="https://www.bbc.co.uk/weather"'
AT_DESK = [
    one for one in addresses() if one.route.startswith("surgery/") and "patient_id" in one.arguments
]
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


def test_every_page_of_a_patient_at_the_desk_can_be_left():
    """R5.3: a desk stands in a room with other people."""
    world = Surgeries()
    paths = [one.of(world.named_for(one)) for one in AT_DESK]
    wrong, count = without_exit(world.browser(world.all_duties), paths)
    assert wrong == []
    assert count > 25


def test_the_addresses_are_all_there():
    """The check itself: what names a patient is in one of the two lists."""
    named = [one.route for one in addresses() if "patient_id" in one.arguments]
    assert set(named) <= {*OF_RECORD, *(one.route for one in AT_DESK)}
