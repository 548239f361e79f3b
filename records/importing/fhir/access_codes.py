"""The codes that steer online access when it is first set up (R1.11), never shown (R1.10)."""

from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import all_codings
from records.importing.fhir.terms import ACCESS_CODES


def access_code(resource: Resource) -> str:
    """The code of R1.11 that a resource carries, wherever in it, or ""."""
    if resource.kind == "List":
        return ""
    for coding in all_codings(resource.body):
        code = coding.get("code")
        if isinstance(code, str) and code.strip() in ACCESS_CODES:
            return code.strip()
    return ""
