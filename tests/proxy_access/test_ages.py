"""What an age changes for who acts by parental responsibility, and who is told when: as tables (R4.7, R3.8)."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, access_of
from proxy_access.age_telling import last_of, tell_of_ages
from proxy_access.ages import What, coming_for, told_on_start, told_to_patient, told_to_proxy
from proxy_access.changing import end_as_staff, narrow_as_staff, suspend_as_staff
from proxy_access.models import AgeNotice, LegalBasis, ProxyGrant
from proxy_access.steps import Words
from tests.cast import make_online, make_patient, make_proxy_grant, make_user
from tests.clock import NOW
from tests.proxy_access.test_changing import staff_with

pytestmark = pytest.mark.django_db

PARENT = LegalBasis.PARENTAL_RESPONSIBILITY
BORN = date(2012, 5, 20)
DAY = timedelta(days=1)


@pytest.fixture
def child(surgery):
    return make_patient(surgery, "9990000034", given_names="Sam", date_of_birth=BORN)


@pytest.fixture
def parent(db):
    return make_user("parent@example.test", name="Pat Parent")


@pytest.fixture
def grant(child, parent):
    return make_proxy_grant(
        child, parent, legal_basis=PARENT, starts_on=date(2020, 1, 1), ends_on=date(2090, 1, 1)
    )


def at(day):
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def set_review_age(child, age):
    child.surgery.proxy_review_age = age
    child.surgery.save()


@pytest.mark.parametrize(
    ("review_age", "today", "age", "what"),
    [
        (11, date(2022, 5, 19), None, ()),
        (11, date(2022, 5, 20), None, ()),
        (11, date(2022, 5, 21), 11, (What.REVIEW,)),
        (11, date(2023, 5, 20), 11, (What.REVIEW,)),  # the day itself
        (11, date(2023, 5, 21), None, ()),
        (12, date(2024, 5, 20), 12, (What.REVIEW,)),
        (12, date(2024, 5, 21), 13, (What.OWN_ACCOUNT,)),
        (13, date(2025, 5, 19), 13, (What.REVIEW, What.OWN_ACCOUNT)),
        (11, date(2025, 5, 19), 13, (What.OWN_ACCOUNT,)),
        (11, date(2027, 5, 20), None, ()),
        (11, date(2027, 5, 21), 16, (What.ENDS,)),
        (11, date(2028, 5, 20), 16, (What.ENDS,)),
        (11, date(2028, 5, 21), None, ()),
    ],
)
def test_what_comes_within_a_year(child, review_age, today, age, what):
    set_review_age(child, review_age)
    coming = coming_for(child, today=today)
    assert (coming and coming.age, coming.what if coming else ()) == (age, what)


@pytest.mark.parametrize(
    ("today", "opens"),
    [
        (date(2023, 5, 19), True),
        (date(2023, 5, 20), True),  # at the review age nothing ends
        (date(2025, 5, 20), True),
        (date(2028, 5, 19), True),
        (date(2028, 5, 20), False),  # 16
        (date(2028, 5, 21), False),
    ],
)
def test_only_the_16th_birthday_closes_and_no_job_has_to_run(child, grant, parent, today, opens):
    """R4.7"""
    assert isinstance(access_of(parent, child.pk, on=today), Access) is opens


@pytest.mark.parametrize(
    ("days_left", "told"),
    [(91, None), (90, 90), (89, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, None)],
)
def test_when_it_is_told(child, days_left, told):
    today = date(2028, 5, 20) - days_left * DAY
    assert last_of(coming_for(child, today=today), today=today) == told


def end_for_a_reason(grant, **given):
    end_as_staff(grant, "OTHER", **given)


def run(surgery, day, *, opens=True):
    return tell_of_ages(surgery, opens=lambda grant: opens, now=at(day))


@pytest.mark.parametrize("birthday", [date(2023, 5, 20), date(2028, 5, 20)], ids=["11", "16"])
def test_each_is_told_three_times_and_no_more(child, grant, parent, mailoutbox, birthday):
    """R4.7: run on every day, and twice on each."""
    young = make_user("sam@example.test", name="Sam")
    make_online(child, young, started_on=date(2020, 1, 1))
    told = []
    for left in range(100, -3, -1):
        day = birthday - left * DAY
        for _ in range(2):
            if count := run(child.surgery, day):
                told.append((left, count))
    assert told == [(90, 2), (30, 2), (7, 2)]
    assert sorted(mail.to[0] for mail in mailoutbox) == [parent.email] * 3 + [young.email] * 3
    with rows_of(child.pk):
        assert AuditEvent.objects.filter(action="told of an age").count() == 6


def test_what_is_told_names_nobody_and_nothing(child, grant, mailoutbox):
    """R5.4"""
    run(child.surgery, date(2028, 5, 13))
    (mail,) = mailoutbox
    # without the token of the link to stop e-mails, in which any letters may come
    words = re.sub(r"[\w.-]{40,}", "", f"{mail.subject} {mail.body}".lower())
    for secret in ("sam", "testwell", "child", "birthday", "16", "access ends", "parent"):
        assert secret not in words


def test_what_was_missed_is_told_with_the_next_run_once(child, grant, mailoutbox):
    for left in (20, 19, 8):
        run(child.surgery, date(2028, 5, 20) - left * DAY)
    assert AgeNotice.objects.get().days_before == 30
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "why", ["stopped", "ends before", "another basis", "left", "account closed", "13"]
)
def test_whom_it_does_not_concern_is_not_told(child, grant, parent, mailoutbox, why):
    day = date(2028, 4, 25)
    if why == "stopped":
        by = staff_with(child, Duty.DECIDE_ACCESS)
        suspend_as_staff(grant, by=by, now=NOW, words=Words("A concern"))
    elif why == "ends before":
        ProxyGrant.objects.update(ends_on=date(2028, 5, 19))
    elif why == "another basis":
        ProxyGrant.objects.update(legal_basis=LegalBasis.CONSENT)
    elif why == "left":
        child.left_on = date(2028, 1, 1)
        child.save()
    elif why == "account closed":
        parent.is_active = False
        parent.save()
    else:
        day = date(2025, 5, 13)  # an account is possible: nothing changes by itself
    assert run(child.surgery, day) == 0
    assert mailoutbox == []


def test_to_whom_the_record_is_closed_no_mail_comes(child, grant, parent, mailoutbox):
    """R4.8, R5.2: an end brings none, so a pause brings none; the young person reads as before."""
    make_online(child, make_user("sam@example.test"), started_on=date(2020, 1, 1))
    assert run(child.surgery, date(2028, 4, 25), opens=False) == 1
    assert run(child.surgery, date(2028, 4, 26)) == 1  # once it is open again
    assert [mail.to for mail in mailoutbox] == [["sam@example.test"], [parent.email]]


@pytest.mark.parametrize("act", [suspend_as_staff, end_for_a_reason])
@pytest.mark.parametrize("is_kept_back", [True, False])
def test_a_young_person_is_told_as_if_what_is_kept_back_were_not(
    child, grant, mailoutbox, act, is_kept_back
):
    """R4.5: their pages say what comes, so an e-mail that did not come would tell of it."""
    make_online(child, make_user("sam@example.test"), started_on=date(2020, 1, 1))
    words = Words("A concern", told_patient=not is_kept_back)
    act(grant, by=staff_with(child, Duty.DECIDE_ACCESS), now=NOW, words=words)
    mailoutbox.clear()  # where they are told of the stop itself
    assert run(child.surgery, date(2028, 4, 25)) == is_kept_back
    assert [mail.to for mail in mailoutbox] == [["sam@example.test"]] * is_kept_back


def test_both_parents_are_told_each_of_their_own(child, grant, mailoutbox):
    """R4.12"""
    other = make_user("other@example.test", name="Other Parent")
    make_proxy_grant(
        child, other, legal_basis=PARENT, starts_on=date(2020, 1, 1), ends_on=date(2090, 1, 1)
    )
    assert run(child.surgery, date(2028, 4, 25)) == 2
    assert all(len(mail.to) == 1 for mail in mailoutbox)


@pytest.mark.parametrize(
    ("today", "to_parent", "to_young"),
    [
        (date(2021, 5, 20), "", "By itself it ends on 20 May 2028, when you are 16."),
        (
            date(2023, 3, 1),
            "On 20 May 2023 Sam is 11. The surgery then looks at whether you still act for them",
            "On 20 May 2023 you are 11. Your surgery then looks at whether they still act for you",
        ),
        (date(2023, 5, 21), "", "By itself it ends on 20 May 2028"),
        (date(2025, 1, 1), "", "By itself it ends on 20 May 2028"),
        (
            date(2028, 3, 1),
            "On 20 May 2028, when Sam is 16, your access ends",
            "On 20 May 2028, when you are 16, their access ends by itself",
        ),
    ],
)
def test_what_families_read(child, grant, parent, today, to_parent, to_young):
    access = access_of(parent, child.pk, on=today)
    said = told_to_proxy(access, today=today), told_to_patient(grant, child, today=today)
    for words, expected in zip(said, (to_parent, to_young), strict=True):
        assert words.startswith(expected)
        assert bool(words) is bool(expected)


@pytest.mark.parametrize(
    ("review_age", "today", "says"),
    [
        (13, date(2025, 5, 21), ""),
        (13, date(2025, 5, 20), "On 20 May 2025 you are 13. Your surgery then looks at who acts for"),
        (13, date(2028, 5, 1), "On 20 May 2028 you are 16. Access by parental responsibility then ends"),
        (13, date(2028, 5, 20), ""),
        (11, date(2025, 5, 1), ""),  # an account is possible: nothing changes by itself
    ],
)  # fmt: skip
def test_what_the_young_person_reads_on_the_start_page(
    child, grant, parent, review_age, today, says
):
    set_review_age(child, review_age)
    young = make_user("sam@example.test", name="Sam")
    make_online(child, young, started_on=date(2025, 5, 20))
    own = access_of(young, child.pk, on=today) if today >= date(2025, 5, 20) else None
    said = told_on_start(own, today=today) if own else ""
    assert said.startswith(says)
    assert bool(said) is bool(says)
    if own:
        ProxyGrant.objects.update(status="ended", status_reason="OTHER")
        grant.steps.create(status="ended", reason="OTHER", text="x", scopes=[], at=NOW)
        assert told_on_start(own, today=today) == ""


def test_whoever_acts_on_another_basis_reads_nothing_of_it(child, grant, parent):
    ProxyGrant.objects.update(legal_basis=LegalBasis.CONSENT)
    day = date(2028, 3, 1)
    assert told_to_proxy(access_of(parent, child.pk, on=day), today=day) == ""
    assert told_to_patient(ProxyGrant.objects.get(), child, today=day) == ""
    ProxyGrant.objects.update(legal_basis=PARENT, ends_on=date(2028, 4, 1))
    assert told_to_proxy(access_of(parent, child.pk, on=day), today=day) == ""
    assert told_to_patient(ProxyGrant.objects.get(), child, today=day) == ""


@pytest.mark.parametrize(
    ("scopes", "ends_on", "says"),
    [
        (["medicines"], date(2090, 1, 1), ""),
        (["medicines", "test-results"], date(2030, 1, 1), ""),
        (["medicines", "test-results"], date(2090, 1, 1), "Take a part away"),
        ([], date(2090, 1, 1), "Choose at least one part"),
        (["medicines", "documents"], date(2090, 1, 1), "only take parts away"),
        (["medicines"], date(2091, 1, 1), "Choose a day from today on"),
        (["medicines"], date(2020, 1, 2), "Choose a day from today on"),
    ],
)
def test_staff_let_a_parent_see_less_and_never_more(child, grant, scopes, ends_on, says):
    by = staff_with(child, Duty.DECIDE_ACCESS)
    today = timezone.localdate(NOW)
    given = {"scopes": scopes, "ends_on": ends_on, "by": by, "now": NOW, "today": today}
    if says:
        with pytest.raises(ValidationError, match=says):
            narrow_as_staff(grant, words=Words("x"), **given)
        assert not grant.steps.filter(text="x").exists()
        return
    narrow_as_staff(grant, words=Words("x", told_patient=False), **given)
    grant.refresh_from_db()
    assert (grant.scopes, grant.ends_on) == (scopes, ends_on)
    step = grant.steps.get(text="x")
    assert (step.reason, step.duty, step.told_patient) == ("", "decide-access", False)


def test_staff_without_the_duty_or_a_reason_narrow_nothing(child, grant):
    given = {
        "scopes": ["medicines"],
        "ends_on": grant.ends_on,
        "now": NOW,
        "today": timezone.localdate(NOW),
    }
    for duty, words, says in (
        (Duty.REVIEW_ENTRIES, Words("x"), "Decide access"),
        (Duty.DECIDE_ACCESS, Words(" "), "Enter the reason"),
    ):
        with pytest.raises(ValidationError, match=says):
            narrow_as_staff(grant, by=staff_with(child, duty), words=words, **given)
