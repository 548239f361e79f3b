"""The queue on the desk: what each row says, how it is narrowed down, and how tasks change hands."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.models import DeskCode, Duty
from audit.row_security import rows_of
from records.models import GrantReview, Redaction, StaffTask
from records.queue import open_task
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_staff,
    make_user,
    sign_in,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

DESK = "/surgery/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


@pytest.fixture
def imogen(surgery):
    return make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)


def add(patient, kind="review-starting-access", **values):
    return open_task(patient, kind, because="Because of a rule", now=NOW, **values)


def of(task, rest=""):
    return f"/surgery/patients/{task.patient_id}/tasks/{task.pk}/{rest}"


def test_a_row_says_whose_what_why_since_when_due_and_with_whom(at_desk, patient, imogen):
    task = add(patient, "request", due_on=TODAY - 2 * DAY)
    StaffTask.objects.update(held_by=imogen)
    page = at_desk.get(DESK).text
    for words in (
        "Ada Testwell",
        "Born 3 February 1980",
        "The patient asks for their full record",
        "Because of a rule",
        "Since 3 June 2024",
        "1 June 2024",
        "Overdue by 2 days",
        "imogen@example.test",
        "Take over",
        f'href="{of(task)}"',
        "1 task waits, 1 overdue",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "Overdue by 1 day<"), (0, None), (1, None), (None, "No day set")]
)
def test_what_is_due_today_is_not_overdue(at_desk, patient, days, words):
    add(patient, due_on=days if days is None else TODAY + days * DAY)
    page = at_desk.get(DESK).text
    assert ("Overdue by" in page) is (days == -1)
    assert words is None or words in page


def test_the_queue_is_narrowed_down_by_its_address(at_desk, staff, patient, imogen):
    mine = add(patient, "request", due_on=TODAY - DAY)
    hers = add(patient, "clinician", about_id=uuid4())
    StaffTask.objects.filter(pk=mine.pk).update(held_by=staff)
    StaffTask.objects.filter(pk=hers.pk).update(held_by=imogen)
    for asked, found in (
        ("", {mine, hers}),
        ("?kind=request", {mine}),
        ("?holder=mine", {mine}),
        ("?holder=nobody", set()),
        ("?overdue=on", {mine}),
        ("?kind=clinician&overdue=on", set()),
        ("?kind=made-up&holder=whoever", {mine, hers}),
    ):
        page = at_desk.get(DESK + asked).text
        assert {task for task in (mine, hers) if of(task) in page} == found
        assert ("Nothing that waits fits" in page) is (not found)


def test_the_filters_say_how_much_there_is(at_desk, staff, patient):
    for _ in range(2):
        add(patient, "clinician", about_id=uuid4())
    StaffTask.objects.filter(pk=add(patient, "request").pk).update(held_by=staff)
    page = at_desk.get(f"{DESK}?kind=request").text
    for words in (
        "Every task (3)", "A clinician is asked about an entry (2)", "Me (1)", "Nobody (2)",
        "The patient asks for their full record (1)", "Online access that nobody used for a year (0)",
    ):  # fmt: skip
        assert words in page


def test_pages_keep_the_filters(at_desk, patient):
    StaffTask.objects.bulk_create(
        StaffTask(patient=patient, kind="request", because="x", opened_at=NOW) for _ in range(51)
    )
    assert (
        "?kind=request&amp;holder=nobody&amp;page=2"
        in at_desk.get(f"{DESK}?kind=request&holder=nobody").text
    )


def test_a_task_is_taken_on_and_let_go_from_the_list_as_it_was(at_desk, staff, patient):
    task = add(patient, "request")
    answer = at_desk.post(of(task, "take"), {"seen": "0", "list": "kind=request&page=2"})
    assert answer.url == f"{DESK}?kind=request&page=2"
    page = at_desk.get(DESK).text
    assert "You hold this task now" in page
    assert "Let go" in page
    assert at_desk.post(of(task, "let-go"), {"seen": "1"}).url == DESK
    assert StaffTask.objects.get().held_by is None


@pytest.mark.parametrize(
    "sent", ["https://elsewhere.example", "//elsewhere.example", "kind=x&next=//x", "page=-1"]
)
def test_where_to_go_back_to_is_never_elsewhere(at_desk, patient, sent):
    answer = at_desk.post(of(add(patient), "take"), {"seen": "0", "list": sent})
    assert answer.url == DESK


@pytest.mark.parametrize("seen", ["", "7", "-1", "x", "²", "9" * 20])
def test_who_is_not_the_first_is_told(at_desk, patient, imogen, seen):
    task = add(patient)
    StaffTask.objects.update(held_by=imogen, version=1)
    at_desk.post(of(task, "take"), {"seen": seen})
    assert "imogen@example.test was faster" in at_desk.get(DESK).text
    assert StaffTask.objects.get().held_by == imogen


def test_any_of_the_staff_may_hold_a_task(client, patient, imogen):
    sign_in(client, imogen)
    client.post(of(add(patient), "take"), {"seen": "0"})
    assert StaffTask.objects.get().held_by == imogen


@pytest.mark.parametrize("rest", ["take", "let-go", ""])
@pytest.mark.parametrize("who", ["patient_user", "stranger", "proxy_user", "other_staff"])
def test_nobody_else_touches_a_task(client, request, patient, who, rest):
    """R8.1"""
    task = add(patient)
    sign_in(client, request.getfixturevalue(who))
    answer = client.post(of(task, rest), {"seen": "0"}) if rest else client.get(of(task))
    assert answer.status_code == 404
    assert StaffTask.objects.get().held_by is None


@pytest.mark.parametrize("rest", ["take", "let-go"])
def test_a_task_of_another_patient_is_not_here(at_desk, patient, other_patient, rest):
    task = add(other_patient)
    assert at_desk.post(f"/surgery/patients/{patient.pk}/tasks/{task.pk}/{rest}").status_code == 404
    assert at_desk.get(of(task, rest)).status_code == 405


@pytest.mark.parametrize("kind", [kind for kind in StaffTask.Kind.values if kind != "correction"])
def test_every_kind_leads_to_a_page_that_is_there(at_desk, patient, kind):
    """Without anything that the task is about, to the patient's page or the list that it belongs to."""
    task = add(patient, kind, about_id=None)
    answer = at_desk.get(of(task))
    assert answer.status_code == 302
    assert at_desk.get(answer.url).status_code == 200


def test_a_task_leads_to_where_it_is_done(at_desk, patient, staff):
    about, entry = uuid4(), make_entry(patient)
    here = f"/surgery/patients/{patient.pk}/"
    with rows_of(patient.pk):
        hidden = Redaction.objects.create(
        patient=patient, entry_id=entry.id, audience="everyone", reason="x", hidden_by_id=staff.pk,
        hidden_at=NOW, together_id=uuid4(),
    )  # fmt: skip
    for kind, about_id, rest in (
        ("request", about, f"requests/{about}/"),
        ("print-letter", about, f"requests/{about}/letter"),
        ("correction", about, f"corrections/{about}/"),
        ("speak-first", about, "results-to-speak-about/"),
        ("clinician", entry.id, f"entries/{entry.id}/"),
        ("clinician", about, ""),
        ("second-person", about, ""),
        ("review-hidden", entry.id, f"entries/{entry.id}/"),
        ("review-hidden", hidden.id, f"entries/{entry.id}/"),
        ("review-hidden", hidden.together_id, f"entries/{entry.id}/"),
        ("review-hidden", about, ""),
        ("dormant", None, ""),
        ("letter-ended", None, ""),
        ("review-starting-access", None, ""),
        ("proxy-application", about, f"proxies/{about}/decide"),
    ):
        task = StaffTask.objects.create(
            patient=patient, kind=kind, about_id=about_id, because="x", opened_at=NOW
        )
        assert at_desk.get(of(task)).url == here + rest


@pytest.mark.parametrize("kind", ["clinician", "second-person"])
def test_what_belongs_to_a_review_leads_to_the_review(at_desk, patient, staff, kind):
    review = GrantReview.objects.create(
        patient=patient, current_level="full", historical_level="full", opened_by=staff, opened_at=NOW
    )  # fmt: skip
    task = add(patient, kind, about_id=make_entry(patient).id)
    assert str(review.pk) in at_desk.get(of(task)).url


@pytest.mark.parametrize(
    "kind", ["request", "print-letter", "second-person", "clinician", "correction", "speak-first"]
)
def test_what_is_done_elsewhere_is_not_just_ticked_off(at_desk, patient, kind):
    task = add(patient, kind)
    place = at_desk.get(of(task)).url
    assert at_desk.post(of(task, "done")).url == place
    assert StaffTask.objects.get().closed_at is None


def test_the_desk_says_that_somebody_comes_with_a_code_and_not_who(at_desk, surgery):
    """R3.1"""
    user = make_user("new@example.test", level="P0", name="Nora New")
    DeskCode.objects.create(
        user=user, surgery=surgery, code_hash="x", made_at=NOW, ends_at=NOW + DAY
    )
    page = at_desk.get(DESK).text
    assert "1 person made a code for your front desk" in page
    assert "Nora" not in page
    assert "new@example.test" not in page


def comes(surgery, number=0, **values):
    """Somebody with a code for the front desk."""
    return DeskCode.objects.create(
        user=make_user(f"comes{number}@example.test"), surgery=surgery, code_hash=str(number),
        **{"made_at": NOW + number * DAY / 100, "ends_at": timezone.now() + DAY} | values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("?kind=identity-check", 2),
        ("?kind=identity-check&holder=nobody", 2),
        ("?kind=identity-check&holder=mine", 0),
        ("?kind=identity-check&overdue=on", 0),
        ("?kind=dormant", 0),
        ("", 0),
    ],
)
def test_identity_checks_have_a_filter_and_rows_that_name_nobody(
    at_desk, surgery, other_surgery, asked, rows
):
    """R3.1"""
    comes(surgery, 1)
    comes(surgery, 2)
    comes(surgery, 3, used_at=NOW)
    comes(other_surgery, 4)
    page = at_desk.get(DESK + asked).text
    assert "Identity checks at the front desk (2)" in page
    assert page.count("An identity check at the front desk") == rows
    assert "@example.test" not in page.split('id="queue"')[1]


def test_identity_checks_are_on_pages_and_cost_the_same(
    at_desk, surgery, django_assert_num_queries
):
    for number in range(51):
        comes(surgery, number)
    at_desk.get(DESK)
    with django_assert_num_queries(20):
        page = at_desk.get(DESK + "?kind=identity-check").text
    assert page.count("An identity check at the front desk") == 50
    assert "kind=identity-check&amp;page=2" in page
    second = at_desk.get(DESK + "?kind=identity-check&page=2").text
    assert second.count("An identity check at the front desk") == 1


def test_opening_the_queue_finds_what_nobody_used_for_a_year(at_desk, patient, patient_user):
    make_grant_of_old(patient)
    for _ in range(2):
        assert "Online access that nobody used for a year" in at_desk.get(DESK).text
    assert StaffTask.objects.get().kind == "dormant"


def make_grant_of_old(patient):
    make_grant(patient)
    patient.online_registrations.update(started_on=TODAY - 400 * DAY)


def test_what_is_about_a_colleague_themself_is_not_in_their_queue(client, surgery, patient, imogen):
    """R8.1, R2.3"""
    add(patient, "review-hidden", about_id=uuid4())
    make_online(patient, imogen)
    sign_in(client, imogen)
    page = client.get(DESK).text
    assert "Ada Testwell" not in page
    assert "Nothing waits" in page


def test_ten_thousand_tasks_cost_no_more_queries_than_a_few(
    at_desk, surgery, staff, patient, django_assert_num_queries
):
    """The queue pages in constant queries, on its first page and on its last, with filters and without."""
    holders = [None, staff, make_staff(surgery, "more@example.test")]
    patients = [make_patient(surgery, f"99900010{number:02}") for number in range(20)]

    of_something = (
        "dormant",
        "proxy-dormant",
        "age-review",
        "proxy-application",
    )  # of an account, and of a grant
    kinds = [kind for kind in StaffTask.Kind.values if kind not in of_something]

    def add_many(count):
        StaffTask.objects.bulk_create(
            StaffTask(
                patient=patients[number % 20], kind=kinds[number % len(kinds)],
                because=f"no {number}", opened_at=NOW, about_id=uuid4(), held_by=holders[number % 3],
                due_on=TODAY + (number % 50 - 25) * DAY if number % 5 else None,
            )
            for number in range(count)
        )  # fmt: skip

    pages = ("", "?page=1000", "?kind=request&holder=mine&overdue=on", "?holder=nobody&page=3")

    def look():
        for asked in pages:
            at_desk.get(DESK + asked)
            with django_assert_num_queries(19):
                assert at_desk.get(DESK + asked).status_code == 200

    add_many(400)
    look()
    add_many(9_600)
    look()
    assert "10000 tasks wait" in at_desk.get(DESK).text
