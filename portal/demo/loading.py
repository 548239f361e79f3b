"""Putting the made-up surgery into the database, by the same actions and importer as a real one."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.appointing import account_of, appoint_staff
from accounts.identity import Evidence, prove_by_documents
from accounts.letters import YOUNGEST
from accounts.models import AuthenticatorApp, Duty, User
from accounts.staff import Desk, StaffAccess
from portal.demo.asking import add_application
from portal.demo.nearby import NEARBY
from portal.demo.people import PATIENTS
from portal.demo.records import all_extracts, hidden_entries
from portal.demo.roles import SURGERY, DemoProxy, Person
from portal.demo.staff import CARE_HOME, CARER, PROXY, STAFF
from proxy_access.changing import begin
from proxy_access.models import ProxyGrant
from proxy_access.organisations import add_member, add_organisation
from proxy_access.statuses import ProxyStatus
from records.grants import decide_access, start_access
from records.importing.load import Loading, load_bytes
from records.models import Decision, ImportedExtract
from records.online import open_online_account
from records.review import held_entry, hide
from surgeries.models import Patient, Surgery
from surgeries.ods.load import load_list
from surgeries.registration import add_patient, add_surgery
from surgeries.terms import Level

PASSWORD = "sampleford-demo-only"  # noqa: S105 - printed for everybody to try the demo with
EVERYONE_MAY = "morag@example.test"
PAPERS = [Evidence.PASSPORT, Evidence.COUNCIL_TAX_BILL]


class DemoBroken(Exception):
    """A made-up record did not load: the message says which and why."""


def load(now: datetime) -> None:
    """Make the surgery, its staff, patients, records, decisions, hidden entries and who acts for one of them."""
    today = timezone.localdate(now)
    surgery = _surgery(today, now)
    for member in STAFF:
        _let_in(
            appoint_staff(
                email=member.email, name=member.name, surgery=surgery, duties=member.duties,
                by=None, now=now,
            )
        )  # fmt: skip
    by = User.objects.get(email=EVERYONE_MAY)
    for person, extract in all_extracts(today):
        patient = _patient(person, surgery, today, now)
        loaded = load_bytes(
            extract, person.key, Loading(surgery, channel=ImportedExtract.Channel.DEMO), now=now
        )
        if loaded.outcome != "loaded" or loaded.skipped:
            raise DemoBroken(f"{person.key}: {loaded.reason or loaded.skipped}")
        _decide(person, patient, by, today, now)
        _hide(person, patient, by, today, now)
    _add_proxy(PROXY, surgery, by, now)
    _add_proxy(CARER, surgery, by, now, of=CARE_HOME)
    add_application(surgery, today, now)


def _surgery(today: date, now: datetime) -> Surgery:
    surgery = add_surgery(
        ods_code=SURGERY.ods_code, name=SURGERY.name, go_live_on=SURGERY.go_live_on(today),
        by=None, now=now,
    )  # fmt: skip
    surgery.address, surgery.phone = "\n".join(SURGERY.address), SURGERY.phone
    surgery.town, surgery.postcode = SURGERY.town, SURGERY.postcode
    surgery.opening_hours, surgery.how_to_ask = SURGERY.opening_hours, SURGERY.how_to_ask
    surgery.save()
    load_list(NEARBY, by=None, now=now)
    return surgery


def _patient(person: Person, surgery: Surgery, today: date, now: datetime) -> Patient:
    patient = Patient(
        surgery=surgery, nhs_number=person.nhs_number, family_name=person.family_name,
        given_names=person.given_names, date_of_birth=person.born_on(today),
        registered_on=person.registered_on(today),
    )  # fmt: skip
    return add_patient(patient, by=None, now=now)


def _decide(person: Person, patient: Patient, by: User, today: date, now: datetime) -> None:
    """The account, the starting access, the decision that staff then took, and at last a death."""
    if person.email and not patient.is_under(YOUNGEST, today):
        open_online_account(patient, email=person.email, evidence=PAPERS, by=by, now=now)
        _let_in(User.objects.get(email=person.email))
    else:
        start_access(patient, now=now)
    if person.decision != "none":
        given = person.decision == Decision.GRANTED
        decide_access(
            patient, by=by, now=now, decision=Decision(person.decision), reason=person.reason,
            reason_for_patient=person.reason_for_patient,
            starts_on=person.starts_on(today) if person.starts else None,
            current=person.current if given else Level.NONE,
            historical=person.historical if given else Level.NONE,
        )  # fmt: skip
    if person.died:
        patient.died_on = person.died_on(today)
        patient.save(update_fields=["died_on"])


def _hide(person: Person, patient: Patient, by: User, today: date, now: datetime) -> None:
    desk = Desk(by, patient.surgery, frozenset(Duty))
    access = StaffAccess(desk, patient, Duty.REVIEW_ENTRIES)
    for hidden in hidden_entries(person, today):
        kind, _, source_id = hidden.entry.partition("/")
        entry = held_entry(access, resource=kind, source_id=source_id)
        hide(entry, by=access, now=now, reason=hidden.reason, audience=hidden.audience)


def _add_proxy(who: DemoProxy, surgery: Surgery, by: User, now: datetime, *, of: str = "") -> None:
    today = timezone.localdate(now)
    acted_for = next(person for person in PATIENTS if person.key == who.acts_for)
    user = account_of(who.email, name=who.name)
    prove_by_documents(user, evidence=PAPERS, surgery=surgery, by=by, now=now)
    _let_in(user)
    grant = ProxyGrant(
        patient=Patient.objects.get(nhs_number=acted_for.nhs_number), proxy=user,
        legal_basis=who.legal_basis, scopes=[scope.value for scope in who.scopes],
        status=ProxyStatus.ACTIVE, starts_on=who.starts.before(today),
        ends_on=today + timedelta(days=who.days_left), decided_by=by, decided_at=now,
    )  # fmt: skip
    if of:
        desk = Desk(by, surgery, frozenset(Duty))
        home = add_organisation(name=of, ods_code="", by=desk, now=now)
        grant.on_behalf_of = add_member(home, email=who.email, by=desk, now=now)
    begin(grant, by=by, at=now)


def _let_in(user: User) -> None:
    """Give a demo account the password that everybody knows, and an authenticator app."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    AuthenticatorApp.objects.get_or_create(user=user, name="demo", confirmed=True)
