"""The pages on which a patient hides an entry or a visit from those who act for them (R2.2, R2.3)."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Duty
from audit.row_security import rows_of
from records.models import Redaction
from surgeries.terms import Section
from tests.cast import make_entry, make_proxy_grant, make_staff, make_user, sign_in
from tests.records.views.record import (
    entry_of,
    hide_from,
    home_of,
    make_medicine,
    make_part,
    make_report,
    page_of,
    reader,
)

pytestmark = pytest.mark.django_db

FAR = date(2099, 1, 1)


@pytest.fixture
def own(client, open_to_patient, patient_user):
    return reader(client, patient_user, open_to_patient)


@pytest.fixture
def ruth(open_to_patient, proxy_user):
    proxy_user.name = "Ruth Makepiece"
    proxy_user.save()
    make_proxy_grant(open_to_patient, proxy_user, scopes=list(Section), ends_on=FAR)
    return reader(Client(), proxy_user, open_to_patient)


@pytest.fixture
def entry(open_to_patient):
    return make_entry(open_to_patient, title="Emergency contraception", kind="procedure")


@pytest.fixture
def visit(open_to_patient):
    """A consultation that made a medicine, about a problem that was there before, with a letter that names it."""
    patient = open_to_patient
    problem = make_entry(
        patient, "problem", title="Asthma", section="health-conditions", kind="condition"
    )
    pill = make_medicine(patient, "pill", title="Inhaler")
    topic = {
        "title": "", "problem": {"entry": str(problem.id)},
        "headings": [{"items": [{"entry": str(pill.id)}]}],
    }  # fmt: skip
    visit = make_entry(
        patient, "visit", title="Surgery visit", kind="consultation", details={"topics": [topic]}
    )
    letter = make_entry(
        patient, "letter", title="Referral", kind="referral",
        details={"reasons": [{"entry": str(visit.id)}]},
    )  # fmt: skip
    return visit, pill, problem, letter


def at(entry, name):
    return f"{entry_of(entry)}/{name}"


def list_of(patient):
    return f"/records/{patient.pk}/hidden-from-people"


def hidings(patient):
    with rows_of(patient.pk):
        held = Redaction.objects.filter(patient=patient, undone_at=None, by_patient=True)
        return sorted(held.values_list("audience", "proxy_id"), key=str)


def test_a_patient_hides_an_entry_from_one_person_and_shows_it_again(
    own, ruth, entry, proxy_user, open_to_patient
):
    assert ruth.get(entry_of(entry)).status_code == 200
    page = own.get(entry_of(entry)).text
    assert at(entry, "hide") in page
    form = own.get(at(entry, "hide")).text
    assert "Ruth Makepiece" in form
    assert proxy_user.email not in form
    answer = own.post(at(entry, "hide"), {"from_whom": str(proxy_user.pk)}, follow=True)
    assert "You now hide it from: Ruth Makepiece" in answer.text
    assert "You hide this from Ruth Makepiece, since" in answer.text
    assert hidings(open_to_patient) == [("one-proxy", proxy_user.pk)]
    assert ruth.get(entry_of(entry)).status_code == 404
    assert own.get(entry_of(entry)).status_code == 200
    said = own.post(at(entry, "show-again"), {"from_whom": str(proxy_user.pk)}, follow=True)
    assert "You no longer hide it" in said.text
    assert ruth.get(entry_of(entry)).status_code == 200
    again = own.post(at(entry, "show-again"), {"from_whom": str(proxy_user.pk)}, follow=True)
    assert "You did not hide this any more" in again.text


def test_a_visit_is_hidden_with_what_it_made_and_shown_again_in_one_step(
    own, ruth, visit, open_to_patient
):
    root, pill, problem, letter = visit
    form = own.get(at(root, "hide")).text
    ticked = re.findall(r'<input[^>]*name="also"[^>]*value="([^"]+)"[^>]*checked', form)
    offered = re.findall(r'<input[^>]*name="also"[^>]*value="([^"]+)"', form)
    assert ticked == [str(pill.id)]
    assert set(offered) == {str(each.id) for each in (pill, problem, letter)}
    sent = {"from_whom": "everyone", "also": [str(pill.id), str(letter.id)]}
    answer = own.post(at(root, "hide"), sent, follow=True).text
    assert "You now hide these 3 entries from: Everyone who acts for you" in answer
    assert "Show all 3 that you hid together again" in answer
    for each, status in ((root, 404), (pill, 404), (letter, 404), (problem, 200)):
        assert ruth.get(entry_of(each)).status_code == status
    act = re.search(r'action="([^"]*hidden-from-people/[^"]*)"', answer)[1]
    assert "You no longer hide these 3 entries" in own.post(act, follow=True).text
    assert hidings(open_to_patient) == []


def test_the_list_has_what_is_hidden_and_leads_back_to_itself(own, visit, open_to_patient):
    empty = own.get(list_of(open_to_patient)).text
    assert "You hide nothing from people who act for you" in empty
    own.post(at(visit[0], "hide"), {"from_whom": "everyone"})
    page = own.get(list_of(open_to_patient)).text
    assert "Surgery visit" in page
    assert "Inhaler" not in page
    sent = {"from_whom": "everyone", "back": "list"}
    assert own.post(at(visit[0], "show-again"), sent).url == list_of(open_to_patient)


def test_it_is_two_links_from_the_people_and_one_from_the_entry(own, entry, open_to_patient):
    people = own.get(f"/records/{open_to_patient.pk}/people").text
    assert list_of(open_to_patient) in people
    assert at(entry, "hide") in own.get(entry_of(entry)).text
    assert list_of(open_to_patient) in own.get(at(entry, "hide")).text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Choose who should not see it"),
        ({"from_whom": "the neighbour"}, "Choose who should not see it"),
        ({"from_whom": str(uuid4())}, "Choose who should not see it"),
        ({"from_whom": "everyone", "also": [str(uuid4())]}, "this has changed"),
    ],
)
def test_a_wrong_answer_is_answered_with_what_to_do_and_loses_nothing(
    own, ruth, visit, open_to_patient, sent, says
):
    answer = own.post(at(visit[0], "hide"), sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert hidings(open_to_patient) == []


def test_hidden_twice_is_hidden_once(own, entry, open_to_patient):
    for says in ("You now hide it from", "You hide it already from"):
        answer = own.post(at(entry, "hide"), {"from_whom": "everyone"}, follow=True)
        assert says in answer.text
    assert hidings(open_to_patient) == [("proxies", None)]


def test_what_the_surgery_hides_from_the_same_person_makes_no_difference(
    own, ruth, open_to_patient, proxy_user
):
    """R2.3: to the byte, on each page that the patient can come to."""
    pages = []
    for surgery_hides in (False, True):
        entry = make_entry(open_to_patient, f"e{surgery_hides}", title="It")
        if surgery_hides:
            hide_from(open_to_patient, entry, audience="one-proxy", proxy_id=proxy_user.pk)
        whom = {"from_whom": str(proxy_user.pk)}
        seen = [page_of(own, at(entry, "hide"))]
        seen.append(own.post(at(entry, "hide"), whom, follow=True).text)
        seen += [page_of(own, address) for address in (at(entry, "hide"), list_of(open_to_patient))]
        seen.append(own.post(at(entry, "show-again"), whom, follow=True).text)
        seen.append(page_of(own, entry_of(entry)))
        plain = [re.sub(r'(nonce|value|id)="[^"]{20,}"', "", each) for each in seen]
        pages.append([each.replace(str(entry.id), "ENTRY") for each in plain])
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["hide", "show-again"])
def test_what_is_hidden_from_the_patient_answers_as_what_never_was(own, open_to_patient, name):
    """R2.3"""
    hidden = make_entry(open_to_patient, "hidden", title="Secret")
    hide_from(open_to_patient, hidden)
    for wanted in (str(hidden.id), str(uuid4())):
        path = f"{home_of(open_to_patient)}entries/{wanted}/{name}"
        assert own.post(path, {"from_whom": "everyone"}).status_code == 404


def test_a_result_behind_its_page_can_be_hidden_before_it_is_opened(own, ruth, open_to_patient):
    """R5.5: and the page on which that is done does not say what is in it."""
    report = make_report(open_to_patient, title="Chlamydia test")
    make_part(report, "p", 1, title="Chlamydia trachomatis", flagged=True, details={
        "value": {"number": "1", "unit": "x"}, "flags": [{"code": "A", "words": "Abnormal"}],
    })  # fmt: skip
    before = own.get(entry_of(report), follow=True)
    assert "Before you see this result" in before.text
    assert at(report, "hide") in before.text
    form = own.get(at(report, "hide")).text
    assert "trachomatis" not in form
    answer = own.post(at(report, "hide"), {"from_whom": "everyone"}, follow=True).text
    assert "Before you see this result" in answer
    assert ruth.get(entry_of(report)).status_code == 404


WHO = {
    "a proxy": 403,
    "a stranger": 404,
    "staff": 404,
    "nobody": 302,
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", ["hide", "show-again", "list", "together"])
def test_nobody_but_the_patient_gets_there(
    own, ruth, stranger, staff, entry, open_to_patient, who, name
):
    """R4.8, R4.11: whether or not something is hidden."""
    own.post(at(entry, "hide"), {"from_whom": "everyone"})
    people = {"a stranger": stranger, "staff": staff}
    client = ruth if who == "a proxy" else Client()
    if who in people:
        sign_in(client, people[who])
    paths = {
        "list": list_of(open_to_patient),
        "together": f"{list_of(open_to_patient)}/{uuid4()}/show-again",
    }
    path = paths.get(name) or at(entry, name)
    answers = [client.post(path, {"from_whom": "everyone"}) if name != "list" else client.get(path)]
    assert [each.status_code for each in answers] == [WHO[who]]
    assert hidings(open_to_patient) == [("proxies", None)]


def test_staff_see_whose_it_is_and_cannot_undo_it(own, entry, open_to_patient, surgery, proxy_user):
    own.post(at(entry, "hide"), {"from_whom": "everyone"})
    desk = sign_in(Client(), make_staff(surgery, "im@example.test", Duty.REVIEW_ENTRIES))
    base = f"/surgery/patients/{open_to_patient.pk}"
    with rows_of(open_to_patient.pk):
        redaction = Redaction.objects.get()
    for page in (desk.get(f"{base}/entries/{entry.id}/").text, desk.get(f"{base}/hidden/").text):
        assert "Do not speak of it" in page
        assert "Show again" not in page
        assert str(redaction.id) not in page
    assert "Hidden from all proxies, by the patient" in desk.get(f"{base}/hidden/").text
    sent = {"redaction": str(redaction.id)}
    assert desk.post(f"{base}/entries/{entry.id}/unhide", sent).status_code == 404
    assert desk.get(f"{base}/hidden/{redaction.id}").status_code == 404
    desk.post(f"{base}/hidden/{redaction.id}/show-again")
    assert hidings(open_to_patient) == [("proxies", None)]
    assert "Hid an entry from whoever acts for them" in desk.get(f"{base}/activity/").text


def test_staff_who_see_it_as_the_patient_act_on_nothing(own, ruth, entry, staff, open_to_patient):
    own.post(at(entry, "hide"), {"from_whom": "everyone"})
    desk = sign_in(Client(), staff)
    seen = desk.get(
        f"/surgery/patients/{open_to_patient.pk}/as/patient/{date.today()}/entries/{entry.id}"
    )
    assert seen.status_code == 200
    assert "You hide this from everyone who acts for you" in seen.text
    assert "show-again" not in seen.text


def test_people_whose_access_is_over_are_not_offered(own, open_to_patient, entry):
    over = make_user("over@example.test", name="Long Gone")
    make_proxy_grant(open_to_patient, over, ends_on=date(2024, 6, 1))
    asks = make_user("asks@example.test", name="Not Told")
    make_proxy_grant(open_to_patient, asks, status="proposed", ends_on=FAR)
    form = own.get(at(entry, "hide")).text
    assert "Long Gone" not in form
    assert "Not Told" not in form
