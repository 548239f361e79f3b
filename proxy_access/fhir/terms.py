"""The names and codes of the Validated Relationships API (FHIR R4)."""

from proxy_access.models import LegalBasis
from proxy_access.statuses import ALLOWED, ProxyStatus, StatusReason
from surgeries.terms import Section

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
URI = "urn:ietf:rfc:3986"
LEGAL_BASIS = "https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis"
STATUS_REASON = "https://fhir.nhs.uk/England/CodeSystem/England-ConsentStatusReason"
REASON_EXTENSION = (
    "https://fhir.nhs.uk/England/StructureDefinition/Extension-England-Consent-Status-Reason"
)
OLDER_REASON_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-statusReason"
R5_CONSENT = "hl7.org/fhir/5.0/StructureDefinition/extension-Consent."
"""Elements of R5 are written as extensions, in the national files with http and with https."""
SCOPE = (
    "https://terminology.hl7.org/CodeSystem/consentscope",
    "patient-privacy",
    "Privacy Consent",
)
CATEGORY = ("https://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA", "information access")
RECIPIENT = (
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient",
)  # fmt: skip
STANDARD = {
    "authority": "https://www.england.nhs.uk",
    "uri": (
        "https://digital.nhs.uk/data-and-information/information-standards/governance/latest-activity/"
        "standards-and-collections/dapb3051-identity-verification-and-authentication-standard-for-"
        "digital-health-and-care-services"
    ),
}

INACTIVE = "inactive"
STATUSES: dict[ProxyStatus, str] = {
    ProxyStatus.PROPOSED: "proposed",
    ProxyStatus.ACTIVE: "active",
    ProxyStatus.SUSPENDED: INACTIVE,
    ProxyStatus.ENDED: INACTIVE,
    ProxyStatus.REJECTED: "rejected",
    ProxyStatus.ENTERED_IN_ERROR: "entered-in-error",
}
"""Where a grant stands, as the API says it; the reason tells suspended from ended."""

BASIS_WORDS: dict[str, str] = {
    LegalBasis.CONSENT: "Consent",
    LegalBasis.PARENTAL_RESPONSIBILITY: "Parental responsibility",
    LegalBasis.ATTORNEY: "Health and Welfare Lasting Power of Attorney",
    LegalBasis.DEPUTY: "Court Appointed Personal Welfare Deputy",
    LegalBasis.BEST_INTEREST: "Best interest",
}
ASKED_BASES = {"PRN": LegalBasis.PARENTAL_RESPONSIBILITY, "Personal": LegalBasis.CONSENT}
"""The basis of an application, which names it by the relationship."""
ASKED_PARTS = {
    "TEST": Section.TEST_RESULTS,
    "VACC": Section.IMMUNISATIONS,
    "COND": Section.HEALTH_CONDITIONS,
    "CONSULT": Section.CONSULTATIONS,
    "DOCS": Section.DOCUMENTS,
    "PRESCR": Section.MEDICINES,
}
"""The parts of a record that an application can ask for; booking, and "the record" at large, are none."""


def status_told(code: str, reason: StatusReason) -> ProxyStatus | None:
    """Where a grant stands by the API's status and reason; None where the two do not go together (R4.9)."""
    if code == INACTIVE:
        is_suspended = reason is StatusReason.SUSPENDED
        found = ProxyStatus.SUSPENDED if is_suspended else ProxyStatus.ENDED
    else:
        named = [status for status, word in STATUSES.items() if word == code]
        if not named:
            return None
        [found] = named
    fits = any(after == found and reason in reasons for (_, after), reasons in ALLOWED.items())
    return found if fits else None
