"""The demo's stand-in for NHS login: only there, and as strict as it needs to be to show the real thing."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts import nhs_login, nhs_login_provider
from accounts.nhs_login_keys import signing_key
from accounts.nhs_login_provider import Provider
from portal.demo import stand_in

pytestmark = pytest.mark.django_db
PORTAL = "http://localhost:8000"
TOKEN = f"{PORTAL}/demo/nhs-login/token"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """One folder for all, since making keys takes a while."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def demo(settings, var, patient):
    settings.IS_DEMO, settings.VAR, settings.PORTAL_URL = True, var, PORTAL
    settings.NHS_LOGIN_ISSUER, settings.NHS_LOGIN_CLIENT_ID = f"{PORTAL}/demo/nhs-login", "demo"
    settings.NHS_LOGIN_KEYS = var / "keys"
    nhs_login_provider.forget()
    stand_in.prepare(timezone.now())
    stand_in.prepare(timezone.now())  # a second start changes nothing
    return patient


@pytest.mark.parametrize("name", ["authorize", "keys", "userinfo", "choose", "token"])
def test_there_is_no_stand_in_outside_a_demo(client, settings, name):
    settings.IS_DEMO = False
    address = reverse(f"demo-nhs-login-{name}")
    assert client.get(address).status_code in {404, 405}
    assert client.post(address).status_code in {404, 405}
    assert client.get("/demo/nhs-login/.well-known/openid-configuration").status_code == 404


def ask(**changes):
    asked = {
        "client_id": "demo", "redirect_uri": f"{PORTAL}/nhs-login/callback", "state": "s",
        "nonce": "n", "code_challenge": "",
    }  # fmt: skip
    return asked | changes


def chosen(client, patient, ending="P9", **changes):
    """What comes back in the address when somebody is chosen."""
    page = client.get("/demo/nhs-login/authorize", ask(**changes))
    assert page.status_code == 200
    asked = page.content.decode().split('name="asked" value="')[1].split('"')[0]
    form = {"asked": asked, "person": str(patient.pk), "ending": ending}
    answer = client.post("/demo/nhs-login/choose", form)
    assert answer.url.startswith(f"{PORTAL}/nhs-login/callback?")
    return {name: value[0] for name, value in parse_qs(urlsplit(answer.url).query).items()}


def assertion(endpoint=TOKEN, key=None, now=None):
    """What the portal would send to prove itself."""

    class Client:
        client_id, client_secret = "demo", key or signing_key()

    provider = Provider("", endpoint, "", "")
    made = nhs_login._assertion(provider, Client.client_secret, now or timezone.now())
    return made.sign(Client, endpoint)


def exchange(client, code, **changes):
    sent = {
        "grant_type": "authorization_code", "code": code,
        "redirect_uri": f"{PORTAL}/nhs-login/callback", "client_assertion": assertion(),
    }  # fmt: skip
    return client.post("/demo/nhs-login/token", sent | changes)


def test_the_page_says_that_this_is_not_nhs_login(client, demo):
    page = client.get("/demo/nhs-login/authorize", ask()).content.decode()
    assert "<h1>This is not NHS login</h1>" in page
    assert "stands in for NHS login in this demo" in page
    assert "Ada Testwell: has no account here yet" in page


@pytest.mark.parametrize("changes", [{"client_id": "x"}, {"redirect_uri": "https://example.test/"}])
def test_it_serves_this_portal_only(client, demo, changes):
    assert client.get("/demo/nhs-login/authorize", ask(**changes)).status_code == 400


def test_a_code_gives_tokens_once(client, demo):
    code = chosen(client, demo)["code"]
    found = exchange(client, code)
    assert found.status_code == 200
    assert exchange(client, code).json() == {"error": "invalid_grant"}
    bearer = {"Authorization": f"Bearer {found.json()['access_token']}"}
    told = client.get("/demo/nhs-login/userinfo", headers=bearer).json()
    assert told["nhs_number"] == demo.nhs_number
    assert client.get("/demo/nhs-login/userinfo").status_code == 401


def test_a_code_is_good_for_ten_minutes(client, demo, time_machine):
    code = chosen(client, demo)["code"]
    time_machine.move_to(timezone.now() + timedelta(minutes=11))
    assert exchange(client, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changes", [{"code": "x"}, {"code": ""}, {"redirect_uri": "https://example.test/"}]
)
def test_a_code_that_does_not_fit_gives_nothing(client, demo, changes):
    code = chosen(client, demo)["code"]
    answer = exchange(client, changes.pop("code", code), **changes)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_pkce_is_checked(client, demo):
    code = chosen(client, demo, code_challenge="of-somebody-else")["code"]
    answer = exchange(client, code, code_verifier="mine")
    assert answer.json() == {"error": "invalid_grant"}


def test_the_client_must_prove_itself(client, demo):
    code = chosen(client, demo)["code"]
    used = assertion()
    assert exchange(client, chosen(client, demo)["code"], client_assertion=used).status_code == 200
    wrong = [
        "", "x", used, assertion(endpoint="https://example.test/token"),
        assertion(key=stand_in.own_key()), assertion(now=timezone.now() - timedelta(hours=1)),
    ]  # fmt: skip
    for one in wrong:
        answer = exchange(client, code, client_assertion=one)
        assert answer.json() == {"error": "invalid_client"}
    assert exchange(client, code).status_code == 200  # none of these used the code up


def test_consent_can_be_refused(client, demo):
    answer = chosen(client, demo, ending="refuse")
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s"


def test_what_was_asked_cannot_be_changed_on_the_page(client, demo):
    form = {"asked": "made:up", "person": str(demo.pk), "ending": "P9"}
    assert client.post("/demo/nhs-login/choose", form).status_code == 400


def test_a_demo_has_its_keys_when_it_starts(demo, settings):
    call_command("check")
    assert [path.suffix for path in settings.NHS_LOGIN_KEYS.iterdir()] == [".json"]
    assert (stand_in.folder() / "key.json").stat().st_mode & 0o077 == 0
