"""What happened about a patient, in plain words for the staff of their surgery (R9.1, R9.2)."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Duty, OnlineRegistration, StaffRole, User
from accounts.staff import StaffAccess
from audit.models import AuditEvent, Outcome
from records.activity_about import AN_ID, about_words
from records.models import Supplier
from records.seeing import people_acting


class Happening(NamedTuple):
    """One event: when, who and as what, what they did, with which page or thing, and how it ended."""

    at: datetime
    who: str
    role: str
    did: str
    about: str
    ended: str
    entry_id: UUID | None


DID = {
    "access decided": "Decided access",
    "activity page opened": "Opened a page of their own activity",
    "activity report answered": "Answered what the patient says looks wrong in their activity",
    "activity report read": "Began to look at what the patient says looks wrong in their activity",
    "activity reported": "Said that something in their activity looks wrong",
    "age reviewed": "Decided at an age about somebody who acts for the patient",
    "access decided unread": "Opened more by command, without a review",
    "access follows a setting": "Let access follow a setting of the surgery that closes more",
    "access kept": "Left access as it was, while a setting opened more to others",
    "asked to go on": "Asked to go on acting for the patient",
    "asked to be told": "Asked to be spoken to about a result",
    "account closed": "Closed their account",
    "copy asked for": "Asked for a copy of the record",
    "copy ended": "A copy was ended",
    "copy fetched": "Fetched a copy of the record",
    "copy made": "A copy was made",
    "copy not made": "A copy could not be made",
    "document opened": "Opened a document",
    "correction answered": "Answered what somebody said looks wrong",
    "correction message": "Wrote more about what looks wrong",
    "correction opened": "Said that something looks wrong",
    "correction taken back": "Took back that something looks wrong",
    "entry hidden": "Hid an entry",
    "entry hidden again": "Hid an entry again that was shown from an extract which was taken back",
    "entry hidden by patient": "Hid an entry from whoever acts for them",
    "entry kept hidden": "Left an entry hidden",
    "entry let be seen": "Let somebody who asks to act for the patient see an entry",
    "entry shown again": "Showed an entry again",
    "entry shown again by patient": "Showed an entry again to whoever acts for them",
    "online access asked for again": "Asked the surgery to open online access again",
    "pause carried on": "Online access stays paused at the next surgery",
    "pause ended": "Ended a pause of online access",
    "paused": "Paused online access",
    "identity checked": "Checked identity",
    "invitation accepted": "Accepted to act for the patient",
    "invitation code made": "Got a new code to hand over",
    "invitation declined": "Declined to act for the patient",
    "invitation opened": "Gave the code of an invitation",
    "invitation tried": "Tried the code of an invitation",
    "letter ended": "Ended a registration letter",
    "letter made": "Made a registration letter",
    "letter tried": "Tried a registration letter",
    "older results opened": "Opened older results",
    "nomination agreed": "Agreed that somebody acts for them, and invited them",
    "nomination begun": "Began to invite somebody to act for them",
    "nomination cancelled": "Took an invitation back",
    "nomination let go on": "Let the patient invite somebody",
    "nomination turned down": "Ended an invitation before it was sent",
    "news chosen": "Chose whether to be told by e-mail that there is something new",
    "online access declined": "Stopped online access",
    "online access page opened": "Opened the page to stop or start online access",
    "online access resumed": "Started online access again",
    "online account ended": "The online account was ended",
    "online account opened": "The online account was opened",
    "patient registered": "Put the patient on the list",
    "proxy access taken in": "Took in by command what another system tells of who acts for the patient",
    "proxy access told": "Told another system by command who acts for the patient",
    "proxy application matched": "Found that somebody asks to act for the patient",
    "proxy access changed": "Changed who may act for the patient",
    "proxy end told": "Told both sides that proxy access ends soon",
    "receipt checked": "Checked a receipt of their log",
    "receipt made": "Took a receipt of their log",
    "reason to look given": "Gave a reason to look at the patient",
    "record explained": "Asked by command what somebody sees",
    "load tried out": "Tried out by command what an extract would change, and changed nothing",
    "load undone": "Took back an extract that was loaded into the wrong record",
    "loads told": "Asked by command which extracts were loaded",
    "record loaded": "Loaded an extract of the record",
    "record opened": "Opened the record",
    "record seen before inviting": "Looked at the record as somebody would whom they invite",
    "record searched": "Searched the record",
    "record seen as somebody": "Saw the record as somebody",
    "registration ended": "The registration ended",
    "result opened": "Opened a result that was closed",
    "set-up link made": "Made a set-up link",
    "sign of coercion ticked": "Ticked a sign of coercion, so that somebody could not be let in",
    "spoken about result": "Said that the patient was spoken to about a result",
    "staff found patient": "Found the patient by a search",
    "staff looked": "Looked at the patient",
    "task done": "Said that a task is done",
    "told of news": "Told somebody by email that there is something new",
    "told of an age": "Told somebody that an age comes at which something changes",
    "warning page opened": "Opened a page of the warnings",
    "warnings agreed": "Agreed to the warnings",
    "wish about results": "Chose which results to be warned of",
}
"""What is done, in words; an action that is not named here is told by its own name."""
ENDED = {
    Outcome.DONE.value: "",
    Outcome.REFUSED.value: "Refused",
    Outcome.NOT_FOUND.value: "Not found",
}


def activity_of(access: StaffAccess) -> QuerySet[AuditEvent]:
    """The events about a patient, the newest first."""
    return AuditEvent.objects.filter(patient_id=access.patient.pk).order_by("-sequence")


def tell(events: Iterable[AuditEvent], access: StaffAccess) -> list[Happening]:
    """Events in words, with who they were by: two or three queries for them, however many events."""
    events = list(events)
    ids = {event.actor_id for event in events} - {None}
    ids |= {UUID(found) for event in events for found in AN_ID.findall(event.object)}
    names, roles = names_of(ids), _roles(access, ids)
    return [_happening(event, names, roles) for event in events]


def names_of(ids: set[UUID | None]) -> dict[UUID | None, str]:
    """What people and suppliers' systems are called, by their ids."""
    people = User.objects.in_bulk(ids - {None})
    names: dict[UUID | None, str] = {pk: user.name or user.email for pk, user in people.items()}
    if others := ids - names.keys() - {None}:
        systems = Supplier.objects.in_bulk(others)
        names |= {pk: system.name for pk, system in systems.items()}
    return names


def _roles(access: StaffAccess, ids: set[UUID | None]) -> dict[UUID, str]:
    """What some people are to a patient: the patient, who acts for them, or staff of the surgery."""
    own = OnlineRegistration.objects.filter(patient=access.patient, user__in=ids)
    staff = StaffRole.objects.filter(surgery=access.patient.surgery, user__in=ids)
    return (
        dict.fromkeys(staff.values_list("user_id", flat=True), "staff")
        | dict.fromkeys(people_acting(access.patient), "acts for the patient")
        | dict.fromkeys(own.values_list("user_id", flat=True), "the patient")
    )


def _happening(
    event: AuditEvent, names: dict[UUID | None, str], roles: dict[UUID, str]
) -> Happening:
    who = names.get(event.actor_id, "somebody") if event.actor_id else "The portal"
    duties = [Duty(duty).label for duty in event.duty.split() if duty in Duty.values]
    role = ", ".join([roles.get(event.actor_id, ""), *duties] if event.actor_id else duties)
    entry = re.search(rf"\bentry ({AN_ID.pattern})", event.object)
    return Happening(
        event.at, who, role.strip(", "), DID.get(event.action, event.action.capitalize()),
        about_words(event.object, names), ENDED[event.outcome], UUID(entry[1]) if entry else None,
    )  # fmt: skip
