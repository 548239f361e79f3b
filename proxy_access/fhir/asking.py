"""An application to act for somebody, as a QuestionnaireResponse tells it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from proxy_access.fhir.parsing import Json, Unreadable, day, each, instant, one_line, own_id, word
from proxy_access.fhir.people import person_at
from proxy_access.fhir.terms import ASKED_BASES, ASKED_PARTS, NHS_NUMBER
from proxy_access.fhir.told import Person, Role
from proxy_access.models import LegalBasis
from proxy_access.statuses import ProxyStatus, StatusReason


def role_asked(response: Json) -> Role:
    """What an application asks for: it waits for the surgery's decision, and says no end; raises Unreadable."""
    if word(response, "status") != "completed":
        raise Unreadable("the application is not completed")
    answers = _Answers(response)
    authored = word(response, "authored")
    patient = answers.person("patient", word(response, "subject", "identifier", "value"))
    proxy = answers.person("relatedPerson", "")
    if patient.nhs_number == proxy.nhs_number:
        raise Unreadable("the application is to act for oneself")
    if word(response, "source", "identifier", "value") not in (
        patient.nhs_number,
        proxy.nhs_number,
    ):
        raise Unreadable("the application is from neither of the two people it is about")
    return Role(
        source_id=own_id(response), status=ProxyStatus.PROPOSED,
        reason=StatusReason.APPLICATION_SUBMITTED, basis=answers.basis(), patient=patient, proxy=proxy,
        starts_on=day(authored, "authored"), ends_on=None, written_at=instant(authored, "authored"),
        asked_for=frozenset(
            ASKED_PARTS[code]
            for code in answers.codes("requestedAccess_accessLevel")
            if code in ASKED_PARTS
        ),
    )  # fmt: skip


class _Answers:
    """The answers of a form by the name of their question."""

    def __init__(self, response: Json) -> None:
        self.given: dict[str, list[Json]] = {}
        for item in _items(response):
            self.given.setdefault(word(item, "linkId"), []).extend(each(item, "answer"))

    def words(self, name: str, kind: str = "valueString") -> str:
        """The one answer to a question, "" where there is none."""
        found = {word(answer, kind) for answer in self.given.get(name, [])}
        if len(found) > 1:
            raise Unreadable(f"the application answers {name} twice")
        return found.pop() if found else ""

    def codes(self, name: str) -> list[str]:
        """The codes that were chosen."""
        return [word(answer, "valueCoding", "code") for answer in self.given.get(name, [])]

    def person(self, who: str, number: str) -> Person:
        """One of the two people; the number must be the one that the form names elsewhere."""
        written = self.words(f"{who}_identifier") or number
        if number and written != number:
            raise Unreadable("the application gives two NHS numbers of the patient")
        identifier: dict[str, Any] = {"system": NHS_NUMBER, "value": written}
        named = person_at({"identifier": identifier}, "one of the two people")
        born = self.words(f"{who}_birthDate", "valueDate")
        return replace(
            named, family_name=self.words(f"{who}_name_family"), given_names=self.words(f"{who}_name_first"),
            date_of_birth=day(born, "a date of birth") if born else None,
        )  # fmt: skip

    def basis(self) -> LegalBasis:
        """The legal basis, by its own code or by the relationship."""
        codes = self.codes("relatedPerson_basisForAccess")
        known = [ASKED_BASES.get(code, code) for code in codes]
        if len(known) != 1 or known[0] not in LegalBasis.values:
            raise Unreadable(f"the basis {one_line(' '.join(codes)) or 'none'} is not known")
        return LegalBasis(known[0])


def _items(body: Json) -> Iterator[Json]:
    for item in each(body, "item"):
        yield item
        yield from _items(item)
