"""The standing cast: a patient, a proxy, a stranger, staff, and staff of another surgery."""

import secrets
from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import (
    AuthenticatorApp,
    Duty,
    IdentityCheck,
    IdentityLevel,
    OnlineRegistration,
    StaffRole,
    User,
)
from accounts.sessions import shorten
from audit.row_security import rows_of
from proxy_access.models import LegalBasis, ProxyGrant
from proxy_access.statuses import ProxyStatus
from records.grants import all_until
from records.importing.words import note_dates
from records.looking import hold
from records.models import AccessGrant, Entry, ImportedExtract
from records.test_names import test_name
from records.visibility import Levels, RecordAccess
from surgeries.models import Patient, Surgery
from surgeries.terms import Level, Section
from tests.clock import NOW

GO_LIVE = date(2023, 10, 31)


def make_surgery(ods_code="Z99001", **values):
    values = {"name": "Riverbank Surgery", "go_live_on": GO_LIVE, "uses_portal": True} | values
    return Surgery.objects.create(ods_code=ods_code, **values)


def make_patient(surgery, nhs_number="9990000018", **values):
    values = {
        "family_name": "Testwell",
        "given_names": "Ada",
        "date_of_birth": date(1980, 2, 3),
        "registered_on": date(2010, 1, 1),
    } | values
    patient = Patient.objects.create(surgery=surgery, nhs_number=nhs_number, **values)
    for client, user in AT_DESK:
        give_reasons(client, user)
    return patient


def make_user(email, *, level=IdentityLevel.P9, **values):
    user = User.objects.create(email=email, identity_level=level, **values)
    AuthenticatorApp.objects.create(user=user, name="app", confirmed=True)
    return user


def make_passkey(user, name="Passkey"):
    """A passkey that nobody holds: for what is not about using it."""
    number = secrets.token_bytes(16)
    return WebAuthnCredential.objects.create(
        user=user, name=name, credential_id=number, public_key=b"none", aaguid=""
    )


def make_online(patient, user, started_on=date(2024, 1, 1), **values):
    check = IdentityCheck.objects.create(
        user=user, method="documents", level="P9", checked_at=NOW, evidence=["passport"]
    )
    return OnlineRegistration.objects.create(
        patient=patient, user=user, identity_check=check, started_on=started_on, **values
    )


def make_proxy_grant(patient, proxy, **values):
    values = (
        {
            "legal_basis": LegalBasis.CONSENT,
            "scopes": [Section.MEDICINES, Section.TEST_RESULTS],
            "status": ProxyStatus.ACTIVE,
            "starts_on": date(2024, 1, 1),
            "ends_on": date(2025, 1, 1),
            "last_used_on": timezone.localdate(),  # or the years would end it that pass until a test runs
        }
        | values
    )
    wanted = values.pop("status")
    before, (reason, *then) = WAYS[wanted]
    grant = ProxyGrant(patient=patient, proxy=proxy, status=before, status_reason=reason, **values)
    grant.save(force_insert=True)
    for reason in then:
        set_status(grant, wanted, reason)
        grant.steps.create(
            status=wanted, reason=reason, text="For a test", scopes=grant.scopes, at=NOW
        )
    return grant


WAYS = {
    ProxyStatus.PROPOSED: ("proposed", ["APPLICATION_SUBMITTED"]),
    ProxyStatus.ACTIVE: ("active", ["ROLE_CREATED"]),
    ProxyStatus.SUSPENDED: ("active", ["ROLE_CREATED", "ROLE_SUSPENDED_PENDING_REVIEW"]),
    ProxyStatus.ENDED: ("active", ["ROLE_CREATED", "ROLE_DEACTIVATED_PATIENT_REQUEST"]),
    ProxyStatus.REJECTED: ("proposed", ["APPLICATION_SUBMITTED", "OTHER"]),
    ProxyStatus.ENTERED_IN_ERROR: ("proposed", ["APPLICATION_SUBMITTED", "APPLICATION_WITHDRAWN"]),
}
"""How a grant comes to stand where a test wants it: the database lets none begin just anywhere."""


def set_status(grant, status, reason):
    """Give a grant another status, without its step."""
    grant.status, grant.status_reason = status, reason
    grant.save(update_fields=["status", "status_reason"])


def make_grant(patient, current=Level.FULL, historical=Level.SUMMARY, **values):
    values = {"decision": "granted", "decided_at": NOW, "reason": "For a test"} | values
    values.setdefault("read_until", all_until(patient, now=values["decided_at"]))
    return AccessGrant.objects.create(
        patient=patient, current_level=current, historical_level=historical, **values
    )


def read_all(patient):
    """Count all that was loaded as read, as the same decision after a review does; nothing where none holds (R1.5)."""
    if grant := AccessGrant.objects.of(patient).first():
        with rows_of(patient.pk):
            loaded = ImportedExtract.objects.filter(patient=patient).latest("loaded_at").loaded_at
        grant.pk, grant.read_until = None, max(grant.decided_at, loaded)
        grant.save(force_insert=True)


def make_entry(patient, source_id="e1", **values):
    """An entry or part, inside the patient's rows; coded and current unless told otherwise."""
    values = {
        "section": Section.CONSULTATIONS,
        "kind": "observation",
        "title": "Something seen",
        "level_needed": Level.DETAILED,
        "source_system": "test",
        "source_type": "Observation",
        "content_hash": "0",
        "added_at": NOW,
        "changed_at": NOW,
        "recorded_at": NOW,
        "recorded_from": "source",
    } | values
    values.setdefault("test_name", test_name(values["kind"], values["title"]))
    with rows_of(patient.pk):
        made = Entry.objects.create(patient=patient, source_id=source_id, **values)
    if made.root_id and "dated_apart" not in values:
        note_dates(patient)
    return made


def make_staff(surgery, email, *duties):
    user = make_user(email)
    StaffRole.objects.bulk_create(
        StaffRole(user=user, surgery=surgery, duty=duty, starts_on=date(2020, 1, 1))
        for duty in duties or Duty
    )
    return user


def verified(user):
    """The user as the second-factor middleware leaves them."""
    user.is_verified = lambda: True
    return user


def sign_in(client, user, *, reason=True):
    """Sign a test client in with both factors; staff have given a reason to look at each patient of theirs."""
    session = client.session if client.cookies.get(settings.SESSION_COOKIE_NAME) else SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[DEVICE_ID_SESSION_KEY] = AuthenticatorApp.objects.get(user=user).persistent_id
    is_staff = user.staff_roles.exists()
    if is_staff:
        shorten(session)
    if reason and is_staff:
        AT_DESK.append((client, user))
        hold(session, patients_of(user), now=timezone.now())
    if session.session_key:
        session.cycle_key()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


AT_DESK = []
"""Who was signed in with a reason to look, in this test: patients made later are theirs to look at too."""


@pytest.fixture(autouse=True)
def nobody_is_at_the_desk():
    AT_DESK.clear()


def give_reasons(client, user):
    """Put a reason to look at every patient of the user's surgeries into their session."""
    if client.cookies.get(settings.SESSION_COOKIE_NAME):
        session = client.session
        hold(session, patients_of(user), now=timezone.now())
        session.save()


def patients_of(user):
    """The ids of all patients of the surgeries at which somebody works."""
    surgeries = user.staff_roles.values("surgery")
    return list(Patient.objects.filter(surgery__in=surgeries).values_list("pk", flat=True))


def record_access(access, current=Level.FULL, historical=Level.FULL, starts_at=NOW, **values):
    """An access with levels of one's choosing, without the database; all that came until now was read."""
    levels = Levels(Level(current), Level(historical), starts_at, NOW)
    return RecordAccess(access, levels, **values)


@pytest.fixture
def surgery(db):
    return make_surgery()


@pytest.fixture
def other_surgery(db):
    return make_surgery("Z99002", name="Hilltop Practice")


@pytest.fixture
def patient(surgery):
    return make_patient(surgery)


@pytest.fixture
def patient_user(patient):
    user = make_user("ada@example.test", name="Ada Testwell")
    make_online(patient, user)
    return user


@pytest.fixture
def other_patient(surgery):
    return make_patient(surgery, "9990000026", family_name="Demoson", given_names="Bilal")


@pytest.fixture
def stranger(other_patient):
    """A patient of the same surgery who has nothing to do with the first."""
    user = make_user("bilal@example.test", name="Bilal Demoson")
    make_online(other_patient, user)
    return user


@pytest.fixture
def proxy_user(db):
    return make_user("carer@example.test", name="Cara Helper")


@pytest.fixture
def proxy_grant(patient, proxy_user):
    return make_proxy_grant(patient, proxy_user)


@pytest.fixture
def staff(surgery):
    """A member of staff with every duty."""
    return make_staff(surgery, "staff@example.test")


@pytest.fixture
def other_staff(other_surgery):
    return make_staff(other_surgery, "elsewhere@example.test")
