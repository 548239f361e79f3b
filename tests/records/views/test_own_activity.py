"""A patient's own activity: who may open it, what it says, what looks wrong, and the receipts (R9.1, R9.2)."""

import json
import logging
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Duty, IdentityLevel
from audit import log
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.grants import decline_access, open_record
from records.models import ActivityReport, StaffTask
from records.own_activity.reporting import MOST_OPEN, report_event
from tests.cast import (
    make_entry,
    make_grant,
    make_staff,
    sign_in,
    verified,
)
from tests.clock import NOW, TODAY
from tests.records.views.record import hide_from, reader

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def mine(client, patient, patient_user):
    make_grant(patient)
    return reader(client, patient_user, patient)


@pytest.fixture
def at_desk(staff):
    return sign_in(Client(), staff)


def at(patient, rest=""):
    return f"/records/{patient.pk}/activity{rest}"


def desk(patient, report, rest=""):
    return f"/surgery/patients/{patient.pk}/activity/reports/{report.id}/{rest}"


def note(action, actor, patient, **values):
    """One event, and its id."""
    log.record(
        action, at=NOW, actor_id=actor and actor.pk, patient_id=patient and patient.pk, **values
    )
    with rows_of(patient and patient.pk):
        return AuditEvent.objects.order_by("-sequence")[0].pk


def report_of(patient):
    with rows_of(patient.pk):
        return ActivityReport.objects.get()


def text_of(response):
    """The words of a page, without what each request makes anew."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"', "", response.text)


def test_the_page_says_who_did_what_when_and_with_which_kind_of_device(
    mine, patient, proxy_user, proxy_grant
):
    """R9.2: and keeps no address."""
    carer = reader(
        Client(headers={"user-agent": PHONE}, REMOTE_ADDR="203.0.113.77"), proxy_user, patient
    )
    for section in ("medicines", "test-results"):
        assert carer.get(f"/records/{patient.pk}/{section}").status_code == 200
    text = mine.get(at(patient)).text
    assert (
        f"<strong>{proxy_user.name}</strong>, acts or acted for you, opened Medicines and Test results"
        in text
    )
    assert "10:30am, Chrome on Android" in text
    with rows_of(patient.pk):
        events = AuditEvent.objects.filter(actor_id=proxy_user.pk)
        assert {event.details["device"] for event in events} == {"Chrome on Android"}
        assert "203.0.113.77" not in str([vars(event) for event in events])


@pytest.mark.parametrize("rest", ["", "/receipt", "/reports"])
def test_it_opens_to_the_patient_alone(
    patient, patient_user, proxy_user, proxy_grant, stranger, staff, rest
):
    """R4.11: nobody who acts for them, no staff, no stranger; who has gone reads what any end reads."""
    make_grant(patient)
    assert Client().get(at(patient, rest)).status_code == 302
    answers = [
        reader(Client(), user, patient).get(at(patient, rest))
        for user in (patient_user, proxy_user, stranger, staff)
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 404, 404]
    if not rest:
        assert "Only the person themself can do this" in answers[1].text


def test_at_p5_nothing_is_said(client, patient, patient_user):
    """R3.1"""
    patient_user.identity_level = IdentityLevel.P5
    patient_user.save()
    response = sign_in(client, patient_user).get(at(patient))
    assert response.status_code == 403
    assert patient.nhs_number not in response.text.replace(" ", "")
    assert patient.surgery.name not in response.text


def test_it_opens_where_the_record_itself_does_not(client, patient, patient_user):
    """R9.2: what happened around the access is no content; who stopped it may still see who tried."""
    make_grant(patient)
    own = open_record(viewer=verified(patient_user), patient_id=patient.pk, now=NOW)
    decline_access(by=own.access, now=NOW)
    here = sign_in(client, patient_user)
    assert here.get(f"/records/{patient.pk}/").status_code == 403
    text = here.get(at(patient)).text
    assert "stopped online access" in text


def test_an_entry_and_its_hiding_leave_the_page_as_it_was(mine, patient, staff, patient_user):
    """R2.3: to the byte, with reports and receipts."""
    entry = make_entry(patient)
    note("record opened", patient_user, patient, about=f"entry {entry.id}")
    pages = ("", "/receipt", "/reports")
    before = [text_of(mine.get(at(patient, rest))) for rest in pages]
    after = [text_of(mine.get(at(patient, rest))) for rest in pages]
    hide_from(patient, entry)
    for action in ("entry hidden", "review opened", "entry reviewed", "task done", "record loaded"):
        note(action, staff, patient, duty=Duty.REVIEW_ENTRIES, about=f"entry {entry.id}")
    hidden = [text_of(mine.get(at(patient, rest))) for rest in pages]
    counted = [len(re.findall("<li>10:30am: ", page[0])) for page in (before, after, hidden)]
    assert counted[0] > 0
    assert counted[1] - counted[0] == counted[2] - counted[1]  # what looking adds, and nothing else
    assert (before[1:], after[1:]) == (after[1:], hidden[1:])


def test_what_is_asked_for_stays_in_the_session_and_the_page_says_that_it_is_not_all(
    mine, patient, proxy_user, proxy_grant, staff
):
    note("record opened", proxy_user, patient, about="section medicines")
    note("staff looked", staff, patient, duty=Duty.DECIDE_ACCESS)
    sent = mine.post(at(patient, "/show-only"), {"who": str(proxy_user.pk), "kind": "reading"})
    assert (sent.status_code, sent.url) == (302, at(patient))
    text = mine.get(at(patient)).text
    assert (
        f"You see only a part of your activity: {proxy_user.name}, Looking at the record." in text
    )
    assert "opened Medicines" in text
    assert "looked at the record" not in text
    mine.post(at(patient, "/show-all"))
    text = mine.get(at(patient)).text
    assert "looked at the record" in text
    assert "You see only" not in text


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"who": "me"}, {"signed in", "opened Allergies and adverse reactions"}),
        ({"who": "surgery"}, {"looked at the record"}),
        (
            {"who": "others"},
            {"tried without success: the record", "put you on the surgery’s list"},
        ),
        ({"kind": "account"}, {"signed in"}),
        ({"kind": "access"}, {"put you on the surgery’s list"}),
        ({"from_on-day": "4", "from_on-month": "6", "from_on-year": "2024"}, set()),
        ({"to_on-day": "2", "to_on-month": "6", "to_on-year": "2024"}, set()),
    ],
)
def test_who_what_and_when_can_be_asked_for(
    mine, patient, patient_user, staff, stranger, asked, seen
):
    note("sign-in", patient_user, None)
    note("record opened", patient_user, patient, about="section allergies")
    note("staff looked", staff, patient, duty=Duty.DECIDE_ACCESS)
    note(
        "record opened", stranger, patient, outcome=Outcome.REFUSED, details={"because": "unknown"}
    )
    note("patient registered", None, patient)
    mine.post(at(patient, "/show-only"), asked)
    text = mine.get(at(patient)).text
    words = {"signed in", "opened Allergies and adverse reactions", "looked at the record",
             "tried without success: the record", "put you on the surgery’s list", }  # fmt: skip
    lists = "".join(re.findall(r"<p class=\"nhsuk-u-margin-bottom-1\">.*?</p>", text, re.S))
    assert {each for each in words if each in lists} == seen


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"who": "nobody\0‮"}, "valid"),
        ({"kind": "everything else"}, "valid"),
        ({"from_on-day": "32", "from_on-month": "1", "from_on-year": "2024"}, "first day"),
        ({"from_on-day": "3", "from_on-month": "1", "from_on-year": "2024", "to_on-day": "2", "to_on-month": "1",
          "to_on-year": "2024"}, "The last day must be the first day or after it"),
        ({"from_on-day": "1", "from_on-month": "1", "from_on-year": "9999"}, ""),
        ({"to_on-day": "31", "to_on-month": "12", "to_on-year": "9999"}, ""),
    ],
)  # fmt: skip
def test_odd_wishes_are_refused_with_what_to_mend(mine, patient, asked, words):
    response = mine.post(at(patient, "/show-only"), asked)
    assert response.status_code == (422 if words else 302)
    assert words in response.text
    assert mine.get(at(patient)).status_code == 200


@pytest.mark.parametrize("before", ["not-an-id", "5d0f2c1e-0000-4000-8000-000000000000", "\0"])
def test_a_page_that_begins_nowhere_is_not_there(mine, patient, before):
    assert mine.get(at(patient), {"before": before}).status_code == 404


def test_who_acts_reads_their_own_and_after_an_end_nothing(
    patient, patient_user, proxy_user, proxy_grant, client
):
    """R4.8, R4.11: after it, the page of what they did answers as every other page."""
    make_grant(patient)
    note("record opened", patient_user, patient, about="section allergies")
    carer = reader(Client(), proxy_user, patient)
    carer.get(f"/records/{patient.pk}/medicines")
    here = f"/records/{patient.pk}/what-you-did"
    text = carer.get(here).text
    assert "opened Medicines" in text
    assert "opened Allergies" not in text
    assert carer.get(here, {"before": "x"}).status_code == 404
    assert reader(client, patient_user, patient).get(here).status_code == 404
    proxy_grant.status, proxy_grant.status_reason = "ended", "ROLE_DEACTIVATED_PATIENT_REQUEST"
    proxy_grant.save()
    pages = [
        text_of(carer.get(f"/records/{patient.pk}/{rest}"))
        for rest in ("what-you-did", "activity", "medicines")
    ]
    assert len(set(pages)) == 1


def test_a_report_goes_its_way_to_an_answer(mine, patient, patient_user, staff, at_desk):
    """R9.2: with a day that the patient sees, states and dates; the e-mail says nothing of it (R5.4)."""
    event = note(
        "staff looked",
        make_staff(patient.surgery, "b@example.test"),
        patient,
        duty=Duty.REVIEW_ENTRIES,
    )
    page = mine.get(at(patient, f"/{event}/looks-wrong"))
    assert "They answer within 5 working days" in page.text
    sent = mine.post(
        at(patient, f"/{event}/looks-wrong"), {"text": "I was <abroad> ‮ 🙂"}, follow=True
    )
    assert "answers by 10 June 2024" in sent.text
    report = report_of(patient)
    assert mine.post(at(patient, f"/{event}/looks-wrong"), {"text": "Again"}).url == at(
        patient, f"/reports/{report.id}"
    )
    task = StaffTask.objects.get(kind="activity")
    assert (task.about_id, task.due_on, task.closed_at) == (report.id, date(2024, 6, 10), None)
    assert "abroad" not in task.because
    link = at_desk.get(f"/surgery/patients/{patient.pk}/tasks/{task.pk}/")
    assert link.url == desk(patient, report)
    assert "I was &lt;abroad&gt;" in at_desk.get(desk(patient, report)).text
    at_desk.post(desk(patient, report, "read"))
    assert "Your surgery is looking at it" in mine.get(at(patient, f"/reports/{report.id}")).text
    mail.outbox.clear()
    for _ in range(2):  # sent twice, saved once
        answered = at_desk.post(
            desk(patient, report, "answer"), {"text": "It was a repeat prescription"}
        )
        assert answered.status_code == 302
    assert [message.to for message in mail.outbox] == [[patient_user.email]]
    assert "looks wrong" not in mail.outbox[0].body
    assert "It was a repeat prescription" in mine.get(at(patient, f"/reports/{report.id}")).text
    assert "Your surgery answered" in mine.get(at(patient)).text
    task.refresh_from_db()
    assert task.closed_by == staff
    late = at_desk.post(desk(patient, report, "answer"), {"text": "Something else"})
    assert late.status_code == 422
    assert "was answered while you had the page open" in late.text
    assert (
        mine.post(at(patient, f"/{event}/looks-wrong"), {}).status_code == 302
    )  # answered: it can be told again
    with rows_of(patient.pk):
        assert ActivityReport.objects.count() == 2
        written = AuditEvent.objects.filter(action__startswith="activity report").values_list(
            "action", flat=True
        )
        assert sorted(written) == [
            "activity report answered",
            "activity report read",
            "activity reported",
            "activity reported",
        ]


def test_nobody_answers_about_themself(mine, patient, staff, at_desk):
    event = note("staff looked", staff, patient, duty=Duty.REVIEW_ENTRIES)
    mine.post(at(patient, f"/{event}/looks-wrong"), {})
    report = report_of(patient)
    assert "Somebody else has to answer" in at_desk.get(desk(patient, report)).text
    refused = at_desk.post(desk(patient, report, "answer"), {"text": "All is well"})
    assert (refused.status_code, report_of(patient).state) == (422, "sent")


def test_an_answer_has_words_and_needs_the_duty(mine, patient, at_desk):
    event = note("patient registered", None, patient)
    mine.post(at(patient, f"/{event}/looks-wrong"), {})
    report = report_of(patient)
    for text in ("", " \0 ", "x" * 2001):
        assert at_desk.post(desk(patient, report, "answer"), {"text": text}).status_code == 422
    other = sign_in(Client(), make_staff(patient.surgery, "r@example.test", Duty.REVIEW_ENTRIES))
    assert "you need the duty" in other.get(desk(patient, report)).text
    for rest in ("answer", "read"):
        assert other.post(desk(patient, report, rest), {"text": "x"}).status_code == 403
        assert at_desk.get(desk(patient, report, rest)).status_code == 405
    assert report_of(patient).state == "sent"


def test_a_sign_in_can_be_reported_and_staff_read_what_it_was(mine, patient, patient_user, at_desk):
    event = note(
        "sign-in", patient_user, None, outcome=Outcome.REFUSED, details={"because": "password"}
    )
    assert "change your password now" in mine.get(at(patient, f"/{event}/looks-wrong")).text
    mine.post(at(patient, f"/{event}/looks-wrong"), {"text": "Not me"})
    text = at_desk.get(desk(patient, report_of(patient))).text
    assert "Sign-in" in text
    assert "Not me" in text
    assert "to sign in" in mine.get(at(patient, "/reports")).text


def test_what_a_patient_is_not_told_cannot_be_reported(mine, patient, staff, stranger):
    """R2.3: an id of it is an id of nothing."""
    hidden = note("entry hidden", staff, patient, duty=Duty.REVIEW_ENTRIES)
    others = note("sign-in", stranger, None)
    for event in (hidden, others):
        assert mine.get(at(patient, f"/{event}/looks-wrong")).status_code == 404
        assert mine.post(at(patient, f"/{event}/looks-wrong"), {}).status_code == 404
    with rows_of(patient.pk):
        assert not ActivityReport.objects.exists()


def test_reports_of_another_patient_are_not_there(mine, patient, other_patient, stranger, at_desk):
    event = note("patient registered", None, other_patient)
    with rows_of(other_patient.pk):
        report = report_event(access_of(stranger, other_patient.pk, on=TODAY), event, now=NOW)
    assert mine.get(at(patient, f"/reports/{report.id}")).status_code == 404
    assert mine.get(at(patient, f"/{event}/looks-wrong")).status_code == 404
    assert at_desk.get(desk(patient, report)).status_code == 404
    with rows_of(patient.pk):
        assert not ActivityReport.objects.exists()


def test_so_many_reports_may_wait(mine, patient):
    events = [note("patient registered", None, patient) for _ in range(MOST_OPEN + 1)]
    answers = [mine.post(at(patient, f"/{event}/looks-wrong"), {}) for event in events]
    assert [answer.status_code for answer in answers] == [302] * MOST_OPEN + [422]
    assert "Wait for one" in answers[-1].text


def test_a_late_answer_says_so_on_both_sides(mine, patient, at_desk):
    event = note("patient registered", None, patient)
    mine.post(at(patient, f"/{event}/looks-wrong"), {})
    report = report_of(patient)
    with rows_of(patient.pk):
        ActivityReport.objects.update(due_on=TODAY - timedelta(days=1))
    assert "This day is over" in mine.get(at(patient, f"/reports/{report.id}")).text
    assert "Late" in at_desk.get(desk(patient, report)).text


def receipt(client, patient):
    response = client.post(at(patient, "/receipt/take"))
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"].startswith("attachment")
    return response.text


def test_a_receipt_is_taken_and_checked(mine, patient, patient_user, staff):
    """R9.1: and counts what the patient is told, whatever else happened (R2.3)."""
    note("record opened", patient_user, patient, about="section medicines")
    text = receipt(mine, patient)
    shown = json.loads(text)["events you can see"]
    note("entry hidden", staff, patient, duty=Duty.REVIEW_ENTRIES)
    # what came since: taking the first one, on a page of the patient's own
    assert json.loads(receipt(mine, patient))["events you can see"] == shown + 2
    page = mine.post(at(patient, "/receipt"), {"text": text})
    assert "<h1>The log is as it was</h1>" in page.text
    assert f"you could see {shown} event " in page.text
    for name in (patient.nhs_number, patient.family_name, str(patient.pk)):
        assert name not in text


def test_a_receipt_comes_as_a_file_or_as_text(mine, patient):
    text = receipt(mine, patient)
    file = SimpleUploadedFile("receipt.json", text.encode(), "application/json")
    assert "The log is as it was" in mine.post(at(patient, "/receipt"), {"file": file}).text
    pasted = f"  {text}\r\n"
    assert "The log is as it was" in mine.post(at(patient, "/receipt"), {"text": pasted}).text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (lambda: {}, "Choose the file of your receipt"),
        (lambda: {"text": "gAAAAA" * 800}, "receipt"),
        (lambda: {"text": "x" * 200_000}, "too long"),
        (lambda: {"file": SimpleUploadedFile("x.json", b"")}, "Choose the file of your receipt"),
        (lambda: {"file": SimpleUploadedFile("x.json", b"\xff\xfe\0\0")}, "not a receipt"),
        (lambda: {"file": SimpleUploadedFile("x.json", b"x" * 30_000)}, "too long"),
        (lambda: {"text": "null"}, "not a receipt"),
    ],
)
def test_what_is_no_receipt_is_refused_on_the_page(mine, patient, sent, words):
    response = mine.post(at(patient, "/receipt"), sent())
    assert response.status_code == 422
    assert words in response.text


def test_a_receipt_of_another_record_is_not_checked_here(mine, patient, other_patient, stranger):
    make_grant(other_patient)
    other = receipt(reader(Client(), stranger, other_patient), other_patient)
    response = mine.post(at(patient, "/receipt"), {"text": other})
    assert response.status_code == 422
    assert "not of this record" in response.text
    assert other_patient.family_name not in response.text


def test_checking_is_limited(mine, patient):
    text = receipt(mine, patient)
    answers = [mine.post(at(patient, "/receipt"), {"text": text}).status_code for _ in range(21)]
    assert answers == [200] * 20 + [422]


def test_whoever_runs_the_portal_checks_a_receipt_with_one_command(mine, patient, tmp_path, capsys):
    file = tmp_path / "receipt.json"
    file.write_text(receipt(mine, patient))
    call_command("check_receipt", str(file))
    assert "still begins with what was given" in capsys.readouterr().out
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="receipt made").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_row_changed_by_the_owner_of_the_database_is_said_by_all_three(
    mine, patient, patient_user, owner, tmp_path, settings, capsys, caplog
):
    """R9.1: verify_audit, the anchor and the patient's receipt, on its page and by command, and up to where all is right."""
    settings.PORTAL_ANCHOR_FILE = tmp_path / "anchors"
    note("record opened", patient_user, patient, about="section medicines")
    note("record opened", patient_user, patient, about="section allergies")
    file = tmp_path / "receipt.json"
    file.write_text(receipt(mine, patient))
    call_command("anchor_audit")
    owner.execute("alter table audit_auditevent disable trigger user")
    owner.execute(
        "update audit_auditevent set object = 'section documents' where object = 'section allergies'"
    )
    owner.execute("alter table audit_auditevent enable trigger user")
    capsys.readouterr()
    for command in (["verify_audit"], ["check_receipt", str(file)]):
        with pytest.raises(SystemExit) as ended:
            call_command(*command)
        assert ended.value.code == 1
    said = capsys.readouterr().out
    assert f"Broken: chain {patient.pk}, event 2" in said
    assert f"Broken: anchor 1: chain {patient.pk}: event 2 was changed since" in said
    assert f"Broken: The log of patient {patient.pk} does not begin with what was given" in said
    logger = logging.getLogger("portal.receipts")
    logger.addHandler(caplog.handler)  # those of the project end at their own handler
    page = mine.post(at(patient, "/receipt"), {"text": file.read_text()})
    logger.removeHandler(caplog.handler)
    assert "<h1>The log is not as it was</h1>" in page.text
    assert "up to 3 June 2024 at 10:30am is as it was" in page.text
    assert (
        "event 2" not in page.text
    )  # its number would tell how many there are that the patient is not told
    assert f"A receipt does not fit its log: chain {patient.pk}" in caplog.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "not a receipt"),
        (b"hello", "not a receipt"),
        (b"", "Choose the file"),
    ],
)
def test_a_file_that_is_no_receipt_is_refused_by_the_command(db, tmp_path, content, words):
    file = tmp_path / "receipt.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("check_receipt", str(file))


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({"who": "surgery"}, 4),
        ({"who": "others"}, 0),
        ({"kind": "access"}, 2),
        ({"kind": "people"}, 2),
    ],
)
def test_no_filter_tells_a_pause_through_the_surgery_from_an_act_of_the_surgery(
    mine, patient, staff, asked, lines
):
    """R5.2: of each kind one by the surgery and one by the patient; either both are found or neither."""
    for whom in ("everyone", "one"):
        note("paused", None, patient, details={"whom": whom, "through surgery": True})
    note("access decided", staff, patient, duty=Duty.DECIDE_ACCESS, details={"decision": "paused"})
    note(
        "proxy access changed",
        staff,
        patient,
        duty=Duty.DECIDE_ACCESS,
        details={"status": "suspended", "told": True},
    )
    mine.post(at(patient, "/show-only"), asked)
    text = mine.get(at(patient)).text
    assert text.count(">This looks wrong<") == lines
