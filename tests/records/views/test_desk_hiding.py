"""Hiding from wherever an entry is seen: alone or with what belongs to it, with a day to look again, and undone in one step."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Redaction, StaffTask
from records.review import in_a_year
from tests.cast import make_entry, make_staff, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def imogen(surgery):
    imogen = make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)
    imogen.name = "Imogen"
    imogen.save()
    return imogen


@pytest.fixture
def at_desk(client, imogen):
    return sign_in(client, imogen)


@pytest.fixture
def entry(patient):
    return make_entry(patient, title="Unusual finding")


@pytest.fixture
def visit(patient):
    """A consultation that made a medicine and a condition; the condition is about a problem that was there before."""
    problem = make_entry(
        patient, "problem", title="Asthma", section="health-conditions", kind="condition"
    )
    made = [
        make_entry(patient, "pill", title="Inhaler", section="medicines", kind="medicine"),
        make_entry(patient, "new", title="Eczema", section="health-conditions", kind="condition"),
    ]
    items = [{"entry": str(each.id)} for each in made]
    topic = {"title": "", "problem": {"entry": str(problem.id)}, "headings": [{"items": items}]}
    visit = make_entry(
        patient, "visit", title="Surgery visit", kind="consultation", details={"topics": [topic]}
    )
    return visit, made, problem


def at(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


def hide(client, entry, **answers):
    path = at(entry.patient, f"entries/{entry.id}/hide")
    return client.post(path, {"audience": "everyone", "reason": "Harm"} | answers)


def on_day(day):
    return {"review_on-day": day.day, "review_on-month": day.month, "review_on-year": day.year}


def hidings(patient):
    with rows_of(patient.pk):
        return list(Redaction.objects.filter(patient=patient, undone_at=None).order_by("hidden_at"))


def tasks(patient):
    return list(StaffTask.objects.filter(patient=patient, kind="review-hidden", closed_at=None))


def undo_of(page):
    return re.search(r'<form action="([^"]*show-again[^"]*)"', page)[1].replace("&amp;", "&")


def events(patient, action):
    with rows_of(patient.pk):
        return list(AuditEvent.objects.filter(patient_id=patient.pk, action=action))


def test_hiding_leads_back_to_where_it_began_and_is_undone_there_in_one_step(
    at_desk, patient, entry
):
    for start in (
        at(patient, "record/consultations/?page=1"),
        at(patient, f"as/patient/{timezone.localdate()}/timeline?year=2024"),
    ):
        response = hide(at_desk, entry, next=start)
        assert response.url == start
        page = at_desk.get(at(patient, "record/consultations/")).text
        assert "The entry is hidden" in page
        assert at_desk.post(undo_of(page)).url == start
        assert hidings(patient) == []
    assert len(events(patient, "entry shown again")) == 2


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.test/", "//example.test/surgery/", "/", "/surgery/", "javascript:alert(1)",
        "/surgery/patients/{other}/", "/surgery/patients/{me}/nothing-here", "/surgery/patients/{me}/../../",
        "/surgery/patients/{me}/\\example.test", "/records/{me}/",
    ],
)  # fmt: skip
def test_nobody_is_led_to_any_other_address(at_desk, patient, other_patient, entry, elsewhere):
    path = elsewhere.format(me=patient.pk, other=other_patient.pk)
    own = at(patient, f"entries/{entry.id}/")
    assert hide(at_desk, entry, next=path).url == own
    assert 'name="next" value=""' in at_desk.get(f"{own}hide", {"next": path}).text
    redaction = hidings(patient)[0].id
    assert at_desk.post(f"{own}unhide", {"redaction": redaction, "next": path}).url == own


def test_the_way_back_is_kept_through_a_mistake(at_desk, patient, entry):
    start = at(patient, "record/consultations/")
    response = hide(at_desk, entry, next=start, reason="")
    assert response.status_code == 422
    assert f'name="next" value="{start}"' in response.text


def test_a_day_to_look_again_makes_a_task_that_shows_from_then(at_desk, patient, entry):
    day = timezone.localdate() + timedelta(days=30)
    hide(at_desk, entry, **on_day(day))
    (redaction,), (task,) = hidings(patient), tasks(patient)
    assert redaction.review_on == day
    assert (task.about_id, task.due_on, task.shows_from) == (redaction.id, day, day)
    assert "Unusual" not in task.because
    at_desk.post(at(patient, f"entries/{entry.id}/unhide"), {"redaction": redaction.id})
    assert tasks(patient) == []


def test_a_year_is_offered_and_none_can_be_chosen(at_desk, patient, entry):
    page = at_desk.get(at(patient, f"entries/{entry.id}/hide")).text
    assert f'value="{timezone.localdate().year + 1}"' in page
    hide(at_desk, entry)
    assert (hidings(patient)[0].review_on, tasks(patient)) == (None, [])


def test_a_year_from_the_29th_of_february_is_the_28th():
    assert in_a_year(date(2028, 2, 29)) == date(2029, 2, 28)
    assert in_a_year(date(2026, 12, 31)) == date(2027, 12, 31)


@pytest.mark.parametrize("days", [0, -1])
def test_the_day_to_look_again_is_to_come(at_desk, patient, entry, days):
    day = timezone.localdate() + timedelta(days=days)
    response = hide(at_desk, entry, **on_day(day))
    assert response.status_code == 422
    assert "must be in the future" in response.text
    assert hidings(patient) == []


def test_what_a_consultation_made_is_listed_and_ticked_and_what_was_there_before_is_not(
    at_desk, patient, visit
):
    consultation, made, problem = visit
    page = at_desk.get(at(patient, f"entries/{consultation.id}/hide")).text
    boxes = {
        found[1]: "checked" in found[0]
        for found in re.finditer(r'<input[^>]*name="also"[^>]*value="([^"]*)"[^>]*>', page)
    }
    assert boxes == {str(made[0].id): True, str(made[1].id): True, str(problem.id): False}


def test_a_consultation_and_what_it_made_are_hidden_in_one_act_and_shown_again_in_one(
    at_desk, patient, visit
):
    consultation, made, _ = visit
    day = timezone.localdate() + timedelta(days=10)
    also = [str(each.id) for each in made]
    hide(at_desk, consultation, also=also, **on_day(day))
    held = hidings(patient)
    assert {each.entry_id for each in held} == {consultation.id, *(each.id for each in made)}
    (act,) = {each.together_id for each in held}
    assert [task.about_id for task in tasks(patient)] == [act]
    page = at_desk.get(at(patient, f"entries/{consultation.id}/")).text
    assert "3 entries are hidden" in page
    at_desk.post(undo_of(page))
    assert (hidings(patient), tasks(patient)) == ([], [])
    assert len(events(patient, "entry shown again")) == 3
    assert "3 entries are shown again" in at_desk.get(at(patient)).text


def test_one_of_it_can_be_left_out(at_desk, patient, visit):
    consultation, made, _ = visit
    hide(at_desk, consultation, also=[str(made[1].id)])
    assert {each.entry_id for each in hidings(patient)} == {consultation.id, made[1].id}


def test_only_what_is_listed_can_be_ticked(at_desk, patient, other_patient, visit):
    stray = make_entry(patient, "stray")
    for wrong in (stray.id, make_entry(other_patient).id, "x"):
        assert hide(at_desk, visit[0], also=[str(wrong)]).status_code == 422
    assert hidings(patient) == []


def test_all_or_nothing_is_hidden_and_a_colleague_who_was_faster_is_named(
    at_desk, imogen, patient, proxy_grant, visit
):
    consultation, made, _ = visit
    hide(at_desk, made[1], audience="proxies")
    before = hidings(patient)
    response = hide(at_desk, consultation, audience="proxies", also=[str(each.id) for each in made])
    assert response.status_code == 422
    assert "This is hidden already: “Eczema”, by Imogen on" in response.text
    assert "Nothing of yours was saved" in response.text
    assert hidings(patient) == before
    assert len(events(patient, "entry hidden")) == 1


def test_undoing_what_a_colleague_undid_is_said(at_desk, patient, visit):
    consultation, made, _ = visit
    hide(at_desk, consultation, also=[str(made[0].id)])
    act = hidings(patient)[0].together_id
    path = at(patient, f"hidden/{act}/show-again")
    assert at_desk.post(path).url == at_desk.post(path).url == at(patient, "hidden/")
    page = at_desk.get(at(patient, "hidden/")).text
    assert "it was shown again before" in page
    assert len(events(patient, "entry shown again")) == 2


def test_the_task_of_an_act_stays_until_the_last_of_it_is_shown_again(at_desk, patient, visit):
    consultation, made, _ = visit
    day = timezone.localdate() + timedelta(days=10)
    hide(at_desk, consultation, also=[str(made[0].id)], **on_day(day))
    for left, redaction in ((1, hidings(patient)[0]), (0, hidings(patient)[1])):
        path = at(patient, f"entries/{redaction.entry_id}/unhide")
        at_desk.post(path, {"redaction": redaction.id})
        assert len(tasks(patient)) == left


def test_what_is_hidden_is_listed_with_what_is_due_first(at_desk, patient, proxy_user, proxy_grant):
    today = timezone.localdate()
    for number, days in enumerate((None, 20, 10)):
        entry = make_entry(patient, f"e{number}", title=f"Entry {number}")
        given = on_day(today + timedelta(days=days)) if days else {}
        hide(at_desk, entry, audience="one-proxy", proxy=proxy_user.pk, **given)
    page = at_desk.get(at(patient, "hidden/")).text
    places = [page.index(f"Entry {number}") for number in (2, 1, 0)]
    assert places == sorted(places)
    assert page.count("Hidden from Cara Helper") == 3
    assert "no day was set" in page
    assert ">Due<" not in page


def test_keeping_it_hidden_moves_the_day_and_the_task(at_desk, patient, visit):
    consultation, made, _ = visit
    today = timezone.localdate()
    hide(at_desk, consultation, also=[str(made[0].id)], **on_day(today + timedelta(days=1)))
    act = hidings(patient)[0].together_id
    path, later = at(patient, f"hidden/{act}"), today + timedelta(days=100)
    assert "Inhaler" in at_desk.get(path).text
    assert at_desk.post(path, on_day(today)).status_code == 422
    assert at_desk.post(path, on_day(later)).url == at(patient, "hidden/")
    assert {each.review_on for each in hidings(patient)} == {later}
    assert [(task.about_id, task.shows_from) for task in tasks(patient)] == [(act, later)]
    assert len(events(patient, "entry kept hidden")) == 2
    at_desk.post(path, {})
    assert (tasks(patient), hidings(patient)[0].review_on) == ([], None)


def test_keeping_hidden_what_a_colleague_showed_again_is_said(at_desk, patient, entry):
    hide(at_desk, entry)
    act = hidings(patient)[0].id
    at_desk.post(at(patient, f"hidden/{act}/show-again"))
    day = timezone.localdate() + timedelta(days=9)
    assert at_desk.post(at(patient, f"hidden/{act}"), on_day(day)).url == at(patient, "hidden/")
    assert "Somebody showed this again" in at_desk.get(at(patient, "hidden/")).text
    assert (hidings(patient), tasks(patient)) == ([], [])


def test_only_an_act_of_this_patient_can_be_looked_at(at_desk, patient, other_patient):
    hide(at_desk, make_entry(other_patient))
    act = hidings(other_patient)[0].id
    for id_ in (act, uuid4()):
        assert at_desk.get(at(patient, f"hidden/{id_}")).status_code == 404
        at_desk.post(at(patient, f"hidden/{id_}/show-again"))
    assert len(hidings(other_patient)) == 1


def test_a_task_to_look_again_is_done_by_looking(at_desk, client, staff, patient, entry):
    hide(at_desk, entry, **on_day(timezone.localdate() + timedelta(days=1)))
    sign_in(client, staff).post(at(patient, f"tasks/{tasks(patient)[0].pk}/done"))
    assert len(tasks(patient)) == 1


def test_who_may_not_hide_is_offered_nothing_to_hide_with(client, surgery, patient, entry):
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)
    sign_in(client, joel)
    for rest in ("record/consultations/", f"entries/{entry.id}/", "hidden/"):
        assert "/hide" not in client.get(at(patient, rest)).text
    assert hide(client, entry).status_code == 403


def test_an_entry_in_a_list_has_its_way_to_be_hidden(at_desk, patient, entry):
    page = at_desk.get(at(patient, "record/consultations/?page=1")).text
    link = re.search(r'href="([^"]*/hide\?[^"]*)"', page)[1]
    assert at(patient, "record/consultations/") in at_desk.get(link).text


def test_a_list_of_what_is_hidden_costs_the_same_however_long(
    at_desk, patient, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(40) as asked:
            at_desk.get(at(patient, "hidden/"))
        return len(asked)

    hide(at_desk, make_entry(patient, "first"))
    cost()
    few = cost()
    for number in range(10):
        hide(at_desk, make_entry(patient, f"e{number}", added_at=NOW))
    cost()
    assert cost() == few


def test_what_is_hidden_from_everyone_is_not_offered_to_be_hidden_from_everyone(
    at_desk, patient, entry
):
    """Only from fewer people, so that nobody has to show it in between."""
    form = at(patient, f"entries/{entry.id}/hide")
    assert 'value="everyone"' in at_desk.get(form).text
    hide(at_desk, entry, audience="proxies")
    assert f'href="{form}?' in at_desk.get(at(patient, "record/consultations/")).text
    hide(at_desk, entry)
    page = at_desk.get(form).text
    assert 'value="everyone"' not in page
    assert "hidden from everyone online already, by Imogen on" in page
    assert form not in at_desk.get(at(patient, "record/consultations/")).text
    shown = at_desk.get(at(patient, f"entries/{entry.id}/")).text
    assert "Hide it from proxies as well" in shown
    assert "Hide this entry" not in shown
    assert "This is hidden already" in hide(at_desk, entry).text


def test_the_patients_safety_stands_where_hiding_is_decided(at_desk, patient, entry):
    make_entry(patient, "told", title="Domestic abuse")
    assert (
        "Safeguarding in this record" in at_desk.get(at(patient, f"entries/{entry.id}/hide")).text
    )
    hide(at_desk, entry)
    [hiding] = hidings(patient)
    again = at_desk.get(at(patient, f"hidden/{hiding.act_id}")).text
    assert "Safeguarding in this record" in again
