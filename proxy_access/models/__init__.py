"""Who may act for whom."""

from proxy_access.models.grant import (
    DateRange,
    LegalBasis,
    ProxyGrant,
    ProxyStep,
    named,
    years_before,
)

__all__ = ["DateRange", "LegalBasis", "ProxyGrant", "ProxyStep", "named", "years_before"]
