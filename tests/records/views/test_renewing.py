"""The pages on which it is said that somebody's access ends, and it is let go on, and the e-mails about it (R4.6)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Duty, User
from nhsuk.wording import date_words
from proxy_access.access import access_of
from proxy_access.changing import end_as_staff, suspend_as_patient, suspend_as_staff
from proxy_access.models import EndNotice, ProxyGrant, Whom
from proxy_access.pausing import Wanted, pause
from proxy_access.steps import Words
from records.grants import decline_access
from records.models import StaffTask
from records.telling_of_ends import tell_of_ends
from tests.cast import make_grant, make_proxy_grant, make_staff, make_user, sign_in
from tests.proxy_access.test_changing import staff_with
from tests.records.views.record import home_of, reader

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
STARTED, ENDS = TODAY - timedelta(days=80), TODAY + timedelta(days=20)
UNTIL = ENDS + timedelta(days=100)
QUIETLY = Words("A concern", told_patient=False)


@pytest.fixture
def ending(open_to_patient, proxy_user):
    """Makes a grant of 100 days that has 20 days left."""
    proxy_user.name = "Ruth Makepiece"
    proxy_user.save()
    values = {"scopes": ["medicines"], "starts_on": STARTED, "ends_on": ENDS}
    return lambda **more: make_proxy_grant(open_to_patient, proxy_user, **(values | more))


@pytest.fixture
def own(client, patient_user):
    return sign_in(client, patient_user)


def people_of(patient, rest=""):
    return f"/records/{patient.pk}/people{rest}"


def go_on(client, grant, until=UNTIL):
    path = people_of(grant.patient, f"/{grant.pk}/go-on")
    return client.post(path, {"until": str(until)}, follow=True)


def test_a_patient_reads_that_it_ends_and_lets_it_go_on(own, ending):
    """R4.6: in one step, and then nothing of it is left to press."""
    grant = ending()
    assert "access ends soon" in own.get("/").text
    page = own.get(people_of(grant.patient)).text
    assert "it ends by itself" in page
    assert f'value="{UNTIL}"' in page
    said = go_on(own, grant).text
    assert "Ruth Makepiece can go on until" in said
    assert "Ends soon" not in said
    assert "access ends soon" not in own.get("/").text
    assert ProxyGrant.objects.get().ends_on == UNTIL


def test_before_the_last_30_days_nothing_is_said(own, ending, proxy_user):
    grant = ending(ends_on=TODAY + timedelta(days=31))
    assert "access ends soon" not in own.get("/").text
    assert "Ends soon" not in own.get(people_of(grant.patient)).text
    proxys = reader(Client(), proxy_user, grant.patient)
    assert "Your access to this record ends" not in proxys.get(home_of(grant.patient)).text
    assert proxys.get(f"{home_of(grant.patient)}go-on").status_code == 404


def test_who_asked_to_go_on_reads_that_and_is_not_told_to_ask(ending, proxy_user):
    grant = ending()
    proxys, home = reader(Client(), proxy_user, grant.patient), home_of(grant.patient)
    assert ">Ask to go on</a>" in proxys.get(home).text
    page = proxys.post(f"{home}go-on", follow=True).text
    assert "Your access to this record ends after" in page
    assert f"You asked on {date_words(timezone.localdate())} to go on." in page
    assert ">Ask to go on</a>" not in page


def test_what_rests_on_a_law_is_told_and_the_surgery_decides(own, ending):
    grant = ending(legal_basis="best-interest")
    page = own.get(people_of(grant.patient)).text
    assert "Ends soon" in page
    assert "can let them go on" in page
    assert "go-on" not in page
    assert "does not rest on your agreement" in go_on(own, grant).text


@pytest.mark.parametrize("until", ["", "x", "2024-02-31"])
def test_a_day_that_was_not_shown_changes_nothing(own, ending, until):
    grant = ending()
    assert "Read until when it would go on" in go_on(own, grant, until).text
    assert ProxyGrant.objects.get().ends_on == ENDS


def test_of_a_closed_record_nobody_goes_on(own, ending):
    grant = ending()
    make_grant(grant.patient, "none", "none", decision="paused")
    page = own.get(people_of(grant.patient)).text
    assert ("Ends soon" in page, "Let them go on" in page) == (True, False)
    assert "Your record is not open online" in go_on(own, grant).text
    assert ProxyGrant.objects.get().ends_on == ENDS


@pytest.mark.parametrize("act", ["stop", "end"])
def test_what_is_kept_back_does_not_show_by_what_is_pressed(own, ending, act):
    """R4.5: the same words as without it."""
    grant = ending()
    by = staff_with(grant.patient, Duty.DECIDE_ACCESS)
    now = timezone.now()
    before = own.get(people_of(grant.patient)).text.partition("<main")[2].count("go-on")
    if act == "stop":
        suspend_as_staff(grant, by=by, now=now, words=QUIETLY)
    else:
        end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by, now=now, words=QUIETLY)
    assert own.get(people_of(grant.patient)).text.partition("<main")[2].count("go-on") == before
    assert "Ruth Makepiece can go on until" in go_on(own, grant).text
    assert "Can see your record" in own.get(people_of(grant.patient)).text
    proxys = reader(Client(), grant.proxy, grant.patient)
    assert proxys.get(home_of(grant.patient)).status_code == 403


def test_a_proxy_reads_that_it_ends_and_asks_and_the_patient_reads_that(own, ending, proxy_user):
    grant = ending()
    proxys = reader(Client(), proxy_user, grant.patient)
    path = f"{home_of(grant.patient)}go-on"
    assert "Your access to this record ends after" in proxys.get(home_of(grant.patient)).text
    assert "reads that you asked, and decides" in proxys.get(path).text
    assert "asked" not in own.get(people_of(grant.patient)).text.partition("<main")[2]
    assert "You asked to go on" in proxys.post(path, follow=True).text
    assert "You do not have to ask again" in proxys.get(path).text
    assert "Ruth Makepiece asked on" in own.get(people_of(grant.patient)).text
    assert not StaffTask.objects.exists()
    assert ProxyGrant.objects.get().ends_on == ENDS


def test_nobody_asks_for_their_own_record_or_without_access(own, ending, patient_user):
    grant = ending()
    reader(own, patient_user, grant.patient)
    path = f"{home_of(grant.patient)}go-on"
    assert own.get(path).status_code == own.post(path).status_code == 404
    stranger = sign_in(Client(), make_user("stranger@example.test"))
    assert stranger.post(path).status_code == 404
    assert stranger.post(people_of(grant.patient, f"/{grant.pk}/go-on")).status_code == 404
    proxys = reader(Client(), grant.proxy, grant.patient)
    assert proxys.post(people_of(grant.patient, f"/{grant.pk}/go-on")).status_code == 403
    assert own.get(people_of(grant.patient, f"/{grant.pk}/go-on")).status_code == 405


@pytest.fixture
def desk(patient):
    staff = make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS)
    return sign_in(Client(), staff)


def day_of(day, name="ends_on"):
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def test_what_rests_on_a_law_is_asked_of_the_surgery_and_let_go_on_there(ending, proxy_user, desk):
    """R4.6: the task is done by it."""
    grant = ending(legal_basis="best-interest")
    proxys = reader(Client(), proxy_user, grant.patient)
    assert "The surgery reads that you asked" in proxys.get(f"{home_of(grant.patient)}go-on").text
    for _twice in range(2):
        proxys.post(f"{home_of(grant.patient)}go-on")
    task = StaffTask.objects.get(kind="proxy-goes-on", closed_at=None)
    assert (task.about_id, task.due_on) == (grant.pk, ENDS)
    place = f"/surgery/patients/{grant.patient_id}"
    assert "Decide whether it goes on" in desk.get(f"{place}/").text
    assert f"/proxies/{grant.pk}/" in desk.get(f"{place}/tasks/{task.pk}/").headers["location"]
    page = desk.get(f"{place}/proxies/{grant.pk}/").text
    assert "to go on" in page
    assert f"/proxies/{grant.pk}/go-on" in page
    answers = day_of(UNTIL) | {"text": "Spoke to them"}
    response = desk.post(f"{place}/proxies/{grant.pk}/go-on", answers, follow=True)
    assert "The proxy access goes on" in response.text
    assert "goes on, instead of ending after" in response.text
    task.refresh_from_db()
    assert (task.closed_at is not None, ProxyGrant.objects.get().ends_on) == (True, UNTIL)


def test_once_staff_end_it_nothing_is_left_to_decide(ending, proxy_user, desk):
    grant = ending(legal_basis="best-interest")
    reader(Client(), proxy_user, grant.patient).post(f"{home_of(grant.patient)}go-on")
    answers = {"reason": "OTHER", "text": "Not needed", "tell": "yes"}
    place = f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}"
    assert desk.post(f"{place}/end", answers).status_code == 302
    assert not StaffTask.objects.filter(kind="proxy-goes-on", closed_at=None).exists()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"text": ""}, "Enter the reason, for colleagues"),
        ({"ends_on-day": "99"}, "real date"),
        (day_of(ENDS), "after the end date"),
        (day_of(TODAY + timedelta(days=500)), "not more than a year"),
    ],
)
def test_what_staff_cannot_do_is_said_beside_the_question(ending, desk, answers, says):
    grant = ending(legal_basis="best-interest")
    path = f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}/go-on"
    response = desk.post(path, day_of(UNTIL) | {"text": "Still needed"} | answers)
    assert (response.status_code, says in response.text) == (422, True)
    if answers.get("text") is None:
        assert "Still needed" in response.text  # nothing is lost
    assert ProxyGrant.objects.get().ends_on == ENDS


def test_staff_say_until_when_a_newer_order_is_in_force(ending, desk):
    """R4.9: without one it does not outlast the order that there is; what the page asks for, it keeps."""
    deputy = "court-appointed-personal-welfare-deputy"
    grant = ending(legal_basis=deputy, basis_ends_on=ENDS)
    path = f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}/go-on"
    answers = day_of(UNTIL) | {"text": "The court made a new order"}
    response = desk.post(path, answers)
    assert (response.status_code, "If there is a newer one" in response.text) == (422, True)
    response = desk.post(path, answers | day_of(UNTIL, "basis_ends_on"))
    assert response.status_code == 302
    held = ProxyGrant.objects.get()
    assert (held.ends_on, held.basis_ends_on) == (UNTIL, UNTIL)


def test_staff_do_not_let_go_on_what_the_patient_agreed_to(ending, desk):
    grant = ending()
    path = f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}/"
    assert f"{grant.pk}/go-on" not in desk.get(path).text
    response = desk.post(f"{path}go-on", day_of(UNTIL) | {"text": "They asked us"})
    assert (response.status_code, "only they let it go on" in response.text) == (422, True)


def told_on(day):
    """Who gets an e-mail when the command runs on a day."""
    mail.outbox.clear()
    tell_of_ends(now=timezone.now() + timedelta(days=day))
    return sorted(address for each in mail.outbox for address in each.to)


BOTH = ["ada@example.test", "carer@example.test"]


def test_both_sides_are_told_30_and_7_days_before_once_each(ending):
    """R4.6, R5.4"""
    ending(ends_on=TODAY + timedelta(days=31))
    days = (0, 1, 1, 2, 23, 24, 24, 25, 31, 32)
    assert [told_on(day) for day in days] == [[], BOTH, [], [], [], BOTH, [], [], [], []]
    assert EndNotice.objects.count() == 2


def test_a_command_that_did_not_run_for_long_tells_once(ending):
    ending(ends_on=TODAY + timedelta(days=5))
    assert [told_on(0), told_on(0), told_on(1)] == [BOTH, [], []]


def test_another_term_is_told_of_anew(own, ending):
    grant = ending()
    assert told_on(0) == BOTH
    go_on(own, grant)
    assert told_on(15) == []
    assert told_on((UNTIL - TODAY).days - 30) == BOTH


def test_the_words_say_nothing(ending, capsys):
    """R5.4: neither who, nor of what."""
    ending()
    call_command("tell_of_ends")
    assert "1 told" in capsys.readouterr().out
    for each in mail.outbox:
        said = each.subject + each.body
        for word in ("Ada", "Ruth", "ends", "act", "medicine", "Riverbank"):
            assert word not in said.replace("account", "").replace("contact", "")


@pytest.mark.parametrize(
    "end",
    [
        "stopped by the patient",
        "stopped by staff",
        "ended",
        "paused",
        "declined",
        "closed",
        "paused by the patient",
        "all paused by the patient",
    ],
)
def test_where_nothing_is_open_nobody_is_told(ending, end, patient_user):
    """R4.11, R5.2: no e-mail comes after an end, so none comes after what has to look like one."""
    grant, now = ending(), timezone.now()
    by = staff_with(grant.patient, Duty.DECIDE_ACCESS)
    own = access_of(patient_user, grant.patient_id, on=TODAY)
    acts = {
        "stopped by the patient": lambda: suspend_as_patient(grant, by=own, now=now),
        "stopped by staff": lambda: suspend_as_staff(grant, by=by, now=now, words=Words("x")),
        "ended": lambda: end_as_staff(grant, "OTHER", by=by, now=now, words=Words("x")),
        "paused": lambda: make_grant(grant.patient, "none", "none", decision="paused"),
        "declined": lambda: decline_access(by=own, now=now),
        "paused by the patient": lambda: pause(Wanted(), by=own, now=now),
        "all paused by the patient": lambda: pause(Wanted(Whom.PROXIES), by=own, now=now),
        "closed": lambda: User.objects.filter(pk=grant.proxy_id).update(closed_at=now),
    }
    acts[end]()
    assert told_on(0) == []
    assert not EndNotice.objects.exists()


@pytest.mark.parametrize("act", ["stopped", "ended"])
def test_a_patient_is_told_as_if_what_is_kept_back_were_not(ending, act):
    """R4.5: their pages say that it ends soon, so an e-mail that did not come would tell of it."""
    grant, now = ending(), timezone.now()
    given = {"by": staff_with(grant.patient, Duty.DECIDE_ACCESS), "now": now, "words": QUIETLY}
    if act == "stopped":
        suspend_as_staff(grant, **given)
    else:
        end_as_staff(grant, "OTHER", **given)
    assert [told_on(0), told_on(0)] == [["ada@example.test"], []]
