"""A patient says whom they want to let act for them, agrees to what that means, and invites them (R4.4)."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.hashing import hash_of, in_groups, new_code
from accounts.models import Duty, Kind, User
from accounts.staff import StaffAccess
from audit import log
from proxy_access.access import Access
from proxy_access.changing import withdraw_as_patient
from proxy_access.facts import VERSION, Fact, as_json, digest
from proxy_access.mailboxes import is_same_mailbox
from proxy_access.models import Nomination, NominationState, ProxyConsent
from proxy_access.notices import tell_if_wanted
from surgeries.models import Patient
from surgeries.terms import Section

State = NominationState
ALLOWED = frozenset(
    {
        (State.DRAFT, State.SENT),
        (State.DRAFT, State.WITH_SURGERY),
        (State.DRAFT, State.CANCELLED),
        (State.WITH_SURGERY, State.SENT),
        (State.WITH_SURGERY, State.CANCELLED),
        (State.SENT, State.SENT),
        (State.SENT, State.ACCEPTED),
        (State.SENT, State.DECLINED),
        (State.SENT, State.CANCELLED),
        (State.ACCEPTED, State.CANCELLED),
    }
)
"""Each change of state that there is; to `SENT` from itself with a new code."""
LASTS = timedelta(days=30)
LENGTH = 12
PURPOSE = "invitation"
MOST_OPEN = 5
LONGEST = timedelta(days=5 * 365 + 2)
YOUNGEST = 16
UNSEEN = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
UNHEARD = re.compile(
    r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Signs without a sound or a shape; the two joiners, which names in some scripts need, stay."""
NOT_YOURS = "Only the patient can invite somebody to act for them"
OVER = "This invitation is over. To start again, make a new one"
AGREED = (
    "You agreed to this invitation already. You can get a new code on the page “People who act for you”. To change the"
    " invitation, take it back there and make a new one"
)
ENDS_BEFORE = "The end date that you chose has come. Take this invitation back and make a new one"
TOO_YOUNG = "You can invite somebody yourself from the age of 16. Until then, ask your surgery"
TOO_MANY = f"You have {MOST_OPEN} invitations that are not answered. Cancel one first"
ASKED_ALREADY = (
    "You have invited this person already. Cancel that invitation first, or go on with it"
)
YOURSELF = "This is your own email address. Enter the one that the other person uses"
SETTINGS = ("name", "email", "name_shown", "scopes", "ends_on", "open_ended_because")
CHANGED = "What you agree to has changed since you read it. Read it again below, then agree"
NO_PARTS = "Choose at least one part of your record"


class Who(NamedTuple):
    """The person, as the patient knows them, and how the patient is called to them before anything is decided."""

    name: str
    email: str
    relationship: str
    name_shown: str


class What(NamedTuple):
    """What the person may see, and until when; without an end date, why (R4.6)."""

    scopes: list[str]
    ends_on: date | None
    open_ended_because: str = ""


def nominate(who: Who, *, by: Access, now: datetime, today: date) -> Nomination:
    """Begin to invite somebody; raises ValidationError with words for the patient."""
    _refuse_others(by)
    if by.patient.is_under(YOUNGEST, today):
        raise ValidationError(TOO_YOUNG)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=by.patient.pk)
        if Nomination.objects.open().filter(patient=by.patient).count() >= MOST_OPEN:
            raise ValidationError(TOO_MANY)
        made = Nomination(patient=by.patient, made_by=by.viewer, made_at=now, state_at=now)
        _put_who(made, who)
        made.save(force_insert=True)
        _note("nomination begun", made, by.viewer, now)
    return made


def say_who(nomination: Nomination, who: Who, *, by: Access) -> Nomination:
    """Change who it is, while nothing was agreed to."""
    with transaction.atomic():
        held = _draft(nomination, by)
        _put_who(held, who)
        held.save(update_fields=["name", "email", "relationship", "name_shown"])
    return held


def say_what(nomination: Nomination, what: What, *, by: Access, today: date) -> Nomination:
    """Say what the person may see and until when, while nothing was agreed to (R4.3, R4.6)."""
    with transaction.atomic():
        held = _draft(nomination, by)
        _refuse_dates(what, today)
        held.scopes = [section.value for section in Section if section in what.scopes]
        if not held.scopes:
            raise ValidationError({"scopes": NO_PARTS})
        held.ends_on = what.ends_on
        held.open_ended_because = "" if what.ends_on else what.open_ended_because.strip()
        held.full_clean()
        held.save(update_fields=["scopes", "ends_on", "open_ended_because"])
    return held


def agree(
    nomination: Nomination, facts: list[Fact], *, seen: str, by: Access, now: datetime, today: date
) -> str:
    """Agree to the eight facts as they were shown, and get the code to hand over (R4.4).

    `seen` stands for the words that were read; others are refused. The answer is empty where the surgery looks at
    it first, since the person seems to read the patient's own mail. Raises ValidationError with words for the patient.
    """
    with transaction.atomic():
        held = _draft(nomination, by)
        if not held.scopes:
            raise ValidationError({"scopes": NO_PARTS})
        _refuse_dates(What(held.scopes, held.ends_on, held.open_ended_because), today)
        if seen != digest(facts) or any(
            getattr(held, name) != getattr(nomination, name) for name in SETTINGS
        ):  # the facts are of the nomination as it was given, which another tab may have changed
            raise ValidationError(CHANGED)
        ProxyConsent.objects.create(
            nomination=held, version=VERSION, facts=as_json(facts), agreed_by=by.viewer, agreed_at=now
        )  # fmt: skip
        tell_if_wanted(by.viewer, Kind.PEOPLE)  # whoever did it in their name
        if is_same_mailbox(held.email, by.viewer.email):
            _step(held, State.WITH_SURGERY, by.viewer, now, "nomination agreed")
            return ""
        return _give_code(held, by.viewer, now, "nomination agreed")


def renew_code(nomination: Nomination, *, by: Access, now: datetime) -> str:
    """A new code in place of the one before, which works no longer; whoever used that has to use this one."""
    with transaction.atomic():
        held = _held(nomination, by)
        if held.state != State.SENT:
            raise ValidationError(OVER)
        if held.ends_on and held.ends_on <= timezone.localdate(now):
            raise ValidationError(ENDS_BEFORE)
        return _give_code(held, by.viewer, now, "invitation code made")


def cancel(nomination: Nomination, *, by: Access, now: datetime) -> Nomination:
    """Take it back, also once it was accepted, until the surgery has decided; twice does nothing. Says what it was."""
    with transaction.atomic():
        held = _held(nomination, by)
        if held.state == State.CANCELLED:
            return held
        if held.grant:
            withdraw_as_patient(held.grant, by=by, now=now)
        _step(held, State.CANCELLED, by.viewer, now, "nomination cancelled")
        return held


def let_go_on(nomination: Nomination, *, email: str, by: StaffAccess, now: datetime) -> None:
    """Let the patient hand over a code, after staff spoke to them alone and know the person's own address (R4.5)."""
    with transaction.atomic():
        held = _held_by_staff(nomination, by)
        if is_same_mailbox(email, held.made_by.email):
            raise ValidationError({"email": "This is the patient's own email address"})
        if is_same_mailbox(email, by.viewer.email):
            raise ValidationError({"email": "This is your own email address. A colleague decides"})
        held.email = email.strip().lower()
        held.full_clean()
        held.save(update_fields=["email"])
        _step(held, State.SENT, by.viewer, now, "nomination let go on", by.duty)


def turn_down(nomination: Nomination, *, by: StaffAccess, now: datetime) -> None:
    """End it, after staff spoke to the patient alone, or at any sign of pressure (R4.5)."""
    with transaction.atomic():
        held = _held_by_staff(nomination, by)
        _step(held, State.CANCELLED, by.viewer, now, "nomination turned down", by.duty)


def step(nomination: Nomination, to: State, *, by: User, now: datetime, action: str) -> None:
    """Take a held nomination further, as the person who was invited."""
    _step(nomination, to, by, now, action)


def _put_who(held: Nomination, who: Who) -> None:
    held.name, held.relationship = _readable(who.name), who.relationship
    held.email, held.name_shown = who.email.strip().lower(), _readable(who.name_shown)
    held.full_clean(exclude=["scopes"])
    others = Nomination.objects.open().filter(patient=held.patient).exclude(pk=held.pk)
    if any(is_same_mailbox(held.email, email) for email in others.values_list("email", flat=True)):
        raise ValidationError({"email": ASKED_ALREADY})


def _readable(name: str) -> str:
    """A name in one line, without signs that turn around or hide what stands beside it on a page of somebody else."""
    kept = "".join(" " if unicodedata.category(sign) in UNSEEN else sign for sign in name)
    return " ".join(UNHEARD.sub("", kept).split())


def _refuse_dates(what: What, today: date) -> None:
    if what.ends_on is None and not what.open_ended_because.strip():
        raise ValidationError(
            {"ends_on": "Enter an end date, or write below why there should be none"}
        )
    if what.ends_on and what.ends_on <= today:
        raise ValidationError({"ends_on": "The end date must be in the future"})
    if what.ends_on and what.ends_on - today > LONGEST:
        raise ValidationError({"ends_on": "The end date must be within 5 years. You can renew it"})


def _refuse_others(by: Access) -> None:
    if not by.is_own_record:
        raise ValidationError(NOT_YOURS)


def _held(nomination: Nomination, by: Access) -> Nomination:
    """The nomination as it is, which nobody else changes until this is done."""
    _refuse_others(by)
    rows = Nomination.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("grant").get(pk=nomination.pk, patient=by.patient)


def _draft(nomination: Nomination, by: Access) -> Nomination:
    held = _held(nomination, by)
    if held.state != State.DRAFT:
        raise ValidationError(AGREED if held.is_open else OVER)
    return held


def _held_by_staff(nomination: Nomination, by: StaffAccess) -> Nomination:
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError("To decide this you need the duty “Decide access”")
    rows = Nomination.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("made_by").get(pk=nomination.pk, patient=by.patient)
    if held.state != State.WITH_SURGERY:
        raise ValidationError("This does not wait for the surgery any more")
    return held


def _give_code(held: Nomination, by: User, now: datetime, action: str) -> str:
    code = new_code(LENGTH)
    _step(held, State.SENT, by, now, action)
    held.code_hash, held.code_ends_at = hash_of(PURPOSE, code), now + LASTS
    held.opened_by = None
    held.save(update_fields=["code_hash", "code_ends_at", "opened_by"])
    return in_groups(code)


def _step(
    held: Nomination, to: State, by: User, now: datetime, action: str, duty: str = ""
) -> None:
    """Give a held nomination another state; raises ValidationError for one that may not come now."""
    if (held.state, to) not in ALLOWED:
        raise ValidationError(OVER)
    held.state, held.state_at, held.code_hash, held.code_ends_at = to, now, "", None
    held.save(update_fields=["state", "state_at", "code_hash", "code_ends_at", "grant"])
    _note(action, held, by, now, duty)


def _note(action: str, held: Nomination, by: User, now: datetime, duty: str = "") -> None:
    log.record(
        action, at=now, actor_id=by.pk, patient_id=held.patient_id, duty=duty,
        about=f"nomination {held.pk}", details={"state": held.state, "scopes": held.scopes},
    )  # fmt: skip
