"""The independent OpenID provider that stands for NHS login in tests: npm's oidc-provider, run by node."""

import json
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from accounts import nhs_login_provider
from tests.nhs_login.tamper import Tamper

ROOT = Path(__file__).resolve().parents[2]
CALLBACK = "/nhs-login/callback"
PORTAL = "http://localhost:8000"
ADA = {
    "nhs_number": "9990000018",
    "birthdate": "1980-02-03",
    "family_name": "TESTWELL",
    "given_name": "Ada",
    "identity_proofing_level": "P9",
    "vot": "P9.Cp.Cd",
    "vtm": "http://localhost/trustmark",
    "gp_registration_details": {"gp_ods_code": "Z99001"},
}
"""The claims of the cast's patient, at the surgery of the cast."""


def new_key():
    return RSAKey.generate_key(2048, private=True, auto_kid=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Running:
    """The provider, the proxy before it, and whom it knows."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.key, self.client_keys = new_key(), [new_key(), new_key()]
        self.tamper = Tamper(self.port)
        self.issuer = self.tamper.url
        self.start()

    def start(self):
        about = {"alg": "RS512", "use": "sig"}
        config = {
            "port": self.port,
            "issuer": self.issuer,
            "keys": [self.key.as_dict(private=True) | about],
            "clientKeys": [key.as_dict(private=False) | about for key in self.client_keys],
            "people": str(self.folder / "people.json"),
            "redirects": str(self.folder / "redirects.json"),
        }
        (self.folder / "config.json").write_text(json.dumps(config))
        self.say_who({})
        self.allow(PORTAL)
        command = ["node", str(ROOT / "tests/nhs_login/provider.mjs"), self.folder / "config.json"]
        self.log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout.readline() == "ready\n", (self.folder / "log").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.log.close()
        self.tamper.stop()

    def say_who(self, people):
        (self.folder / "people.json").write_text(json.dumps(people))

    def allow(self, *portals):
        addresses = [f"{portal}{CALLBACK}" for portal in portals]
        (self.folder / "redirects.json").write_text(json.dumps(addresses))


class NhsLogin:
    """What a test does at the provider, as a person with a browser of their own."""

    def __init__(self, running):
        self.running, self.tamper, self.key = running, running.tamper, running.key

    def knows(self, sub="ada", **claims):
        """Let the provider know one person: the cast's patient but for these claims; None leaves one out."""
        held = {name: value for name, value in (ADA | claims).items() if value is not None}
        people = json.loads((self.running.folder / "people.json").read_text())
        self.running.say_who(people | {sub: held})
        return sub

    def leave(self, client):
        """Press the button: the address to which the portal sends the browser."""
        response = client.post("/nhs-login/start")
        assert response.status_code == 302, response.content.decode()
        return response.url

    def choose(self, address, person):
        """At the provider, choose somebody, or with "" refuse consent: the address to come back to."""
        with requests.Session() as browser:
            page = browser.get(address, timeout=20)
            assert "OpenID provider of the tests" in page.text, page.text
            at = browser.post(page.url, data={"person": person}, allow_redirects=False, timeout=20)
            while CALLBACK not in (to := urljoin(at.url, at.headers["Location"])):
                at = browser.get(to, allow_redirects=False, timeout=20)
        return to

    def visit(self, client, person="ada"):
        """There and back: the answer of the portal."""
        return self.come_back(client, self.choose(self.leave(client), person))

    def come_back(self, client, address):
        parts = urlsplit(address)
        return client.get(f"{parts.path}?{parts.query}")


@pytest.fixture(scope="session")
def openid_provider(tmp_path_factory):
    """The running provider; the tests are skipped, with a notice, where node or its packages are absent."""
    if not shutil.which("node"):
        pytest.skip("NOT TESTED: the journeys with an OpenID provider need node 20 or newer")
    if not (ROOT / "node_modules/oidc-provider").is_dir():
        pytest.skip("NOT TESTED: the journeys with an OpenID provider need `npm ci` first")
    running = Running(tmp_path_factory.mktemp("nhs-login"))
    yield running
    running.stop()


@pytest.fixture
def nhs(openid_provider, settings, tmp_path):
    """NHS login set up in the portal, with one key, and with Ada known there."""
    settings.PORTAL_URL = PORTAL
    settings.NHS_LOGIN_ISSUER = openid_provider.issuer
    settings.NHS_LOGIN_CLIENT_ID = "gp-record"
    settings.NHS_LOGIN_KEYS = tmp_path / "keys"
    settings.NHS_LOGIN_PKCE = True
    settings.NHS_LOGIN_KEYS.mkdir()
    save_key(settings.NHS_LOGIN_KEYS / "1.json", openid_provider.client_keys[0])
    openid_provider.tamper.fault, openid_provider.tamper.asked = None, []
    openid_provider.say_who({})
    openid_provider.allow(PORTAL)
    nhs_login_provider.forget()
    nhs = NhsLogin(openid_provider)
    nhs.knows("ada")
    return nhs


def save_key(path, key):
    path.write_text(json.dumps(key.as_dict(private=True)))
