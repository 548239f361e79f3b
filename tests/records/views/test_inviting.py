"""The pages on which a patient invites somebody, looks as they would, and that person answers (R4.2, R4.4)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from audit.row_security import rows_of
from proxy_access.models import Nomination, ProxyConsent, ProxyGrant
from records.models import Entry, Redaction, StaffTask
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_user,
    sign_in,
)
from tests.clock import NOW
from tests.records.papers.files import PDF
from tests.records.papers.made import make_document
from tests.records.views.record import cover, reader

pytestmark = pytest.mark.django_db

WHO = {
    "name": "Ruth Makepiece",
    "email": "ruth@example.test",
    "relationship": "friend",
    "name_shown": "Ada",
}
WHAT = {
    "scopes": ["medicines", "allergies"],
    "ends_on-day": "1",
    "ends_on-month": "1",
    "ends_on-year": str(NOW.year + 1),
}
SECRET = "Sertraline 50mg tablets"


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def record(patient, patient_user):
    """A patient whose record is open, with two medicines and a consultation."""
    make_grant(patient, historical="full")
    cover(patient)
    make_entry(
        patient,
        "m1",
        section="medicines",
        kind="medicine",
        title="Amlodipine 5mg tablets",
        level_needed="summary",
    )
    make_entry(
        patient, "m2", section="medicines", kind="medicine", title=SECRET, level_needed="summary"
    )
    make_entry(patient, "c1", title="Seen about sleep")
    return patient


@pytest.fixture
def own(client, record, patient_user):
    return confirmed(reader(client, patient_user, record))


def confirmed(client):
    """A browser whose second factor was used a moment ago."""
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def at(patient, rest=""):
    return f"/records/{patient.pk}/people/invite{rest}"


def drafted(own, patient, **who):
    answer = own.post(at(patient), WHO | who)
    assert answer.status_code == 302, answer.text
    made = Nomination.objects.latest("made_at")
    assert own.post(at(patient, f"/{made.pk}/what"), WHAT).status_code == 302
    return Nomination.objects.get(pk=made.pk)


def agreed(own, patient, made):
    page = own.get(at(patient, f"/{made.pk}/agree"))
    seen = re.search(r'name="seen" value="(\w+)"', page.text)[1]
    return own.post(
        at(patient, f"/{made.pk}/agree"), {"seen": seen, "agreed": "on", "is_free": "on"}
    )


def code_of(answer):
    return re.search(r"<strong>((?:\w{4} ){2}\w{4})</strong>", answer.text)[1]


@pytest.fixture
def made(own, record):
    return drafted(own, record)


@pytest.fixture
def ruth(db):
    return make_user("ruth@example.test", name="Ruth Makepiece")


@pytest.fixture
def theirs(ruth):
    return sign_in(Client(), ruth)


def test_from_the_first_question_to_the_surgery(own, record, theirs, ruth):
    made = drafted(own, record)
    look = own.get(at(record, f"/{made.pk}/look")).text
    assert "2 entries" in look
    answer = agreed(own, record, made)
    assert answer.status_code == 200
    code = code_of(answer)
    assert ProxyConsent.objects.get().facts[2]["about"] == "what-they-see"
    assert theirs.post("/invited/code", {"code": code}).status_code == 302
    page = theirs.get(f"/invited/{made.pk}").text
    assert "Ada invites you" in page
    assert theirs.post(f"/invited/{made.pk}", {"duties": "on"}).status_code == 302
    grant = ProxyGrant.objects.get()
    task = StaffTask.objects.get()
    assert (task.kind, task.about_id, task.patient) == ("proxy-application", grant.pk, record)
    assert "Your surgery decides" in own.get(f"/records/{record.pk}/people").text


def test_of_the_patient_nothing_shows_but_the_name_they_chose(own, record, theirs, made):
    """R3.1, R4.11: in every answer until the surgery has decided."""
    code = code_of(agreed(own, record, made))
    answers = [
        theirs.get("/invited"), theirs.get("/invited/code"), theirs.post("/invited/code", {"code": code}),
        theirs.get(f"/invited/{made.pk}"), theirs.get("/"),
        theirs.post(f"/invited/{made.pk}", {}), theirs.post(f"/invited/{made.pk}", {"duties": "on"}, follow=True),
        theirs.get("/"), theirs.get(f"/records/{record.pk}/"),
    ]  # fmt: skip
    for answer in answers:
        told = answer.text + str(answer.headers)
        for word in (
            record.family_name,
            record.nhs_number,
            record.surgery.name,
            "Medicines",
            str(record.pk),
            str(NOW.year + 1),
        ):
            assert word not in told, answer.request
    assert answers[-1].status_code == 404


def test_who_has_not_proved_who_they_are_reads_not_even_that(own, record, made):
    code = code_of(agreed(own, record, made))
    unproved = sign_in(Client(), make_user("ruth@example.test", level="P5"))
    answers = [unproved.post("/invited/code", {"code": code}), unproved.get(f"/invited/{made.pk}"),
               unproved.get("/invited/code"), unproved.get("/")]  # fmt: skip
    assert "Prove who you are first" in answers[1].text
    assert not any("Ada" in answer.text for answer in answers)
    refused = unproved.post(f"/invited/{made.pk}", {"duties": "on"})
    assert refused.status_code == 422
    assert not ProxyGrant.objects.exists()


def test_whatever_is_wrong_with_a_code_the_answer_is_the_same(own, record, made, ruth):
    code = code_of(agreed(own, record, made))
    strangers = sign_in(Client(), make_user("bea@example.test"))
    theirs = sign_in(Client(), ruth)

    def told(browser, code):
        answer = browser.post("/invited/code", {"code": code})
        text = re.sub(r'value="[^"]*"|nonce="[^"]*"|[\w.]+@example.test', "", answer.text)
        return answer.status_code, text

    wrong = told(strangers, "AAAA AAAA AAAA")
    assert told(strangers, code) == wrong
    assert told(own, code)[0] == 422
    assert theirs.post("/invited/code", {"code": code}).status_code == 302
    assert told(strangers, code) == wrong


def test_hidden_first_is_hidden_in_the_look_and_for_the_person(own, record, made, theirs, ruth):
    """R4.4: what the patient hides before anybody is invited stays hidden from that person."""
    secret = next(entry for entry in entries(record) if entry.title == SECRET)
    as_ = at(record, f"/{made.pk}/as/")
    assert SECRET in own.get(as_ + "medicines").text
    assert "Hide this entry" in own.get(f"{as_}entries/{secret.id}").text
    own.post(at(record, f"/{made.pk}/hide/{secret.id}"))
    look = own.get(at(record, f"/{made.pk}/look")).text
    assert "You hide 1 entry" in look
    assert "1 entry" in look
    assert SECRET not in own.get(as_ + "medicines").text
    assert own.get(f"{as_}entries/{secret.id}").status_code == 404
    assert SECRET in own.get(f"/records/{record.pk}/medicines").text
    theirs.post("/invited/code", {"code": code_of(agreed(own, record, made))})
    theirs.post(f"/invited/{made.pk}", {"duties": "on"})
    assert "You hide 1 entry" in ProxyConsent.objects.get().facts[4]["text"]
    ProxyGrant.objects.update(status="active", status_reason="ROLE_ACTIVATED")
    browser = reader(Client(), ruth, record)
    page = browser.get(f"/records/{record.pk}/medicines").text
    assert "Amlodipine" in page
    assert SECRET not in page


def test_what_is_hidden_first_can_be_shown_again(own, record, made):
    secret = next(entry for entry in entries(record) if entry.title == SECRET)
    own.post(at(record, f"/{made.pk}/hide/{secret.id}"))
    own.post(at(record, f"/{made.pk}/show/{secret.id}"))
    assert SECRET in own.get(at(record, f"/{made.pk}/as/medicines")).text
    assert not Redaction.objects.filter(undone_at=None).exists()


def entries(patient):
    with rows_of(patient.pk):
        return list(Entry.objects.of(patient))


def test_the_look_is_exactly_what_they_see_once_it_is_granted(own, record, made, theirs, ruth):
    """The dry run is the one filter: page by page the same rows as afterwards."""
    code = code_of(agreed(own, record, made))
    before = shown_in(own, at(record, f"/{made.pk}/as/"))
    theirs.post("/invited/code", {"code": code})
    theirs.post(f"/invited/{made.pk}", {"duties": "on"})
    ProxyGrant.objects.update(status="active", status_reason="ROLE_ACTIVATED")
    after = shown_in(reader(Client(), ruth, record), f"/records/{record.pk}/")
    assert before == after
    assert len(before["medicines"]) == 2
    assert before["consultations"] == set()


def shown_in(browser, base):
    found = {}
    for section in ("medicines", "allergies", "consultations", "timeline"):
        page = browser.get(base + section)
        found[section] = (
            set(re.findall(r"/entries/([0-9a-f-]{36})", page.text))
            if page.status_code == 200
            else set()
        )
    return found


def test_only_the_patient_looks_and_only_after_the_warnings(
    own, record, made, proxy_user, patient_user
):
    """R5.1: the pages of the look are pages of the record."""
    make_proxy_grant(record, proxy_user)
    acting = reader(Client(), proxy_user, record)
    unwarned = sign_in(Client(), patient_user)
    for rest in ("look", "as/", "as/medicines", "as/timeline", "as/tests"):
        address = at(record, f"/{made.pk}/{rest}")
        assert acting.get(address).status_code in (403, 404)
        assert "before-you-open" in unwarned.get(address).headers["Location"]
    for rest in ("who", "what", "agree", "code", "cancel"):
        assert acting.post(at(record, f"/{made.pk}/{rest}"), WHAT).status_code in (302, 403, 404)
    made.refresh_from_db()
    assert made.state == "draft"


def test_another_patients_nomination_is_404(own, made, surgery, record):
    other = make_patient(surgery, "9990000026")
    user = make_user("bea@example.test")
    make_online(other, user)
    make_grant(other)
    theirs = confirmed(reader(Client(), user, other))
    for rest in ("who", "what", "look", "as/", "agree"):
        assert theirs.get(at(other, f"/{made.pk}/{rest}")).status_code == 404
        assert theirs.get(at(record, f"/{made.pk}/{rest}")).status_code == 404


def test_agreeing_wants_the_second_factor_anew(own, record, made):
    """Somebody at the patient's unlocked phone gets no code."""
    session = own.session
    session["confirmed_at"] = (timezone.now() - timedelta(minutes=16)).isoformat()
    session.save()
    for rest in ("agree", "code"):
        answer = own.post(at(record, f"/{made.pk}/{rest}"), {"agreed": "on", "is_free": "on"})
        assert "confirm" in answer.headers["Location"]
    assert not ProxyConsent.objects.exists()


@pytest.mark.parametrize("missing", ["agreed", "is_free"])
def test_both_ticks_are_needed(own, record, made, missing):
    page = own.get(at(record, f"/{made.pk}/agree"))
    seen = re.search(r'name="seen" value="(\w+)"', page.text)[1]
    given = {"seen": seen, "agreed": "on", "is_free": "on"}
    del given[missing]
    answer = own.post(at(record, f"/{made.pk}/agree"), given)
    assert answer.status_code == 422
    assert not ProxyConsent.objects.exists()


def test_words_that_were_not_read_are_not_agreed_to(own, record, made):
    given = {"seen": "0" * 64, "agreed": "on", "is_free": "on"}
    answer = own.post(at(record, f"/{made.pk}/agree"), given)
    assert answer.status_code == 422
    assert "Read it again" in answer.text
    assert not ProxyConsent.objects.exists()


def test_nothing_is_agreed_to_before_it_is_said(own, record):
    own.post(at(record), WHO)
    made = Nomination.objects.get()
    assert own.get(at(record, f"/{made.pk}/agree")).headers["Location"].endswith("/what")
    assert own.get(at(record, f"/{made.pk}/look")).headers["Location"].endswith("/what")


@pytest.mark.parametrize("decision", ["paused", "denied", "declined"])
def test_where_the_record_is_closed_nobody_is_invited(client, record, patient_user, decision):
    make_grant(record, decision=decision, current="none", historical="none")
    page = sign_in(client, patient_user).get(at(record))
    assert "You cannot invite anybody here now" in page.text
    assert client.post(at(record), WHO).status_code == 200
    assert not Nomination.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "not an address"},
        {"name": ""},
        {"name": "x" * 201},
        {"relationship": "boss"},
        {"name_shown": "\0"},
    ],
)
def test_nonsense_is_refused_and_kept_nowhere(own, record, changed):
    assert own.post(at(record), WHO | changed).status_code == 422
    assert not Nomination.objects.exists()


def test_cancelling_closes_the_surgerys_task(own, record, made, theirs):
    theirs.post("/invited/code", {"code": code_of(agreed(own, record, made))})
    theirs.post(f"/invited/{made.pk}", {"duties": "on"})
    own.post(at(record, f"/{made.pk}/cancel"))
    assert StaffTask.objects.get().closed_at
    assert ProxyGrant.objects.get().status == "entered-in-error"


def test_an_invitation_that_was_declined_is_over(own, record, made, theirs):
    theirs.post("/invited/code", {"code": code_of(agreed(own, record, made))})
    assert theirs.post(f"/invited/{made.pk}/decline").status_code == 302
    assert theirs.get(f"/invited/{made.pk}").status_code == 404
    assert "Ruth Makepiece" not in own.get(f"/records/{record.pk}/people").text
    assert not ProxyGrant.objects.exists()


def test_whose_mail_it_is_that_the_patient_reads_too_gets_no_code(own, record, patient_user):
    made = drafted(own, record, email=patient_user.email)
    answer = agreed(own, record, made)
    assert "Your surgery looks at it first" in answer.text
    task = StaffTask.objects.get()
    assert (task.kind, task.about_id) == ("nomination", made.pk)


def test_whatever_else_the_person_could_do_is_not_done_in_their_name(own, record, made):
    for rest in ("find", "copies", "stop-acting", "people", "corrections", "nonsense"):
        address = at(record, f"/{made.pk}/as/{rest}")
        assert "You only look here" in own.get(address).text
        assert own.post(address).status_code == 405


def test_every_link_of_the_look_stays_in_it(own, record, made):
    """No link leads out of what is looked at into the patient's own record without saying so."""
    base = at(record, f"/{made.pk}/as/")
    seen, todo = set(), [base]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        page = own.get(address)
        assert page.status_code == 200, address
        main = page.text.split('id="maincontent"')[1].split("</main>")[0]
        for link in re.findall(r'href="(/records/[^"#?]*)"', main):
            assert link.startswith(base), (address, link)
            todo.append(link)
    assert len(seen) > 3


def test_a_document_opens_in_the_look_if_they_could_open_it(own, record, made):
    letter = make_document(record)
    address = at(record, f"/{made.pk}/as/entries/{letter.id}/documents/0")
    assert own.get(address).status_code == 404
    Nomination.objects.update(scopes=["documents"])
    assert f'href="{address}"' in own.get(at(record, f"/{made.pk}/as/documents")).text
    assert own.get(address).content == PDF
