"""What no browser of a person sends is answered in words too, never by an error of ours."""

import pytest
from django.contrib.auth.hashers import make_password

from accounts.forms import AddressField
from tests.accounts.test_signing_in import PASSWORD, code_now
from tests.cast import make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make_user("ada@example.test", name="Ada Testwell", password=make_password(PASSWORD))


@pytest.mark.parametrize("word", ["foo", "home", "accounts:devices", "http:x", "\x00"])
def test_a_word_in_place_of_an_address_leads_to_the_start_page(client, user, word):
    page = {"QUERY_STRING": f"next={word.replace(chr(0), '%00')}"}
    client.post("/sign-in", {"email": user.email, "password": PASSWORD}, **page)
    response = client.post("/sign-in/code", {"code": code_now(user)}, **page)
    assert (response.status_code, response.url) == (302, "/")


@pytest.mark.parametrize(
    "address", ["http://[", "http://testserver[/", "//[", "http://\u2100.com/"]
)
def test_a_sender_that_is_no_address_is_as_none(client, user, address):
    sign_in(client, user)
    response = client.post("/account/close", {}, headers={"referer": address})
    assert response.status_code == 302
    assert "[" not in response.url


def test_an_address_that_grows_in_lower_case_is_still_measured(client, user):
    """Of one capital letter with a dot, lower case makes two signs."""
    long = "a" * 64 + "@" + ("\u0130" * 30 + ".") * 6 + "com"
    assert len(long) <= 254 < len(long.lower())
    for page, form in (
        ("/create-account", {"email": long}),
        ("/sign-in", {"email": long, "password": "x"}),
    ):
        assert client.post(page, form).status_code == 422


def test_an_address_is_one_however_it_is_typed():
    assert AddressField().clean(" Ada@Example.TEST ") == "ada@example.test"
