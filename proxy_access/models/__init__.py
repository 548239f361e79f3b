"""Who may act for whom."""

from proxy_access.models.grant import (
    DateRange,
    LegalBasis,
    ProxyGrant,
    ProxyStep,
    named,
    years_before,
)
from proxy_access.models.nomination import (
    UNANSWERED,
    Nomination,
    NominationState,
    ProxyConsent,
    Relationship,
)
from proxy_access.models.source import GrantSource

__all__ = [
    "UNANSWERED",
    "DateRange",
    "GrantSource",
    "LegalBasis",
    "Nomination",
    "NominationState",
    "ProxyConsent",
    "ProxyGrant",
    "ProxyStep",
    "Relationship",
    "named",
    "years_before",
]
