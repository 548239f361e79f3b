"""The public pages about surgeries."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from surgeries.models import Surgery
from tests.cast import make_surgery, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

FIND = "/find-your-surgery"
WEEKDAYS = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday"), ("08:00", "18:30")
)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def search(client, typed, **more):
    return client.get(FIND, {"q": typed} | more)


def text(response):
    return response.content.decode()


def page_of(client, surgery):
    response = client.get(reverse("surgeries:surgery", args=[surgery.pk]))
    assert response.status_code == 200
    return text(response)


def make_listed(code, **values):
    return make_surgery(code, uses_portal=False, go_live_on=None, **values)


def test_anybody_may_look(client):
    response = client.get(FIND)
    assert response.status_code == 200
    assert "Find your surgery" in text(response)
    assert "found" not in text(response)
    assert "Error" not in text(response)


def test_a_surgery_is_found_with_its_address(client, surgery):
    Surgery.objects.update(address="1 River Lane\nMockham", postcode="ZZ99 1AA")
    response = search(client, "riverbenk")
    assert response.status_code == 200
    shown = text(response)
    assert "1 surgery found" in shown
    assert f'href="/surgeries/{surgery.pk}"' in shown
    assert "1 River Lane, Mockham, ZZ99\u00a01AA" in shown
    assert "Uses this service" in shown
    assert 'value="riverbenk"' in shown


def test_a_closed_one_is_marked_with_its_day(client):
    make_listed("Z99011", name="Riverside", status="closed", closed_on=date(2017, 10, 31))
    make_listed("Z99012", name="Riverview", status="closed")
    make_listed("Z99013", name="Rivermouth", status="dormant")
    make_surgery("Z99014", name="Rivers", closed_on=date(2024, 6, 3))
    shown = text(search(client, "river"))
    assert "Closed on 31 October 2017" in shown
    assert "Closed on 3 June 2024" in shown
    assert "Closed</strong>" in shown
    assert "Not seeing patients now" in shown
    assert "Uses this service" not in shown


def test_nothing_found_says_what_to_try(client, surgery):
    response = search(client, "elsewhere")
    assert response.status_code == 200
    assert "<title>No surgery found - Find your surgery - GP record</title>" in text(response)
    assert "fewer words" in text(response)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Enter the name, town, postcode or code of a surgery"),
        ("   ", "Enter the name, town, postcode or code of a surgery"),
        ("\0", "Enter the name, town, postcode or code of a surgery"),
        ("\u202e\u200b", "Enter the name, town, postcode or code of a surgery"),
        ("!!!", "Enter letters or numbers"),
        ("%", "Enter letters or numbers"),
        ("🏥🏥", "Enter letters or numbers"),
        ("a", "Enter at least 2 letters or numbers"),
        ("7", "Enter at least 2 letters or numbers"),
        ("one two three four five six seven eight nine", "Enter 8 words or fewer"),
        ("x" * 101, "Enter 100 characters or fewer"),
        ("x" * 10_000, "Enter 100 characters or fewer"),
        ("x " * 5_000, "Enter 100 characters or fewer"),
    ],
)
def test_what_cannot_be_searched_is_said_in_words(client, typed, why):
    response = search(client, typed)
    assert response.status_code == 422
    assert why in text(response)
    assert "No surgery found" not in text(response)


@pytest.mark.parametrize(
    "typed", ["river\0bank", "RIVER\u00adBANK", "ri\u0301verbank", "'; drop table x; -- riverbank", "riverbank\\"]
)  # fmt: skip
def test_odd_characters_do_no_harm(client, surgery, typed):
    assert search(client, typed).status_code == 200


def test_bytes_that_are_no_text_do_no_harm(client, surgery):
    assert client.get(f"{FIND}?q=%ff%fe%c3%28").status_code in {200, 422}
    assert client.get(f"{FIND}?q=riverbank&q=hill").status_code == 200
    assert client.get(f"{FIND}?page=2").status_code == 200


def test_what_was_typed_cannot_become_markup(client):
    shown = text(search(client, '"><script>alert(1)</script>'))
    assert "<script>alert" not in shown


def test_results_come_in_pages_of_20_that_keep_the_search(client):
    for number in range(45):
        make_listed(f"Z991{number:02}", name=f"Mill & Pond {number:02}")
    first = text(search(client, "mill & pond"))
    assert first.count("app-found__item") == 20
    assert "45 surgeries found" in first
    assert 'href="?q=mill%20%26%20pond&amp;page=2"' in first
    last = text(search(client, "mill & pond", page=3))
    assert last.count("app-found__item") == 5
    assert "page=4" not in last
    assert "Page 3 of 3" in text(search(client, "mill & pond", page=99))
    assert "Page 1 of 3" in text(search(client, "mill & pond", page="x"))


def test_a_search_costs_the_same_whatever_it_finds(client, django_assert_num_queries):
    for number in range(25):
        make_listed(f"Z991{number:02}", name=f"Mill Pond {number:02}")
    for typed in ("mill", "mill pond 24", "elsewhere entirely"):
        with django_assert_num_queries(5 if typed != "elsewhere entirely" else 4):
            search(client, typed)


def test_nothing_is_changed_by_a_post(client):
    assert client.post(FIND, {"q": "river"}).status_code == 405


def test_a_surgery_that_uses_the_portal_offers_an_account(client, surgery):
    shown = page_of(client, surgery)
    assert "This surgery uses this service." in shown
    assert f'href="{reverse("accounts:create")}"' in shown
    assert f'href="{reverse("accounts:sign-in")}"' in shown
    assert "Ask in person" in shown


def test_signed_in_people_are_not_offered_an_account(client, surgery, patient_user):
    shown = page_of(sign_in(client, patient_user), surgery)
    assert "Go to your start page" in shown
    assert "Create an account" not in shown


def test_another_surgery_says_where_else_to_go(client):
    shown = page_of(client, make_listed("Z99011", name="Mill Pond Surgery"))
    assert "This surgery does not use this service." in shown
    assert "NHS App" in shown
    assert "or ask the surgery" in shown
    assert "Create an account" not in shown
    assert "Ask in person" not in shown


def test_where_a_surgery_is_and_how_to_ask(client):
    surgery = make_surgery(
        address="1 River Lane\nMockham", postcode="ZZ99 1AA", phone="01632 960 001",
        how_to_ask="Ring the bell.\n\n<b>Bring a photo.</b>",
    )  # fmt: skip
    shown = page_of(client, surgery)
    assert "1 River Lane<br>Mockham<br>ZZ99\u00a01AA" in shown
    assert '<a href="tel:01632960001">01632 960 001</a>' in shown
    assert "<p>Ring the bell.</p>" in shown
    assert "&lt;b&gt;Bring a photo.&lt;/b&gt;" in shown
    assert "Z99001" in shown


@pytest.mark.parametrize("phone", ["ask at the desk", "01632 960001 or 960002 or 960003", "x" * 40])
def test_a_phone_number_that_cannot_be_dialled_is_no_link(client, phone):
    assert "tel:" not in page_of(client, make_surgery(phone=phone))


def test_when_a_surgery_is_open(client, surgery):
    """The clock stands at 10:30 on a Monday, in summer."""
    assert "We do not know when this surgery is open" in page_of(client, surgery)
    Surgery.objects.update(opening_hours=WEEKDAYS)
    shown = page_of(client, surgery)
    assert "Open now until 6:30pm" in shown
    assert "8am to 6:30pm" in shown


def test_a_closed_surgery_says_so_and_offers_nothing(client):
    closed = {"status": "closed", "closed_on": date(2017, 10, 31)}
    surgery = make_surgery(opening_hours=WEEKDAYS, phone="01632 960001", **closed)
    shown = page_of(client, surgery)
    assert "It closed on 31 October 2017." in shown
    for words in ("Create an account", "Open now", "tel:", "Ask in person"):
        assert words not in shown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "closed"}, "This surgery has closed"),
        ({"status": "dormant"}, "This surgery may not be seeing patients"),
        ({"status": "proposed"}, "This surgery is not open yet"),
        ({"closed_on": date(2024, 6, 4)}, "It closes on 4 June 2024."),
        ({"closed_on": date(2024, 6, 3)}, "It closed on 3 June 2024."),
    ],
)
def test_each_status_is_told(client, values, words):
    assert words in page_of(client, make_listed("Z99011", **values))


def test_an_unknown_surgery_is_not_found(client):
    assert client.get(f"/surgeries/{uuid4()}").status_code == 404
    assert client.get("/surgeries/Z99001").status_code == 404


def test_a_page_about_a_surgery_costs_one_query(client, surgery, django_assert_num_queries):
    with django_assert_num_queries(1):
        page_of(client, surgery)


def test_no_patient_or_member_of_staff_is_named(client, patient, patient_user, staff, surgery):
    shown = page_of(client, surgery) + text(search(client, "testwell riverbank"))
    assert patient.family_name not in shown.replace("testwell riverbank", "")
    assert staff.email not in shown
