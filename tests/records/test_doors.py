"""The doors: every way of asking ends in an answer and an audit event, or in no answer at all."""

import re
import uuid
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.db import ProgrammingError, connection
from django.http import Http404, HttpResponse
from django.urls import include, path, reverse

from accounts.models import Duty
from audit.models import AuditEvent, ChainHead
from audit.row_security import rows_of
from records import doors
from records.doors import opens_for_staff, opens_record
from records.models import Entry
from records.warnings import VERSION
from surgeries.terms import Section
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
    sign_in,
)
from tests.sent_sql import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.records.test_doors")]


@opens_record(section=Section.CONSULTATIONS)
def forgetful(request, access):
    """A view that forgot the filter."""
    return HttpResponse(" ".join(Entry.objects.values_list("title", flat=True)))


@opens_record()
def missing(request, access):
    raise Http404


@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def decide(request, access):
    return HttpResponse(access.duty)


@opens_for_staff()
def look(request, access):
    return HttpResponse(" ".join(Entry.objects.values_list("title", flat=True)))


FAR = date(2999, 1, 1)
urlpatterns = [
    path("forgetful/<uuid:patient_id>/", forgetful, name="forgetful"),
    path("missing/<uuid:patient_id>/", missing, name="missing"),
    path("decide/<uuid:patient_id>/", decide, name="decide"),
    path("look/<uuid:patient_id>/", look, name="look"),
    path("", include("portal.urls")),
]
handler404 = "portal.views.not_found"


@pytest.fixture
def own(client, patient, patient_user):
    """The patient, signed in, warnings agreed, everything open."""
    make_grant(patient, "full", "full")
    return agreed(sign_in(client, patient_user), patient)


def agreed(client, patient):
    session = client.session
    session["warnings_agreed"] = {str(patient.pk): VERSION}
    session.save()
    return client


def events(patient_id):
    with rows_of(patient_id):
        rows = AuditEvent.objects.order_by("sequence")
        return [(row.action, row.outcome, row.actor_id) for row in rows]


def ask(client, name, patient):
    return client.get(reverse(name, args=[patient.pk]))


def test_view_that_forgets_the_filter_still_shows_nobody_else(own, patient, other_patient):
    """ADR 4: row-level security is under the filter."""
    make_entry(patient, title="mine")
    make_entry(other_patient, title="theirs")
    assert ask(own, "forgetful", patient).content == b"mine"


def test_opening_is_logged_in_the_same_transaction(own, patient, patient_user, monkeypatch):
    """R9.1: what cannot be logged is not shown."""
    ask(own, "forgetful", patient)
    assert events(patient.pk) == [("record opened", "done", patient_user.pk)]

    def refuse(*args, **values):
        raise ProgrammingError("the log is full")

    monkeypatch.setattr(doors.log, "record", refuse)
    with pytest.raises(ProgrammingError):
        ask(own, "forgetful", patient)


def test_what_is_not_found_is_logged_too(own, patient, patient_user):
    assert ask(own, "missing", patient).status_code == 404
    assert events(patient.pk) == [("record opened", "not-found", patient_user.pk)]


def test_what_a_proxy_asks_for_in_vain_is_logged_too(client, patient, proxy_user):
    """R9.1: or whoever tries addresses leaves no trace."""
    make_grant(patient, "full", "full")
    make_proxy_grant(patient, proxy_user, ends_on=FAR)
    agreed(sign_in(client, proxy_user), patient)
    assert ask(client, "missing", patient).status_code == 404
    assert events(patient.pk) == [("record opened", "not-found", proxy_user.pk)]


def test_signed_out_visitor_is_sent_to_sign_in(client, patient):
    response = ask(client, "forgetful", patient)
    assert urlsplit(response.url).path == reverse("accounts:sign-in")


def test_second_factor_is_asked_for(client, patient, patient_user):
    """R3.9"""
    client.force_login(patient_user, backend="django.contrib.auth.backends.ModelBackend")
    asked = ask(client, "forgetful", patient).url
    assert asked == f"{reverse('accounts:second-factor')}?next=/forgetful/{patient.pk}/"


def test_warnings_come_first_on_a_deep_link(client, patient, patient_user):
    """R5.1"""
    make_grant(patient)
    sign_in(client, patient_user)
    url = ask(client, "forgetful", patient).url
    assert url.startswith(reverse("records:consider", args=[patient.pk, "bad-news"]))
    assert f"next=/forgetful/{patient.pk}/" in url


def test_agreement_for_one_person_opens_no_other(client, patient, other_patient, proxy_user):
    """R5.1: acting for two people means weighing it for each."""
    for one in (patient, other_patient):
        make_grant(one)
        make_proxy_grant(one, proxy_user, scopes=[Section.CONSULTATIONS], ends_on=FAR)
    agreed(sign_in(client, proxy_user), patient)
    assert ask(client, "forgetful", patient).status_code == 200
    assert ask(client, "forgetful", other_patient).status_code == 302


def test_new_wording_asks_again(own, patient, monkeypatch):
    """R5.1"""
    monkeypatch.setattr("records.warnings.VERSION", "2099-01")
    assert ask(own, "forgetful", patient).status_code == 302


def test_stranger_and_nobody_get_the_same_404(client, patient, stranger):
    """R2.3: whether there is such a patient is a secret."""
    sign_in(client, stranger)
    known = ask(client, "forgetful", patient)
    unknown = client.get(reverse("forgetful", args=[uuid.uuid4()]))
    assert known.status_code == unknown.status_code == 404
    assert without_tokens(known) == without_tokens(unknown)
    assert events(patient.pk) == [("record opened", "refused", stranger.pk)]


def test_closed_section_is_refused_with_403(own, patient):
    """R6.2"""
    make_grant(patient, "summary", "none")
    assert ask(own, "forgetful", patient).status_code == 403
    assert events(patient.pk)[-1][1] == "refused"


@pytest.mark.parametrize("decision", ["denied", "paused"])
def test_ended_and_closed_look_alike_to_a_proxy(client, patient, proxy_user, decision):
    """R5.2, R4.8: the very same bytes."""
    grant = make_proxy_grant(patient, proxy_user, ends_on=FAR)
    make_grant(patient)
    sign_in(client, proxy_user)
    assert ask(client, "forgetful", patient).status_code == 302  # open: the warnings come first
    make_grant(patient, "none", "none", decision=decision)
    closed = ask(client, "forgetful", patient)
    type(grant).objects.update(status="ended", status_reason="ROLE_DEACTIVATED_PATIENT_REQUEST")
    ended = ask(client, "forgetful", patient)
    assert (closed.status_code, ended.status_code) == (403, 403)
    assert without_tokens(closed) == without_tokens(ended)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"status": "ended", "status_reason": "ROLE_DEACTIVATED_PATIENT_REQUEST"}, 403),
        ({"scopes": ["medicines"]}, 403),
        ({"scopes": ["medicines", "consultations"]}, 200),
    ],
)
def test_what_is_taken_away_while_a_page_is_asked_for_counts(
    client, patient, proxy_user, change, status
):
    """R4.8: after the door has decided, and before it reads anything."""
    scopes = ["medicines", "consultations", "documents"]
    grant = make_proxy_grant(patient, proxy_user, scopes=scopes, ends_on=FAR)
    make_grant(patient, "full", "full")
    agreed(sign_in(client, proxy_user), patient)
    meanwhile = []

    def take_away(execute, sql, params, many, context):
        if "FOR NO KEY UPDATE" in words_of(sql) and not meanwhile:
            meanwhile.append(sql)
            type(grant).objects.filter(pk=grant.pk).update(**change)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(take_away):
        assert ask(client, "forgetful", patient).status_code == status
    assert len(meanwhile) == 1


def without_tokens(response):
    return re.sub(rb'(value|nonce)="[^"]{20,}"', b"", response.content)


@pytest.mark.parametrize(
    ("role", "look_status", "decide_status"),
    [
        ("every duty", 200, 200),
        ("other duty", 200, 403),
        ("other surgery", 404, 404),
        ("ended role", 404, 404),
        ("patient", 404, 404),
        ("P9 user", 404, 404),
    ],
)
def test_staff_door_by_role(client, patient, patient_user, role, look_status, decide_status):
    """R8.1"""
    sign_in(client, who(role, patient, patient_user))
    assert ask(client, "look", patient).status_code == look_status
    assert ask(client, "decide", patient).status_code == decide_status


def who(role, patient, patient_user):
    if role == "patient":
        return patient_user
    if role == "P9 user":
        return make_user("someone@example.test")
    if role == "other surgery":
        return make_staff(make_surgery("Z99002", name="Elsewhere"), "else@example.test")
    duties = ["review-entries"] if role == "other duty" else []
    user = make_staff(patient.surgery, "desk@example.test", *duties)
    if role == "ended role":
        user.staff_roles.update(ends_on="2024-01-01")
    return user


def test_staff_see_rows_of_that_patient_only(client, patient, other_patient, staff):
    make_entry(patient, title="mine")
    make_entry(other_patient, title="theirs")
    assert ask(sign_in(client, staff), "look", patient).content == b"mine"
    assert events(patient.pk) == [("staff looked", "done", staff.pk)]


@pytest.mark.parametrize("tie", ["own record", "proxy", "former proxy"])
def test_staff_have_no_desk_for_themselves_or_whom_they_act_for(client, patient, staff, tie):
    """R8.1: they would read and show again what is hidden from them."""
    sign_in(client, staff)
    assert ask(client, "look", patient).status_code == 200
    if tie == "own record":
        make_online(patient, staff)
    else:
        make_proxy_grant(patient, staff, status="ended" if tie == "former proxy" else "active")
    assert ask(client, "look", patient).status_code == 404
    assert events(patient.pk)[-1][1] == "refused"


def test_made_up_patients_have_no_chain(client, stranger):
    sign_in(client, stranger)
    for _ in range(3):
        client.get(reverse("forgetful", args=[uuid.uuid4()]))
    assert set(ChainHead.objects.values_list("patient_id", flat=True)) <= {uuid.UUID(int=0)}


def test_desk_that_is_refused_is_on_file(client, stranger):
    """R9.1"""
    sign_in(client, stranger)
    assert client.get(reverse("records:desk")).status_code == 404
    event = AuditEvent.objects.get(action="desk opened")
    assert (event.outcome, event.actor_id) == ("refused", stranger.pk)


def test_who_stops_at_the_warnings_has_opened_nothing(client, patient, patient_user):
    """R9.2"""
    make_grant(patient)
    sign_in(client, patient_user)
    client.get(reverse("records:consider", args=[patient.pk, "bad-news"]))
    assert events(patient.pk) == [("warning page opened", "done", patient_user.pk)]


def test_member_of_staff_opens_their_own_record_as_a_patient_only(client, surgery, staff):
    """Duties open the desk, never the patient's door."""
    patient = make_patient(surgery, "9990000042")
    make_grant(patient)
    agreed(sign_in(client, staff), patient)
    assert ask(client, "forgetful", patient).status_code == 404
    make_online(patient, staff)
    assert ask(client, "forgetful", patient).status_code == 200


def test_pages_are_never_stored(own, patient):
    """R5.3"""
    assert "no-store" in ask(own, "forgetful", patient).headers["Cache-Control"]
