"""A supplier's system, as its makers would build it: its key, its assertions, its requests."""

import time
import uuid
from datetime import date

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from records.models import ReceivedExtract
from records.supplier.registering import keep_supplier
from tests.cast import make_patient
from tests.clock import NOW
from tests.records.importing.gpconnect_resources import as_bytes, observation, patient

AUDIENCE = "http://testserver/supplier/token"
ASKED = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
QUILLA = {
    "nhs_number": "9991000003",
    "family_name": "Madeup",
    "given_names": "Quilla",
    "date_of_birth": date(1984, 2, 29),
}


class System:
    """The other side of the interface."""

    def __init__(self, client, *surgeries, name="Practice system"):
        self.client = client
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"}, private=True)
        public = {"keys": [self.key.as_dict(private=False)]}
        self.supplier = keep_supplier(name, public, surgeries, False, now=NOW)

    def assertion(self, key=None, kid="one", algorithm="ES256", **claims):
        """What proves who the system is; a claim that is None is left out."""
        whose = str(self.supplier.pk)
        made = {
            "iss": whose, "sub": whose, "aud": AUDIENCE,
            "exp": int(time.time()) + 240, "jti": str(uuid.uuid4()),
        } | claims  # fmt: skip
        made = {name: value for name, value in made.items() if value is not None}
        header = {"alg": algorithm, "kid": kid}
        return jwt.encode(header, made, key or self.key, algorithms=[algorithm])

    def ask_token(self, assertion, address="127.0.0.1", **form):
        return self.client.post(
            "/supplier/token",
            "&".join(
                f"{name}={value}"
                for name, value in (ASKED | {"client_assertion": assertion} | form).items()
            ),
            content_type="application/x-www-form-urlencoded",
            REMOTE_ADDR=address,
        )

    def token(self):
        answer = self.ask_token(self.assertion())
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    def send(self, body, *, key=None, surgery="Z99001", token=None, **headers):
        headers = {
            "idempotency-key": key or str(uuid.uuid4()),
            "authorization": f"Bearer {token or self.token()}",
        } | headers
        return self.client.post(
            f"/supplier/extracts?surgery={surgery}", body,
            content_type="application/fhir+json",
            headers={name: value for name, value in headers.items() if value is not None},
        )  # fmt: skip

    def ask(self, answer, token=None):
        headers = {"authorization": f"Bearer {token or self.token()}"}
        return self.client.get(f"/supplier/extracts/{answer.json()['id']}", headers=headers)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    """The portal's own address, and a folder of its own for what comes in."""
    settings.PORTAL_URL = "http://testserver"
    settings.PORTAL_INCOMING = tmp_path / "incoming"


@pytest.fixture
def system(client, surgery):
    return System(client, surgery)


@pytest.fixture
def quilla(surgery):
    """The patient of whom `bundle` tells."""
    return make_patient(surgery, **QUILLA)


def bundle(*more, display="Asthma"):
    """An extract about her, with one observation."""
    coded = {
        "coding": [{"system": "http://snomed.info/sct", "code": "195967001", "display": display}]
    }
    return as_bytes(patient(), observation(code=coded), *more)


def received(answer):
    return ReceivedExtract.objects.get(pk=answer.json()["id"])
