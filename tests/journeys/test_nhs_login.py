"""From the front page to the record by NHS login, in a real browser."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.utils import timezone

from accounts import nhs_login_provider
from portal.demo import stand_in
from surgeries.terms import Level
from tests.cast import make_grant
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
CHOICE = "You have proved who you are, and agree to share your details"


@pytest.fixture
def at_provider(visitor, live_server, nhs, settings, patient):
    """The visitor may go to the independent provider, and come back to this server."""
    settings.PORTAL_URL = live_server.url
    nhs.running.allow(live_server.url)
    allowed = [*configured.SECURE_CSP["form-action"], nhs.running.issuer]
    settings.SECURE_CSP = configured.SECURE_CSP | {"form-action": allowed}
    visitor.hosts.add(urlsplit(nhs.running.issuer).netloc)
    return visitor


def test_from_the_front_page_to_the_record_by_nhs_login(at_provider: Visitor, patient):
    """Given a patient without an account, when they come by NHS login, give an e-mail address and weigh the
    four things, then they are at their record; and the next time NHS login alone is enough."""
    visitor = at_provider
    visitor.goto("/")
    visitor.press("Sign in")
    visitor.press("Continue to NHS login")
    visitor.press("Share as ada")
    assert visitor.page.url.endswith("/nhs-login/new-account")
    visitor.press("Open my account")
    assert visitor.page.title().startswith("Error")
    visitor.fill("Email address", "ada@example.test")
    visitor.page.get_by_label("I agree to the terms of use").check()
    visitor.press("Open my account")
    visitor.goto(f"/records/{patient.pk}/")
    visitor.agree()
    assert visitor.page.url.endswith(f"/records/{patient.pk}/")
    visitor.press("Sign out")
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    visitor.press("Share as ada")
    visitor.goto(f"/records/{patient.pk}/")
    visitor.agree()
    assert visitor.page.url.endswith(f"/records/{patient.pk}/")


def test_who_refuses_consent_reads_what_that_means(at_provider: Visitor):
    """R3.3."""
    visitor = at_provider
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    visitor.press("Do not share")
    assert visitor.reads("You chose not to share your details")
    visitor.press("Continue to NHS login")
    visitor.press("Do not share")


def test_an_account_with_a_password_is_joined_after_signing_in_to_it(
    at_provider: Visitor, patient, patient_user, let_in
):
    """Given a patient with an account, when they come by NHS login, then they sign in to the account with
    both factors and agree to join, and NHS login opens the same record from then on."""
    visitor = at_provider
    make_grant(patient, Level.SUMMARY, Level.SUMMARY)
    let_in(patient_user)
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    visitor.press("Share as ada")
    assert visitor.reads("You have an account already")
    visitor.press("Sign in to your account")
    visitor.sign_in_here(patient_user)
    assert visitor.reads("Join your NHS login with this account")
    visitor.page.get_by_label("I agree to the terms of use").check()
    visitor.press("Join them")
    visitor.press("Sign out")
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    visitor.press("Share as ada")
    assert visitor.goto(f"/records/{patient.pk}/").status == 200


@pytest.fixture
def in_demo(visitor, live_server, settings, tmp_path, patient):
    """The stand-in of the demo, on this server."""
    settings.IS_DEMO, settings.VAR = True, tmp_path
    settings.PORTAL_URL = live_server.url
    settings.NHS_LOGIN_ISSUER = f"{live_server.url}/demo/nhs-login"
    settings.NHS_LOGIN_CLIENT_ID = "demo"
    settings.NHS_LOGIN_KEYS = tmp_path / "keys"
    nhs_login_provider.forget()
    stand_in.prepare(timezone.now())
    return visitor


def test_the_demo_stands_in_for_nhs_login_and_says_so(in_demo: Visitor, patient):
    """Given a demo, when somebody chooses to be a patient without an account, then the same journey works."""
    visitor = in_demo
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    assert visitor.reads("This is not NHS login")
    assert visitor.reads("stands in for NHS login in this demo")
    visitor.press("Go back to GP record")
    assert visitor.page.title().startswith("Error")
    visitor.page.get_by_label("Ada Testwell: has no account here yet").check()
    visitor.page.get_by_label(CHOICE).check()
    visitor.press("Go back to GP record")
    visitor.fill("Email address", "ada@example.test")
    visitor.page.get_by_label("I agree to the terms of use").check()
    visitor.press("Open my account")
    visitor.goto(f"/records/{patient.pk}/")
    visitor.agree()
    for ending, words in (
        ("You have not proved who you are yet (level P5)", "You need to prove who you are"),
        ("You do not agree to share your details", "You chose not to share your details"),
    ):
        visitor.goto("/")
        come_again(visitor, ending)
        assert visitor.reads(words)


def come_again(visitor, ending):
    if visitor.page.get_by_role("button", name="Sign out").count():
        visitor.press("Sign out")
    visitor.goto("/sign-in")
    visitor.press("Continue to NHS login")
    visitor.page.get_by_label("Ada Testwell: has used NHS login here before").check()
    visitor.page.get_by_label(ending).check()
    visitor.press("Go back to GP record")
