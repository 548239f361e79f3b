"""Signing in with NHS login, and joining it with an account, against an independent provider."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.models import IdentityCheck, IdentityLevel, NhsLogin, OnlineRegistration, User
from audit.models import AuditEvent
from records.models import AccessGrant
from tests.cast import make_online, make_patient, make_user, sign_in
from tests.nhs_login.running import save_key

pytestmark = pytest.mark.django_db
NEW_ACCOUNT = {"email": "ada@example.test", "agrees": "on"}


def events(action="nhs login"):
    return list(AuditEvent.objects.filter(action=action).values_list("outcome", "details"))


def is_signed_in(client):
    return "_auth_user_id" in client.session


def open_account(client, nhs, person="ada"):
    """The whole journey of somebody new."""
    response = nhs.visit(client, person)
    assert response.url == "/nhs-login/new-account", response.content.decode()
    response = client.post("/nhs-login/new-account", NEW_ACCOUNT)
    assert response.url == "/", response.content.decode()
    return User.objects.get(email="ada@example.test")


def joined_to(user, nhs, subject="ada"):
    return NhsLogin.objects.create(
        user=user, name="NHS login", issuer=nhs.running.issuer, subject=subject
    )


def test_a_new_person_gives_an_address_and_is_at_their_record(client, patient, nhs):
    user = open_account(client, nhs)
    assert (user.identity_level, user.name, user.is_self_made) == ("P9", "Ada Testwell", False)
    assert not user.has_usable_password()
    registration = OnlineRegistration.objects.get()
    assert (registration.user, registration.patient) == (user, patient)
    assert registration.terms_version
    assert IdentityCheck.objects.get().method == "nhs-login"
    assert NhsLogin.objects.get().subject == "ada"
    assert events() == [("done", {})]
    assert client.get(f"/records/{patient.pk}/").status_code == 302  # the warnings come first
    assert client.get("/").status_code == 200


def test_what_is_asked_of_nhs_login_is_what_the_rules_say(client, nhs):
    """R3.2."""
    asked = parse_qs(urlsplit(nhs.leave(client)).query)
    assert asked["vtr"] == ['["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]']
    assert asked["scope"] == ["openid profile profile_extended gp_registration_details"]
    assert asked["redirect_uri"] == ["http://localhost:8000/nhs-login/callback"]
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 32
    assert len(asked["nonce"][0]) >= 32


def test_the_client_proves_itself_with_its_own_key(client, patient, nhs):
    """R3.2: `private_key_jwt`, RS512, issuer and subject are the client, the audience is the token endpoint."""
    nhs.visit(client)
    [body] = [body for path, body in nhs.tamper.asked if path == "/token"]
    sent = parse_qs(body)
    keys = KeySet(nhs.running.client_keys)
    token = jwt.decode(sent["client_assertion"][0], keys, algorithms=["RS512"])
    assert token.header["alg"] == "RS512"
    assert token.header["kid"] == nhs.running.client_keys[0].kid
    assert token.claims["iss"] == token.claims["sub"] == "gp-record"
    assert token.claims["aud"] == f"{nhs.running.issuer}/token"
    assert "client_secret" not in sent


def test_without_pkce_nothing_of_it_is_sent(client, patient, nhs, settings):
    settings.NHS_LOGIN_PKCE = False
    settings.NHS_LOGIN_CLIENT_ID = "gp-record-without-pkce"
    address = nhs.leave(client)
    assert "code_challenge" not in address
    response = nhs.come_back(client, nhs.choose(address, "ada"))
    assert response.url == "/nhs-login/new-account"


def test_a_person_who_was_here_before_is_signed_in_with_both_factors(client, patient_user, nhs):
    joined_to(patient_user, nhs)
    old_key = client.session.session_key
    assert nhs.visit(client).url == "/"
    assert client.session["_auth_user_id"] == str(patient_user.pk)
    assert client.session.session_key != old_key
    assert client.get("/").wsgi_request.user.is_verified()
    assert events() == [("done", {})]
    assert NhsLogin.objects.count() == User.objects.count() == 1


def test_a_signed_in_person_with_a_record_joins_their_nhs_login(client, patient_user, nhs):
    sign_in(client, patient_user)
    with_fresh_factor(client)
    assert nhs.visit(client).url == "/nhs-login/join"
    page = client.get("/nhs-login/join").content.decode()
    assert "Ada TESTWELL" in page
    assert client.post("/nhs-login/join", {}).status_code == 422
    assert not NhsLogin.objects.exists()
    assert client.post("/nhs-login/join", {"agrees": "on"}).url == "/"
    assert NhsLogin.objects.get().user == patient_user
    assert OnlineRegistration.objects.count() == 1
    assert events() == [("done", {"joined": True})]
    client.logout()
    assert nhs.visit(client).url == "/"
    assert client.session["_auth_user_id"] == str(patient_user.pk)


def with_fresh_factor(client):
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()


def test_joining_asks_for_a_second_factor_that_is_fresh(client, patient_user, nhs):
    sign_in(client, patient_user)
    nhs.visit(client)
    assert client.get("/nhs-login/join").url.startswith("/account/confirm")
    assert client.post("/nhs-login/join", {"agrees": "on"}).url.startswith("/account/confirm")
    assert not NhsLogin.objects.exists()


def test_an_unproved_account_is_proved_and_registered_by_joining(client, patient, nhs):
    user = make_user("me@example.test", level=IdentityLevel.P0, is_self_made=True, name="Me")
    sign_in(client, user)
    with_fresh_factor(client)
    nhs.visit(client)
    assert client.post("/nhs-login/join", {"agrees": "on"}).url == "/"
    user.refresh_from_db()
    assert (user.identity_level, user.name) == ("P9", "Ada Testwell")
    assert OnlineRegistration.objects.get(patient=patient).user == user


def test_claims_alone_never_join_an_account_that_has_the_record(client, patient_user, nhs):
    """Both must be proved: who knows NHS login's side only is asked to sign in first."""
    response = nhs.visit(client)
    assert response.url == "/nhs-login/sign-in-first"
    assert not is_signed_in(client)
    assert "You have an account already" in client.get(response.url).content.decode()
    assert client.get("/nhs-login/join").url.startswith("/sign-in?next=")
    answer = client.post("/nhs-login/new-account", {"email": "new@example.test", "agrees": "on"})
    assert answer.status_code == 403
    assert not NhsLogin.objects.exists()
    assert User.objects.count() == 1
    assert events() == [("refused", {"because": "another-account"})]


def test_after_signing_in_to_it_with_both_factors_the_account_is_joined(client, patient_user, nhs):
    patient_user.set_password("correct horse battery")
    patient_user.save()
    nhs.visit(client)
    asked = client.post(
        "/sign-in?next=/nhs-login/join",
        {"email": patient_user.email, "password": "correct horse battery"},
    )
    assert asked.url.startswith("/sign-in/code")
    assert client.get("/nhs-login/join").url.startswith("/sign-in/code")  # one factor does not do
    held = client.session["nhs_login_held"]
    sign_in(client, patient_user)
    session = client.session
    session["nhs_login_held"] = held
    session.save()
    with_fresh_factor(client)
    assert client.post("/nhs-login/join", {"agrees": "on"}).url == "/"
    assert NhsLogin.objects.get().user == patient_user


def test_an_address_that_has_an_account_is_not_joined_by_typing_it(client, patient, nhs):
    other = make_user("ada@example.test", level=IdentityLevel.P0)
    nhs.visit(client)
    answer = client.post("/nhs-login/new-account", NEW_ACCOUNT | {"email": "ADA@example.test"})
    assert answer.status_code == 422
    assert "Sign in to it first" in answer.content.decode()
    other.refresh_from_db()
    assert other.identity_level == "P0"
    assert not NhsLogin.objects.exists()
    assert not is_signed_in(client)


def test_addresses_can_be_tried_a_few_times_only(client, patient, nhs):
    make_user("taken@example.test")
    nhs.visit(client)
    taken = NEW_ACCOUNT | {"email": "taken@example.test"}
    answers = [client.post("/nhs-login/new-account", taken).content.decode() for _ in range(6)]
    assert "Sign in to it first" in answers[4]
    assert "Try again in an hour" in answers[5]
    assert "Sign in to it first" not in answers[5]


@pytest.mark.parametrize(
    "form",
    [{}, {"email": "ada@example.test"}, {"email": "ada", "agrees": "on"}, {"agrees": "on"}],
)
def test_without_an_address_or_the_terms_there_is_no_account(client, patient, nhs, form):
    nhs.visit(client)
    assert client.post("/nhs-login/new-account", form).status_code == 422
    assert not User.objects.exists()


def test_what_was_proved_is_gone_after_ten_minutes(client, patient, nhs, time_machine):
    nhs.visit(client)
    time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1))
    answer = client.post("/nhs-login/new-account", NEW_ACCOUNT)
    assert answer.status_code == 400
    assert not User.objects.exists()
    assert events() == [("refused", {"because": "too-late"})]


def test_nobody_makes_an_account_without_nhs_login(client, patient, nhs):
    assert client.get("/nhs-login/new-account").status_code == 400
    assert client.post("/nhs-login/new-account", NEW_ACCOUNT).status_code == 400
    assert not User.objects.exists()


def test_a_form_sent_twice_makes_one_account(client, patient, nhs):
    nhs.visit(client)
    held = client.session["nhs_login_held"]
    client.post("/nhs-login/new-account", NEW_ACCOUNT)
    client.logout()
    session = client.session
    session["nhs_login_held"] = held
    session.save()
    assert client.post("/nhs-login/new-account", NEW_ACCOUNT).url == "/"
    assert User.objects.count() == NhsLogin.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"nhs_number": "9990000026"},
        {"birthdate": "1980-02-04"},
        {"family_name": "Testwellx"},
        {"gp_registration_details": {"gp_ods_code": "Z99002"}},
        {"nhs_number": "not a number"},
        {"nhs_number": "９９９００００018"},
    ],
)
def test_a_person_is_matched_by_all_of_it_or_not_at_all(client, patient, nhs, claims):
    """R3.7."""
    nhs.knows("someone", **claims)
    answer = nhs.visit(client, "someone")
    assert answer.status_code == 403
    assert "We did not find a record with your details" in answer.content.decode()
    assert "Ada" not in answer.content.decode()
    assert not User.objects.exists()
    assert events() == [("refused", {"because": "no-record"})]


@pytest.mark.parametrize(
    "claims",
    [
        {"gp_registration_details": None},
        {"gp_registration_details": {}},
        {"gp_registration_details": {"gp_ods_code": " z99001 "}},
        {"nhs_number": "999 000 0018"},
        {"family_name": "Téstwell"},
        {"favourite_colour": "green", "vtm": None},
    ],
)
def test_other_spellings_and_claims_we_do_not_know_do_not_matter(client, patient, nhs, claims):
    nhs.knows("someone", **claims)
    assert nhs.visit(client, "someone").url == "/nhs-login/new-account"


@pytest.mark.parametrize(
    "values",
    [
        {"left_on": date(2020, 1, 1)},
        {"died_on": date(2020, 1, 1)},
        {"registered_on": date(2999, 1, 1)},
    ],
)
def test_who_is_not_on_the_list_today_is_not_found(client, surgery, nhs, values):
    make_patient(surgery, **values)
    assert nhs.visit(client).status_code == 403
    assert events() == [("refused", {"because": "no-record"})]


def test_a_surgery_that_does_not_use_the_portal_has_no_records_here(client, patient, nhs):
    patient.surgery.uses_portal = False
    patient.surgery.save()
    assert nhs.visit(client).status_code == 403


def test_under_16_the_surgery_is_asked_first(client, surgery, nhs):
    """R3.8; nothing is looked up, so that a wrong name gives the same answer."""
    born = date.today().replace(day=1) - timedelta(days=365 * 15)
    make_patient(surgery, date_of_birth=born)
    for name in ("Testwell", "Other"):
        nhs.knows("young", birthdate=born.isoformat(), family_name=name)
        answer = nhs.visit(client, "young")
        assert answer.status_code == 403
        assert "You are under 16" in answer.content.decode()
    assert not User.objects.exists()


def test_a_closed_account_stays_closed(client, patient_user, nhs):
    joined_to(patient_user, nhs)
    User.objects.filter(pk=patient_user.pk).update(is_active=False)
    answer = nhs.visit(client)
    assert answer.status_code == 403
    assert "This account is closed" in answer.content.decode()
    assert not is_signed_in(client)


def test_access_that_was_denied_stays_denied(client, patient, patient_user, nhs):
    """R1.13."""
    AccessGrant.objects.create(
        patient=patient, decision="denied", decided_at=timezone.now(), reason="x",
        current_level="none", historical_level="none",
    )  # fmt: skip
    joined_to(patient_user, nhs)
    nhs.visit(client)
    assert AccessGrant.objects.get().decision == "denied"
    assert client.get(f"/records/{patient.pk}/").status_code == 403


def test_claims_of_another_patient_do_not_join_an_account(client, patient_user, other_patient, nhs):
    nhs.knows("bilal", nhs_number=other_patient.nhs_number, family_name="Demoson")
    sign_in(client, patient_user)
    with_fresh_factor(client)
    nhs.visit(client, "bilal")
    answer = client.post("/nhs-login/join", {"agrees": "on"})
    assert answer.status_code == 403
    assert "do not fit the account" in answer.content.decode()
    assert not NhsLogin.objects.exists()
    assert IdentityCheck.objects.count() == 1  # all of it went back
    assert not is_signed_in(client)


def test_a_record_that_is_open_in_another_account_is_not_opened_twice(client, patient_user, nhs):
    sign_in(client, make_user("other@example.test", level=IdentityLevel.P0, is_self_made=True))
    with_fresh_factor(client)
    nhs.visit(client)
    answer = client.post("/nhs-login/join", {"agrees": "on"})
    assert answer.status_code == 403
    assert "belongs to another account" in answer.content.decode()
    assert OnlineRegistration.objects.get().user == patient_user


def test_somebody_elses_nhs_login_does_not_take_over_a_session(client, patient_user, stranger, nhs):
    joined_to(patient_user, nhs)
    sign_in(client, stranger)
    answer = nhs.visit(client)
    assert answer.status_code == 403
    assert not is_signed_in(client)


def test_another_nhs_number_than_the_records_is_not_let_in(client, patient_user, nhs):
    joined_to(patient_user, nhs)
    nhs.knows("ada", nhs_number="9990000026")
    assert nhs.visit(client).status_code == 403
    assert events() == [("refused", {"because": "another-person"})]


def test_after_a_move_the_new_surgery_is_joined_with_the_terms(client, patient, nhs, other_surgery):
    """R1.5."""
    user = open_account(client, nhs)
    patient.left_on = timezone.localdate()
    patient.save()
    new = make_patient(other_surgery, registered_on=timezone.localdate())
    client.logout()
    nhs.knows("ada", gp_registration_details={"gp_ods_code": "Z99002"})
    assert nhs.visit(client).url == "/nhs-login/join"
    assert client.post("/nhs-login/join", {"agrees": "on"}).url == "/"
    live = OnlineRegistration.objects.get(ended_on=None)
    assert (live.user, live.patient) == (user, new)


def test_half_a_sign_in_is_forgotten_on_the_way(client, patient_user, other_patient, nhs):
    """The first step without the second is nobody's: the person of NHS login starts afresh."""
    client.force_login(patient_user, backend="django.contrib.auth.backends.ModelBackend")
    nhs.knows("bilal", nhs_number=other_patient.nhs_number, family_name="Demoson")
    address = nhs.choose(nhs.leave(client), "bilal")
    assert nhs.come_back(client, address).url == "/nhs-login/new-account"
    assert not is_signed_in(client)


def test_keys_rotate_without_a_restart(client, patient_user, nhs, settings):
    joined_to(patient_user, nhs)
    assert nhs.visit(client).url == "/"
    save_key(settings.NHS_LOGIN_KEYS / "2.json", nhs.running.client_keys[1])
    client.logout()
    assert nhs.visit(client).url == "/"
    body = [body for path, body in nhs.tamper.asked if path == "/token"][-1]
    token = jwt.decode(
        parse_qs(body)["client_assertion"][0], nhs.running.client_keys[1], algorithms=["RS512"]
    )
    assert token.header["kid"] == nhs.running.client_keys[1].kid


def test_nothing_of_a_person_is_in_an_address_or_a_log(client, patient, nhs, caplog):
    caplog.set_level("DEBUG")
    responses = [nhs.visit(client), client.post("/nhs-login/new-account", NEW_ACCOUNT)]
    said = " ".join(
        [
            *(response.url for response in responses),
            *(
                line.getMessage()
                for line in caplog.records
                if line.name.startswith(("portal", "accounts", "records"))
            ),
        ]
    )
    for word in ("9990000018", "ADA", "Ada", "TESTWELL", "ada@example.test"):
        assert word not in said


def test_there_is_no_nhs_login_where_none_is_set_up(client, db, settings):
    settings.NHS_LOGIN_ISSUER = ""
    for path in ("callback", "new-account", "sign-in-first", "keys"):
        assert client.get(f"/nhs-login/{path}").status_code == 404
    assert client.post("/nhs-login/start").status_code == 404


def test_going_to_nhs_login_is_an_act_and_not_an_address(client, nhs):
    assert client.get("/nhs-login/start").status_code == 405


def test_two_patients_on_one_number_are_nobody(client, patient, other_surgery, nhs):
    """R3.7: an old row of the same person is passed over."""
    make_patient(other_surgery, left_on=date(2015, 1, 1))
    assert nhs.visit(client).url == "/nhs-login/new-account"
    make_online(patient, make_user("x@example.test"))
    assert client.post("/nhs-login/new-account", NEW_ACCOUNT).status_code == 403
