"""The birthday planner, and the page on which staff decide at an age about one parent (R4.7, R4.12)."""

from datetime import date, timedelta

import pytest
import time_machine

from accounts.models import Duty
from audit.models import AuditEvent
from proxy_access.age_telling import tell_of_ages
from proxy_access.models import AgeReview, LegalBasis, ProxyGrant
from records.models import StaffTask
from tests.cast import (
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

PLANNER = "/surgery/birthdays/"


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)


@pytest.fixture
def at_desk(client, joel):
    return sign_in(client, joel)


def turning(surgery, age, in_days, number="9990000034", **values):
    """A child who turns an age in some days, with a parent who acts for them."""
    on = TODAY + timedelta(days=in_days)
    child = make_patient(
        surgery, number, date_of_birth=on.replace(year=on.year - age),
        **{"given_names": "Sam", "family_name": "Childe"} | values,
    )  # fmt: skip
    parent = make_user(f"{number}@example.test", name=f"Parent of {child.given_names}")
    make_proxy_grant(
        child, parent, legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY, starts_on=date(2020, 1, 1),
        ends_on=date(2090, 1, 1), scopes=["medicines", "test-results"],
    )  # fmt: skip
    return child


def grant_of(child):
    return ProxyGrant.objects.get(patient=child)


def review_of(child):
    return f"/surgery/patients/{child.pk}/proxies/{grant_of(child).pk}/age-review"


@pytest.mark.parametrize(
    ("age", "in_days", "listed", "says"),
    [
        (11, 40, True, "Review of each person"),
        (13, 40, True, "An account of their own is possible"),
        (16, 40, True, "ends by itself"),
        (12, 40, False, ""),
        (16, 0, False, ""),  # over since this morning
        (11, 0, True, "Review of each person"),
        (16, 364, True, "ends by itself"),
        (16, 366, False, ""),
    ],
)
def test_whose_birthday_changes_something_within_a_year(
    at_desk, surgery, age, in_days, listed, says
):
    turning(surgery, age, in_days)
    page = at_desk.get(PLANNER).text
    assert ("Sam Childe" in page) is listed
    assert (says in page) if says else "No birthday in this time" in page


def test_the_review_age_is_the_surgerys(at_desk, surgery):
    surgery.proxy_review_age = 12
    surgery.save()
    turning(surgery, 12, 40)
    assert "Review of each person" in at_desk.get(PLANNER).text


def test_the_days_on_which_families_are_told_and_whether_they_were(at_desk, surgery):
    child = turning(surgery, 16, 40)
    make_online(child, make_user("sam@example.test"))
    assert "14 April 2024: nobody was told" in at_desk.get(PLANNER).text
    tell_of_ages(surgery, opens=lambda grant: True, now=NOW)
    page = at_desk.get(PLANNER).text
    for words in ("14 April 2024: told 2 people", "13 June 2024", "6 July 2024"):
        assert words in page
    assert "has no account" not in page


@pytest.mark.parametrize(
    "why", ["nobody acts", "another basis", "another surgery", "their own parent"]
)
def test_who_is_not_on_it(at_desk, surgery, other_surgery, joel, why):
    child = turning(other_surgery if why == "another surgery" else surgery, 16, 40)
    if why == "nobody acts":
        ProxyGrant.objects.update(status="ended", status_reason="OTHER")
    elif why == "another basis":
        ProxyGrant.objects.update(legal_basis=LegalBasis.CONSENT)
    elif why == "their own parent":
        make_proxy_grant(child, joel)
    assert "Sam Childe" not in at_desk.get(PLANNER).text


def test_filters_and_pages_are_kept(at_desk, surgery):
    turning(surgery, 11, 100, given_names="Later")
    turning(surgery, 16, 20, "9990000042", given_names="Sooner")
    both = at_desk.get(PLANNER).text
    assert both.index("Sooner") < both.index("Later")
    assert "Later" not in at_desk.get(PLANNER, {"age": "16"}).text
    assert "Later" not in at_desk.get(PLANNER, {"days": "30"}).text
    assert "Sooner" not in at_desk.get(PLANNER, {"age": "11", "days": ""}).text
    for odd in ({"age": "x"}, {"age": "99", "days": "-1"}, {"page": "400"}):
        assert "Sooner" in at_desk.get(PLANNER, odd).text


def test_the_number_of_queries_does_not_depend_on_the_number_of_children(
    at_desk, surgery, django_assert_max_num_queries
):
    numbers = ["9990000034", "9990000042", "9990000050", "9990000069", "9990000077", "9990000085"]
    turning(surgery, 11, 50, numbers[0])
    at_desk.get(PLANNER)
    with django_assert_max_num_queries(60) as first:
        at_desk.get(PLANNER)
    for number in numbers[1:]:
        turning(surgery, 16, 50, number)
    with django_assert_max_num_queries(len(first.captured_queries)):
        assert at_desk.get(PLANNER).text.count("Sam Childe</a>") == 6


def test_looking_is_on_file(at_desk, joel):
    at_desk.get(PLANNER)
    event = AuditEvent.objects.get(action="birthdays looked at")
    assert (event.actor_id, event.duty) == (joel.pk, "decide-access")


def test_the_queue_brings_the_review_and_leads_to_it(at_desk, surgery):
    child = turning(surgery, 11, 40)
    page = at_desk.get("/surgery/").text
    assert "look again at somebody who acts for them" in page
    task = StaffTask.objects.get()
    assert at_desk.get(f"/surgery/patients/{child.pk}/tasks/{task.pk}/").url == review_of(child)


def decided(**answers):
    return {
        "competence": "agrees",
        "outcome": "goes-on",
        "text": "Seen alone",
        "tell": "yes",
    } | answers


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (decided(), "The proxy access goes on"),
        (
            decided(
                outcome="less", scopes=["medicines"], **{"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2026"}
            ),
            "They see less from now on",
        ),
        (decided(outcome="ends", reason="ROLE_DEACTIVATED_PATIENT_REQUEST"), "The proxy access has ended"),
    ],
)  # fmt: skip
def test_staff_decide_about_one_parent(at_desk, surgery, answers, says):
    child = turning(surgery, 11, 40)
    at_desk.get("/surgery/")
    page = at_desk.get(review_of(child)).text
    assert "Another parent is decided apart" in page
    assert "Turns 11 on 13 July 2024" in page
    answer = at_desk.post(review_of(child), answers, follow=True)
    assert says in answer.text
    assert AgeReview.objects.get().text == "Seen alone"
    assert StaffTask.objects.get().closed_at


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "Choose what you found about the young person"),
        (decided(competence="refuses"), "can decide and does not want it as it is"),
        (decided(outcome="ends"), "Choose why it ends"),
        (decided(text=""), "Enter the reason, for colleagues"),
        (
            decided(outcome="ends", reason="OTHER", tell=""),
            "Choose whether the patient’s own pages say so",
        ),
        (decided(outcome="less", scopes=[]), "Choose at least one part"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(at_desk, surgery, answers, says):
    child = turning(surgery, 11, 40)
    at_desk.get("/surgery/")
    answer = at_desk.post(review_of(child), answers)
    assert answer.status_code == 422
    assert says in answer.text
    if answers.get("text"):
        assert "Seen alone" in answer.text
    assert not AgeReview.objects.exists()
    assert StaffTask.objects.get().closed_at is None


def test_what_no_age_changes_has_no_such_page(at_desk, surgery, patient, proxy_user):
    grant = make_proxy_grant(patient, proxy_user, ends_on=date(2090, 1, 1))
    page = f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/"
    assert at_desk.get(f"{page}age-review").status_code == 404
    assert "age-review" not in at_desk.get(page).text
    child = turning(surgery, 11, 40)
    assert (
        "age-review"
        in at_desk.get(f"/surgery/patients/{child.pk}/proxies/{grant_of(child).pk}/").text
    )


def test_families_read_what_comes_on_their_own_pages(client, surgery):
    """R4.7: the parent on the start page, the young person where they see who acts for them."""
    child = turning(surgery, 16, 40)
    make_grant(child)
    parent = grant_of(child).proxy
    assert (
        "On 13 July 2024, when Sam is 16, your access ends" in sign_in(client, parent).get("/").text
    )
    young = make_user("sam@example.test", name="Sam")
    make_online(child, young)
    client.logout()
    assert "On 13 July 2024 you are 16. Access by parental" in sign_in(client, young).get("/").text
    own = client.get(f"/records/{child.pk}/people").text
    assert "On 13 July 2024, when you are 16, their access ends by itself" in own
    make_grant(child, "none", "none", decision="paused")
    client.logout()
    assert "Sam" not in sign_in(client, parent).get("/").text.replace("Parent of Sam", "")
