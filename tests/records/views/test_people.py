"""The pages on which a patient sees and stops who acts for them, and whoever acts for them resigns (R4.8)."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from accounts.models.fields import box
from audit.row_security import rows_of
from proxy_access.changing import end_as_staff, suspend_as_staff
from proxy_access.models import ProxyGrant, ProxyStep
from proxy_access.steps import Words
from records.grants import record_of
from records.models import StaffTask, Takeaway, TakeawayPiece
from records.takeaway.keeping import basis_of
from tests.cast import (
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW
from tests.proxy_access.test_changing import staff_with
from tests.records.views.record import home_of, reader

pytestmark = pytest.mark.django_db

FAR = date(2099, 1, 1)
FAR_OFF = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def grant(open_to_patient, proxy_user):
    proxy_user.name = "Ruth Makepiece"
    proxy_user.save()
    return make_proxy_grant(
        open_to_patient, proxy_user, scopes=["medicines", "allergies"], ends_on=FAR
    )


def people_of(patient, rest=""):
    return f"/records/{patient.pk}/people{rest}"


def act(client, grant, name, **answers):
    return client.post(people_of(grant.patient, f"/{grant.pk}/{name}"), answers, follow=True)


@pytest.fixture
def own(client, patient_user):
    return sign_in(client, patient_user)


@pytest.fixture
def proxys(grant, proxy_user):
    """The browser of whoever acts for the patient, with the record open."""
    return reader(Client(), proxy_user, grant.patient)


def test_a_patient_sees_who_acts_for_them(own, grant):
    page = own.get(people_of(grant.patient)).text
    for words in (
        "Ruth Makepiece",
        "Can see your record",
        "Allergies and adverse reactions, Medicines",
    ):
        assert words in page
    assert grant.proxy.email not in page  # a name is enough


def test_where_nobody_acts_for_them_it_says_so(own, open_to_patient):
    assert "Nobody acts for you online" in own.get(people_of(open_to_patient)).text


@pytest.mark.parametrize(
    ("name", "says", "status"),
    [
        ("stop", "Ruth Makepiece cannot see your record now", "suspended"),
        ("end", "Ruth Makepiece cannot see your record any more", "ended"),
    ],
)
def test_one_press_closes_the_record_to_them_at_once(own, proxys, grant, name, says, status):
    """R4.8: while they read, and what they are told is the same."""
    home = home_of(grant.patient)
    assert proxys.get(home).status_code == 200
    assert says in act(own, grant, name).text
    assert ProxyGrant.objects.get().status == status
    assert proxys.get(home).status_code == 403
    assert says in act(own, grant, name).text  # pressed twice


def test_whatever_closed_it_the_proxy_reads_the_same(own, proxys, grant, patient):
    """R4.8, R4.11, R5.2: the same bytes, but for what is drawn by lot."""
    by = staff_with(patient, "decide-access")
    seen = []

    def look():
        page = proxys.get(home_of(patient))
        seen.append((page.status_code, re.sub(r'(value|nonce)="[^"]{20,}"', "", page.text)))

    act(own, grant, "stop")
    look()
    act(own, grant, "start")
    suspend_as_staff(grant, by=by, now=NOW, words=Words("A concern"))
    look()
    make_grant(patient, "none", "none", decision="paused")
    look()
    end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by, now=NOW, words=Words("A concern"))
    look()
    patient.died_on = date(2024, 5, 1)
    patient.save()
    look()
    assert len(set(seen)) == 1
    assert seen[0][0] == 403


def test_what_was_stopped_starts_again(own, proxys, grant):
    act(own, grant, "stop")
    assert "Stopped by you" in own.get(people_of(grant.patient)).text
    assert "You no longer stop Ruth Makepiece" in act(own, grant, "start").text
    assert proxys.get(home_of(grant.patient)).status_code == 200


def test_what_the_surgery_stopped_the_patient_can_end_and_not_start(own, grant, patient):
    """R4.8"""
    by = staff_with(patient, "decide-access")
    suspend_as_staff(grant, by=by, now=NOW, words=Words("A concern"))
    page = own.get(people_of(patient)).text
    assert "Stopped by your surgery" in page
    assert f"{grant.pk}/start" not in page
    assert "You have not stopped this" in act(own, grant, "start").text
    act(own, grant, "end")
    assert ProxyGrant.objects.get().status == "ended"


def test_what_is_kept_from_the_patient_is_on_none_of_their_pages(own, grant, patient):
    """R4.5: the page is the very same as before the surgery stopped it."""
    strip = lambda page: re.sub(r'(value|nonce)="[^"]{20,}"', "", page)  # noqa: E731
    before = strip(own.get(people_of(patient)).text)
    by = staff_with(patient, "decide-access")
    quietly = Words("A concern", told_patient=False)
    suspend_as_staff(grant, by=by, now=NOW, words=quietly)
    assert strip(own.get(people_of(patient)).text) == before
    end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by, now=NOW, words=quietly)
    assert strip(own.get(people_of(patient)).text) == before


def test_a_patient_lets_somebody_see_less(own, proxys, grant):
    """R4.3, R4.6: for a shorter time too; more is refused."""
    page = own.get(people_of(grant.patient, f"/{grant.pk}/less")).text
    assert "Medicines" in page
    assert "Documents" not in page.partition("<main")[2]
    day = {"ends_on-day": "1", "ends_on-month": "6", "ends_on-year": "2098"}
    assert "Saved" in act(own, grant, "less", scopes=["medicines"], **day).text
    held = ProxyGrant.objects.get()
    assert (held.scopes, held.ends_on) == (["medicines"], date(2098, 6, 1))
    assert proxys.get(f"{home_of(grant.patient)}allergies").status_code == 403


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"scopes": []}, "Choose at least one part"),
        ({"scopes": ["documents"]}, "Choose one of the answers"),
        ({"scopes": ["medicines"], "ends_on-year": "2100"}, "not after the end date"),
        ({"scopes": ["medicines"], "ends_on-year": "2001"}, "from today on"),
        ({"scopes": ["medicines"], "ends_on-day": "99"}, "real date"),
    ],
)
def test_what_cannot_be_is_said_beside_the_question(own, grant, answers, says):
    day = {"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2099"}
    response = act(own, grant, "less", **(day | answers))
    assert (response.status_code, says in response.text) == (422, True)
    assert ProxyGrant.objects.get().scopes == ["medicines", "allergies"]


BY_LAW = [
    "parental-responsibility",
    "health-and-welfare-lasting-power-of-attorney",
    "court-appointed-personal-welfare-deputy",
    "best-interest",
]


@pytest.fixture(params=BY_LAW)
def by_law(request, open_to_patient, proxy_user):
    """A grant that does not rest on the patient's agreement."""
    patient = open_to_patient
    if request.param == "parental-responsibility":
        patient.date_of_birth = timezone.localdate() - timedelta(days=365 * 14)
        patient.save()
    scopes = ["medicines", "allergies"]
    return make_proxy_grant(
        patient, proxy_user, scopes=scopes, ends_on=FAR, legal_basis=request.param
    )


def test_what_rests_on_a_law_is_stopped_by_the_patient_and_ended_by_the_surgery(
    own, by_law, proxy_user
):
    """R4.1, R4.8: it closes at once, and staff find a task to look at it."""
    proxys = reader(Client(), proxy_user, by_law.patient)
    assert proxys.get(home_of(by_law.patient)).status_code == 200
    page = own.get(people_of(by_law.patient)).text
    assert "does not rest on your agreement" in page
    assert f"{by_law.pk}/end" not in page
    assert "They were told that you stopped it" in act(own, by_law, "stop").text
    assert proxys.get(home_of(by_law.patient)).status_code == 403
    task = StaffTask.objects.get(kind="proxy-stopped", closed_at=None)
    assert task.about_id == by_law.pk
    act(own, by_law, "start")
    assert not StaffTask.objects.filter(kind="proxy-stopped", closed_at=None).exists()
    assert proxys.get(home_of(by_law.patient)).status_code == 200


def test_what_rests_on_a_law_is_neither_ended_nor_narrowed_by_the_patient(own, by_law):
    assert "does not rest on your agreement" in act(own, by_law, "end").text
    day = {"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2090"}
    response = act(own, by_law, "less", scopes=["medicines"], **day)
    assert (response.status_code, "does not rest on your agreement" in response.text) == (422, True)
    held = ProxyGrant.objects.get()
    assert (held.status, held.scopes) == ("active", ["medicines", "allergies"])


def test_a_stop_of_what_was_agreed_makes_no_task(own, grant):
    act(own, grant, "stop")
    assert not StaffTask.objects.exists()


def test_staff_who_act_end_the_task(own, by_law, patient):
    act(own, by_law, "stop")
    task = StaffTask.objects.get()
    desk = sign_in(Client(), make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    page = desk.get(f"/surgery/patients/{patient.pk}/").text
    assert "Look at the proxy access" in page
    assert "This task is done" in page
    place = desk.get(f"/surgery/patients/{patient.pk}/tasks/{task.pk}/")
    assert place.headers["location"].endswith(f"/proxies/{by_law.pk}/")
    why = {"text": "Spoke to the patient", "tell": "yes"}
    desk.post(f"/surgery/patients/{patient.pk}/proxies/{by_law.pk}/stop", why)
    task.refresh_from_db()
    assert task.closed_at


@pytest.mark.parametrize("name", ["stop", "start", "end", "less"])
def test_nobody_but_the_patient_gets_there(open_to_patient, grant, proxy_user, name):
    """R4.8, R4.11: to all others it is as if there were no such page, or no such patient."""
    stranger = make_user("stranger@example.test")
    staff = make_staff(open_to_patient.surgery, "staff@example.test")
    other = make_user("other@example.test")
    make_online(make_patient(open_to_patient.surgery, "9990000026"), other)
    for user, status in ((stranger, 404), (staff, 404), (other, 404), (proxy_user, 403)):
        client = sign_in(Client(), user)
        for path in (people_of(open_to_patient), people_of(open_to_patient, f"/{grant.pk}/{name}")):
            send = client.post if path.endswith(name) else client.get
            assert send(path).status_code == status
    assert Client().post(people_of(open_to_patient, f"/{grant.pk}/{name}")).status_code == 302
    assert ProxyGrant.objects.get().status == "active"


@pytest.mark.parametrize("name", ["stop", "start", "end", "less"])
def test_of_anybody_else_there_is_nothing_to_change(own, grant, proxy_user, name):
    other = make_proxy_grant(make_patient(grant.patient.surgery, "9990000026"), proxy_user)
    for pk in (other.pk, uuid4()):
        assert own.post(people_of(grant.patient, f"/{pk}/{name}")).status_code == 404
    assert set(ProxyGrant.objects.values_list("status", flat=True)) == {"active"}


@pytest.mark.parametrize("name", ["stop", "start", "end"])
def test_looking_changes_nothing(own, grant, name):
    assert own.get(people_of(grant.patient, f"/{grant.pk}/{name}")).status_code == 405


@pytest.mark.parametrize("decision", ["paused", "denied"])
def test_a_closed_record_keeps_nobody_from_stopping_others(own, grant, decision):
    """R4.8: also where the surgery closed it to the patient."""
    make_grant(grant.patient, "none", "none", decision=decision)
    act(own, grant, "end")
    assert ProxyGrant.objects.get().status == "ended"


def test_a_proxy_resigns_and_the_patient_reads_it(own, proxys, grant):
    """R4.8"""
    page = proxys.get(f"/records/{grant.patient_id}/stop-acting")
    assert "You will not see this record any more" in page.text
    response = proxys.post(f"/records/{grant.patient_id}/stop-acting", follow=True)
    assert "You no longer act for Ada Testwell" in response.text
    assert proxys.get(home_of(grant.patient)).status_code == 403
    assert "They no longer act for you" in own.get(people_of(grant.patient)).text
    assert ProxyStep.objects.latest("id").by == grant.proxy


def test_there_is_no_resigning_from_ones_own_record(client, open_to_patient, patient_user):
    reader(client, patient_user, open_to_patient)
    for send in (client.get, client.post):
        assert send(f"/records/{open_to_patient.pk}/stop-acting").status_code == 404


def test_each_finds_the_way_from_the_record(client, open_to_patient, patient_user, proxys):
    page = reader(client, patient_user, open_to_patient).get(home_of(open_to_patient)).text
    assert f'href="{people_of(open_to_patient)}"' in page
    assert "stop-acting" not in page
    page = proxys.get(home_of(open_to_patient)).text
    assert f"/records/{open_to_patient.pk}/stop-acting" in page
    assert people_of(open_to_patient) not in page


def test_the_list_takes_as_many_queries_for_many(
    own, open_to_patient, django_assert_max_num_queries
):
    for number in range(8):
        make_proxy_grant(open_to_patient, make_user(f"p{number}@example.test"), ends_on=FAR)
    own.get(people_of(open_to_patient))
    with django_assert_max_num_queries(30):
        own.get(people_of(open_to_patient))


@pytest.mark.parametrize("page", ["people", "full-record", "stop-acting"])
def test_a_closed_record_answers_a_proxy_there_as_an_end_does(own, proxys, grant, page):
    """R5.2, R4.8: the patient's own pages do not tell a proxy that the record is only paused."""
    seen = []
    make_grant(grant.patient, "none", "none", decision="paused")
    for name in ("look", "end"):
        if name == "end":
            act(own, grant, "end")
        response = proxys.get(f"/records/{grant.patient_id}/{page}")
        seen.append((response.status_code, re.sub(r'(value|nonce)="[^"]{20,}"', "", response.text)))
    assert seen[0] == seen[1]


def test_where_the_record_is_closed_it_does_not_say_that_they_see_it(own, grant):
    assert "Can see your record" in own.get(people_of(grant.patient)).text
    make_grant(grant.patient, "none", "none", decision="paused")
    page = own.get(people_of(grant.patient)).text
    assert "Can see your record" not in page
    assert "so they cannot see it" in page


def test_what_another_grant_has_replaced_does_not_start_again(own, grant, proxy_user):
    """Two in force at once are refused, in words."""
    act(own, grant, "stop")
    other = make_proxy_grant(grant.patient, proxy_user, ends_on=FAR)
    assert "acts for the patient already" in act(own, grant, "start").text
    assert ProxyGrant.objects.get(pk=grant.pk).status == "suspended"
    assert ProxyGrant.objects.get(pk=other.pk).status == "active"


def test_a_copy_being_fetched_breaks_off_when_it_is_ended(own, proxys, grant, proxy_user):
    """R4.8: nothing is read once it was said that it has ended, of a long download neither."""
    with rows_of(grant.patient_id):
        copy = Takeaway.objects.create(
            patient=grant.patient, viewer_id=proxy_user.pk, kind="results", sections=[], asked_at=NOW,
            state="ready", ends_at=FAR_OFF, file_name="results.csv", content_type="text/csv", size=2,
            basis=basis_of(record_of(proxy_user, grant.patient_id, on=NOW.date())),
        )  # fmt: skip
        for number in (0, 1):
            TakeawayPiece.objects.create(
                patient=grant.patient, takeaway_id=copy.id, number=number, content=box().encrypt(b"x")
            )  # fmt: skip
    response = proxys.get(f"/records/{grant.patient_id}/copies/{copy.id}/file")
    found = iter(response.streaming_content)
    assert next(found) == b"x"
    act(own, grant, "end")
    assert list(found) == []
