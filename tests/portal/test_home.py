"""The front page, signed out and signed in."""

import re

import pytest

from tests.cast import make_grant, make_online, make_patient, make_proxy_grant, make_user, sign_in

pytestmark = pytest.mark.django_db


def page(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_signed_out_says_what_this_is(client):
    shown = page(client)
    assert "See your GP record" in shown
    assert 'href="/sign-in"' in shown


def test_without_the_second_factor_nothing_is_listed(client, patient_user):
    client.force_login(patient_user, backend="django.contrib.auth.backends.ModelBackend")
    shown = page(client)
    assert "Finish signing in" in shown
    assert "/records/" not in shown


def test_a_patient_finds_their_record(client, patient, patient_user):
    shown = page(sign_in(client, patient_user))
    assert f"/records/{patient.pk}/" in shown
    assert "People you act for" not in shown


def test_a_proxy_finds_the_people_they_act_for(client, patient, proxy_user):
    make_proxy_grant(patient, proxy_user, ends_on=None, open_ended_because="For a test")
    make_grant(patient)
    shown = page(sign_in(client, proxy_user))
    assert "People you act for" in shown
    assert "Ada Testwell" in shown


def test_an_ended_proxy_finds_nobody(client, proxy_grant, proxy_user):
    shown = page(sign_in(client, proxy_user))
    assert "Ada" not in shown


def test_staff_find_their_desk(client, staff, patient_user):
    assert "The surgery&#39;s desk" in page(sign_in(client, staff))
    assert "desk" not in page(sign_in(client, patient_user))


@pytest.mark.parametrize("level", ["P0", "P5"])
def test_unproved_people_with_and_without_a_record_see_the_same(client, surgery, level):
    """R3.1."""
    with_record = make_user("one@example.test", level=level, name="Same Name")
    without = make_user("two@example.test", level=level, name="Same Name")
    patient = make_patient(surgery)
    make_online(patient, with_record)
    make_grant(patient)
    shown = [
        re.sub(r'(nonce="|csrfmiddlewaretoken" value=")[^"]*', "", page(sign_in(client, user)))
        for user in (with_record, without)
    ]
    assert shown[0] == shown[1]
    assert "Prove who you are" in shown[0]
