"""Who can sign in to the demo, and with which code: only ever for made-up accounts on this machine."""

from dataclasses import dataclass

from django.conf import settings
from django_otp.oath import TOTP

from accounts.models import AuthenticatorApp
from portal.demo.loading import PASSWORD
from portal.demo.people import PATIENTS
from portal.demo.staff import CARER, PROXY, STAFF


@dataclass(frozen=True)
class DemoAccount:
    """Someone to sign in as, and what there is to see."""

    name: str
    email: str
    what_for: str
    password: str = PASSWORD
    code: str = ""


def is_demo() -> bool:
    """Whether this is a demo: asked for, on this machine's own address and embedded database."""
    return bool(settings.IS_DEMO)


def accounts() -> list[DemoAccount]:
    """Everybody of the demo who has an account, without their codes."""
    patients = [
        DemoAccount(person.full_name, person.email, f"Patient: {person.situation}")
        for person in PATIENTS
        if person.email
    ]
    proxies = [
        DemoAccount(proxy.name, proxy.email, f"Acts for a patient: {proxy.relationship}")
        for proxy in (PROXY, CARER)
    ]
    staff = [
        DemoAccount(member.name, member.email, f"Staff: {', '.join(member.duties)}")
        for member in STAFF
    ]
    return [*patients, *proxies, *staff]


def accounts_with_codes() -> list[DemoAccount]:
    """The same, each with the code of this half minute."""
    emails = [account.email for account in accounts()]
    devices = AuthenticatorApp.objects.filter(name="demo", user__email__in=emails).select_related(
        "user"
    )
    codes = {device.user.email: code_of(device) for device in devices}
    return [
        DemoAccount(one.name, one.email, one.what_for, code=codes[one.email])
        for one in accounts()
        if one.email in codes
    ]


def code_of(device: AuthenticatorApp) -> str:
    """The six digits that an authenticator app would show now."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    return f"{totp.token():06d}"
