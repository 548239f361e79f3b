"""What every address answers to whom: the whole of it, as it should be, by groups of addresses.

One letter is one answer. A column is one of the roles of `world.py`, in their order:

    everywhere  signed out, first factor only | P0, P5 | nobody, another patient | the patient, a proxy of all
                sections, an ended proxy | staff: check-identity, review-entries, decide-access, manage-settings |
                staff of another surgery
    of a record warnings not agreed | denied, paused, declined, nothing open, moved | the patient, and a proxy of all sections,
                while the patient paused it | staff of all duties | a proxy of
                each section alone
    of the desk left just now, acted for her, came in by a recovery code, has no reason to look
    of an account  the patient, whose second factor is an hour old

An address that is in no group, or in two, fails. So does one that takes another method than those listed here.
"""

from enum import StrEnum
from typing import NamedTuple


class Is(StrEnum):
    """What an answer is."""

    IN = "I"
    """The view's own: a page, a form that was not good, or the way on."""
    SIGN_IN = "S"
    CODE = "C"
    """The way to the second factor."""
    CONFIRM = "F"
    """The way to a fresh second factor."""
    WARNED = "W"
    """The way to what is read before a record."""
    REASON = "R"
    """The way to the reason for looking at somebody."""
    REFUSED = "3"
    """403, which says what is missing: of whoever may know that there is such a thing."""
    UNKNOWN = "4"
    """404, to the byte as for an address of nothing. Where a view finds nothing for somebody whom the door let in, too."""
    METHOD = "5"
    TOKEN = "T"
    """401, to a program."""


class Group(NamedTuple):
    """Addresses that answer alike, by method; letters by column, one string for each set of roles."""

    title: str
    letters: dict[str, str]
    names: dict[str, list[str]]


def groups():
    """The table, read."""
    for block in TABLE.strip().split("\n\n"):
        title, letters, *lines = block.splitlines()
        columns = [one.replace(" ", "").replace("-", "") for one in letters.split("|")]
        found = {"GET": [], "POST": []}
        for word in " ".join(lines).split():
            if word in found:
                names = found[word]
            else:
                names.append(word)
        yield Group(title.removeprefix("# "), dict(zip(SETS, columns, strict=True)), found)


SETS = ("everywhere", "record", "desk", "account")
TABLE = """
# What anybody may see, and signing in
II II II III IIII I | - | - | -
GET home healthz help guidance still-there time-left signed-out surgeries:find surgeries:surgery
    accounts:sign-in accounts:create supplier-openapi invited
POST stay time-left accounts:sign-in accounts:passkey-begin accounts:passkey-end accounts:create
    supplier-token

# What is not there: no demo, no NHS login set up, no such one-time link or page
44 44 44 444 4444 4 | - | - | -
GET demo demo-emails openid-configuration demo-nhs-login-keys demo-nhs-login-authorize demo-nhs-login-userinfo
    accounts:set-up accounts:set-up-password accounts:set-up-app accounts:set-up-passkey supplier-elsewhere
    nhs-login-callback nhs-login-account nhs-login-has-account nhs-login-keys
POST demo-nhs-login-choose demo-nhs-login-token accounts:set-up accounts:set-up-password accounts:set-up-app
    accounts:set-up-passkey-begin accounts:set-up-passkey-end supplier-elsewhere nhs-login nhs-login-account

# Signing in, after the password, and out
SI II II III IIII I | - | - | -
GET accounts:second-factor accounts:use-recovery-code
POST accounts:second-factor accounts:use-recovery-code accounts:sign-out

# The account
SC II II III IIII I | - | - | I
GET accounts:account accounts:devices accounts:confirm accounts:confirm-recovery-code accounts:recovery-codes
POST accounts:sign-out-others accounts:confirm accounts:confirm-recovery-code accounts:confirm-passkey-begin
    accounts:confirm-passkey-end accounts:recovery-codes

# The account, with a fresh second factor
SC II II III IIII I | - | - | F
GET accounts:change-email accounts:change-password accounts:close accounts:factors accounts:add-app
    accounts:add-passkey
POST accounts:change-email accounts:change-password accounts:close accounts:make-recovery-codes
    accounts:add-app accounts:add-passkey-begin accounts:add-passkey-end

# Nothing by this link or id
SC 44 44 444 4444 4 | - | - | 4
GET accounts:confirm-email
POST accounts:confirm-email accounts:sign-out-device

# The page after closing an account
II II II III IIII I | - | - | I
GET accounts:closed

# Nothing by this name, with a fresh second factor
SC 44 44 444 4444 4 | - | - | F
GET accounts:rename-factor accounts:remove-factor nhs-login-join
POST accounts:rename-factor accounts:remove-factor nhs-login-join

# A supplier's machine without a token
TT TT TT TTT TTTT T | - | - | -
GET supplier-extract
POST supplier-extracts

# The record
SC 33 44 II3 4444 4 | W 33333 33 4 IIIIIII | - | I
GET records:home since older-results find found timeline copies corrections
POST older-results find copies

# Considerations before a record opens
SC 33 44 II3 4444 4 | I 33333 33 4 IIIIIII | - | I
GET consider
POST consider

# An entry of one section
SC 33 44 II3 4444 4 | W 33333 33 4 4444I44 | - | I
GET entry over-time before-result looks-wrong
POST open-result looks-wrong

# A document
SC 33 44 II3 4444 4 | W 33333 33 4 444444I | - | I
GET document

# A section
SC 33 44 II3 4444 4 | W 33333 33 4 3333I33 | - | I
GET section tests

# Measurements, which are of consultations
SC 33 44 II3 4444 4 | W 33333 33 4 33333I3 | - | I
GET measurements

# What is the patient's alone, in an open record
SC 33 44 I33 4444 4 | W 33333 33 4 3333333 | - | I
GET warn-me invite-look invite-as invite-as-since invite-as-timeline invite-as-tests invite-as-measurements
    invite-as-section invite-as-elsewhere hide-from-people hidden-from-people
POST ask-to-be-told warn-me invite-hide invite-show hide-from-people show-together-to-people

# What its maker alone finds
SC 33 44 I43 4444 4 | W 33333 33 4 4444444 | - | I
GET copy copy-file correction
POST delete-copy correction take-back

# Who acts for the patient, and the request: the patient's alone, also while the record is closed
SC 33 44 I33 4444 4 | I IIII3 I3 4 3333333 | - | I
GET people person-less invite invite-who full-record
POST person-stop person-start person-end person-less person-go-on invite invite-who invite-cancel full-record
    take-request-back

# Acting for somebody, and what oneself did: the proxy's alone
SC 33 44 4I3 4444 4 | W 33333 33 4 IIIIIII | - | 4
GET go-on stop-acting what-you-did
POST go-on stop-acting

# An invitation, of which the record has to be open
SC 33 44 I33 4444 4 | I 44443 43 4 3333333 | - | I
GET invite-what
POST invite-what

# An invitation agreed to, of which the record has to be open
SC 33 44 I33 4444 4 | I 44443 43 4 3333333 | - | F
GET invite-agree
POST invite-agree

# The code of an invitation
SC 33 44 I33 4444 4 | I IIII3 I3 4 3333333 | - | F
POST invite-code

# An invitation's pages of an entry that the person would not see
SC 33 44 433 4444 4 | W 33333 33 4 3333333 | - | 4
GET invite-as-entry invite-as-document invite-as-over-time invite-as-before-result
POST show-to-people

# No forms in the pages of an invitation
SC 33 44 533 4444 4 | W 33333 33 4 3333333 | - | 5
POST invite-as-elsewhere

# Stopping one's own access
SC 33 44 I33 4444 4 | I 33I33 33 4 3333333 | - | I
GET online-access
POST decline-access resume-access

# Proving who one is, invitations and applications
SC II II III IIII I | - | - | -
GET prove desk-code letter invitation-code act-for-somebody apply-to-act
POST desk-code letter invitation-code apply-to-act

# Nothing by this invitation
SC 44 44 444 4444 4 | - | - | -
GET invitation
POST invitation invitation-decline

# An application of somebody else; before identity is proved, the way to that
SC II 44 444 4444 4 | - | - | -
GET application
POST application-take-back

# The desk
SC 44 44 444 IIII I | - | 4I3I | -
GET desk desk-found
POST desk

# Deciding access, where nobody is named
SC 44 44 444 33I3 I | - | 4I3I | -
GET desk-organisations desk-organisation-new desk-ages desk-applications
POST desk-organisation-new

# Deciding access, of a thing of this surgery
SC 44 44 444 33I3 4 | - | 4I3I | -
GET desk-organisation desk-organisation-person desk-organisation-end desk-organisation-leaves
POST desk-organisation-person desk-organisation-end desk-organisation-leaves desk-change-undo
    desk-change-go-on desk-change-make desk-change-agree desk-change-send-back

# Deciding access, of an application
SC 44 44 444 33I3 4 | - | 443I | -
GET desk-application desk-application-no-patient
POST desk-application desk-application-no-patient

# Managing settings
SC 44 44 444 333I I | - | 4I3I | -
GET desk-settings desk-settings-contact desk-settings-accounts desk-settings-hours desk-settings-days
    desk-settings-go-live desk-settings-sections desk-staff desk-staff-appoint
POST desk-settings-contact desk-settings-accounts desk-settings-hours desk-settings-days desk-settings-go-live
    desk-settings-sections desk-staff-appoint

# Settings and access
SC 44 44 444 33II I | - | 4I3I | -
GET desk-changes desk-change-new desk-reports desk-reports-csv
POST desk-change-new

# Settings and access, of a thing of this surgery
SC 44 44 444 33II 4 | - | 4I3I | -
GET desk-change desk-change-preview

# Managing settings, where nothing waits to be agreed to
SC 44 44 444 3334 4 | - | 4434 | -
POST desk-settings-save desk-settings-agree desk-settings-send-back desk-settings-go-on

# Managing settings, of a thing of this surgery
SC 44 44 444 333I 4 | - | 4I3I | -
GET desk-staff-end
POST desk-staff-end

# A patient at the desk
SC 44 44 444 IIII 4 | - | 443R | -
GET desk-patient desk-record desk-section desk-entry desk-held-results desk-corrections desk-correction
    desk-task desk-requests desk-request desk-preview desk-preview-rest desk-proxy desk-proxy-decide
    desk-safeguarding desk-extracts desk-activity desk-hidden desk-as desk-as-home desk-as-entry
    desk-as-over-time desk-as-before-result desk-as-since desk-as-timeline desk-as-tests desk-as-measurements
    desk-as-not-visible desk-as-section desk-as-elsewhere
POST desk-task-take desk-task-let-go desk-request-letter-printed desk-as

# Deciding a patient's access
SC 44 44 444 33I3 4 | - | 443R | -
GET desk-access desk-request-new desk-request-review desk-request-refuse desk-request-defer
    desk-request-withdrawn desk-preview-decide desk-preview-agree desk-proxy-of-organisation desk-proxy-stop
    desk-proxy-start desk-proxy-go-on desk-proxy-end desk-proxy-grant desk-proxy-reject desk-application-match
POST desk-access desk-task-done desk-request-new desk-request-acknowledge desk-request-review
    desk-request-refuse desk-request-defer desk-request-withdrawn desk-late-history desk-preview-decide
    desk-preview-agree desk-preview-send-back desk-preview-give-up desk-proxy-of-organisation desk-proxy-stop
    desk-proxy-start desk-proxy-go-on desk-proxy-end desk-proxy-grant desk-proxy-reject desk-application-match

# Checking a patient's identity
SC 44 44 444 I333 4 | - | 443R | -
GET desk-identity desk-new-link desk-letter
POST desk-identity desk-new-link desk-letter desk-letter-end

# Reviewing a patient's entries
SC 44 44 444 3I33 4 | - | 443R | -
GET desk-document desk-hide desk-as-document
POST desk-hide desk-correction-answer desk-preview-accept desk-proxy-let-see desk-show-again

# Reviewing entries, where there is nothing to review
SC 44 44 444 3433 4 | - | 443R | -
GET desk-hidden-act
POST desk-unhide desk-spoken desk-preview-show desk-preview-hide desk-preview-ask desk-hidden-act

# At the desk, nothing of this kind
SC 44 44 444 4444 4 | - | 443R | -
GET desk-request-letter desk-request-letter-pdf desk-preview-entry desk-nomination

# Deciding access, where there is nothing to decide
SC 44 44 444 3343 4 | - | 443R | -
GET desk-age-review
POST desk-nomination-go-on desk-nomination-turn-down desk-age-review

# Checking identity, where nobody is to be checked
SC 44 44 444 4333 4 | - | 443R | -
GET desk-nomination-identity
POST desk-nomination-identity

# Taking an extract back
SC 44 44 444 333I 4 | - | 443R | -
GET desk-extract-undo
POST desk-extract-undo desk-extract-take-back

# No forms in what is seen as somebody
SC 44 44 444 5555 4 | - | 443R | -
POST desk-as-elsewhere

# The reason to look at a patient
SC 44 44 444 IIII 4 | - | 443I | -
GET desk-reason
POST desk-reason

# Pausing: the patient's alone
SC 33 44 I33 4444 4 | I IIII3 I3 4 3333333 | - | I
GET pause
POST pause ask-to-open pause-people people-come-back

# What happened around one's access, and reaching the surgery: the patient's alone
SC 33 44 I33 4444 4 | I IIII3 I3 4 3333333 | - | I
GET activity receipt activity-reports activity-report activity-wrong your-surgery
POST activity-filter activity-show-all receipt receipt-file activity-wrong your-surgery

# Coming back from a pause, which takes a second factor of after it
SC 33 44 I33 4444 4 | I IIII3 F3 4 3333333 | - | I
POST come-back

# What one is told
SC II II III IIII I | - | - | I
GET notices
POST notices

# A link to stop e-mails that nobody made
44 44 44 444 4444 4 | - | - | -
GET accounts:stop-emails
POST accounts:stop-emails

# What a patient says looks wrong, and a talk asked for, at the desk
SC 44 44 444 IIII 4 | - | 443R | -
GET desk-activity-reports desk-activity-report desk-contact

# Answering them
SC 44 44 444 33I3 4 | - | 443R | -
POST desk-activity-report-read desk-activity-report-answer desk-contact-done

# Ending a pause at the desk, where there is none
SC 44 44 444 3343 4 | - | 443R | -
GET desk-pause-end
POST desk-pause-end
"""
"""A name without a prefix is one of the roof, or else of `records`."""
