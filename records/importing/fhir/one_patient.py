"""A file is about one person only, or it is refused whole (R3.7, R7.2)."""

from records.importing.extract import SourceKey, UnreadableExtract
from records.importing.fhir.bundle import URN, Bundle, Resource
from records.importing.fhir.fields import Json
from records.importing.fhir.person import NHS_NUMBER


def refuse_another_person(bundle: Bundle) -> None:
    """Raise UnreadableExtract where the file has a second person, or anything in it is about one."""
    if any(each.resource == "Patient" for each in bundle.skipped):
        raise UnreadableExtract(
            "The file has two different patients under one id: check the source"
        )
    numbers = _numbers(bundle.of_type("Patient"))
    for resource in bundle.resources:
        _refuse_another_person(bundle, resource, numbers)


def _refuse_another_person(bundle: Bundle, resource: Resource, numbers: set[str]) -> None:
    """Nothing that says it is about somebody else may come under this patient (R3.7)."""
    for name in ("subject", "patient"):
        about = resource.body.get(name)
        if isinstance(about, dict) and _names_another(bundle, resource.body, about, numbers):
            raise UnreadableExtract(
                f"{resource.key} is about another patient than the file: check the source"
            )


def _names_another(bundle: Bundle, holder: Json, about: Json, numbers: set[str]) -> bool:
    found = bundle.find(about, "Patient")
    written = about.get("reference")
    written = written if isinstance(written, str) else ""
    is_patient = found is not None and found.kind == "Patient"
    if ("Patient/" in written and not is_patient) or (written.startswith(URN) and not found):
        return True
    identifier = about.get("identifier")
    if isinstance(identifier, dict) and identifier.get("system") == NHS_NUMBER:
        return _digits(identifier) not in numbers
    return bool(written.startswith("#") and _numbers_inside(holder, written) - numbers)


def _numbers_inside(holder: Json, written: str) -> set[str]:
    """The NHS numbers of a patient that stands inside the resource which names it."""
    contained = holder.get("contained")
    inner = (
        [each for each in contained if isinstance(each, dict)]
        if isinstance(contained, list)
        else []
    )
    named = [each for each in inner if each.get("id") in (written, written[1:])]
    return _numbers([Resource(SourceKey("Patient", written), each, 0) for each in named])


def _digits(identifier: Json) -> str:
    return str(identifier.get("value")).replace(" ", "")


def _numbers(patients: list[Resource]) -> set[str]:
    """Every NHS number that the patient of the file goes by."""
    found = set()
    for patient in patients:
        identifiers = patient.body.get("identifier")
        for each in identifiers if isinstance(identifiers, list) else []:
            if isinstance(each, dict) and each.get("system") == NHS_NUMBER:
                found.add(_digits(each))
    return found
