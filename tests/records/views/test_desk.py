"""The desk: only my surgery's patients, and nothing identifying in an address or the log."""

from datetime import date
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Duty, StaffRole
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import StaffTask
from surgeries.models import Patient
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW

pytestmark = pytest.mark.django_db

FAR = date(2090, 1, 1)
DESK, FOUND = "/surgery/", "/surgery/found"


def page_of(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


@pytest.fixture
def entry(patient):
    return make_entry(patient)


@pytest.fixture
def at_desk(client, staff):
    """A client at which a member of staff with every duty has signed in."""
    return sign_in(client, staff)


def search(client, **answers):
    names = {"nhs_number": "", "family_name": "", "date_of_birth-day": ""}
    return client.post(DESK, names | answers)


def found_by(client, **answers):
    response = search(client, **answers)
    assert (response.status_code, response.url) == (302, FOUND)
    return client.get(FOUND).text


BORN = {"date_of_birth-day": "3", "date_of_birth-month": "2", "date_of_birth-year": "1980"}


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", " 999-000-0018 "])
def test_a_patient_is_found_by_number(at_desk, patient, number):
    assert "Ada Testwell" in found_by(at_desk, nhs_number=number)


@pytest.mark.parametrize("name", ["Testwell", "TESTWELL", " test-well "])
def test_a_patient_is_found_by_name_and_birthday(at_desk, patient, other_patient, name):
    page = found_by(at_desk, family_name=name, **BORN)
    assert "Ada Testwell" in page
    assert "Demoson" not in page


def test_twins_are_both_found(at_desk, surgery, patient):
    make_patient(surgery, "9990000026", given_names="Ida")
    page = found_by(at_desk, family_name="testwell", **BORN)
    assert "Ada Testwell" in page
    assert "Ida Testwell" in page


def test_who_left_or_died_is_found_and_marked(at_desk, surgery):
    make_patient(surgery, left_on=date(2024, 5, 1))
    make_patient(surgery, "9990000026", died_on=date(2024, 5, 2))
    assert "Left on 1 May 2024" in found_by(at_desk, nhs_number="9990000018")
    assert "Died on 2 May 2024" in found_by(at_desk, nhs_number="9990000026")


def test_patients_of_another_surgery_are_not_found(at_desk, other_surgery):
    """R8.1"""
    make_patient(other_surgery)
    for answers in ({"nhs_number": "9990000018"}, {"family_name": "Testwell", **BORN}):
        page = found_by(at_desk, **answers)
        assert "No patient on this surgery's list fits" in page
        assert "Ada Testwell" not in page


def test_what_one_session_found_is_shown_by_surgery_again(at_desk, staff, patient, other_surgery):
    """A member of staff who changes surgery takes no patient along."""
    found_by(at_desk, nhs_number="9990000018")
    StaffRole.objects.filter(user=staff).update(surgery=other_surgery)
    assert "Ada" not in at_desk.get(FOUND).text


def test_without_a_search_there_is_nothing_found(at_desk):
    assert at_desk.get(FOUND).url == DESK


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "Enter an NHS number, or a family name and a date of birth"),
        ({"nhs_number": "9990000019"}, "not a valid NHS number"),
        ({"family_name": "Testwell"}, "Enter the date of birth as well"),
        (BORN, "Enter the family name as well"),
        ({"family_name": "Testwell", **BORN, "date_of_birth-month": "13"}, "must be a real date"),
    ],
)
def test_a_search_that_cannot_be_says_what_to_mend(at_desk, answers, words):
    response = search(at_desk, **answers)
    assert response.status_code == 422
    assert words in response.text


def test_a_search_is_on_file_without_name_or_number(at_desk, staff, patient):
    """R9.1"""
    found_by(at_desk, nhs_number="9990000018")
    found_by(at_desk, family_name="Nobody", **BORN)
    events = AuditEvent.objects.filter(action="staff searched").order_by("sequence")
    assert [event.details for event in events] == [
        {"by": "number", "found": 1},
        {"by": "name", "found": 0},
    ]
    assert {event.actor_id for event in events} == {staff.pk}


def test_whom_a_search_showed_is_on_file_with_each_of_them(at_desk, staff, surgery, patient):
    """R9.1"""
    twin = make_patient(surgery, "9990000026", given_names="Ida")
    other = make_patient(surgery, "9990000034", family_name="Demoson")
    search(at_desk, family_name="Testwell", **BORN)
    for found in (patient, twin):
        with rows_of(found.pk):
            event = AuditEvent.objects.get(patient_id=found.pk)
        assert (event.action, event.actor_id) == ("staff found patient", staff.pk)
        assert event.duty.split() == sorted(Duty.values)
        assert "Testwell" not in f"{event.object} {event.details}"
    with rows_of(other.pk):
        assert not AuditEvent.objects.filter(patient_id=other.pk).exists()


def test_the_desk_lists_open_tasks_of_this_surgery_only(at_desk, patient, other_surgery):
    theirs = make_patient(other_surgery, "9990000026", given_names="Ida")
    for one, closed_at in ((patient, None), (theirs, None), (patient, NOW)):
        StaffTask.objects.create(
            patient=one, kind="review-starting-access", because=f"for {one.given_names}",
            opened_at=NOW, closed_at=closed_at,
        )  # fmt: skip
    page = at_desk.get(DESK).text
    assert page.count("for Ada") == 1
    assert "for Ida" not in page


def test_many_tasks_come_in_pages(at_desk, patient):
    StaffTask.objects.bulk_create(
        StaffTask(patient=patient, kind="review-starting-access", because=f"no {n}.", opened_at=NOW)
        for n in range(51)
    )
    assert "no 50." not in at_desk.get(DESK).text
    assert "no 50." in at_desk.get(f"{DESK}?page=2").text


ALL_PAGES = [
    ("", None),
    ("record/", None),
    ("record/consultations/", None),
    ("entries/{entry}/", None),
    ("access", Duty.DECIDE_ACCESS),
    ("entries/{entry}/hide", Duty.REVIEW_ENTRIES),
]


@pytest.mark.parametrize(("rest", "needs"), ALL_PAGES)
def test_who_may_open_which_page(client, surgery, patient, entry, rest, needs):
    """R8.1: each duty apart."""
    for duty in Duty:
        sign_in(client, make_staff(surgery, f"{duty}@example.test", duty))
        response = client.get(page_of(patient, rest.format(entry=entry.id)))
        assert response.status_code == (200 if needs in (None, duty) else 403)
        if response.status_code == 403:
            assert "This is not one of your duties" in response.text


POSTS = [
    ("access", Duty.DECIDE_ACCESS),
    ("tasks/1/done", Duty.DECIDE_ACCESS),
    ("entries/{entry}/hide", Duty.REVIEW_ENTRIES),
    ("entries/{entry}/unhide", Duty.REVIEW_ENTRIES),
]


@pytest.mark.parametrize(("rest", "needs"), POSTS)
def test_who_may_not_act(client, surgery, patient, entry, rest, needs):
    """R8.1: every duty but the one that the act takes is not enough."""
    others = [duty for duty in Duty if duty != needs]
    sign_in(client, make_staff(surgery, "others@example.test", *others))
    assert client.post(page_of(patient, rest.format(entry=entry.id))).status_code == 403
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(patient_id=patient.pk)
        assert (event.outcome, event.details) == ("refused", {"because": "duty"})


EVERYTHING = [rest for rest, _ in ALL_PAGES]


@pytest.mark.parametrize("rest", EVERYTHING)
@pytest.mark.parametrize("who", ["patient_user", "stranger", "proxy_user", "other_staff"])
def test_nobody_else_learns_that_there_is_such_a_patient(
    client, request, patient, entry, rest, who
):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(page_of(patient, rest.format(entry=entry.id))).status_code == 404
    nobody = Patient(pk=uuid4())
    assert client.get(page_of(nobody, rest.format(entry=entry.id))).status_code == 404


@pytest.mark.parametrize("who", ["patient_user", "proxy_user"])
@pytest.mark.parametrize("page", [DESK, FOUND])
def test_there_is_no_desk_for_those_who_do_not_work_there(client, request, patient, page, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(page).status_code == 404


def test_a_leaver_has_no_desk(at_desk, staff, patient):
    StaffRole.objects.filter(user=staff).update(ends_on=date(2024, 1, 1))
    assert at_desk.get(DESK).status_code == 404
    assert at_desk.get(page_of(patient)).status_code == 404


@pytest.mark.parametrize("rest", EVERYTHING)
def test_signed_out_one_is_asked_to_sign_in(client, patient, entry, rest):
    response = client.get(page_of(patient, rest.format(entry=entry.id)))
    assert response.url.startswith("/sign-in?next=/surgery/patients/")


@pytest.mark.parametrize("rest", EVERYTHING)
def test_without_the_second_factor_no_page_opens(client, staff, patient, entry, rest):
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page_of(patient, rest.format(entry=entry.id))).url.startswith("/sign-in/code")


def test_looking_at_a_patient_is_on_file(at_desk, staff, patient):
    """R9.1"""
    at_desk.get(page_of(patient))
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(patient_id=patient.pk)
    assert (event.action, event.actor_id, event.outcome) == ("staff looked", staff.pk, "done")
    assert event.duty.split() == sorted(Duty.values)


def test_a_patients_page_tells_who_decided_what_and_why(at_desk, staff, patient, proxy_grant):
    make_online(patient, make_user("ada@example.test"))
    make_grant(patient, reason="Inside reason", reason_for_patient="Outside words")
    make_grant(
        patient,
        "detailed",
        "none",
        starts_on=date(2024, 2, 1),
        decided_by=staff,
        duty="decide-access",
    )
    page = at_desk.get(page_of(patient)).text
    for words in (
        "Documents seen: Passport",
        "Inside reason",
        "Outside words",
        "Set by the portal",
        "staff@example.test (Decide access)",
        "1 February 2024 (chosen by staff)",
        "Cara Helper",
        "Medicines, Test results",
        "1 January 2024 to 1 January 2025",
        "Change access",
    ):
        assert words in page


def test_a_patient_without_any_of_it_has_a_page_too(at_desk, patient):
    page = at_desk.get(page_of(patient)).text
    assert "Nothing has been decided yet" in page
    assert "Nobody acts for this patient" in page


def test_the_page_says_which_sections_are_closed_and_by_whom(at_desk, surgery, patient):
    """R1.12"""
    surgery.restricted_sections = ["documents"]
    surgery.save()
    make_grant(patient)
    assert "Documents (as the surgery has set)" in at_desk.get(page_of(patient)).text
    make_grant(patient, restricted_sections=[])
    assert "None (set for this patient)" in at_desk.get(page_of(patient)).text


def test_a_task_is_done_once(at_desk, staff, patient):
    task = StaffTask.objects.create(
        patient=patient, kind="review-starting-access", because="under 16", opened_at=NOW
    )
    for _ in range(2):
        assert at_desk.post(page_of(patient, f"tasks/{task.pk}/done")).url == page_of(patient)
    task.refresh_from_db()
    assert task.closed_by == staff
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(patient_id=patient.pk, action="task done").count() == 1


def test_a_task_of_another_patient_is_not_here(at_desk, patient, other_patient):
    task = StaffTask.objects.create(
        patient=other_patient, kind="review-starting-access", because="under 16", opened_at=NOW
    )
    assert at_desk.post(page_of(patient, f"tasks/{task.pk}/done")).status_code == 404
    assert at_desk.get(page_of(patient, f"tasks/{task.pk}/done")).status_code == 405


def queries_of(client, page, counted):
    client.get(page)  # notes that the person is here
    with counted as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_pages_cost_the_same_whatever_they_list(
    at_desk, staff, patient, django_assert_max_num_queries
):
    pages = [
        DESK,
        page_of(patient),
        page_of(patient, "record/"),
        page_of(patient, "record/consultations/"),
    ]
    make_grant(patient, decided_by=staff)  # without any decision nothing is asked about them
    few = [queries_of(at_desk, page, django_assert_max_num_queries(40)) for page in pages]
    for number in range(6):
        make_grant(patient, decided_by=staff)
        make_proxy_grant(patient, make_user(f"proxy{number}@example.test"))
        make_entry(patient, f"more {number}")
        StaffTask.objects.create(
            patient=patient, kind="review-starting-access", because="under 16", opened_at=NOW
        )
    many = [queries_of(at_desk, page, django_assert_max_num_queries(40)) for page in pages]
    assert all(after <= before + 1 for before, after in zip(few, many, strict=True))
    assert many == [19, 28, 14, 16]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "In force today"),
        ("the patient closed their account", "Not in force"),
        ("the proxy is not identified", "Not in force"),
    ],
)
def test_whether_a_proxy_may_act_is_what_the_door_would_say(
    at_desk, patient, patient_user, proxy_user, change, words
):
    """A grant by consent is over when the patient closes their account, though nothing about it changed."""
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    if change == "the patient closed their account":
        type(patient_user).objects.filter(pk=patient_user.pk).update(closed_at=timezone.now())
    elif change:
        type(proxy_user).objects.filter(pk=proxy_user.pk).update(identity_level="P0")
    page = at_desk.get(page_of(patient)).text
    assert words in page
    assert ("In force today" in page) is (words == "In force today")
