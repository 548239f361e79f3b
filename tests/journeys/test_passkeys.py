"""Passkeys in a real browser, with Chromium's own virtual authenticator."""

import pytest

from accounts.models import User
from accounts.set_up import set_up_link
from tests.journeys.conftest import PASSWORD, Visitor

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """What holds the passkeys of a visitor."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})[
            "authenticatorId"
        ]

    def set_owner_is_there(self, is_there):
        values = {"authenticatorId": self.id, "isUserVerified": is_there}
        self.session.send("WebAuthn.setUserVerified", values)

    @property
    def passkeys(self):
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return found["credentials"]


@pytest.fixture(autouse=True)
def here(settings, live_server):
    """WebAuthn knows sites by their name, never by a number."""
    settings.PORTAL_URL = live_server.url
    settings.OTP_WEBAUTHN_RP_ID = "localhost"
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]
    assert live_server.url.startswith("http://localhost:")


@pytest.fixture
def user():
    return User.objects.create_user("new@example.test", name="Nina Newly")


def choose(visitor, user, way):
    visitor.goto(set_up_link(user))
    visitor.page.get_by_label(way, exact=True).check()
    visitor.press("Continue")


def sign_out(visitor):
    visitor.press("Sign out")


def use_passkey(visitor, button, then):
    visitor.page.get_by_role("button", name=button, exact=True).click()
    visitor.page.wait_for_url(visitor.base + then)
    visitor.check()


def test_a_passkey_alone_from_the_link_to_signing_in_again(visitor, user):
    device = Device(visitor.page)
    choose(visitor, user, "With a passkey only")
    use_passkey(visitor, "Make a passkey", "/")
    assert len(device.passkeys) == 1
    sign_out(visitor)
    visitor.goto("/sign-in?next=/account")
    use_passkey(visitor, "Sign in with a passkey", "/account")
    visitor.goto("/account/factors")
    assert visitor.reads("Passkey")
    assert visitor.reads("Recovery codes work together with a password")


def test_a_passkey_and_a_password_then_an_app_then_a_recovery_code(visitor, user, another_visitor):
    Device(visitor.page)
    choose(visitor, user, "With a passkey, and a password too")
    visitor.page.locator("input[type=password]").fill(PASSWORD)
    visitor.press("Continue")
    use_passkey(visitor, "Make a passkey", "/account/recovery-codes")
    codes = visitor.page.locator("#recovery-codes li").all_inner_texts()
    assert len(codes) == 10
    assert visitor.page.get_by_role("button", name="Print the codes").is_visible()
    visitor.press("Continue")
    assert visitor.reads("tick that you have kept them")
    visitor.page.get_by_label("I have kept my recovery codes").check()
    visitor.press("Continue")

    visitor.goto("/account/factors")
    visitor.press("Add an app")
    visitor.goto("/account/factors")
    visitor.follow("Rename Passkey")
    visitor.fill("Name", "My laptop")
    visitor.press("Save")
    assert visitor.reads("My laptop")
    visitor.follow("Remove My laptop")
    visitor.press("Remove it")
    assert visitor.reads("You cannot remove your last way to sign in")

    elsewhere = another_visitor
    elsewhere.goto("/sign-in")
    elsewhere.fill("Email address", user.email)
    elsewhere.page.locator("input[type=password]").fill(PASSWORD)
    elsewhere.press("Continue")
    assert elsewhere.reads("Your password was right")
    elsewhere.follow("use one of your recovery codes")
    elsewhere.fill("Recovery code", codes[2].lower())
    elsewhere.press("Continue")
    elsewhere.goto("/account/factors")
    assert elsewhere.reads("9 recovery codes left")


def test_who_is_not_the_owner_of_the_device_stays_out_and_is_told(visitor, user):
    device = Device(visitor.page)
    choose(visitor, user, "With a passkey only")
    use_passkey(visitor, "Make a passkey", "/")
    sign_out(visitor)
    device.set_owner_is_there(False)
    visitor.goto("/sign-in")
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    problem = visitor.page.locator("[data-passkey-problem]")
    problem.wait_for(state="visible")
    assert "Nothing was changed" in problem.inner_text()
    device.set_owner_is_there(True)
    use_passkey(visitor, "Sign in with a passkey", "/")


def test_a_second_passkey_on_one_device_is_said_to_be_there(visitor, user):
    Device(visitor.page)
    choose(visitor, user, "With a passkey only")
    use_passkey(visitor, "Make a passkey", "/")
    visitor.goto("/account/factors")
    visitor.press("Add a passkey")
    visitor.page.get_by_role("button", name="Make a passkey").click()
    problem = visitor.page.locator("[data-passkey-problem]")
    problem.wait_for(state="visible")
    assert "has a passkey for this account already" in problem.inner_text()


def test_a_passkey_that_no_account_knows_is_refused_in_words(visitor, user):
    Device(visitor.page)
    choose(visitor, user, "With a passkey only")
    use_passkey(visitor, "Make a passkey", "/")
    sign_out(visitor)
    user.refresh_from_db()
    user.webauthncredential_set.all().delete()
    visitor.goto("/sign-in")
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    problem = visitor.page.locator("[data-passkey-problem]")
    problem.wait_for(state="visible")
    assert "not accepted" in problem.inner_text()


def test_without_script_there_is_an_equal_way(new_context, live_server, user):
    visitor = Visitor(new_context(java_script_enabled=False).new_page(), live_server.url)
    page = visitor.page
    page.goto(set_up_link(user))
    page.get_by_label("With a passkey only", exact=True).check()
    visitor.click(page.get_by_role("button", name="Continue"))
    assert visitor.reads("This browser cannot use passkeys here")
    assert not page.get_by_role("button", name="Make a passkey").is_visible()
    visitor.click(page.get_by_role("link", name="use a password and an app instead"))
    page.get_by_label("With a password and an app", exact=True).check()
    visitor.click(page.get_by_role("button", name="Continue"))
    page.locator("input[type=password]").fill(PASSWORD)
    visitor.click(page.get_by_role("button", name="Continue"))
    assert visitor.reads("Connect your authenticator app")
