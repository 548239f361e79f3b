"""Who may act for whom."""

from proxy_access.models.age import AgeNotice, AgeReview, Competence, Outcome
from proxy_access.models.application import Claims, Evidence, ProxyApplication
from proxy_access.models.days import UNUSED_AT_MOST, years_before
from proxy_access.models.decision import ProxyDecision, Told
from proxy_access.models.grant import (
    ORGANISATION_SCOPES,
    DateRange,
    EndNotice,
    LegalBasis,
    ProxyGrant,
    ProxyStep,
    named,
)
from proxy_access.models.nomination import (
    UNANSWERED,
    Nomination,
    NominationState,
    ProxyConsent,
    Relationship,
)
from proxy_access.models.organisation import Organisation, OrganisationMember
from proxy_access.models.pause import Pause, PauseEnd, Whom, is_paused
from proxy_access.models.source import GrantSource

__all__ = [
    "ORGANISATION_SCOPES",
    "UNANSWERED",
    "UNUSED_AT_MOST",
    "AgeNotice",
    "AgeReview",
    "Claims",
    "Competence",
    "DateRange",
    "EndNotice",
    "Evidence",
    "GrantSource",
    "LegalBasis",
    "Nomination",
    "NominationState",
    "Organisation",
    "OrganisationMember",
    "Outcome",
    "Pause",
    "PauseEnd",
    "ProxyApplication",
    "ProxyConsent",
    "ProxyDecision",
    "ProxyGrant",
    "ProxyStep",
    "Relationship",
    "Told",
    "Whom",
    "is_paused",
    "named",
    "years_before",
]
