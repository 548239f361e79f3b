"""The truth table: of every action that is logged, whether a patient reads of it in their own activity, and in which words.

What is shown, and how, follows from the event alone and never changes: a line that vanished when an entry is hidden, or
a count that shrank, would tell of it (R2.3). So nothing is tied to one entry: whoever opens one has opened the record.
"""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an event is about, for the filter and for grouping."""

    READING = "reading"
    COPIES = "copies"
    ACCESS = "access"
    PEOPLE = "people"
    ASKING = "asking"
    ACCOUNT = "account"


KINDS = {
    Kind.READING: "Looking at the record",
    Kind.COPIES: "Copies of the record",
    Kind.ACCESS: "What is open online",
    Kind.PEOPLE: "Who acts for me",
    Kind.ASKING: "What I asked the surgery, and receipts",
    Kind.ACCOUNT: "Signing in and my account",
}


class Line(NamedTuple):
    """An action in words: what was done to what. `refused` is what is read of a refused try; empty for nothing.

    `is_own` lets somebody who acts for the patient read of it where they did it themself (R4.11).
    """

    kind: Kind
    verb: str
    thing: str = ""
    is_own: bool = False
    refused: str = ""


RECORD = "the record"
LOOKED = Line(Kind.READING, "looked at", RECORD)
ANSWERED = Line(Kind.ASKING, "answered", "a request for the full record")
WORKED_ON = Line(Kind.ASKING, "worked on", "a request for the full record")

SHOWN: dict[str, Line] = {
    # reading; "record opened" says which part by its page
    "record opened": Line(Kind.READING, "opened", RECORD, True, "the record"),
    "warning page opened": Line(Kind.READING, "opened", "the warnings", True),
    "warnings agreed": Line(Kind.READING, "agreed to", "the warnings", True),
    "record searched": Line(Kind.READING, "searched", RECORD, True),
    "document opened": Line(Kind.READING, "opened", "Documents", True),
    "result opened": Line(Kind.READING, "opened", "Test results", True),
    "older results opened": Line(Kind.READING, "opened", "Test results", True),
    "asked to be told": Line(Kind.READING, "opened", "Test results"),
    "record seen before inviting": Line(Kind.READING, "opened", RECORD),
    "activity page opened": Line(Kind.READING, "opened", "pages about access"),
    "people page opened": Line(Kind.READING, "opened", "pages about access"),
    "request page opened": Line(Kind.READING, "opened", "pages about access"),
    "online access page opened": Line(Kind.READING, "opened", "pages about access"),
    # the surgery and who runs the portal: that they looked, never at what nor why
    "staff looked": LOOKED._replace(refused="the record at the surgery"),
    "staff found patient": LOOKED,
    "reason to look given": LOOKED,
    "reason to look asked for": LOOKED,
    "record seen as somebody": LOOKED,
    "record explained": LOOKED,
    "loads told": LOOKED,
    "load tried out": LOOKED,
    "proxy access told": LOOKED,
    # copies
    "copy asked for": Line(Kind.COPIES, "asked for", "a copy of the record", True),
    "copy fetched": Line(Kind.COPIES, "saved", "a copy of the record", True),
    # what is open
    "access decided": Line(Kind.ACCESS, "decided about", "what is open online"),
    "access follows a setting": Line(
        Kind.ACCESS, "changed", "what is open, with a setting for many patients"
    ),
    "online access declined": Line(Kind.ACCESS, "stopped", "online access"),
    "online access resumed": Line(Kind.ACCESS, "started", "online access again"),
    "online account opened": Line(Kind.ACCESS, "opened", "the online account"),
    "online account ended": Line(Kind.ACCESS, "ended", "an online account"),
    "identity checked": Line(Kind.ACCESS, "checked", "who you are"),
    "letter made": Line(Kind.ACCESS, "made", "a registration letter"),
    "letter ended": Line(Kind.ACCESS, "ended", "a registration letter"),
    "letter tried": Line(
        Kind.ACCESS, "tried", "a registration letter", refused="a registration letter"
    ),
    "patient registered": Line(Kind.ACCESS, "put", "you on the surgery’s list"),
    "registration ended": Line(Kind.ACCESS, "took", "you off the surgery’s list"),
    "wish about results": Line(Kind.ACCESS, "chose", "which results to be warned of"),
    # of a pause that only the surgery ends, the words are those of the surgery's own decision (ADR 38)
    "paused": Line(Kind.ACCESS, "paused", "online access, or somebody’s"),
    "pause ended": Line(Kind.ACCESS, "ended", "a pause"),
    # who acts for the patient, as far as they are told
    "proxy access changed": Line(Kind.PEOPLE, "changed", "who acts for the patient, or how", True),
    "asked to go on": Line(Kind.PEOPLE, "asked", "to go on acting for the patient", True),
    "nomination begun": Line(Kind.PEOPLE, "began", "to invite somebody"),
    "nomination agreed": Line(Kind.PEOPLE, "invited", "somebody to act for you"),
    "nomination cancelled": Line(Kind.PEOPLE, "took back", "an invitation"),
    "invitation code made": Line(Kind.PEOPLE, "got", "a new code to hand over"),
    # requests, reports and receipts
    "request made": Line(Kind.ASKING, "asked for", "the full record"),
    "request joined": Line(Kind.ASKING, "asked for", "the full record"),
    "online access asked for again": Line(Kind.ASKING, "asked for", "online access again"),
    "request withdrawn": Line(Kind.ASKING, "took back", "a request for the full record"),
    "request acknowledged": WORKED_ON,
    "request review started": WORKED_ON,
    "request granted": ANSWERED,
    "request refused": ANSWERED,
    "request put off": ANSWERED,
    "activity reported": Line(Kind.ASKING, "said", "that something here looks wrong"),
    "activity report read": Line(Kind.ASKING, "looked at", "what you said looks wrong here"),
    "activity report answered": Line(Kind.ASKING, "answered", "what you said looks wrong here"),
    "receipt made": Line(Kind.ASKING, "downloaded", "a receipt"),
    "receipt checked": Line(Kind.ASKING, "checked", "a receipt"),
    # the account
    "account closed": Line(Kind.ACCOUNT, "closed", "the account"),
    "set-up link made": Line(Kind.ACCOUNT, "made", "a link to set up the account again"),
}
"""Of a patient's own chain."""

ACCOUNT: dict[str, Line] = {
    "sign-in": Line(Kind.ACCOUNT, "signed in", refused="to sign in"),
    "second factor": Line(Kind.ACCOUNT, "used", "a second step", refused="a second step"),
    "sign-out": Line(Kind.ACCOUNT, "signed out"),
    "nhs login": Line(
        Kind.ACCOUNT, "signed in", "with NHS login", refused="to sign in with NHS login"
    ),
    "device signed out": Line(Kind.ACCOUNT, "signed out", "another browser"),
    "account made": Line(Kind.ACCOUNT, "made", "the account"),
    "account set up": Line(Kind.ACCOUNT, "set up", "the account"),
    "account closed": Line(Kind.ACCOUNT, "closed", "the account"),
    "email change asked for": Line(Kind.ACCOUNT, "asked for", "another email address"),
    "email changed": Line(Kind.ACCOUNT, "changed", "the email address"),
    "password changed": Line(
        Kind.ACCOUNT, "changed", "the password", refused="to change the password"
    ),
    "notices chosen": Line(Kind.ACCOUNT, "changed", "what we tell you by email"),
    "factor added": Line(Kind.ACCOUNT, "added", "a way to sign in"),
    "factor named": Line(Kind.ACCOUNT, "renamed", "a way to sign in"),
    "factor removed": Line(Kind.ACCOUNT, "removed", "a way to sign in"),
    "recovery codes made": Line(Kind.ACCOUNT, "made", "recovery codes"),
    "recovery code used": Line(Kind.ACCOUNT, "used", "a recovery code"),
    "desk code made": Line(Kind.ACCOUNT, "made", "a code for the surgery’s desk"),
    "identity checked": Line(Kind.ACCOUNT, "proved", "who they are"),
    "set-up link made": Line(Kind.ACCOUNT, "made", "a link to set up the account again"),
}
"""Of the chain that concerns no patient: what somebody did with their own account, or was done about it."""

HIDING = "it tells of an entry that is, was or may be hidden, or who reviews what (R2.3)"
APPLYING = "whether the patient may know of it is the surgery's decision (R4.5)"
WORK = "work of staff and of the system that changes nothing for the patient (R1.10)"
ENTRY = "it is about one entry, and is gone with it; it has a page of its own (R2.3)"
QUIET = "whoever holds the patient's phone must find no trace of a talk with the surgery (R5.2)"
NOT_OF_A_PATIENT = "it concerns no patient"

NEVER: dict[str, str] = {
    "entry hidden": HIDING, "entry hidden again": HIDING, "entry shown again": HIDING, "entry kept hidden": HIDING,
    "entry hidden by patient": HIDING, "entry shown again by patient": HIDING, "entry let be seen": HIDING,
    "entry reviewed": HIDING, "rest accepted": HIDING, "review opened": HIDING, "review changed": HIDING,
    "review finished": HIDING, "review given up": HIDING, "review used": HIDING, "second person agreed": HIDING,
    "second person sent back": HIDING, "access decided unread": HIDING, "access kept": HIDING,
    "record loaded": "its moment could tell of an entry that came hidden (R2.3)",
    "load undone": "what went with it may have been hidden (R2.3); the surgery tells of a breach itself",
    "spoken about result": ENTRY, "correction opened": ENTRY, "correction message": ENTRY,
    "correction taken back": ENTRY, "correction answered": ENTRY,
    "proxy application sent": APPLYING, "proxy application taken back": APPLYING, "proxy application matched": APPLYING,
    "proxy application answered": APPLYING, "proxy application read": APPLYING, "proxy access taken in": APPLYING,
    "sign of coercion ticked": APPLYING, "age reviewed": APPLYING, "nomination let go on": APPLYING,
    "nomination turned down": APPLYING, "invitation opened": APPLYING, "invitation accepted": APPLYING,
    "invitation declined": APPLYING, "invitation tried": APPLYING,
    "told of news": "its moment could tell of what came, and of another person's mailbox (R2.3, R4.11)",
    "news chosen": "it stands with the account as a change of what we tell", "notice kept back": WORK,
    "help asked for": QUIET, "help answered": QUIET, "surgery page opened": QUIET, "pause carried on": WORK,
    "told of an age": WORK, "proxy end told": WORK, "task done": WORK, "task taken on": WORK, "task let go": WORK,
    "decision letter printed": WORK, "copy made": WORK, "copy ended": WORK, "copy not made": WORK,
    "ages found": NOT_OF_A_PATIENT, "birthdays looked at": NOT_OF_A_PATIENT, "desk code tried": NOT_OF_A_PATIENT,
    "desk opened": NOT_OF_A_PATIENT, "dormant access found": NOT_OF_A_PATIENT, "duty ended": NOT_OF_A_PATIENT,
    "duty kept": NOT_OF_A_PATIENT, "extract sent": NOT_OF_A_PATIENT, "log anchored": NOT_OF_A_PATIENT,
    "organisation added": NOT_OF_A_PATIENT, "organisation ended": NOT_OF_A_PATIENT,
    "organisation member added": NOT_OF_A_PATIENT, "organisation member ended": NOT_OF_A_PATIENT,
    "practice change made": NOT_OF_A_PATIENT, "practice change undone": NOT_OF_A_PATIENT, "practice change proposed": NOT_OF_A_PATIENT,
    "practice change agreed": NOT_OF_A_PATIENT, "practice change sent back": NOT_OF_A_PATIENT,
    "setting proposed": NOT_OF_A_PATIENT, "setting agreed": NOT_OF_A_PATIENT, "setting sent back": NOT_OF_A_PATIENT,
    "change previewed": NOT_OF_A_PATIENT, "setting not saved": NOT_OF_A_PATIENT, "settings changed": NOT_OF_A_PATIENT,
    "report downloaded": NOT_OF_A_PATIENT, "staff appointed": NOT_OF_A_PATIENT, "staff searched": NOT_OF_A_PATIENT,
    "supplier ended": NOT_OF_A_PATIENT, "supplier registered": NOT_OF_A_PATIENT,
    "supplier token asked for": NOT_OF_A_PATIENT, "surgeries imported": NOT_OF_A_PATIENT,
    "surgery added": NOT_OF_A_PATIENT, "waiting proxies found": NOT_OF_A_PATIENT,
}  # fmt: skip
"""What no patient reads, and why. Whatever begins with "help asked" is never shown either (R5.2)."""

BY_COMMAND = {
    "record explained",
    "loads told",
    "load tried out",
    "proxy access told",
    "set-up link made",
}
"""What whoever runs the portal does by command, where no name is on file."""


def is_never_shown(action: str) -> bool:
    """Whether an action is kept from the patient by the table."""
    return action in NEVER or action.startswith("help asked")
