"""A grant as the Validated Relationships API of NHS England tells it: FHIR R4, without the database (R4.9, R4.10)."""

from proxy_access.fhir.parsing import Unreadable
from proxy_access.fhir.reading import read
from proxy_access.fhir.told import Person, Role
from proxy_access.fhir.writing import bundle_of

__all__ = ["Person", "Role", "Unreadable", "bundle_of", "read"]
