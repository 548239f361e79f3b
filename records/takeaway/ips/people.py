"""Whose record it is, and which surgery wrote it."""

from nhsuk.wording import date_words, nhs_number_words
from records.takeaway.ips import narrative
from records.takeaway.ips.naming import Names
from records.takeaway.ips.pieces import Json, plain, without_nothing
from records.takeaway.ips.terms import IPS, NHS_NUMBER, ODS_CODE
from surgeries.models import Patient, Surgery


def patient(whose: Patient, names: Names) -> Json:
    """Name, date of birth and NHS number; no address, phone or other person (R4.11, R7.5)."""
    born = whose.date_of_birth.isoformat()
    told = [
        whose.full_name,
        f"Born {date_words(whose.date_of_birth)}",
        f"NHS number {nhs_number_words(whose.nhs_number)}",
    ]
    name = {
        "text": plain(whose.full_name),
        "family": plain(whose.family_name),
        "given": plain(whose.given_names).split(),
    }
    return {
        "resourceType": "Patient",
        "id": names.id_of("patient"),
        "meta": {"profile": [f"{IPS}/Patient-uv-ips"]},
        "text": narrative.of_section(told),
        "identifier": [{"system": NHS_NUMBER, "value": whose.nhs_number}],
        "name": [without_nothing(name)],
        "birthDate": born,
    }


def organisation(surgery: Surgery, names: Names) -> Json:
    """The surgery by name and code."""
    return {
        "resourceType": "Organization",
        "id": names.id_of("surgery"),
        "meta": {"profile": [f"{IPS}/Organization-uv-ips"]},
        "text": narrative.of_section([surgery.name]),
        "identifier": [{"system": ODS_CODE, "value": plain(surgery.ods_code)}],
        "name": plain(surgery.name),
    }
