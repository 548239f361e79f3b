"""Which reader an extract is for, told from what is in it: a name says nothing of what a file holds (ADR 34)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from records.importing import gpconnect, r4
from records.importing.extract import Extract, UnreadableExtract
from records.importing.fhir.bundle import outcome_words
from records.importing.fhir.decoding import LARGEST, decoded, one_line, taken_apart
from records.importing.fhir.fields import Json
from records.importing.versions import Version, signs_of, version_of

SEND = "send the Bundle of the whole record instead"
READERS: dict[Version, Callable[[Json], Extract]] = {
    Version.STU3: gpconnect.read_body,
    Version.R4: r4.read_body,
}
CLINICAL = frozenset(
    [
        "AllergyIntolerance",
        "Composition",
        "Condition",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "Immunization",
        "List",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Procedure",
        "ProcedureRequest",
        "ReferralRequest",
        "ServiceRequest",
    ]
)
"""What a record is made of; a bundle without any of it is the answer to another question."""

PROXY = "if it says who may act for a patient, load it with import_proxy"
NOT_A_RECORD: dict[str, tuple[str, str]] = {
    "Appointment": ("appointments", SEND),
    "Slot": ("free appointments", SEND),
    "Schedule": ("free appointments", SEND),
    "Consent": ("who acts for whom", PROXY),
    "QuestionnaireResponse": ("answers to a form", PROXY),
    "RelatedPerson": ("people near a patient, as PDS gives them", SEND),
    "Coverage": ("how a patient is entitled to care, as PDS gives it", SEND),
    "CommunicationRequest": ("a message of the NHS App", SEND),
    "Task": ("what became of a message of the NHS App", SEND),
    "Parameters": ("the request for a record", "send the answer to it instead"),
    "Binary": ("the content of one document", SEND),
    "DocumentReference": ("one document without the record that it belongs to", SEND),
    "Composition": ("the text of a summary without the rest of it", SEND),
    "Patient": ("who a patient is, as PDS or a registration gives it, without any record", SEND),
    "Practitioner": ("who works at a surgery", SEND),
    "Organization": ("an organisation", SEND),
    "Location": ("a place", SEND),
}
"""What some resources are on their own and what to do instead, in the order in which they name a bundle of several."""


def read(data: bytes) -> Extract:
    """What one file says about one person, by the reader that its content asks for.

    Raises UnreadableExtract with one line that says what the file is and what to send instead.
    """
    _refuse_what_is_no_json(data)
    try:
        body = decoded(data)
        _refuse_what_is_no_record(body)
        return READERS[version_of(body)](body)
    except RecursionError as error:
        raise UnreadableExtract(
            "The file is nested too deeply to be a record: ask the source for it again"
        ) from error


_BEGINNINGS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    ((b"PK\x03\x04",), "a ZIP archive: unpack it, and load each record in it"),
    ((b"%PDF",), f"a PDF: {SEND}"),
    ((b"UNA", b"UNB+", b"UNH+"), "a pathology message (EDIFACT), not a record: it comes with the record of the surgery"),
    ((b"<!DOCTYPE html", b"<html", b"<!doctype html"), "a web page, perhaps an error of the source: ask for the record again"),
    ((b"<",), "XML: ask the source for the same as FHIR JSON"),
)  # fmt: skip


def _refuse_what_is_no_json(data: bytes) -> None:
    """Name the formats that are sent by mistake; whatever else is no JSON is told where it breaks off."""
    if len(data) > LARGEST:
        raise UnreadableExtract(f"The file is larger than {LARGEST // 1024 // 1024} MB")
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableExtract(f"The file is empty: {SEND}")
    for beginnings, what in _BEGINNINGS:
        if start.startswith(beginnings):
            raise UnreadableExtract(f"This is {what}")
    if start[:1] not in b"{[" and not start[:1].isdigit():
        raise UnreadableExtract(f"This is a text or a table, not complete JSON: {SEND}")


def _refuse_what_is_no_record(body: Json) -> None:
    kind = body.get("resourceType")
    if not isinstance(kind, str):
        raise UnreadableExtract(f"The file is JSON but not a FHIR resource: {SEND}")
    if kind == "OperationOutcome":
        raise UnreadableExtract(f"The source sent an error, not a record: {outcome_words(body)}")
    if kind != "Bundle":
        raise UnreadableExtract(_said_of([kind]))
    _refuse_bundles(body)


def _refuse_bundles(body: Json) -> None:
    """Refuse what is a bundle and no record: an answer to another question, or a message."""
    kinds = _kinds(body)
    if not isinstance(body.get("entry", []), list):
        raise UnreadableExtract("The bundle's entry is not a list: ask the source for it again")
    if not kinds:
        raise UnreadableExtract(
            "The bundle is empty and names no patient: the source found nothing, or nothing that it may send"
        )
    if body.get("type") == "message" or "MessageHeader" in kinds:
        raise UnreadableExtract(
            "This is a message between systems, such as a laboratory's report, not a record:"
            " it comes with the record of the surgery"
        )
    if "Bundle" in kinds:
        raise UnreadableExtract(
            f"This is the answer to a search (Bundles in a Bundle), such as for prescriptions: {SEND}"
        )
    if not CLINICAL & kinds.keys():
        raise UnreadableExtract(_said_of(kinds))
    _refuse_a_pointer(body, kinds)


def _refuse_a_pointer(body: Json, kinds: Mapping[str, int]) -> None:
    """A search for a summary answers with where it is: that is no document of the record (R7.2)."""
    only_documents = CLINICAL & kinds.keys() == {"DocumentReference"}
    if only_documents and body.get("type") == "searchset" and Version.STU3 not in signs_of(body):
        raise UnreadableExtract(
            "This is the answer to a search that says where documents are, not the record:"
            " send the Bundle that it points at"
        )


def _kinds(body: Json) -> Counter[str]:
    """The types of the resources in a bundle, as far as they can be told."""
    entries: Any = body.get("entry")
    resources = (
        each.get("resource")
        for each in map(taken_apart, entries if isinstance(entries, list) else [])
        if isinstance(each, dict)
    )
    kinds = (each.get("resourceType") for each in resources if isinstance(each, dict))
    return Counter(each for each in kinds if isinstance(each, str))


def _said_of(kinds: Iterable[str]) -> str:
    """What a file without a record is, by the kinds of resource in it, and what to do instead."""
    found = list(kinds)
    known = next((each for each in NOT_A_RECORD if each in found), "")
    if known == "Patient" and len(found) > 1:
        return "The bundle has a patient and nothing of their record: ask the source for the whole record"
    name = one_line(known or found[0])[:60]
    what, instead = NOT_A_RECORD.get(known, ("a part of a record on its own", SEND))
    return f"This is {what} ({name}), not a record: {instead}"
