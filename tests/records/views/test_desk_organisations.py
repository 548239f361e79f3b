"""The desk's pages about organisations, their people, and for whom these act (R4.2, R4.3, R4.9)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Duty
from proxy_access.models import Organisation, OrganisationMember, ProxyGrant
from records.models import AccessGrant
from tests.cast import make_grant, make_patient, make_proxy_grant, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db

AT = "/surgery/organisations/"


@pytest.fixture
def at_desk(client, patient):
    return sign_in(client, make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))


@pytest.fixture
def home(surgery):
    return Organisation.objects.create(
        surgery=surgery, name="Willow House", starts_on=date(2024, 1, 1)
    )


@pytest.fixture
def member(home, proxy_user):
    return home.members.create(user=proxy_user, starts_on=date(2024, 1, 1))


@pytest.fixture
def grant(member, patient):
    return make_proxy_grant(
        patient, member.user, on_behalf_of=member, scopes=["medicines"], ends_on=date(2099, 1, 1)
    )


def test_an_organisation_and_its_people_are_added(at_desk, proxy_user):
    assert "None yet" in at_desk.get(AT).text
    page = at_desk.post(AT + "new", {"name": "Elm Court", "ods_code": "vl1a2"}, follow=True)
    made = Organisation.objects.get()
    assert page.redirect_chain[-1][0] == f"{AT}{made.pk}/"
    assert "Elm Court is on the list" in page.text
    assert "VL1A2" in page.text
    page = at_desk.post(f"{AT}{made.pk}/people/new", {"email": proxy_user.email}, follow=True)
    assert "They see nothing yet" in page.text
    assert "Cara Helper" in page.text


@pytest.mark.parametrize(
    ("rest", "sent", "says"),
    [
        ("new", {}, "Enter the name of the organisation"),
        ("new", {"name": "Willow house"}, "is on your list already"),
        ("new", {"name": "Elm", "ods_code": "A B"}, "3 to 10 letters and digits"),
        ("{home}/people/new", {}, "Enter an email address"),
        ("{home}/people/new", {"email": "nobody@example.test"}, "No account with a proved identity"),
        ("{home}/people/new", {"email": "d@example.test"}, "You cannot add yourself"),
        ("{home}/people/new", {"email": "carer@example.test"}, "belongs to the organisation already"),
        ("{home}/people/{member}/end", {}, "Choose when it ends"),
        ("{home}/people/{member}/end", {"when": "now"}, "Enter the reason, for colleagues"),
        ("{home}/people/{member}/end", {"when": "later", "reason": "x"}, "Enter the last day"),
        ("{home}/people/{member}/end", {"when": "later", "reason": "x", "on-day": "1", "on-month": "1", "on-year": "2024"},
         "Choose today or a later day"),
        ("{home}/end", {"when": "now"}, "Enter the reason, for colleagues"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_changes(at_desk, home, member, rest, sent, says):
    address = AT + rest.format(home=home.pk, member=member.pk)
    answered = at_desk.post(address, sent)
    assert answered.status_code == 422
    assert says in answered.text
    for value in sent.values():
        assert value in answered.text
    assert Organisation.objects.filter(ends_on=None).count() == 1
    assert OrganisationMember.objects.filter(ends_on=None).count() == 1


def test_who_leaves_reads_nothing_more_of_anybody(at_desk, client, home, member, grant, patient):
    """R4.9: from the moment that the form is sent, in a browser that is open."""
    make_grant(patient)
    theirs = sign_in(type(client)(), member.user)
    record = f"/records/{patient.pk}/"
    assert theirs.get(record).status_code != 403
    page = at_desk.get(f"{AT}{home.pk}/").text
    assert "This person leaves" in page
    at_desk.post(f"{AT}{home.pk}/people/{member.pk}/end", {"when": "now", "reason": "Left"})
    answered = theirs.get(record)
    assert "has ended" in answered.text
    assert "Willow" not in answered.text
    assert "This person leaves" not in at_desk.get(f"{AT}{home.pk}/").text
    history = at_desk.get(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/").text
    assert "Left" in history


def test_an_organisation_ends_on_a_day(at_desk, home, member, grant):
    last = timezone.localdate() + timedelta(3)
    sent = {
        "when": "later",
        "reason": "x",
        "on-day": last.day,
        "on-month": last.month,
        "on-year": last.year,
    }
    assert at_desk.post(f"{AT}{home.pk}/end", sent).status_code == 302
    home.refresh_from_db()
    assert home.ends_on == last
    assert ProxyGrant.objects.live(last).exists()
    assert not ProxyGrant.objects.live(last + timedelta(1)).exists()


@pytest.mark.parametrize("rest", ["", "people/new", "end"])
def test_what_is_of_another_surgery_is_not_there(at_desk, other_surgery, rest):
    theirs = Organisation.objects.create(
        surgery=other_surgery, name="Oak Lodge", starts_on=date(2024, 1, 1)
    )
    assert at_desk.get(f"{AT}{theirs.pk}/{rest}").status_code == 404
    assert "Oak Lodge" not in at_desk.get(AT).text


def test_a_person_of_another_organisation_is_not_there(at_desk, home, surgery):
    other = Organisation.objects.create(surgery=surgery, name="Elm", starts_on=date(2024, 1, 1))
    theirs = other.members.create(user=make_user("x@example.test"), starts_on=date(2024, 1, 1))
    assert at_desk.get(f"{AT}{home.pk}/people/{theirs.pk}/end").status_code == 404
    assert at_desk.get(f"{AT}{home.pk}/people/{uuid4()}/end").status_code == 404


def acting(patient):
    return f"/surgery/patients/{patient.pk}/proxies/of-organisation"


SENT = {
    "legal_basis": "consent", "scopes": ["medicines", "allergies"], "wider_because": "",
    "ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2099",
}  # fmt: skip


def test_who_is_to_act_is_written_down_and_opens_nothing(at_desk, member, patient):
    """R4.5: the surgery decides; until then nobody sees anything."""
    page = at_desk.get(acting(patient)).text
    assert "Cara Helper, of Willow House" in page
    assert page.count(" checked") == 2  # medicines and allergies
    page = at_desk.post(acting(patient), SENT | {"member": member.pk}, follow=True).text
    grant = ProxyGrant.objects.get()
    assert (grant.status, grant.on_behalf_of, grant.scopes) == (
        "proposed", member, ["allergies", "medicines"],
    )  # fmt: skip
    assert "They see nothing until the surgery has decided" in page
    assert "Cara Helper, of Willow House" in page
    assert not ProxyGrant.objects.live(timezone.localdate()).exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"member": ""}, "Choose who acts for the patient"),
        ({"member": "not-one"}, "Choose one of the answers"),
        ({"legal_basis": ""}, "Choose the legal basis"),
        ({"legal_basis": "parental-responsibility"}, "Choose one of the answers"),
        ({"scopes": []}, "Choose at least one part"),
        ({"scopes": ["medicines", "documents"]}, "Say why they need more than medicines and allergies"),
        ({"ends_on-year": ""}, "The end date must include a year"),
        ({"ends_on-year": "2001"}, "Choose today or a later day"),
    ],
)  # fmt: skip
def test_what_does_not_make_sense_is_said(at_desk, member, patient, changed, says):
    answered = at_desk.post(acting(patient), SENT | {"member": member.pk} | changed)
    assert answered.status_code == 422
    assert says in answered.text
    assert not ProxyGrant.objects.exists()


def test_more_than_the_usual_says_why_on_the_pages_of_staff(at_desk, member, patient):
    wider = {"scopes": ["medicines", "test-results"], "wider_because": "Sugar is measured there"}
    page = at_desk.post(acting(patient), SENT | {"member": member.pk} | wider, follow=True).text
    assert "Why more than medicines and allergies: Sugar is measured there" in page


def test_without_people_the_page_says_where_to_begin(at_desk, patient, home):
    page = at_desk.get(acting(patient)).text
    assert "No organisation on your list has people yet" in page
    assert "legal_basis" not in page


def test_the_patient_reads_of_which_organisation_somebody_is(client, patient_user, patient, grant):
    make_grant(patient)
    page = sign_in(client, patient_user).get(f"/records/{patient.pk}/people").text
    assert "Cara Helper, of Willow House" in page


def test_the_list_takes_no_more_queries_for_more_people(
    at_desk, home, member, surgery, django_assert_max_num_queries
):
    for number in range(20):
        user = make_user(f"c{number}@example.test")
        one = home.members.create(user=user, starts_on=date(2024, 1, 1))
        make_proxy_grant(
            make_patient(surgery, f"99901{number:05}", family_name="X"), user, on_behalf_of=one,
            scopes=["medicines"],
        )  # fmt: skip
    with django_assert_max_num_queries(14):
        at_desk.get(f"{AT}{home.pk}/")
    with django_assert_max_num_queries(14):
        at_desk.get(AT)
    assert not AccessGrant.objects.exists()
