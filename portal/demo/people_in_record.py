"""The people and places of a record: the patient, the surgery, and those who write in it."""

from dataclasses import dataclass

from portal.demo.chart import Chart
from portal.demo.fhir import NHS_CODES, NHS_NUMBER, ODS_CODE, Fields, Ref, coded, extension, link
from portal.demo.roles import SURGERY, Person
from portal.demo.when import stamp

VERIFIED = coded(
    f"{NHS_CODES}CareConnect-NHSNumberVerificationStatus-1", "01", "Number present and verified"
)
GP_ROLE = coded(f"{NHS_CODES}CareConnect-SDSJobRoleName-1", "R0260", "General Medical Practitioner")


@dataclass(frozen=True)
class Team:
    """Those who write in the record of one chart."""

    surgery: Ref
    place: Ref
    gp: Ref
    nurse: Ref
    hospital: Ref


def start_record(chart: Chart) -> Team:
    """Put the patient, the surgery and its people at the head of a record."""
    surgery = chart.put("Organization", _surgery_fields(), id=chart.surgery.bare_id)
    place = chart.put("Location", _place_fields(surgery))
    gp = _clinician(chart, surgery, "Dr", "Imogen", "Fairsample", GP_ROLE)
    nurse = _clinician(chart, surgery, "Nurse", "Tomos", "Plasterson", {"text": "Practice nurse"})
    hospital = chart.put("Organization", {"name": "Larkmoor General Hospital (made up)"})
    chart.put("Patient", _patient_fields(chart, gp, surgery), id=chart.patient.bare_id)
    return Team(surgery, place, gp, nurse, hospital)


def _surgery_fields() -> Fields:
    *lines, city = SURGERY.address
    return {
        "identifier": [{"system": ODS_CODE, "value": SURGERY.ods_code}],
        "type": [{"text": "GP Practice"}],
        "name": SURGERY.name,
        "telecom": [{"system": "phone", "value": SURGERY.phone, "use": "work"}],
        "address": [{"use": "work", "line": lines, "city": city, "postalCode": SURGERY.postcode}],
    }


def _place_fields(surgery: Ref) -> Fields:
    return {"status": "active", "name": SURGERY.name, "managingOrganization": link(surgery)}


def _clinician(
    chart: Chart, surgery: Ref, prefix: str, given: str, family: str, role: Fields
) -> Ref:
    name = {"use": "official", "family": family, "given": [given], "prefix": [prefix]}
    who = chart.put("Practitioner", {"name": [name]})
    role_fields = {"practitioner": link(who), "organization": link(surgery), "code": [role]}
    chart.put("PractitionerRole", role_fields)
    return who


def _patient_fields(chart: Chart, gp: Ref, surgery: Ref) -> Fields:
    person = chart.person
    died_on = person.died_on(chart.today)
    return {
        "identifier": [_nhs_number(person)],
        "active": True,
        "name": [_name(person)],
        "telecom": [{"system": "phone", "value": person.phone, "use": "home"}],
        "gender": person.gender,
        "birthDate": person.born_on(chart.today).isoformat(),
        "deceasedDateTime": stamp(died_on, 0) if died_on else "",
        "address": [
            {
                "use": "home",
                "line": ["2 Example Lane"],
                "city": "Sampleford",
                "postalCode": "ZZ99 3CZ",
            }
        ],
        "generalPractitioner": [link(gp)],
        "managingOrganization": link(surgery),
    }


def _name(person: Person) -> Fields:
    return {
        "use": "official",
        "family": person.family_name,
        "given": person.given_names.split(),
        "prefix": [person.title],
    }


def _nhs_number(person: Person) -> Fields:
    status = extension("NHSNumberVerificationStatus", VERIFIED, "CodeableConcept")
    return {"extension": [status], "system": NHS_NUMBER, "value": person.nhs_number}
