"""The page of what we tell you: what can be chosen, by whom, and what of it is told and kept (R5.4, R4.11, R9.1)."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Kind, NoticeChoice, User
from accounts.notices import choice_of
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import Nomination
from records.choosing_notices import ARE_SHARED, ASK_READERS, chosen
from records.models import NewsChoice
from records.notices_forms import TWO_HOURS
from tests.cast import make_grant, make_proxy_grant, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

PAGE = "/account/what-we-tell-you"
OTHERS = ["access", "people", "ends"]


@pytest.fixture
def open_record(patient, patient_user):
    make_grant(patient)
    return patient


def sent(*records, kinds=OTHERS, hours="usual", readers="only-me", **values):
    named = {"records": [str(each.pk) for each in records], "kinds": kinds}
    values = {"from_hour": "8", "until_hour": "20"} | values
    return named | {"hours": hours, "readers": readers} | values


def words_of(answer):
    text = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def ticked(answer, name):
    return re.findall(rf'name="{name}"[^>]*value="([^"]*)"[^>]*\bchecked', answer.content.decode())


def test_by_default_news_of_a_record_is_off_and_all_else_on(client, patient_user, open_record):
    page = sign_in(client, patient_user).get(PAGE)
    assert ticked(page, "records") == []
    assert ticked(page, "kinds") == OTHERS
    assert ticked(page, "hours") == ["usual"]
    assert ticked(page, "readers") == []
    assert not NoticeChoice.objects.exists()  # looking is not choosing


def test_choosing_is_kept_logged_and_told(client, patient_user, open_record):
    """R9.1; and whoever did it at somebody else's browser does not do it in silence."""
    sign_in(client, patient_user)
    answer = client.post(PAGE, sent(open_record, kinds=["people"], hours="any"))
    assert (answer.status_code, answer.url) == (302, PAGE)
    choice = NoticeChoice.objects.get()
    assert (choice.entries, choice.access, choice.people, choice.ends) == (True, False, True, False)
    assert (choice.from_hour, choice.until_hour) == (0, 0)
    assert (choice.readers, choice.readers_of) == ("only-me", patient_user.email)
    assert NewsChoice.objects.get().is_wanted
    assert [email.subject for email in mail.outbox] == ["What we tell you was changed"]
    [event] = AuditEvent.objects.filter(action="notices chosen")
    assert event.actor_id == patient_user.pk
    assert event.details == {"kinds": ["people"], "hours": [0, 0], "readers": "only-me"}
    with rows_of(open_record.pk):
        [of_record] = AuditEvent.objects.filter(action="news chosen")
    assert (of_record.patient_id, of_record.details) == (open_record.pk, {"wanted": True})
    page = client.get(PAGE)
    assert ticked(page, "records") == [str(open_record.pk)]
    assert ticked(page, "hours") == ["any"]


def test_saving_the_same_again_changes_and_tells_nothing(client, patient_user, open_record):
    sign_in(client, patient_user)
    for _ in range(2):
        client.post(PAGE, sent(open_record, hours="own", from_hour="9", until_hour="17"))
    assert len(mail.outbox) == 1
    assert AuditEvent.objects.filter(action="notices chosen").count() == 1


def test_silence_is_told_too(client, patient_user, open_record):
    """Somebody who turns all off to do something unseen is seen."""
    sign_in(client, patient_user)
    client.post(PAGE, sent(kinds=[]))
    assert [email.to for email in mail.outbox] == [[patient_user.email]]
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


def test_turned_on_again_nothing_from_before_is_news(client, patient_user, open_record):
    sign_in(client, patient_user)
    client.post(PAGE, sent(open_record))
    NewsChoice.objects.update(entries_until=NOW, moved_at=NOW + timedelta(days=1))
    client.post(PAGE, sent())
    client.post(PAGE, sent(open_record))
    held = NewsChoice.objects.get()
    assert timezone.now() - held.entries_until < timedelta(minutes=1)
    assert held.moved_at is None


WRONG = [
    ({"readers": ""}, ASK_READERS),
    ({"hours": ""}, "Choose when we may email you"),
    ({"hours": "own", "from_hour": "9", "until_hour": "9"}, TWO_HOURS),
    ({"hours": "own", "from_hour": "", "until_hour": "9"}, TWO_HOURS),
]


@pytest.mark.parametrize(("values", "words"), WRONG)
def test_what_is_missing_is_said_and_nothing_is_kept(
    client, patient_user, open_record, values, words
):
    sign_in(client, patient_user)
    answer = client.post(PAGE, sent(open_record, **values))
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert not NewsChoice.objects.filter(is_wanted=True).exists()
    assert mail.outbox == []


def test_odd_answers_are_refused(client, patient_user, open_record, other_patient):
    """R2.3: another person's record answers as one that does not exist."""
    sign_in(client, patient_user)
    pages = set()
    for records in ([str(other_patient.pk)], ["00000000-0000-4000-8000-000000000000"]):
        answer = client.post(PAGE, sent() | {"records": records})
        assert answer.status_code == 422
        pages.add(re.sub(r"[0-9a-f-]{36}|(nonce|value)=\"[^\"]*\"", "", answer.content.decode()))
    assert len(pages) == 1
    for values in (
        {"kinds": ["entries"]}, {"kinds": ["x\0"]}, {"hours": "x"}, {"from_hour": "99"}, {"readers": "x"},
        {"records": ["' or 1=1"]},
    ):  # fmt: skip
        assert client.post(PAGE, sent() | values).status_code == 422, values
    assert not NewsChoice.objects.exists()
    assert mail.outbox == []


# a mailbox that others read


@pytest.mark.parametrize("how", ["proxy", "ended proxy", "invited"])
def test_somebody_who_reads_the_same_mailbox_is_asked_about(
    client, patient, patient_user, open_record, how
):
    """R4.11: "only me" is not taken where an address says otherwise; nobody is named."""
    other = "ADA+cara@example.test"
    if how == "invited":
        Nomination.objects.create(
            patient=patient, made_by=patient_user, made_at=NOW, state_at=NOW, name="Cara",
            email=other, relationship="friend", name_shown="Ada",
        )  # fmt: skip
    else:
        status = "ended" if how.startswith("ended") else "active"
        make_proxy_grant(patient, make_user(other, name="Cara Helper"), status=status)
    page = words_of(sign_in(client, patient_user).get(PAGE))
    assert "reaches the same mailbox" in page
    assert "Cara" not in page
    assert other not in page
    answer = client.post(PAGE, sent(open_record))
    assert answer.status_code == 422
    assert ARE_SHARED in words_of(answer)
    client.post(PAGE, sent(open_record, readers="others-safe"))
    assert "reaches the same mailbox" not in words_of(client.get(PAGE))
    User.objects.filter(pk=patient_user.pk).update(email="new@example.test")
    assert ticked(client.get(PAGE), "readers") == []


def test_who_asked_and_was_not_told_of_is_not_given_away(
    client, patient, patient_user, open_record
):
    """R4.5: an application that the patient is not told of shows nowhere, whatever its address."""
    before = words_of(sign_in(client, patient_user).get(PAGE))
    for status, name in (("proposed", "x"), ("rejected", "y")):
        make_proxy_grant(patient, make_user(f"ada+{name}@example.test"), status=status)
    assert words_of(client.get(PAGE)) == before


def test_a_proxy_learns_nothing_of_the_patients_address(patient, patient_user, open_record):
    """R4.11: whether or not the patient uses the same mailbox, a proxy reads the same."""
    pages = set()
    for number, address in enumerate(("ada+cara@example.test", "cara@example.test")):
        user = make_user(address, name="Cara Helper")
        make_proxy_grant(patient, user, ends_on=date(2099 + number, 1, 1), status="active")
        client = sign_in(Client(), user)
        pages.add(words_of(client.get(PAGE)).replace(address, "ADDRESS"))
        assert client.post(PAGE, sent(open_record)).status_code == 302
    assert len(pages) == 1


# who acts for somebody


def test_a_proxy_chooses_for_each_record_that_opens_to_them(client, patient, proxy_user):
    """R5.2: one that is paused is not there, as after an end; what was chosen is kept for when it opens again."""
    make_grant(patient)
    make_proxy_grant(patient, proxy_user, ends_on=date(2099, 1, 1))
    sign_in(client, proxy_user)
    assert "The record of Ada Testwell" in words_of(client.get(PAGE))
    client.post(PAGE, sent(patient))
    assert NewsChoice.objects.get(viewer=proxy_user).is_wanted
    make_grant(patient, "none", "none", decision="paused")
    assert "Ada" not in words_of(client.get(PAGE))
    assert client.post(PAGE, sent(patient)).status_code == 302  # there is no such question any more
    make_grant(patient)
    assert ticked(client.get(PAGE), "records") == [str(patient.pk)]


def test_a_pause_and_an_end_look_alike(client, patient, proxy_user):
    """R5.2: byte for byte, but for what differs in every answer."""
    make_grant(patient)
    grant = make_proxy_grant(patient, proxy_user, ends_on=date(2099, 1, 1))
    sign_in(client, proxy_user)
    client.post(PAGE, sent(patient))
    client.get(PAGE)
    make_grant(patient, "none", "none", decision="paused")
    paused = bare(client.get(PAGE))
    make_grant(patient)
    type(grant).objects.filter(pk=grant.pk).update(ends_on=date(2024, 6, 1))
    assert bare(client.get(PAGE)) == paused


def bare(answer):
    return re.sub(rb'(nonce="|csrfmiddlewaretoken" value=")[^"]*', b"", answer.content)


def test_what_was_stopped_by_the_link_comes_back_for_no_other_record(
    client, patient, patient_user, open_record, other_patient
):
    """All were stopped at once: who chooses one of them again has chosen that one."""
    make_grant(other_patient)
    make_proxy_grant(other_patient, patient_user, ends_on=date(2099, 1, 1))
    sign_in(client, patient_user)
    client.post(PAGE, sent(open_record, other_patient))
    NoticeChoice.objects.update(entries=False)
    assert ticked(client.get(PAGE), "records") == []
    make_grant(other_patient, "none", "none", decision="paused")  # not to be chosen just now
    client.post(PAGE, sent(open_record))
    user = User.objects.get(pk=patient_user.pk)
    assert chosen(user, choice_of(user)).records == {open_record.pk}


# the page itself


def test_below_p9_nothing_is_looked_up(client, patient):
    """R3.1: somebody who has not proved who they are chooses for the account alone."""
    user = make_user("new@example.test", level="P0")
    page = words_of(sign_in(client, user).get(PAGE))
    assert "something new in" not in page.replace("something new in your GP record account", "")
    assert client.post(PAGE, sent(readers="")).status_code == 302


def test_the_page_shows_the_whole_email_and_what_is_always_told(client, patient_user, settings):
    page = words_of(sign_in(client, patient_user).get(PAGE))
    for words in (
        "Subject: There is something new", "There is something new in your GP record account.",
        settings.DEFAULT_FROM_EMAIL.replace("<", "&lt;").replace(">", "&gt;"), "you cannot turn them off",
        "do not find out if an email does not reach you", "We do not send text messages",
    ):  # fmt: skip
        assert words in page, words


def test_signed_out_the_page_asks_for_sign_in(client):
    assert client.get(PAGE).url.startswith("/sign-in")


def test_the_kinds_of_the_page_are_the_kinds_there_are():
    assert {*OTHERS, "entries"} == set(Kind.values)
