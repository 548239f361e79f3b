"""Where a grant stands, why, and what may come after what (R4.9, R4.10).

The codes are those of the Validated Relationships API of NHS England, so that a grant can be told to it one to one.
There, what is suspended is inactive with the one reason for that, and what has ended is inactive with any other.
"""

from django.db import models


class ProxyStatus(models.TextChoices):
    """Where a grant stands (R4.9)."""

    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    ENDED = "ended", "Ended"
    REJECTED = "rejected", "Rejected"
    ENTERED_IN_ERROR = "entered-in-error", "Entered in error"


class StatusReason(models.TextChoices):
    """Why a grant stands where it does (R4.10)."""

    APPLICATION_SUBMITTED = "APPLICATION_SUBMITTED", "Asked for"
    APPLICATION_RESUBMITTED = "APPLICATION_RESUBMITTED", "Asked for again"
    APPLICATION_WITHDRAWN = "APPLICATION_WITHDRAWN", "Taken back before it was decided"
    NOT_NEEDED = "APPLICATION_REJECTED_NOT_NEEDED", "Not needed"
    REJECTED_SAFEGUARDING = "APPLICATION_REJECTED_SAFEGUARDING", "Rejected: safeguarding concern"
    NOT_IDENTIFIED = (
        "APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED",
        "The person's identity was not proved",
    )
    NO_CONSENT = "APPLICATION_REJECTED_NO_CONSENT", "The patient does not agree"
    COERCION = "APPLICATION_REJECTED_COERCION", "Rejected: sign of coercion"
    REJECTED_NO_CAPACITY = (
        "APPLICATION_REJECTED_PROXY_LACKS_CAPACITY",
        "Rejected: the person lacks capacity",
    )
    REJECTED_ABROAD = "APPLICATION_REJECTED_PROXY_ABROAD", "Rejected: the person lives abroad"
    NO_LEGAL_BASIS = "APPLICATION_REJECTED_NO_LEGAL_BASIS", "Relationship or legal basis not proved"
    CREATED = "ROLE_CREATED", "Set up by the surgery"
    ACTIVATED = "ROLE_ACTIVATED", "Granted"
    REACTIVATED = "ROLE_REACTIVATED", "Started again"
    SUSPENDED = "ROLE_SUSPENDED_PENDING_REVIEW", "Suspended until somebody has looked at it"
    SAFEGUARDING = "ROLE_DEACTIVATED_SAFEGUARDING", "Safeguarding concern"
    PATIENT_REQUEST = "ROLE_DEACTIVATED_PATIENT_REQUEST", "The patient wants it"
    PROXY_REQUEST = (
        "ROLE_DEACTIVATED_PROXY_REQUEST",
        "The person no longer wants to act for the patient",
    )
    END_DATE_REACHED = "ROLE_DEACTIVATED_END_DATE_REACHED", "The end date came"
    INACTIVE = "ROLE_DEACTIVATED_INACTIVE_ROLE", "Not used any more"
    PATIENT_DECEASED = "ROLE_DEACTIVATED_PATIENT_DECEASED", "The patient died"
    PROXY_DECEASED = "ROLE_DEACTIVATED_PROXY_DECEASED", "The person died"
    FAMILY = "ROLE_DEACTIVATED_FAMILIAL_REASON", "Family reasons"
    RELATIONSHIP_CHANGED = (
        "ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP",
        "The relationship, or its legal basis, changed",
    )
    NO_CAPACITY = "ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY", "The person lacks capacity"
    MISUSE = "ROLE_DEACTIVATED_SYSTEM_MISUSE", "Misuse"
    PATIENT_MOVED = (
        "ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED",
        "The patient moved to another surgery",
    )
    PROXY_MOVED = "ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED", "The person moved to another surgery"
    ABROAD = "ROLE_DEACTIVATED_PROXY_ABROAD", "The person lives abroad"
    OTHER = "OTHER", "Another reason"


BEGINNING = ""
"""Where a grant stands before there is one."""
REJECTING = frozenset(each for each in StatusReason if "REJECTED" in each.value) | {
    StatusReason.OTHER
}
ENDING = frozenset(each for each in StatusReason if "DEACTIVATED" in each.value) | {
    StatusReason.OTHER
}
ALLOWED: dict[tuple[str, str], frozenset[StatusReason]] = {
    (BEGINNING, ProxyStatus.PROPOSED): frozenset([StatusReason.APPLICATION_SUBMITTED]),
    (BEGINNING, ProxyStatus.ACTIVE): frozenset([StatusReason.CREATED]),
    (ProxyStatus.PROPOSED, ProxyStatus.ACTIVE): frozenset([StatusReason.ACTIVATED]),
    (ProxyStatus.PROPOSED, ProxyStatus.REJECTED): REJECTING,
    (ProxyStatus.PROPOSED, ProxyStatus.ENTERED_IN_ERROR): frozenset(
        [StatusReason.APPLICATION_WITHDRAWN]
    ),
    (ProxyStatus.REJECTED, ProxyStatus.PROPOSED): frozenset([StatusReason.APPLICATION_RESUBMITTED]),
    (ProxyStatus.ACTIVE, ProxyStatus.SUSPENDED): frozenset([StatusReason.SUSPENDED]),
    (ProxyStatus.ACTIVE, ProxyStatus.ENDED): ENDING,
    (ProxyStatus.SUSPENDED, ProxyStatus.ACTIVE): frozenset([StatusReason.REACTIVATED]),
    (ProxyStatus.SUSPENDED, ProxyStatus.ENDED): ENDING,
}
"""Each change of status that there is, with the reasons for it; whatever is not here is refused, in the database too.

What has ended does not begin again: another grant does, with another look at whether it is safe (R4.5).
"""


def is_allowed(before: str, after: str, reason: str) -> bool:
    """Whether a grant may go from one status to another for a reason (R4.9)."""
    return reason in ALLOWED.get((before, after), ())
