"""The four pages before a record opens."""

import pytest
from django.urls import reverse

from records.models import WarningAgreement
from records.warnings import VERSION, Consideration
from tests.cast import make_proxy_grant, set_status, sign_in
from tests.records.views.record import home_of, section_of

pytestmark = pytest.mark.django_db


def consider(patient, page, going_to=""):
    address = reverse("records:consider", args=[patient.pk, page])
    return f"{address}?next={going_to}" if going_to else address


@pytest.fixture
def patient_client(client, open_to_patient, patient_user):
    return sign_in(client, patient_user)


def test_four_pages_lead_to_the_record(patient_client, open_to_patient, patient_user):
    """R5.1: each agreement is recorded."""
    for number, page in enumerate(Consideration, start=1):
        shown = patient_client.get(consider(open_to_patient, page))
        assert f"{number} of 4" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        response = patient_client.post(consider(open_to_patient, page))
        following = consider(open_to_patient, page.following) if page.following else None
        assert response["Location"] == (following or home_of(open_to_patient))
    assert patient_client.get(home_of(open_to_patient)).status_code == 200
    agreement = WarningAgreement.objects.get()
    assert (agreement.user, agreement.patient) == (patient_user, open_to_patient)
    assert agreement.version == VERSION


def test_nobody_steps_over_a_page(patient_client, open_to_patient):
    first = consider(open_to_patient, "bad-news")
    for method in (patient_client.get, patient_client.post):
        assert method(consider(open_to_patient, "misunderstanding"))["Location"] == first
    patient_client.post(first)
    response = patient_client.post(consider(open_to_patient, "misunderstanding"))
    assert response["Location"] == consider(open_to_patient, "sharing")
    assert not WarningAgreement.objects.exists()


def walk(client, patient, going_to):
    for page in Consideration:
        response = client.post(consider(patient, page, going_to))
    return response["Location"]


def test_a_deep_link_is_kept_to_the_end(patient_client, open_to_patient):
    wanted = section_of(open_to_patient, "medicines")
    first = patient_client.get(wanted)["Location"]
    assert first == consider(open_to_patient, "bad-news", wanted)
    assert "next=" in patient_client.post(first)["Location"]
    assert walk(patient_client, open_to_patient, wanted) == wanted


def test_only_pages_of_this_very_record_are_gone_to(patient_client, open_to_patient, other_patient):
    home = home_of(open_to_patient)
    for hostile in (
        "https://evil.test/",
        "//evil.test/",
        f"//evil.test{home}",
        f"https:{home}",
        "javascript:alert(1)",
        "/sign-in",
        home_of(other_patient),
        f"{home}../../sign-in",
        f"{home}before-you-open/coercion",
        f"\\\\evil.test{home}",
    ):
        assert walk(patient_client, open_to_patient, hostile) == home


def test_the_page_about_pressure_has_a_way_out(patient_client, open_to_patient):
    """R5.2: what to do, and leaving at once without JavaScript."""
    patient_client.post(consider(open_to_patient, "bad-news"))
    patient_client.post(consider(open_to_patient, "sharing"))
    page = patient_client.get(consider(open_to_patient, "coercion")).content.decode()
    assert "0808 2000 247" in page
    assert "call 999" in page
    assert "data-leave" in page
    assert 'href="https://www.bbc.co.uk/weather"' in page


def test_a_proxy_considers_too_and_others_may_not(
    client, open_to_patient, proxy_user, stranger, staff
):
    address = consider(open_to_patient, "bad-news")
    assert client.get(address)["Location"].startswith("/sign-in")
    for user in (stranger, staff, proxy_user):
        assert sign_in(client, user).get(address).status_code == 404
    grant = make_proxy_grant(open_to_patient, proxy_user, ends_on=None, open_ended_because="Test")
    assert "Acting for Ada Testwell" in client.get(address).content.decode()
    assert walk(client, open_to_patient, "") == home_of(open_to_patient)
    set_status(grant, "ended", "ROLE_DEACTIVATED_PATIENT_REQUEST")
    assert client.get(address).status_code == 403


def test_there_are_no_other_pages(patient_client, open_to_patient):
    address = f"{home_of(open_to_patient)}before-you-open/anything"
    assert patient_client.get(address).status_code == 404
