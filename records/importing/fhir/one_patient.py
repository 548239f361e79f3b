"""A file is about one person only, or it is refused whole (R3.7, R7.2)."""

from typing import Any

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


def refuse_other_subjects(bundle: Bundle) -> None:
    """Raise UnreadableExtract where anything names as its subject what is not the patient of the file (R3.7).

    R4 lets it be a relative, a group or a thing; what points at nothing here may be anybody.
    """
    for resource in bundle.resources:
        for name in ("subject", "patient"):
            found = resource.body.get(name)
            named = found if isinstance(found, list) else [found]
            if not all(each is None or _is_patient(bundle, resource.body, each) for each in named):
                raise UnreadableExtract(
                    f"{resource.key} is about another patient than the file, or does not say about whom:"
                    " check the source"
                )


def _is_patient(bundle: Bundle, holder: Json, about: Any) -> bool:
    if not isinstance(about, dict):
        return False
    written = about.get("reference")
    if written is None:
        return True
    if isinstance(written, str) and written.startswith("#"):
        inside = _inside(holder, written)
        return bool(inside) and all(_is_same(bundle, each) for each in inside)
    found = bundle.find(about, "Patient")
    return found is not None and found.kind == "Patient"


def _is_same(bundle: Bundle, inner: Json) -> bool:
    """Whether a patient inside a resource is that of the file: by number, else by family name and date of birth."""
    if inner.get("resourceType") != "Patient":
        return False
    patients = bundle.of_type("Patient")
    numbers = _numbers([Resource(SourceKey("Patient", ""), inner, 0)])
    if numbers:
        return numbers <= _numbers(patients)
    born = inner.get("birthDate")
    return any(
        born and born == each.body.get("birthDate") and _families(inner) & _families(each.body)
        for each in patients
    )


def _families(body: Json) -> set[str]:
    names = body.get("name")
    named = [each for each in names if isinstance(each, dict)] if isinstance(names, list) else []
    return {str(each["family"]).casefold() for each in named if each.get("family")}


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
    named = _inside(holder, written)
    return _numbers([Resource(SourceKey("Patient", written), each, 0) for each in named])


def _inside(holder: Json, written: str) -> list[Json]:
    contained = holder.get("contained")
    inner = contained if isinstance(contained, list) else []
    named = [each for each in inner if isinstance(each, dict)]
    return [each for each in named if each.get("id") in (written, written[1:])]


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
