"""From the front page to one's own record, by each way that there is, in a real browser."""

import re
from base64 import b32decode

import pytest
from django.core import mail
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.letters import make_letter
from accounts.models import AuthenticatorApp, User
from surgeries.terms import Section
from tests.journeys.conftest import PASSWORD, WithoutScript, load_demo_record

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
EMAIL = "ada.testwell@example.test"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def here(settings, live_server):
    """The portal's own address is that of the test's server: links in e-mails and passkeys depend on it."""
    assert live_server.url.startswith("http://localhost")
    settings.PORTAL_URL = live_server.url
    settings.OTP_WEBAUTHN_RP_ID = "localhost"
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]


@pytest.fixture
def record(patient):
    now = timezone.now()
    load_demo_record("ada", patient, timezone.localdate(now), now)
    return patient


def ask_for_account(visitor):
    """From the front page to the link in the e-mail."""
    visitor.goto("/")
    visitor.press("Create an account")
    visitor.fill("Email address", EMAIL)
    visitor.press("Continue")
    [message] = mail.outbox
    assert message.to == [EMAIL]
    [link] = set(re.findall(r"http://localhost\S+/set-up/\S+", message.body))
    visitor.goto(link)


def type_code(visitor):
    app = AuthenticatorApp.objects.get(user__email=EMAIL)
    AuthenticatorApp.objects.update(last_t=-1)
    code = TOTP(app.bin_key, app.step, app.t0, app.digits).token()
    visitor.page.locator("main input[inputmode=numeric]").fill(f"{code:06d}")


def choose(visitor, label):
    visitor.page.get_by_label(label, exact=True).check()
    visitor.press("Continue")


def with_password_and_app(visitor):
    ask_for_account(visitor)
    choose(visitor, "With a password and an app")
    visitor.page.locator("input[type=password]").fill(PASSWORD)
    visitor.press("Continue")
    # the key that the app would scan is on the page as text, for those who cannot scan
    secret = re.sub(r"\s", "", visitor.page.locator("details code").text_content())
    visitor.page.locator("main input[inputmode=numeric]").fill(code_from(secret))
    visitor.click(visitor.page.locator("main form[method=post] button[type=submit]").first)
    visitor.check()
    keep_recovery_codes(visitor)


def code_from(secret):
    padded = secret + "=" * (-len(secret) % 8)
    return f"{TOTP(b32decode(padded)).token():06d}"


def keep_recovery_codes(visitor):
    assert visitor.reads("Keep your recovery codes")
    visitor.page.locator("main input[type=checkbox]").check()
    visitor.press("Continue")


def with_passkey_only(visitor):
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    ask_for_account(visitor)
    choose(visitor, "With a passkey only")
    visitor.click(visitor.page.get_by_role("button", name="Make a passkey"))
    visitor.page.wait_for_url(re.compile(r"/$"))
    visitor.check()


def enter_letter(visitor, patient, staff):
    letter = make_letter(patient, by=staff, now=timezone.now())
    visitor.goto("/")
    visitor.follow("Prove who you are")
    visitor.press("Enter the codes from a letter")
    visitor.fill("Account ID", letter.account_id.lower())
    visitor.fill("ODS code", letter.ods_code)
    visitor.fill("Linkage key", letter.linkage_key)
    born = patient.date_of_birth
    for part, value in (("Day", born.day), ("Month", born.month), ("Year", born.year)):
        visitor.fill(part, str(value))
    visitor.page.locator("main input[name=agreed]").check()
    visitor.click(visitor.page.locator("main form[method=post] button[type=submit]").first)
    visitor.check()


def open_record(visitor, patient):
    visitor.click(visitor.page.locator(f"main a[href='/records/{patient.pk}/']"))
    visitor.agree()
    visitor.goto(f"/records/{patient.pk}/{Section.MEDICINES}")
    assert visitor.page.locator("h1").inner_text().endswith("Medicines")
    assert User.objects.get(email=EMAIL).is_identified


def test_by_letter_and_authenticator_app(visitor, record, staff):
    """Given a letter, when somebody who has nothing begins at the front page, then they end at their record."""
    with_password_and_app(visitor)
    enter_letter(visitor, record, staff)
    open_record(visitor, record)


def test_by_letter_and_passkey(visitor, record, staff):
    """The same with a passkey and no password at all."""
    with_passkey_only(visitor)
    enter_letter(visitor, record, staff)
    open_record(visitor, record)


def test_at_the_front_desk(visitor, another_visitor, let_in, record, staff):
    """Given papers, when staff type the code that the person shows, then the record opens at once."""
    with_password_and_app(visitor)
    check_at_desk(another_visitor, let_in, record, staff, desk_code(visitor))
    visitor.goto("/")
    open_record(visitor, record)


def desk_code(visitor):
    visitor.goto("/")
    visitor.follow("Prove who you are")
    visitor.press("Prove who you are at your surgery")
    visitor.press("Get a code")
    return visitor.page.locator("main strong, main code").first.inner_text()


def check_at_desk(desk, let_in, record, staff, code):
    let_in(staff)
    desk.sign_in(staff)
    desk.goto(f"/surgery/patients/{record.pk}/identity")
    page = desk.page
    for name in ("is_here", "is_right_record", "agreed"):
        page.locator(f"main input[name={name}]").check()
    for name, value in (
        ("method", "documents"), ("photo", "passport"), ("address", "utility-bill"), ("account", "code")
    ):  # fmt: skip
        page.locator(f"main input[name={name}][value={value}]").check()
    desk.fill("Their email address", EMAIL)
    desk.fill("Code for the front desk", code)
    desk.press("Save: this person is the patient")
    assert desk.reads("The person is identified")


def test_by_letter_and_app_without_javascript(browser, live_server, record, staff):
    """The same way works where no script runs."""
    context = browser.new_context(java_script_enabled=False)
    visitor = WithoutScript(context.new_page(), live_server.url)
    with_password_and_app(visitor)
    enter_letter(visitor, record, staff)
    open_record(visitor, record)
    context.close()


def test_at_the_front_desk_without_javascript(browser, live_server, let_in, record, staff):
    """Nor does the desk need any, on either side."""
    contexts = [browser.new_context(java_script_enabled=False) for _ in range(2)]
    visitor, desk = (WithoutScript(one.new_page(), live_server.url) for one in contexts)
    with_password_and_app(visitor)
    check_at_desk(desk, let_in, record, staff, desk_code(visitor))
    visitor.goto("/")
    open_record(visitor, record)
    for context in contexts:
        context.close()
