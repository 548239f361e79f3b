"""A patient invites somebody to act for them, and that person answers (R4.4): every state, every step, and who may."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Refusal, access_of
from proxy_access.facts import digest, facts_of
from proxy_access.inviting import accept, decline, invitations_of, try_code
from proxy_access.mailboxes import is_same_mailbox
from proxy_access.models import Nomination, NominationState, ProxyConsent, ProxyGrant
from proxy_access.nominating import (
    ALLOWED,
    LASTS,
    MOST_OPEN,
    What,
    Who,
    agree,
    cancel,
    let_go_on,
    nominate,
    renew_code,
    say_what,
    say_who,
    turn_down,
)
from tests.cast import make_online, make_patient, make_proxy_grant, make_user, set_status
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with

pytestmark = pytest.mark.django_db

State = NominationState
NEXT_YEAR = TODAY.replace(year=TODAY.year + 1)
RUTH = Who("Ruth Makepiece", "ruth@example.test", "friend", "Ada")
MEDICINES = What(["medicines", "allergies"], NEXT_YEAR)


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def ruth(db):
    return make_user("ruth@example.test", name="Ruth Makepiece")


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


@pytest.fixture
def draft(own):
    return begun(own)


def begun(own, who=RUTH):
    return nominate(who, by=own, now=NOW, today=TODAY)


def agreed(draft, own, what=MEDICINES, now=NOW):
    """The draft with what may be seen, agreed to; with its code."""
    said = say_what(draft, what, by=own, today=TODAY)
    facts = facts_of(said, hidden=0)
    code = agree(said, facts, seen=digest(facts), by=own, now=now, today=TODAY)
    said.refresh_from_db()
    return said, code


def in_state(state, own, ruth):
    """A nomination that stands where a test wants it, by the acts alone."""
    who = RUTH._replace(email=own.viewer.email) if state == State.WITH_SURGERY else RUTH
    made = begun(own, who)
    if state == State.DRAFT:
        return say_what(made, MEDICINES, by=own, today=TODAY)
    made, code = agreed(made, own)
    if state in (State.ACCEPTED, State.DECLINED):
        assert try_code(ruth, code, now=NOW) == made
        (accept if state == State.ACCEPTED else decline)(made, by=ruth, now=NOW)
    if state == State.CANCELLED:
        cancel(made, by=own, now=NOW)
    made.refresh_from_db()
    assert made.state == state
    return made


def test_the_patients_own_words_are_kept_as_they_are_meant(own):
    who = Who("  Ruth   Makepiece ", "Ruth@Example.Test ", "friend", " Ada ")
    made = begun(own, who)
    assert (made.name, made.email, made.name_shown) == (RUTH.name, RUTH.email, "Ada")
    assert (made.state, made.made_by, made.patient) == (State.DRAFT, own.viewer, own.patient)


@pytest.mark.parametrize("field", ["name", "email", "relationship", "name_shown"])
def test_each_of_them_is_needed(own, field):
    with pytest.raises(ValidationError) as refused:
        begun(own, RUTH._replace(**{field: ""}))
    assert field in refused.value.message_dict
    assert not Nomination.objects.exists()


def test_nobody_else_invites_in_the_patients_name(patient, proxy_user):
    make_proxy_grant(patient, proxy_user)
    acting = access_of(proxy_user, patient.pk, on=TODAY)
    with pytest.raises(ValidationError, match="Only the patient"):
        begun(acting)


@pytest.mark.parametrize(("born", "may"), [(TODAY.replace(year=TODAY.year - 16), True),
                                           (TODAY.replace(year=TODAY.year - 16) + timedelta(days=1), False)])  # fmt: skip
def test_from_sixteen_on_a_person_invites_themself(own, born, may):
    """R4.7, R3.8."""
    own.patient.date_of_birth = born
    if may:
        assert begun(own)
    else:
        with pytest.raises(ValidationError, match="age of 16"):
            begun(own)


def test_the_same_person_is_asked_once_at_a_time(own, draft):
    with pytest.raises(ValidationError, match="already"):
        begun(own, RUTH._replace(email="RUTH+x@example.test"))
    cancel(draft, by=own, now=NOW)
    assert begun(own)


def test_so_many_at_a_time(own):
    for number in range(MOST_OPEN):
        begun(own, RUTH._replace(email=f"ruth{number}@example.test"))
    with pytest.raises(ValidationError, match="Cancel one"):
        begun(own)


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (What([], NEXT_YEAR), "scopes"),
        (What(["nonsense"], NEXT_YEAR), "scopes"),
        (What(["medicines"], None), "ends_on"),
        (What(["medicines"], None, "   "), "ends_on"),
        (What(["medicines"], TODAY), "ends_on"),
        (What(["medicines"], TODAY.replace(year=TODAY.year + 6)), "ends_on"),
        (What(["medicines"], date.max), "ends_on"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_question(own, draft, what, field):
    """R4.3, R4.6."""
    with pytest.raises(ValidationError) as refused:
        say_what(draft, what, by=own, today=TODAY)
    assert field in refused.value.message_dict
    draft.refresh_from_db()
    assert draft.scopes == []


def test_no_end_date_needs_a_reason_and_an_end_date_none(own, draft):
    """R4.6."""
    said = say_what(
        draft, What(["medicines"], None, "I will always need help"), by=own, today=TODAY
    )
    assert (said.ends_on, said.open_ended_because) == (None, "I will always need help")
    said = say_what(draft, What(["medicines"], NEXT_YEAR, "I will"), by=own, today=TODAY)
    assert (said.ends_on, said.open_ended_because) == (NEXT_YEAR, "")


def test_what_was_agreed_to_is_kept_word_by_word(own, draft):
    """R4.4: eight facts, from the very settings."""
    made, _ = agreed(draft, own)
    kept = ProxyConsent.objects.get()
    assert len(kept.facts) == 8
    assert [fact["about"] for fact in kept.facts] == [
        "own-access", "what-it-is", "what-they-see", "how-long", "what-is-hidden", "hide-more-first",
        "hide-later", "stop",
    ]  # fmt: skip
    by_about = {fact["about"]: fact["text"] for fact in kept.facts}
    assert "Allergies and adverse reactions, Medicines." in by_about["what-they-see"]
    assert str(NEXT_YEAR.year) in by_about["how-long"]
    assert (kept.nomination, kept.agreed_by, kept.agreed_at) == (made, own.viewer, NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda own, made: say_what(made, What(["documents"], NEXT_YEAR), by=own, today=TODAY),
        lambda own, made: say_what(made, What(["medicines"], None, "Always"), by=own, today=TODAY),
        lambda own, made: say_who(made, RUTH._replace(name="Rita"), by=own),
    ],
)
def test_what_was_not_read_is_not_agreed_to(own, draft, change):
    """Another tab changed it between the page and the press."""
    said = say_what(draft, MEDICINES, by=own, today=TODAY)
    seen = digest(facts_of(said, hidden=0))
    said = change(own, said)
    with pytest.raises(ValidationError, match="Read it again"):
        agree(said, facts_of(said, hidden=0), seen=seen, by=own, now=NOW, today=TODAY)
    assert not ProxyConsent.objects.exists()


def test_another_number_of_hidden_entries_is_another_fact(own, draft):
    said = say_what(draft, MEDICINES, by=own, today=TODAY)
    assert digest(facts_of(said, hidden=0)) != digest(facts_of(said, hidden=1))


@pytest.mark.parametrize("email", ["{}", "ada+ruth@example.test"])
def test_who_reads_the_patients_own_mail_goes_to_the_surgery_first(own, by_staff, email):
    """No code, until staff spoke to the patient alone (R4.5)."""
    own.viewer.email = "ada@example.test"
    own.viewer.save()
    made, code = agreed(begun(own, RUTH._replace(email=email.format("ada@example.test"))), own)
    assert (made.state, made.code_hash, code) == (State.WITH_SURGERY, "", "")
    with pytest.raises(ValidationError):
        renew_code(made, by=own, now=NOW)
    with pytest.raises(ValidationError, match="own email"):
        let_go_on(made, email="ADA@example.test", by=by_staff, now=NOW)
    let_go_on(made, email="ruth@example.test", by=by_staff, now=NOW)
    assert renew_code(made, by=own, now=NOW)


def test_staff_turn_down_what_waits_for_them(own, ruth, by_staff):
    made = in_state(State.WITH_SURGERY, own, ruth)
    turn_down(made, by=by_staff, now=NOW)
    made.refresh_from_db()
    assert made.state == State.CANCELLED


def test_staff_without_the_duty_do_neither(own, ruth, patient):
    made = in_state(State.WITH_SURGERY, own, ruth)
    without = staff_with(patient, Duty.REVIEW_ENTRIES)
    for act in (lambda: turn_down(made, by=without, now=NOW),
                lambda: let_go_on(made, email="ruth@example.test", by=without, now=NOW)):  # fmt: skip
        with pytest.raises(ValidationError, match="Decide access"):
            act()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ada@example.test", "ADA@EXAMPLE.TEST", True),
        ("ada@example.test", "ada+x@example.test", True),
        ("a.da@gmail.com", "ada@googlemail.com", True),
        ("a.da@example.test", "ada@example.test", False),
        ("ada@example.test", "ada@example.org", False),
    ],
)
def test_the_same_mailbox(one, other, same):
    assert is_same_mailbox(one, other) is same


def test_a_code_works_once_and_opens_nothing(own, draft, ruth):
    made, code = agreed(draft, own)
    assert try_code(ruth, code.lower().replace(" ", "-"), now=NOW) == made
    assert try_code(ruth, code, now=NOW) is None
    assert invitations_of(ruth, now=NOW) == [made]
    assert access_of(ruth, own.patient.pk, on=TODAY) is Refusal.UNKNOWN
    assert not ProxyGrant.objects.exists()


@pytest.mark.parametrize(
    ("why", "passed", "works"),
    [
        ("in time", LASTS - timedelta(seconds=1), True),
        ("too late", LASTS, False),
    ],
)
def test_a_code_ends_by_itself(own, draft, ruth, why, passed, works):
    made, code = agreed(draft, own)
    assert (try_code(ruth, code, now=NOW + passed) == made) is works, why


def test_what_was_opened_ends_with_its_time_too(own, draft, ruth):
    made, code = agreed(draft, own)
    try_code(ruth, code, now=NOW)
    assert invitations_of(ruth, now=NOW + LASTS) == []
    for act in (accept, decline):
        with pytest.raises(ValidationError, match="over"):
            act(made, by=ruth, now=NOW + LASTS)
    assert not ProxyGrant.objects.exists()


def test_a_code_is_for_the_address_that_the_patient_named(own, draft, patient_user, surgery):
    _, code = agreed(draft, own)
    assert try_code(make_user("other@example.test"), code, now=NOW) is None
    assert try_code(patient_user, code, now=NOW) is None


def test_nobody_accepts_for_their_own_record(own, draft, ruth, patient_user):
    """The patient changed to the address that they had named."""
    made, code = agreed(draft, own)
    ruth.email = "away@example.test"
    ruth.save()
    patient_user.email = "ruth@example.test"
    patient_user.save()
    assert try_code(patient_user, code, now=NOW) is None
    assert AuditEvent.objects.filter(action="invitation tried", outcome="refused").count() == 1
    made.refresh_from_db()
    assert made.code_hash


def test_whoever_guesses_is_stopped(own, draft, ruth):
    _, code = agreed(draft, own)
    for _ in range(10):
        assert try_code(ruth, "2222 2222 2222", now=NOW) is None
    assert try_code(ruth, code, now=NOW) is None
    assert try_code(ruth, code, now=NOW + timedelta(hours=1))


def test_a_new_code_ends_the_one_before_and_whoever_used_it(own, draft, ruth):
    made, old = agreed(draft, own)
    try_code(ruth, old, now=NOW)
    new = renew_code(made, by=own, now=NOW)
    assert invitations_of(ruth, now=NOW) == []
    with pytest.raises(ValidationError, match="over"):
        accept(made, by=ruth, now=NOW)
    assert try_code(ruth, old, now=NOW) is None
    assert try_code(ruth, new, now=NOW) == made


def test_who_has_not_proved_who_they_are_accepts_nothing(own, draft):
    """R3.1, R4.2."""
    unproved = make_user("ruth@example.test", level="P5")
    made, code = agreed(draft, own)
    try_code(unproved, code, now=NOW)
    with pytest.raises(ValidationError, match="Prove who you are"):
        accept(made, by=unproved, now=NOW)
    assert not ProxyGrant.objects.exists()


def test_what_is_accepted_waits_for_the_surgery_and_opens_nothing(own, draft, ruth):
    """R4.5, R4.10."""
    made, code = agreed(draft, own)
    try_code(ruth, code, now=NOW)
    grant = accept(made, by=ruth, now=NOW)
    assert (grant.status, grant.status_reason) == ("proposed", "APPLICATION_SUBMITTED")
    assert (grant.scopes, grant.ends_on, grant.legal_basis) == (
        ["allergies", "medicines"], NEXT_YEAR, "consent",
    )  # fmt: skip
    assert grant.steps.get().duty == ""
    assert access_of(ruth, own.patient.pk, on=TODAY) is Refusal.UNKNOWN
    assert accept(made, by=ruth, now=NOW) == grant
    assert ProxyGrant.objects.count() == 1


@pytest.mark.parametrize("gone", [{"left_on": TODAY}, {"died_on": TODAY}])
def test_nothing_is_accepted_for_who_is_not_on_the_list(own, draft, ruth, gone):
    made, code = agreed(draft, own)
    try_code(ruth, code, now=NOW)
    type(own.patient).objects.filter(pk=own.patient.pk).update(**gone)
    with pytest.raises(ValidationError, match="over"):
        accept(made, by=ruth, now=NOW)


def test_nobody_answers_what_another_opened(own, draft, ruth):
    made, code = agreed(draft, own)
    try_code(ruth, code, now=NOW)
    for act in (accept, decline):
        with pytest.raises(ValidationError, match="over"):
            act(made, by=make_user(f"{act.__name__}@example.test"), now=NOW)


def test_the_patient_takes_it_back_until_the_surgery_has_decided(own, ruth):
    made = in_state(State.ACCEPTED, own, ruth)
    cancel(made, by=own, now=NOW)
    cancel(made, by=own, now=NOW)
    grant = ProxyGrant.objects.get()
    assert (grant.status, grant.status_reason) == ("entered-in-error", "APPLICATION_WITHDRAWN")
    assert grant.steps.count() == 2


def test_what_the_surgery_has_granted_is_ended_not_taken_back(own, ruth):
    made = in_state(State.ACCEPTED, own, ruth)
    set_status(made.grant, "active", "ROLE_ACTIVATED")
    with pytest.raises(ValidationError, match="end it"):
        cancel(made, by=own, now=NOW)


def test_taking_back_does_not_tell_what_the_surgery_rejected(own, ruth):
    """R4.5: the patient who is not told does what they would do without it, and it works."""
    made = in_state(State.ACCEPTED, own, ruth)
    set_status(made.grant, "rejected", "APPLICATION_REJECTED_COERCION")
    cancel(made, by=own, now=NOW)
    made.refresh_from_db()
    assert made.state == State.CANCELLED
    assert ProxyGrant.objects.get().status == "rejected"


def test_another_patients_nomination_is_not_found(own, ruth, surgery):
    other = make_patient(surgery, "9990000026")
    user = make_user("bea@example.test")
    make_online(other, user)
    made = in_state(State.SENT, own, ruth)
    theirs = access_of(user, other.pk, on=TODAY)
    for act in (lambda: cancel(made, by=theirs, now=NOW),
                lambda: renew_code(made, by=theirs, now=NOW),
                lambda: say_who(made, RUTH, by=theirs)):  # fmt: skip
        with pytest.raises(Nomination.DoesNotExist):
            act()


ACTS = {
    "say who": lambda made, own, ruth, staff: say_who(made, RUTH, by=own),
    "say what": lambda made, own, ruth, staff: say_what(made, MEDICINES, by=own, today=TODAY),
    "agree": lambda made, own, ruth, staff: agreed(made, own),
    "new code": lambda made, own, ruth, staff: renew_code(made, by=own, now=NOW),
    "cancel": lambda made, own, ruth, staff: cancel(made, by=own, now=NOW),
    "let go on": lambda made, own, ruth, staff: let_go_on(
        made, email="ruth@example.test", by=staff, now=NOW
    ),
    "turn down": lambda made, own, ruth, staff: turn_down(made, by=staff, now=NOW),
    "accept": lambda made, own, ruth, staff: accept(made, by=ruth, now=NOW),
    "decline": lambda made, own, ruth, staff: decline(made, by=ruth, now=NOW),
}
MAY = {
    State.DRAFT: {"say who", "say what", "agree", "cancel"},
    State.WITH_SURGERY: {"cancel", "let go on", "turn down"},
    State.SENT: {"new code", "cancel"},  # whoever gives the code may answer, see above
    State.ACCEPTED: {"cancel", "accept"},
    State.DECLINED: {"decline"},
    State.CANCELLED: {"cancel"},
}
"""Which act is taken in which state; the last three that are said twice do nothing the second time."""


@pytest.mark.parametrize(("state", "act"), list(product(State, ACTS)))
def test_every_act_in_every_state(state, act, own, ruth, by_staff):
    made = in_state(state, own, ruth)
    before = (ProxyGrant.objects.count(), ProxyConsent.objects.count())
    if act in MAY[state]:
        ACTS[act](made, own, ruth, by_staff)
    else:
        with pytest.raises(ValidationError):
            ACTS[act](made, own, ruth, by_staff)
        made.refresh_from_db()
        assert made.state == state
        assert (ProxyGrant.objects.count(), ProxyConsent.objects.count()) == before


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_the_database_takes_the_same_steps_and_no_others(before, after, own, ruth):
    made = in_state(before, own, ruth)
    values = {"state": after, "code_hash": ""}
    if after == State.ACCEPTED and made.grant is None:
        values["grant"] = make_proxy_grant(own.patient, ruth, status="proposed")
    change = Nomination.objects.filter(pk=made.pk)
    stays = before == after
    if stays or (before, after) in ALLOWED:
        change.update(**values)
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            change.update(**values)


@pytest.mark.parametrize(
    "change",
    [{"scopes": ["documents"]}, {"ends_on": None, "open_ended_because": "x"}, {"name": "x"}],
)
def test_the_database_keeps_what_was_agreed_to(own, ruth, change):
    made = in_state(State.SENT, own, ruth)
    with pytest.raises(IntegrityError), transaction.atomic():
        Nomination.objects.filter(pk=made.pk).update(**change)


def test_nothing_begins_but_as_a_draft(own):
    made = Nomination(
        patient=own.patient, made_by=own.viewer, made_at=NOW, state_at=NOW, name="x", email="x@example.test",
        relationship="friend", name_shown="x", state="sent", scopes=["medicines"], ends_on=NEXT_YEAR,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)


def test_what_was_agreed_to_is_neither_rewritten_nor_deleted(own, ruth):
    in_state(State.SENT, own, ruth)
    for act in (lambda: ProxyConsent.objects.update(version="x"),
                lambda: ProxyConsent.objects.all()._raw_delete("default"),
                lambda: Nomination.objects.all()._raw_delete("default")):  # fmt: skip
        with pytest.raises(ProgrammingError), transaction.atomic():
            act()


def test_each_act_leaves_one_event_and_no_words(own, ruth):
    in_state(State.ACCEPTED, own, ruth)
    with rows_of(own.patient.pk):
        events = list(AuditEvent.objects.filter(patient_id=own.patient.pk).order_by("sequence"))
    assert [event.action for event in events] == [
        "nomination begun", "nomination agreed", "invitation opened", "proxy access changed",
        "invitation accepted",
    ]  # fmt: skip
    kept = " ".join(f"{event.object} {event.details}" for event in events)
    assert "Ruth" not in kept
    assert "example.test" not in kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ruth\u202egnihtoN", "RuthgnihtoN"),
        ("\u2066Ruth\u2069\ufeff \u200bMakepiece", "Ruth Makepiece"),
        ("Ruth\r\n\tMakepiece\x07", "Ruth Makepiece"),
        ("می\u200cناز 😀 O’Brien", "می\u200cناز 😀 O’Brien"),
        ("Zo\u0065\u0308", "Zo\u0065\u0308"),
        ("é" * 200, "é" * 200),
    ],
)
def test_a_name_turns_nothing_around_on_the_page_of_another(own, typed, kept):
    """What the patient types is read by staff and by whoever is invited."""
    made = begun(own, RUTH._replace(name=typed, name_shown=typed))
    assert (made.name, made.name_shown) == (kept, kept)


@pytest.mark.parametrize("typed", ["\u202e", "\u200b \u2060", "\x00\x01", "x" * 201])
def test_a_name_that_nobody_can_read_is_no_name(own, typed):
    with pytest.raises(ValidationError) as refused:
        begun(own, RUTH._replace(name_shown=typed))
    assert "name_shown" in refused.value.message_dict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@bücher.example", "ADA@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("ada@" + "x" * 70 + ".example", "ada@" + "x" * 70 + ".example"),
    ],
)
def test_the_same_mailbox_however_the_domain_is_written(one, other):
    assert is_same_mailbox(one, other)


def test_an_address_that_was_not_read_is_not_agreed_to(own, draft):
    """The code is for that address alone, so another tab that changes it changes what was agreed to."""
    said = say_what(draft, MEDICINES, by=own, today=TODAY)
    facts = facts_of(said, hidden=0)
    assert "with ruth@example.test" in facts[1].text
    say_who(draft, RUTH._replace(email="other@example.test"), by=own)
    with pytest.raises(ValidationError, match="Read it again"):
        agree(said, facts, seen=digest(facts), by=own, now=NOW, today=TODAY)
    assert not ProxyConsent.objects.exists()


def test_no_code_for_what_ends_before_it_can_be_accepted(own, draft):
    tomorrow = TODAY + timedelta(days=1)
    made, _ = agreed(draft, own, What(["medicines"], tomorrow))
    assert renew_code(made, by=own, now=NOW)
    with pytest.raises(ValidationError, match="end date"):
        renew_code(made, by=own, now=NOW + timedelta(days=1))


def test_what_is_over_is_not_said_to_be_agreed_to(own, draft):
    cancel(draft, by=own, now=NOW)
    with pytest.raises(ValidationError, match="This invitation is over"):
        say_what(draft, MEDICINES, by=own, today=TODAY)


@pytest.mark.parametrize(
    ("scopes", "told"),
    [(["medicines"], False), (["medicines", "documents"], True), (["consultations"], True)],
)
def test_the_facts_say_that_letters_can_tell_where_the_patient_lives(own, draft, scopes, told):
    """R4.12: the portal shows no address, what others wrote may."""
    said = say_what(draft, What(scopes, NEXT_YEAR), by=own, today=TODAY)
    words = facts_of(said, hidden=0)[2].text
    assert ("where you live" in words) is told
    assert "your date of birth and your NHS number" in words
