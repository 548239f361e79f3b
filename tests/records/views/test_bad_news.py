"""The page before a result that may be hard to read, and what a patient wants to be warned of (R5.5)."""

import pytest
import time_machine
from django.urls import reverse

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Entry, OpenedResult, ResultWish, StaffTask
from records.result_categories import ABNORMAL, CATEGORIES
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_staff, make_user, sign_in
from tests.clock import NOW
from tests.crawling import walk
from tests.records.views.record import (
    cover,
    entry_of,
    hide_from,
    make_part,
    make_report,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

TELLING = ("98.7", "17.2", "ZZHIGH", "DOCTOR WRITES", "Glucose part")


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(NOW, tick=False):
        yield


def events(patient, action):
    with rows_of(patient.pk):
        return list(AuditEvent.objects.filter(patient_id=patient.pk, action=action))


@pytest.fixture
def report(patient):
    """A report with a mark on one of its two results, a remark and a conclusion; and a visit that links to it."""
    make_grant(patient, historical="full")
    cover(patient)
    root = make_report(patient, title="Blood sugar", free_text={"conclusion": "DOCTOR WRITES"})
    make_part(
        root, "r1-1", 1, title="Glucose part", flagged=True, free_text={"comment": "DOCTOR WRITES"},
        details={"value": {"number": "98.7", "unit": "mmol/L"}, "flags": [{"code": "H", "words": "ZZHIGH"}],
                 "ranges": [{"text": "17.2 to 18"}]},
    )  # fmt: skip
    make_part(root, "r1-2", 2, title="Glucose part", details={"value": {"number": "17.2"}})
    make_entry(
        patient, "c1", kind="consultation", title="Visit",
        details={"topics": [{"headings": [{"title": "Tests", "items": [{"entry": str(root.id)}]}]}]},
    )  # fmt: skip
    return root


@pytest.fixture
def patient_client(client, patient, patient_user):
    return reader(client, patient_user, patient)


def at(name, report):
    return reverse(f"records:{name}", args=[report.patient_id, report.id])


def of_record(name, patient):
    return reverse(f"records:{name}", args=[patient.pk])


def wish(client, patient, **wishes):
    usual = {ABNORMAL: "ask"} | dict.fromkeys(CATEGORIES, "show")
    chosen = usual | {name.replace("_", "-"): value for name, value in wishes.items()}
    return client.post(of_record("warn-me", patient), chosen)


def test_nothing_of_a_sealed_result_is_on_any_page(patient_client, patient, report):
    """R5.5: neither value nor range, mark, remark, conclusion or the name of what is in it."""
    pages = walk(patient_client, patient)
    assert at("before-result", report) in pages
    for words in ("glucose", "98.7", "ZZHIGH", "doctor writes", "blood sugar"):
        patient_client.post(of_record("find", patient), {"words": words})
        pages[f"found {words}"] = walk(patient_client, patient, start=of_record("found", patient))[
            of_record("found", patient)
        ]
    for path, page in pages.items():
        shown = page.text.replace("You searched", "")
        assert not [
            words for words in TELLING if words in shown and not path.startswith("found")
        ], path


def test_the_list_says_open_when_you_are_ready(patient_client, patient, report):
    page = page_of(patient_client, section_of(patient, Section.TEST_RESULTS))
    assert "Blood sugar" in page
    assert "Open when you are ready" in page
    assert "abnormal" not in page.lower()


def test_the_page_before_says_why_and_whom_to_call(patient_client, patient, report):
    patient.surgery.opening_hours = {"monday": ["08:00", "18:30"]}
    patient.surgery.phone = "01632 960001"
    patient.surgery.save()
    response = patient_client.get(entry_of(report), follow=True)
    page = response.content.decode()
    assert response.redirect_chain == [(at("before-result", report), 302)]
    for words in ("laboratory marked", "01632 960001", "111", "999", "Closed now", "Blood sugar"):
        assert words in page or (words == "Closed now" and "Open now" in page)


def test_going_on_shows_it_from_then_on(patient_client, patient, report):
    response = patient_client.post(at("open-result", report))
    assert response.url == entry_of(report)
    assert "98.7" in page_of(patient_client, entry_of(report))
    assert "98.7" in page_of(patient_client, section_of(patient, Section.TEST_RESULTS))
    assert patient_client.get(at("before-result", report)).url == entry_of(report)
    assert patient_client.post(at("open-result", report)).url == entry_of(report)
    with rows_of(patient.pk):
        assert OpenedResult.objects.count() == 1
    (event,) = events(patient, "result opened")
    assert event.object == f"entry {report.id}"


def test_only_a_post_opens(patient_client, report):
    assert patient_client.get(at("open-result", report)).status_code == 405


@pytest.mark.parametrize("name", ["before-result", "open-result", "ask-to-be-told"])
def test_what_is_hidden_or_not_there_is_not_found(patient_client, patient, report, name):
    """R2.3: the same answer for a hidden result as for an address made up."""
    hide_from(patient, report)
    made_up = make_report(patient, "other")
    hide_from(patient, made_up)
    for entry in (report, made_up):
        ask = patient_client.get if name == "before-result" else patient_client.post
        assert ask(at(name, entry)).status_code == 404


def viewers(patient):
    in_scope, out_of_scope, ended, stranger = (
        make_user(f"{name}@example.test") for name in ("in", "out", "ended", "stranger")
    )
    make_proxy_grant(patient, in_scope, scopes=[Section.TEST_RESULTS])
    make_proxy_grant(patient, out_of_scope, scopes=[Section.MEDICINES])
    make_proxy_grant(patient, ended, status="ended")
    staff = make_staff(patient.surgery, "desk@example.test")
    return [(in_scope, 200), (out_of_scope, 404), (ended, 403), (stranger, 404), (staff, 404)]


def test_each_viewer_of_the_page_before(client, patient, report):
    for user, expected in viewers(patient):
        assert (
            reader(client, user, patient).get(at("before-result", report)).status_code == expected
        )
    client.logout()
    assert client.get(at("before-result", report)).status_code == 302


def test_a_proxy_opens_it_for_themself_only(client, patient, patient_user, report):
    proxy = make_user("proxy@example.test")
    make_proxy_grant(patient, proxy, scopes=[Section.TEST_RESULTS])
    reader(client, proxy, patient).post(at("open-result", report))
    assert "98.7" in page_of(client, entry_of(report))
    reader(client, patient_user, patient)
    assert client.get(entry_of(report)).url == at("before-result", report)


def test_a_patient_chooses_what_to_be_warned_of(patient_client, patient, report):
    response = wish(patient_client, patient, sexual_health="hold", every="ask")
    assert response.url == of_record("warn-me", patient)
    with rows_of(patient.pk):
        kept = dict(ResultWish.objects.values_list("category", "wish"))
    assert kept == {"sexual-health": "hold", "every": "ask"}
    assert len(events(patient, "wish about results")) == 2
    wish(patient_client, patient)
    with rows_of(patient.pk):
        assert set(ResultWish.objects.values_list("wish", flat=True)) == {"show"}


@pytest.mark.parametrize("bad", [{"abnormal": "show"}, {"every": "never"}, {"cancer": ""}])
def test_what_cannot_be_chosen_is_refused(patient_client, patient, report, bad):
    """R5.5: what a laboratory marked is never shown at once."""
    assert wish(patient_client, patient, **bad).status_code == 422
    with rows_of(patient.pk):
        assert not ResultWish.objects.exists()


@pytest.mark.parametrize("name", ["warn-me", "ask-to-be-told"])
def test_the_wishes_are_the_patients_own(client, patient, report, name):
    """R4.11: nobody who acts for them sees or changes what they asked for."""
    proxy = make_user("proxy@example.test")
    make_proxy_grant(patient, proxy, scopes=list(Section))
    reader(client, proxy, patient)
    path = of_record(name, patient) if name == "warn-me" else at(name, report)
    assert client.post(path).status_code == 403


def test_a_held_result_waits_for_the_surgery(patient_client, patient, report):
    wish(patient_client, patient, abnormal="hold")
    page = page_of(patient_client, at("before-result", report))
    assert "opens when your surgery has spoken to you" in page
    assert "Show this result" not in page
    assert patient_client.post(at("open-result", report)).status_code == 422
    assert "Ask my surgery to talk to me" in page
    for _ in range(2):
        patient_client.post(at("ask-to-be-told", report))
    page = page_of(patient_client, at("before-result", report))
    assert "knows that you want to talk about this result. If you hear nothing" in page
    assert "Ask my surgery to talk to me" not in page
    task = StaffTask.objects.get()
    assert (task.kind, task.about_id) == ("speak-first", report.id)
    assert "sugar" not in task.because.lower()
    assert "98.7" not in page_of(patient_client, section_of(patient, Section.TEST_RESULTS))
    wish(patient_client, patient)
    assert patient_client.post(at("open-result", report)).status_code == 302


def test_a_proxy_is_not_told_why_a_result_is_held(client, patient, patient_user, report):
    """R4.3, R4.11."""
    wish(reader(client, patient_user, patient), patient, abnormal="hold")
    proxy = make_user("proxy@example.test")
    make_proxy_grant(patient, proxy, scopes=[Section.TEST_RESULTS])
    page = page_of(reader(client, proxy, patient), at("before-result", report))
    assert "not open online yet" in page
    assert "spoken" not in page
    assert "asked for this" not in page
    assert "marked" not in page
    assert client.post(at("open-result", report)).status_code == 422


def test_many_results_are_opened_at_once(patient_client, patient, report):
    path = of_record("older-results", patient)
    assert f'href="{path}"' in page_of(patient_client, at("before-result", report))
    assert "not opened 1 result yet" in page_of(patient_client, path)
    assert patient_client.post(path).status_code == 422
    patient_client.post(path, {"which": "all"})
    assert "98.7" in page_of(patient_client, section_of(patient, Section.TEST_RESULTS))
    assert "opened all the results" in page_of(patient_client, path)


def test_staff_see_what_waits_and_say_that_they_spoke(client, patient, patient_user, report):
    wish(reader(client, patient_user, patient), patient, abnormal="hold")
    client.post(at("ask-to-be-told", report))
    sign_in(client, make_staff(patient.surgery, "desk@example.test"))
    page = page_of(client, reverse("records:desk-held-results", args=[patient.pk]))
    assert "Blood sugar" in page
    assert "until my surgery has spoken" in page
    assert "The patient asked on 3 June 2024 to talk about this result" in page
    StaffTask.objects.update(closed_at=NOW)  # and what was asked for before, and answered, is over
    page = page_of(client, reverse("records:desk-held-results", args=[patient.pk]))
    assert "Blood sugar" in page
    assert "The patient asked on" not in page
    StaffTask.objects.update(closed_at=None)
    assert client.post(at("desk-spoken", report)).status_code == 302
    assert StaffTask.objects.get().closed_at
    assert "No result waits" in page_of(
        client, reverse("records:desk-held-results", args=[patient.pk])
    )
    assert client.post(at("desk-spoken", report)).status_code == 404
    reader(client, patient_user, patient)
    assert client.post(at("open-result", report)).url == entry_of(report)


def test_the_entry_at_the_desk_says_that_it_waits_and_when_somebody_spoke(
    client, patient, patient_user, report
):
    """R5.5: whoever reads it there may be on the phone to the patient."""
    address = reverse("records:desk-entry", args=[patient.pk, report.id])
    asked, spoke = "asked to be spoken to before this opens", "spoke to the patient about this on"
    desk = make_staff(patient.surgery, "desk@example.test")
    page = page_of(sign_in(client, desk), address)
    assert asked not in page
    assert spoke not in page
    wish(reader(client, patient_user, patient), patient, abnormal="hold")
    page = page_of(sign_in(client, desk), address)
    assert asked in page
    assert reverse("records:desk-held-results", args=[patient.pk]) in page
    client.post(at("desk-spoken", report))
    page = page_of(client, address)
    assert asked not in page
    assert spoke in page


@pytest.mark.parametrize(("audience", "waits"), [("everyone", False), ("proxies", True)])
def test_staff_are_not_asked_to_speak_about_what_the_patient_does_not_know_of(
    audience, waits, client, patient, patient_user, report
):
    """R2.3: a word about a result that is hidden from everyone would tell of it, and opens nothing."""
    wish(reader(client, patient_user, patient), patient, abnormal="hold")
    hide_from(patient, report, audience)
    sign_in(client, make_staff(patient.surgery, "desk@example.test"))
    page = page_of(client, reverse("records:desk-held-results", args=[patient.pk]))
    assert "The patient asked on" not in page  # nobody asked to talk about it
    assert ("Blood sugar" in page) == waits
    assert client.post(at("desk-spoken", report)).status_code == (302 if waits else 404)


def test_who_may_say_that_they_spoke(client, patient, patient_user, other_surgery, report):
    """R8.1."""
    wish(reader(client, patient_user, patient), patient, abnormal="hold")
    checker = make_staff(patient.surgery, "checker@example.test", "check-identity")
    elsewhere = make_staff(other_surgery, "elsewhere@example.test")
    for user, expected in ((checker, 403), (elsewhere, 404), (patient_user, 404)):
        assert sign_in(client, user).post(at("desk-spoken", report)).status_code == expected
    with rows_of(patient.pk):
        assert Entry.objects.of(patient).get(id=report.id)
