"""Staff see whom a patient invites, identify that person, and decide where the patient has to be asked alone (R4.2, R4.5)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.desk_codes import make_desk_code
from accounts.models import Duty, IdentityCheck, User
from accounts.nhs_login import NhsLoginRefused, Proved
from proxy_access.access import access_of
from proxy_access.facts import digest, facts_of
from proxy_access.inviting import accept, decline, try_code
from proxy_access.models import Nomination
from proxy_access.nominating import cancel, nominate, renew_code, say_what
from records import joining
from records.grants import with_levels
from records.inviting import agree as agree_here
from records.models import StaffTask
from tests.cast import make_online, make_patient, make_staff, make_user, sign_in
from tests.proxy_access.test_nominating import MEDICINES, RUTH

pytestmark = pytest.mark.django_db

SEEN = {
    "is_here": "on",
    "method": "documents",
    "photo": "passport",
    "address": "bank-statement",
    "name": "Ruth  Makepiece",
}


@pytest.fixture
def own(open_to_patient, patient_user):
    return access_of(patient_user, open_to_patient.pk, on=timezone.localdate())


def nominated(own, email="ruth@example.test"):
    """A nomination that the patient agreed to today, and its code."""
    now, today = timezone.now(), timezone.localdate()
    made = nominate(RUTH._replace(email=email), by=own, now=now, today=today)
    what = MEDICINES._replace(ends_on=today + timedelta(days=365))
    made = say_what(made, what, by=own, today=today)
    given = {"seen": digest(facts_of(made, hidden=0)), "by": own, "now": now, "today": today}
    code = agree_here(made, with_levels(own), **given)
    return Nomination.objects.get(pk=made.pk), code


@pytest.fixture
def desk(client, surgery):
    staff = make_staff(surgery, "iris@example.test", *Duty)
    return sign_in(client, staff)


def at(made, rest=""):
    return f"/surgery/patients/{made.patient_id}/nominations/{made.pk}/{rest}"


def test_staff_read_what_the_patient_agreed_to(desk, own):
    made, _ = nominated(own)
    page = desk.get(at(made)).text
    for words in ("Ruth Makepiece", "ruth@example.test", "You can use your own access instead"):
        assert words in page
    assert "Ruth Makepiece" in desk.get(f"/surgery/patients/{made.patient_id}/").text


def test_a_draft_is_the_patients_own_business(desk, own):
    made = nominate(RUTH, by=own, now=timezone.now(), today=timezone.localdate())
    assert desk.get(at(made)).status_code == 404
    assert "Ruth" not in desk.get(f"/surgery/patients/{made.patient_id}/").text


def test_another_patients_nomination_is_404(desk, own, surgery):
    made, _ = nominated(own)
    other = make_patient(surgery, "9990000026")
    assert desk.get(f"/surgery/patients/{other.pk}/nominations/{made.pk}/").status_code == 404


def test_where_the_address_is_the_patients_own_staff_speak_to_them_first(desk, own):
    made, code = nominated(own, own.viewer.email)
    task = StaffTask.objects.get()
    assert (code, task.kind) == ("", "nomination")
    answer = desk.get(f"/surgery/patients/{made.patient_id}/tasks/{task.pk}/")
    assert answer.headers["Location"] == at(made)
    assert desk.post(at(made, "go-on"), {"email": "ruth@example.test"}).status_code == 422
    assert (
        desk.post(at(made, "go-on"), {"email": own.viewer.email, "alone": "on"}).status_code == 422
    )
    assert (
        desk.post(at(made, "go-on"), {"email": "ruth@example.test", "alone": "on"}).status_code
        == 302
    )
    made.refresh_from_db()
    assert (made.state, made.email) == ("sent", "ruth@example.test")
    assert StaffTask.objects.get().closed_at


def test_staff_end_it_and_the_patients_pages_do_not_say_why(desk, own, patient_user):
    made, _ = nominated(own, own.viewer.email)
    assert desk.post(at(made, "turn-down")).status_code == 302
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert StaffTask.objects.get().closed_at
    assert (
        "Ruth" not in sign_in(Client(), patient_user).get(f"/records/{made.patient_id}/people").text
    )


@pytest.fixture
def unproved(db):
    return make_user("ruth@example.test", level="P0", is_self_made=True)


def test_somebody_who_is_no_patient_here_is_identified_at_the_desk_and_accepts(desk, own, unproved):
    """R4.2: both are at P9 before anything is decided."""
    made, code = nominated(own)
    try_code(unproved, code, now=timezone.now())
    desk_code = make_desk_code(unproved, now=timezone.now())
    given = SEEN | {"code": desk_code, "email": unproved.email}
    assert desk.post(at(made, "identity"), given).status_code == 302
    found = User.objects.get(pk=unproved.pk)
    assert (found.identity_level, found.name) == ("P9", "Ruth Makepiece")
    assert IdentityCheck.objects.get(user=found).method == "documents"
    assert accept(made, by=found, now=timezone.now()).status == "proposed"


def test_an_account_that_did_not_give_the_code_is_not_identified_here(desk, own, unproved):
    """The desk code is right, and still it might be anybody."""
    made, _ = nominated(own)
    given = SEEN | {"code": make_desk_code(unproved, now=timezone.now()), "email": unproved.email}
    answer = desk.post(at(made, "identity"), given)
    assert answer.status_code == 422
    assert "has not given the code" in answer.text
    assert User.objects.get(pk=unproved.pk).identity_level == "P0"


@pytest.mark.parametrize("missing", [*SEEN, "code", "email"])
def test_nothing_is_left_out(desk, own, unproved, missing):
    made, code = nominated(own)
    try_code(unproved, code, now=timezone.now())
    given = SEEN | {"code": make_desk_code(unproved, now=timezone.now()), "email": unproved.email}
    del given[missing]
    assert desk.post(at(made, "identity"), given).status_code == 422
    assert User.objects.get(pk=unproved.pk).identity_level == "P0"


def proved(**values):
    who = {"issuer": "https://nhs.example.test", "subject": "ruth", "nhs_number": "9990000026", "family_name": "Makepiece",
           "given_name": "Ruth", "date_of_birth": timezone.localdate() - timedelta(days=365 * 40), "ods_code": ""}  # fmt: skip
    return Proved(**(who | values))


def test_nhs_login_proves_somebody_who_was_invited_and_has_no_record_here(own, unproved):
    made, code = nominated(own)
    now = timezone.now()
    with pytest.raises(NhsLoginRefused, match="no-record"):
        joining.join(unproved, proved(), now=now)
    assert User.objects.get(pk=unproved.pk).identity_level == "P0"
    try_code(unproved, code, now=now)
    joining.join(unproved, proved(), now=now)
    found = User.objects.get(pk=unproved.pk)
    assert (found.identity_level, found.name) == ("P9", "Ruth Makepiece")
    assert accept(made, by=found, now=now)


def test_a_child_does_not_come_in_by_an_invitation(own, unproved):
    """R3.8."""
    _, code = nominated(own)
    try_code(unproved, code, now=timezone.now())
    born = timezone.localdate() - timedelta(days=365 * 15)
    with pytest.raises(NhsLoginRefused, match="too-young"):
        joining.join(unproved, proved(date_of_birth=born), now=timezone.now())


def test_nhs_login_of_another_account_is_not_taken_over(own, unproved):
    _, code = nominated(own)
    now = timezone.now()
    try_code(unproved, code, now=now)
    joining.join(unproved, proved(), now=now)
    _, second = nominated(own, "bea@example.test")
    bea = make_user("bea@example.test", level="P0")
    try_code(bea, second, now=now)
    with pytest.raises(NhsLoginRefused):
        joining.join(bea, proved(), now=now)
    assert User.objects.get(pk=bea.pk).identity_level == "P0"


def test_staff_read_that_both_sign_in_with_one_browser(desk, own, unproved):
    """R4.4: the device of the person is the patient's."""
    made, code = nominated(own)
    try_code(unproved, code, now=timezone.now())
    assert "They share a browser" not in desk.get(at(made)).text
    for user in (unproved, own.viewer):
        user.signed_in_devices.create(
            kind="Firefox", factor="app", began_at=timezone.now(), browser_hash="a" * 64
        )
    assert "They share a browser" in desk.get(at(made)).text
    User.objects.filter(pk=unproved.pk).update(identity_level="P9")
    grant = accept(made, by=User.objects.get(pk=unproved.pk), now=timezone.now())
    base = f"/surgery/patients/{made.patient_id}/proxies/{grant.pk}"
    assert "They share a browser" in desk.get(f"{base}/decide").text
    assert "They share a browser" in desk.get(f"{base}/grant").text


@pytest.mark.parametrize("end", ["cancelled", "declined", "new code", "too late"])
def test_nobody_is_identified_for_an_invitation_that_is_over(desk, own, unproved, end):
    """Else whoever was invited once could be put at P9 for years."""
    made, code = nominated(own)
    now = timezone.now()
    try_code(unproved, code, now=now)
    if end == "cancelled":
        cancel(made, by=own, now=now)
    elif end == "declined":
        decline(made, by=unproved, now=now)
    elif end == "new code":
        renew_code(made, by=own, now=now)
    else:
        Nomination.objects.update(code_ends_at=now)
    given = SEEN | {"code": make_desk_code(unproved, now=now), "email": unproved.email}
    assert desk.post(at(made, "identity"), given).status_code == 422
    assert User.objects.get(pk=unproved.pk).identity_level == "P0"


def test_the_name_of_who_is_proved_already_stays(desk, own, surgery):
    """They may be a patient of another surgery, who has the name that stands on its list."""
    ruth = make_user("ruth@example.test", name="Ruth Makepiece-Sample")
    make_online(make_patient(surgery, "9990000026"), ruth)
    made, code = nominated(own)
    try_code(ruth, code, now=timezone.now())
    given = SEEN | {"code": make_desk_code(ruth, now=timezone.now()), "email": ruth.email}
    answer = desk.post(at(made, "identity"), given)
    assert answer.status_code == 422
    assert "is proved already" in answer.text
    assert User.objects.get(pk=ruth.pk).name == "Ruth Makepiece-Sample"


@pytest.mark.parametrize("before", ["nhs login", "desk"])
def test_the_nhs_login_of_another_person_is_not_joined_with_a_proved_account(own, unproved, before):
    """One account is one person, however often it is invited."""
    _, code = nominated(own)
    now = timezone.now()
    try_code(unproved, code, now=now)
    if before == "nhs login":
        joining.join(unproved, proved(), now=now)
    else:
        User.objects.filter(pk=unproved.pk).update(identity_level="P9", name="Ruth Makepiece")
    held = User.objects.get(pk=unproved.pk)
    another = proved(subject="rob", nhs_number="9990000034", given_name="Rob", family_name="Sample")
    with pytest.raises(NhsLoginRefused, match="another-person"):
        joining.join(held, another, now=now)
    assert User.objects.get(pk=held.pk).name == "Ruth Makepiece"


def test_the_nhs_login_of_the_same_person_is_joined_with_an_account_that_the_desk_proved(
    own, unproved
):
    _, code = nominated(own)
    now = timezone.now()
    try_code(unproved, code, now=now)
    User.objects.filter(pk=unproved.pk).update(identity_level="P9", name="Ruth Make-Piece")
    assert joining.join(User.objects.get(pk=unproved.pk), proved(), now=now)
