"""Of which records whom a batch tells that there is something new: the truth table, once for each batch (R2.3, R5.4, ADR 41).

Each case is a patient of their own, and one batch looks at all of them: what is told of one is told of no other.
"""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Kind, NoticeChoice, User
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import LegalBasis, Pause, Whom
from proxy_access.statuses import ProxyStatus
from records import telling_of_news
from records.importing.store import store
from records.importing.undoing import undo
from records.models import (
    ChangePreview,
    Entry,
    ImportedExtract,
    NewsChoice,
    Redaction,
    ResultWish,
    SpokenAbout,
    Visit,
    WarningAgreement,
)
from records.news import note_moved
from records.telling_of_news import SETTLED, send_news, tell_of_news
from surgeries.models import Patient
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_user,
    set_status,
)
from tests.clock import NOW
from tests.records.importing.extracts import entry, extract
from tests.records.views.record import hide_from, make_part, make_report

pytestmark = pytest.mark.django_db

BEFORE, DUE = NOW - timedelta(days=1), NOW + timedelta(hours=1)
TOMORROW = DUE + timedelta(days=1)
NIGHT = datetime.combine(NOW.date(), datetime.min.time(), NOW.tzinfo) + timedelta(hours=23)
WORDS = re.compile(r"https?://\S+")


@pytest.fixture(autouse=True)
def usual_hours(settings):
    settings.NOTICE_HOURS = (8, 20)


def check_digit(nine):
    """The last digit of an NHS number (R7.1); 10 where there is none."""
    return (
        -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    )


NUMBERS = [
    f"{nine}{check_digit(nine)}"
    for nine in (f"999{count:06d}" for count in range(3000, 6000))
    if check_digit(nine) < 10
]
"""NHS numbers of the 999 range with a true check digit (R7.1)."""


class Person:
    """A patient who wants to be told, with one entry that came since they last looked."""

    def __init__(self, surgery, name, born=date(1980, 2, 3), visited=BEFORE):
        self.name = name
        self.patient = make_patient(
            surgery, NUMBERS[Patient.objects.count()], given_names=name, date_of_birth=born
        )
        self.user = make_user(f"{name}@example.test", name=f"{name} Testwell")
        make_online(self.patient, self.user)
        make_grant(self.patient, historical="full", decided_at=BEFORE - timedelta(days=30))
        wants(self.user, self.patient, visited=visited)
        self.proxy = None

    def comes(self, at=NOW, **values):
        """Something comes with an extract."""
        made = make_entry(
            self.patient, f"e{uuid4().hex}", added_at=at, changed_at=at, recorded_at=at, **values
        )
        note_moved(self.patient, at=at)
        return made

    def proxied(self, scopes=("consultations", "test-results"), **values):
        """Somebody acts for them, and is the one who wants to be told; the patient does without."""
        NoticeChoice.objects.filter(user=self.user).update(entries=False)
        NewsChoice.objects.filter(viewer=self.user).update(is_wanted=False)
        self.proxy = make_user(f"{self.name}-proxy@example.test", name="Cara Helper")
        values = {"ends_on": date(2030, 1, 1), "last_used_on": NOW.date()} | values
        self.grant = make_proxy_grant(self.patient, self.proxy, scopes=list(scopes), **values)
        wants(self.proxy, self.patient)


def wants(user, patient, until=BEFORE, visited=BEFORE, **values):
    """Somebody looked at a record and wants to be told of what is new in it since."""
    values = {"entries": True, "readers": "only-me", "readers_of": user.email} | values
    NoticeChoice.objects.update_or_create(user=user, defaults=values)
    NewsChoice.objects.update_or_create(
        viewer=user, patient=patient,
        defaults={"is_wanted": True, "entries_until": until, "access_until": until},
    )  # fmt: skip
    if visited:
        WarningAgreement.objects.create(patient=patient, user=user, version="1", agreed_at=visited)
        visit(patient, user, visited)


def visit(patient, user, at):
    with rows_of(patient.pk):
        Visit.objects.create(patient=patient, viewer_id=user.pk, began_at=at)


def batch(at=DUE):
    """Who got an e-mail by the batch of a moment, by the name before the sign @."""
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        tell_of_news(now=at)
    return sorted(email.to[0].partition("@")[0] for email in mail.outbox)


# what may be seen by the patient: name of the case, what happens, whether they are told


def held(person, spoken=False):
    report = make_report(person.patient, "held", added_at=NOW, changed_at=NOW, recorded_at=NOW)
    part = make_part(
        report, "held-part", 1, title="HIV 1 and 2 antibody", flagged=True,
        added_at=NOW, changed_at=NOW, recorded_at=NOW,
    )  # fmt: skip
    with rows_of(person.patient.pk):
        ResultWish.objects.create(
            patient=person.patient, category="abnormal", wish="hold", chosen_by_id=person.user.pk,
            chosen_at=BEFORE,
        )  # fmt: skip
        for entry in (report, part) if spoken else ():
            SpokenAbout.objects.create(
                patient=person.patient, entry_id=entry.id, spoken_by_id=uuid4(), spoken_at=NOW
            )
    note_moved(person.patient, at=NOW)


def closed(person, **values):
    person.comes()
    make_grant(person.patient, **{"current": "none", "historical": "none"} | values)


def hidden(person, audience="everyone", **values):
    hide_from(person.patient, person.comes(), audience, **values)


def changed(person, by=None, **values):
    """An entry of long ago is changed."""
    made = person.comes(at=BEFORE - timedelta(days=9))
    with rows_of(person.patient.pk):
        Entry.objects.of(person.patient).filter(id=made.id).update(changed_at=NOW, **values)
    note_moved(person.patient, at=NOW)


def with_choice(person, **values):
    person.comes()
    NoticeChoice.objects.filter(user=person.user).update(**values)


def with_patient(person, **values):
    person.comes()
    Patient.objects.filter(pk=person.patient.pk).update(**values)


def closes_account(person):
    person.comes()
    User.objects.filter(pk=person.user.pk).update(is_active=False, closed_at=NOW)


def shares(person, said="", about=False):
    """Somebody acts for the patient whose address is another form of theirs."""
    name, _, domain = person.user.email.partition("@")
    other = make_user(f"{name.upper()}+me@{domain}")
    make_proxy_grant(person.patient, other, ends_on=date(2030, 1, 1))
    person.comes()
    person.user.notice_choice.refresh_from_db()
    NoticeChoice.objects.filter(user=person.user).update(
        readers=said, sharers=[other.pk] if about else []
    )


def looks(person, at):
    person.comes()
    visit(person.patient, person.user, at)


def pauses(person, whom, **values):
    """The patient pauses their record (R5.2)."""
    Pause.objects.create(
        patient=person.patient, whom=whom, made_by=person.user, made_at=BEFORE, **values
    )


def restrict(person, section):
    person.comes()
    make_grant(person.patient, historical="full", restricted_sections=[section])


OF_PATIENT = {
    "came": (lambda p: p.comes(), True),
    "nothing": (lambda p: None, False),
    "moved-only": (lambda p: note_moved(p.patient, at=NOW), False),
    "hidden": (hidden, False),
    "hidden-from-proxies": (lambda p: hidden(p, "proxies"), True),
    "withheld": (lambda p: p.comes(released=False, unreleased_because="source-withheld"), False),
    "draft": (lambda p: p.comes(released=False, unreleased_because="draft"), False),
    "withdrawn": (lambda p: p.comes(withdrawn_at=NOW, withdrawn_because="Gone"), False),
    "restricted": (lambda p: restrict(p, "consultations"), False),
    "changed-words": (lambda p: changed(p, words_changed_at=NOW), True),
    "changed-place": (lambda p: changed(p), False),
    "held": (held, False),
    "held-then-spoken": (lambda p: held(p, spoken=True), True),
    "marked": (
        lambda p: p.comes(section="test-results", kind="report", title="Full blood count", flagged=True), True,
    ),
    "paused": (lambda p: closed(p, decision="paused"), False),
    "denied": (lambda p: closed(p, decision="denied"), False),
    "declined": (lambda p: closed(p, decision="declined"), False),
    "no-access": (closed, False),
    "paused-by-them": (lambda p: (p.comes(), pauses(p, Whom.EVERYONE)), False),
    "paused-until-this-morning": (
        lambda p: (p.comes(), pauses(p, Whom.EVERYONE, until=DUE - timedelta(minutes=1))), True,
    ),
    "paused-to-others": (lambda p: (p.comes(), pauses(p, Whom.PROXIES)), True),
    "left": (lambda p: with_patient(p, left_on=NOW.date()), False),
    "died": (lambda p: with_patient(p, died_on=NOW.date()), False),
    "closed-account": (closes_account, False),
    "not-wanted": (lambda p: with_choice(p, entries=False), False),
    "unasked": (lambda p: with_choice(p, readers=""), False),
    "unsafe": (lambda p: with_choice(p, readers="not-safe"), False),
    "new-address": (lambda p: with_choice(p, readers_of="before@example.test"), False),
    "shared": (lambda p: shares(p, "only-me"), False),
    "shared-unasked": (lambda p: shares(p, "others-safe"), False),
    "shared-safe": (lambda p: shares(p, "others-safe", about=True), True),
    "quiet-now": (lambda p: with_choice(p, from_hour=20, until_hour=21), False),
    "any-time": (lambda p: with_choice(p, from_hour=0, until_hour=0), True),
    "seen": (lambda p: looks(p, NOW + timedelta(minutes=20)), False),
    "seen-before": (lambda p: looks(p, NOW - timedelta(minutes=20)), True),
    "being-loaded": (lambda p: p.comes(at=DUE - SETTLED + timedelta(seconds=1)), False),
    "settled": (lambda p: p.comes(at=DUE - SETTLED), True),
    "before-chosen": (lambda p: p.comes(at=BEFORE - timedelta(minutes=1)), False),
}  # fmt: skip


def test_what_a_patient_is_told_of(surgery):
    """R2.3, R5.4, R5.5: what may be seen and opened when it is sent, and nothing else."""
    for name, (happens, _) in OF_PATIENT.items():
        happens(Person(surgery, name))
    told = batch()
    assert told == sorted(name for name, (_, is_told) in OF_PATIENT.items() if is_told)
    assert batch(DUE + timedelta(hours=2)) == ["being-loaded"]  # all others were told today


def test_levels_decide_as_on_the_pages(surgery):
    """R1.6: what the level keeps back is told of to nobody; nor is what is free text alone, below the full level."""
    low, text = Person(surgery, "low"), Person(surgery, "text")
    for person in (low, text):
        make_grant(person.patient, current="summary", historical="summary")
    low.comes()
    text.comes(
        section="medicines", kind="medicine", level_needed="summary", free_text={"notes": []}
    )
    changed(low, text_changed_at=NOW)
    assert batch() == ["text"]


def test_who_is_under_16_is_told_as_anybody_else(surgery):
    """R3.8: from 13 on it is their account and their choice; under 13 there is none."""
    Person(surgery, "young", born=date(2010, 6, 4)).comes()
    assert batch() == ["young"]


# what may be seen by somebody who acts for the patient


def acts(person, *, happens=lambda p: p.comes(), **values):
    person.proxied(**values)
    happens(person)


def ends(person, status=ProxyStatus.ENDED, reason="ROLE_DEACTIVATED_PATIENT_REQUEST"):
    acts(person)
    set_status(person.grant, status, reason)


def own_hiding(person):
    acts(person, happens=lambda p: None)
    hide_from(person.patient, person.comes(), "one-proxy", proxy_id=person.proxy.pk)


OF_PROXY = {
    "acts": (acts, True),
    "acts-closed-to-all": (lambda p: acts(p, happens=closed), False),
    "acts-paused": (lambda p: acts(p, happens=lambda q: closed(q, decision="paused")), False),
    "acts-paused-to-all": (lambda p: (acts(p), pauses(p, Whom.EVERYONE)), False),
    "acts-paused-to-proxies": (lambda p: (acts(p), pauses(p, Whom.PROXIES)), False),
    "acts-paused-to-them": (lambda p: (acts(p), pauses(p, Whom.ONE, grant=p.grant)), False),
    "acts-other-scope": (lambda p: acts(p, scopes=["medicines"]), False),
    "acts-hidden": (lambda p: acts(p, happens=hidden), False),
    "acts-hidden-from-proxies": (lambda p: acts(p, happens=lambda q: hidden(q, "proxies")), False),
    "acts-hidden-from-them": (own_hiding, False),
    "acts-held": (lambda p: acts(p, happens=held), False),
    "acts-stopped": (
        lambda p: ends(p, ProxyStatus.SUSPENDED, "ROLE_SUSPENDED_PENDING_REVIEW"), False,
    ),
    "acts-no-more": (ends, False),
    "acts-until-yesterday": (lambda p: acts(p, ends_on=BEFORE.date()), False),
    "acts-for-a-child-of-16": (
        lambda p: (
            acts(p, legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY),
            Patient.objects.filter(pk=p.patient.pk).update(date_of_birth=date(2008, 6, 3)),
        ), False,
    ),
    "acts-for-a-child": (
        lambda p: (
            acts(p, legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY),
            Patient.objects.filter(pk=p.patient.pk).update(date_of_birth=date(2014, 6, 3)),
        ), True,
    ),
    "acts-decided": (
        lambda p: (acts(p, happens=decides), note_moved(p.patient, at=NOW)), False,
    ),
    "acts-unchosen": (
        lambda p: (acts(p), NewsChoice.objects.filter(viewer=p.proxy).update(is_wanted=False)), False,
    ),
}  # fmt: skip


def test_what_a_proxy_is_told_of(surgery):
    """R4.3, R4.8, R5.2: by what they may see, only if they chose it, and after a pause as after an end: nothing."""
    for name, (happens, _) in OF_PROXY.items():
        happens(Person(surgery, name))
    told = [
        name for name in batch() if name != "acts-decided"
    ]  # its patient: the decision is theirs
    assert told == sorted(f"{name}-proxy" for name, (_, is_told) in OF_PROXY.items() if is_told)


def test_one_email_for_all_records_of_a_person(surgery):
    """However many records there is something in, and whatever it is, the e-mail is one and the same."""
    own, other = Person(surgery, "own"), Person(surgery, "other")
    make_proxy_grant(other.patient, own.user, scopes=["consultations"], ends_on=date(2030, 1, 1))
    wants(own.user, other.patient)
    own.comes()
    other.comes()
    assert batch() == ["other", "own"]
    bodies = {re.sub(WORDS, "", email.body) for email in mail.outbox}
    assert len(bodies) == 1


# where a batch looks


def test_an_extract_says_that_something_moved_and_the_same_again_does_not(surgery, staff):
    """Also one that is taken back; and only to whoever wants to be told, in the transaction of the extract."""
    person = Person(surgery, "came")

    def moved():
        return NewsChoice.objects.get(viewer=person.user).moved_at

    stored = store(extract(entry()), person.patient, by=None, now=NOW)
    assert moved() == NOW
    store(extract(entry()), person.patient, by=None, now=DUE)
    assert moved() == NOW
    NewsChoice.objects.update(is_wanted=False)
    store(extract(entry("e2")), person.patient, by=None, now=DUE)
    assert moved() == NOW
    NewsChoice.objects.update(is_wanted=True)
    with rows_of(person.patient.pk):
        last = ImportedExtract.objects.latest("loaded_at")
    assert stored.loaded
    undo(person.patient, last.id, because="It is somebody else's", by=staff, now=TOMORROW)
    assert moved() == TOMORROW


def test_what_an_extract_brings_is_told(surgery):
    """From the file to the mailbox."""
    person = Person(surgery, "came")
    made = extract(entry(recorded_at=NOW))
    store(made, person.patient, by=None, now=NOW)
    assert batch() == ["came"]


# the e-mail


def test_the_email_says_nothing_of_what_by_whom_or_about_what(surgery, settings):
    """R5.4: also not in its subject, its sender or its links; these lead to the first page and to the stop."""
    person = Person(surgery, "came")
    made = person.comes(title="HIV 1 and 2 antibody", section="test-results", kind="report")
    batch()
    [email] = mail.outbox
    [(html, _)] = email.alternatives
    assert email.subject == "There is something new"
    assert email.from_email == settings.DEFAULT_FROM_EMAIL
    assert re.findall(WORDS, email.body)[0] == settings.PORTAL_URL
    stop = email.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop.startswith(f"{settings.PORTAL_URL}/stop-emails/")
    assert email.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    addresses = set(re.findall(r"https?://[^\s\"<]+", email.body + html))
    assert addresses == {settings.PORTAL_URL, stop}
    for told in (
        "HIV",
        "Testwell",
        "came",
        surgery.name,
        str(made.id),
        str(person.patient.pk),
        str(person.user.pk),
    ):
        assert told not in email.body + html + email.subject, told


def test_an_email_about_access_is_the_same_as_one_about_an_entry(surgery):
    """R5.4: what it is about cannot be told from it, nor from the link that stops it."""
    came, decided = Person(surgery, "came"), Person(surgery, "decided")
    came.comes()
    decides(decided)
    assert batch() == ["came", "decided"]
    assert len({all_of(email) for email in mail.outbox}) == 1


def all_of(email):
    """All that an e-mail says, but for its own link."""
    [(html, _)] = email.alternatives
    told = (email.subject, email.from_email, email.body, html, sorted(email.extra_headers.items()))
    return re.sub(r"stop-emails/[\w.-]+", "stop-emails/", repr(told))


# up to when each was told


def test_nobody_is_told_twice_and_the_next_day_of_what_came_since(surgery):
    person = Person(surgery, "came")
    person.comes()
    assert batch() == ["came"]
    assert batch() == []
    person.comes(at=DUE + timedelta(hours=1))
    assert batch(DUE + timedelta(hours=6)) == []  # at most once a day
    assert batch(TOMORROW) == ["came"]
    assert batch(TOMORROW + timedelta(days=1)) == []


def test_what_is_hidden_and_comes_between_makes_no_earlier_entry_new_again(surgery):
    """R2.3: an e-mail with nothing new behind it would say that something was hidden."""
    person = Person(surgery, "came")
    person.comes(at=DUE - SETTLED - timedelta(minutes=1))
    assert batch() == ["came"]
    hide_from(person.patient, person.comes(at=DUE + timedelta(hours=1)))
    assert batch(TOMORROW) == []


def test_what_is_shown_later_is_not_told_as_new(surgery):
    """R2.3: taking back a hiding is no news, as on the page of what is new."""
    person = Person(surgery, "came")
    hide_from(person.patient, person.comes())
    assert batch() == []
    with rows_of(person.patient.pk):
        Redaction.objects.update(undone_at=TOMORROW - timedelta(hours=2), undone_by_id=uuid4())
    note_moved(person.patient, at=TOMORROW - timedelta(hours=1))
    assert batch(TOMORROW) == []


def test_what_came_at_night_or_while_paused_is_told_afterwards(surgery):
    """Nothing is lost: what was not told stays to be told."""
    night, paused = Person(surgery, "night"), Person(surgery, "paused")
    night.comes()
    closed(paused, decision="paused")
    assert batch(NIGHT) == []
    make_grant(paused.patient, historical="full")
    assert batch(TOMORROW) == ["night", "paused"]


def test_a_batch_that_breaks_off_leaves_everything_as_it_was(surgery, monkeypatch):
    """Neither lost nor doubled: up to when somebody was told is kept with the task that sends it."""
    person = Person(surgery, "came")
    person.comes()

    def breaks(*values):
        raise RuntimeError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(type(send_news), "enqueue", breaks)
        with pytest.raises(ExceptionGroup):
            batch()
    assert batch() == ["came"]


def test_what_goes_wrong_with_one_person_stops_nobody_else(surgery, monkeypatch):
    """And is not passed over: the command ends with the error."""
    for name in ("one", "broken", "other"):
        Person(surgery, name).comes()
    asked = telling_of_news.has_news

    def fails_for_one(access, **values):
        if access.viewer.email.startswith("broken"):
            raise RuntimeError("not to be looked at")
        return asked(access, **values)

    monkeypatch.setattr(telling_of_news, "has_news", fails_for_one)
    with pytest.raises(ExceptionGroup, match="2 were told, and 1 could not"):
        batch()
    assert sorted(email.to[0] for email in mail.outbox) == [
        "one@example.test",
        "other@example.test",
    ]


def test_what_is_hidden_before_the_worker_comes_to_it_is_not_sent(surgery, settings):
    """R2.3: it is looked at again at the moment of sending."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    person, other = Person(surgery, "came"), Person(surgery, "other")
    made = person.comes()
    other.comes()
    assert batch() == []
    hide_from(person.patient, made)
    assert work_off(DUE + timedelta(minutes=5)) == ["other"]
    assert work_off(DUE + timedelta(minutes=6)) == []


def test_a_worker_that_comes_to_it_at_night_puts_it_back(surgery, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    person = Person(surgery, "came")
    person.comes()
    batch()
    assert work_off(NIGHT) == []
    batch(TOMORROW)
    assert work_off(TOMORROW) == ["came"]


def work_off(at):
    """Run the tasks that wait, as the worker does; who got an e-mail."""
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        for waiting in DBTaskResult.objects.filter(status="READY"):
            waiting.task.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
            waiting.delete()
    return sorted(email.to[0].partition("@")[0] for email in mail.outbox)


# changes of access


def decides(person, at=NOW, **values):
    values = {"current": "full", "historical": "none", "decided_at": at} | values
    return make_grant(person.patient, duty="decide-access", decided_by=person.user, **values)


def test_who_is_told_that_their_access_changed(surgery):
    """R2.3, R4.11: the patient alone, by the same rule as the page of what is new."""
    cases = {
        "decided": (decides, True),
        "decided-the-same": (lambda p: decides(p, historical="full"), False),
        "decided-by-rule": (lambda p: make_grant(p.patient, historical="none", decided_at=NOW), False),
        "decided-and-paused": (lambda p: (decides(p), closed(p, decision="paused")), False),
        "decided-just-now": (lambda p: decides(p, at=DUE - timedelta(minutes=1)), False),
        "decided-unwanted": (
            lambda p: (decides(p), NoticeChoice.objects.filter(user=p.user).update(access=False)), False,
        ),
        "decided-seen": (
            lambda p: (decides(p), visit(p.patient, p.user, NOW + timedelta(minutes=20))), False,
        ),
        "decided-unasked": (
            lambda p: (decides(p), NoticeChoice.objects.filter(user=p.user).delete(),
                       NewsChoice.objects.filter(viewer=p.user).delete()), True,
        ),
        "decided-for-proxy": (lambda p: (acts(p, happens=lambda q: None), decides(p)), True),
    }  # fmt: skip
    for name, (happens, _) in cases.items():
        happens(Person(surgery, name))
    assert batch() == sorted(name for name, (_, is_told) in cases.items() if is_told)
    assert batch(TOMORROW) == ["decided-just-now"]
    assert batch(TOMORROW + timedelta(days=1)) == []


def test_who_never_opened_their_record_is_told_of_no_decision(surgery):
    """Who has not looked yet may not know that it is there, and others may read their mail."""
    decides(Person(surgery, "decided", visited=None))
    assert batch() == []


def test_while_decisions_are_being_made_nobody_is_told_of_the_first_and_then_of_the_last(surgery):
    """One of this moment may be taken back in the next: both are told together, once."""
    person = Person(surgery, "decided")
    decides(person)
    decides(person, at=DUE - timedelta(minutes=1), current="detailed")
    assert batch() == []
    assert batch(TOMORROW) == ["decided"]
    assert batch(TOMORROW + timedelta(days=1)) == []


@pytest.mark.parametrize(("days", "is_told"), [(6, True), (8, False)])
def test_a_decision_of_long_ago_is_told_to_nobody(surgery, days, is_told):
    """Or the first batch of all would tell of years of decisions."""
    person = Person(surgery, "decided", visited=NOW - timedelta(days=20))
    NewsChoice.objects.all().delete()
    decides(person, at=NOW - timedelta(days=days))
    assert batch() == ["decided"] * is_told


def test_a_setting_that_changes_what_is_open_is_told_once(surgery, other_surgery):
    """R1.2, R1.12: to the patients of that surgery, and not where they have sections of their own."""
    of_setting, own, elsewhere = (
        Person(surgery, "setting"), Person(surgery, "own-sections"), Person(other_surgery, "elsewhere")
    )  # fmt: skip
    make_grant(own.patient, historical="full", restricted_sections=[], decided_at=BEFORE)
    ChangePreview.objects.create(
        surgery=surgery, kind=ChangePreview.Kind.SECTIONS, asked_by=of_setting.user, asked_at=BEFORE, used_at=NOW, proposed={},
    )  # fmt: skip
    assert elsewhere.user
    assert batch() == ["setting"]
    assert batch(TOMORROW) == []


def test_what_waited_for_the_hour_comes_with_the_news_in_one_email(surgery):
    person, other = Person(surgery, "both"), Person(surgery, "waits")
    person.comes()
    NoticeChoice.objects.update(waiting=[Kind.PEOPLE, Kind.ENDS])
    NoticeChoice.objects.filter(user=other.user).update(people=False, ends=False)
    assert batch() == ["both"]
    assert not NoticeChoice.objects.exclude(waiting=[]).exists()


def test_what_is_told_is_on_file_without_a_word_of_what(surgery):
    """R9.1."""
    person, other = Person(surgery, "came"), Person(surgery, "hidden")
    person.comes()
    hidden(other)
    batch()
    with rows_of(person.patient.pk):
        [event] = AuditEvent.objects.filter(action="told of news")
        assert (event.object, event.details) == (f"user {person.user.pk}", {})
    with rows_of(other.patient.pk):
        assert not AuditEvent.objects.filter(
            action="told of news", patient_id=other.patient.pk
        ).exists()


# how much it asks the database


def test_ten_thousand_who_want_it_are_not_looked_at_one_by_one(surgery):
    """Only where something moved is the record read: as many queries for 20 with nothing as for 2,000."""
    people = [Person(surgery, f"came{number}") for number in range(3)]
    for person in people:
        person.comes()
    first = queries_of_batch(DUE)
    many(surgery, 2000)
    for person in people:
        person.comes(at=TOMORROW - timedelta(hours=1))
    assert queries_of_batch(TOMORROW) <= first
    assert first < 5 + 3 * 45


def many(surgery, count):
    start = Patient.objects.count()
    patients = Patient.objects.bulk_create(
        Patient(
            surgery=surgery, nhs_number=NUMBERS[start + number], family_name="T", given_names="T",
            date_of_birth=date(1980, 1, 1), registered_on=date(2010, 1, 1),
        )
        for number in range(count)
    )  # fmt: skip
    users = User.objects.bulk_create(
        User(email=f"many{number}@example.test", identity_level="P9") for number in range(count)
    )
    NoticeChoice.objects.bulk_create(
        NoticeChoice(user=user, entries=True, readers="only-me", readers_of=user.email)
        for user in users
    )
    NewsChoice.objects.bulk_create(
        NewsChoice(viewer=user, patient=patient, is_wanted=True, entries_until=NOW, moved_at=BEFORE)
        for user, patient in zip(users, patients, strict=True)
    )


def queries_of_batch(at):
    with CaptureQueriesContext(connection) as asked:
        told = batch(at)
    assert len(told) == 3
    return len(asked)


def test_at_night_a_batch_asks_almost_nothing(surgery):
    Person(surgery, "came").comes()
    with CaptureQueriesContext(connection) as asked:
        assert batch(NIGHT) == []
    assert len(asked) <= 10


def test_days_are_days_in_london():
    assert timezone.get_default_timezone_name() == "Europe/London"
