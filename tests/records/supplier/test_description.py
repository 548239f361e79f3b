"""What the description says is what there is."""

import json
import re

import pytest
from django.urls import reverse

from records.importing.files import LIMIT
from records.models import ReceivedExtract
from records.supplier_urls import urlpatterns
from tests.records.supplier.conftest import bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(client):
    answer = client.get(reverse("records:supplier-openapi"))
    assert answer.headers["Content-Type"] == "application/json"
    return json.loads(answer.content)


def test_every_address_is_described(described):
    routes = {f"/supplier/{each.pattern}" for each in urlpatterns}
    routes = {re.sub(r"<uuid:(\w+)>", r"{\1}", route) for route in routes}
    described_too = {"/supplier/openapi.json", "/supplier/<anything:rest>"}
    assert set(described["paths"]) == routes - described_too
    assert described["servers"] == [{"url": "http://testserver"}]
    sending = described["paths"]["/supplier/extracts"]["post"]
    assert f"{LIMIT // 2**20} MB" in sending["description"]


def test_an_answer_has_what_is_described(described, system, quilla):
    schema = described["components"]["schemas"]["Received"]
    answer = system.send(bundle())
    for told in (answer.json(), system.ask(answer).json()):
        assert set(told) == set(schema["properties"]) == set(schema["required"])
        assert told["state"] in schema["properties"]["state"]["enum"]
    assert schema["properties"]["state"]["enum"] == ReceivedExtract.State.values


@pytest.mark.parametrize(
    "address", ["/supplier/extracts/7", "/supplier/", "/supplier/none", "/supplier/extracts/%0A"]
)
def test_what_is_not_there_is_a_problem_too(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    if address != "/supplier/":
        assert answer.headers["Content-Type"] == "application/problem+json"
