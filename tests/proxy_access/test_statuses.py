"""Which status of a grant may follow which, and for what reason: here and in the database (R4.9, R4.10)."""

from itertools import product

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from proxy_access.models import ProxyGrant, ProxyStep
from proxy_access.statuses import ALLOWED, BEGINNING, ProxyStatus, StatusReason, is_allowed
from tests.cast import make_proxy_grant, set_status
from tests.clock import NOW

pytestmark = pytest.mark.django_db

ENDS = [
    "ROLE_DEACTIVATED_SAFEGUARDING", "ROLE_DEACTIVATED_PATIENT_REQUEST", "ROLE_DEACTIVATED_PROXY_REQUEST",
    "ROLE_DEACTIVATED_END_DATE_REACHED", "ROLE_DEACTIVATED_INACTIVE_ROLE", "ROLE_DEACTIVATED_PATIENT_DECEASED",
    "ROLE_DEACTIVATED_PROXY_DECEASED", "ROLE_DEACTIVATED_FAMILIAL_REASON",
    "ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP", "ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY",
    "ROLE_DEACTIVATED_SYSTEM_MISUSE", "ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED",
    "ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED", "ROLE_DEACTIVATED_PROXY_ABROAD", "OTHER",
]  # fmt: skip
REJECTS = [
    "APPLICATION_REJECTED_NOT_NEEDED", "APPLICATION_REJECTED_SAFEGUARDING",
    "APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED", "APPLICATION_REJECTED_NO_CONSENT",
    "APPLICATION_REJECTED_COERCION", "APPLICATION_REJECTED_PROXY_LACKS_CAPACITY",
    "APPLICATION_REJECTED_PROXY_ABROAD", "APPLICATION_REJECTED_NO_LEGAL_BASIS", "OTHER",
]  # fmt: skip
TABLE = {
    ("", "proposed"): ["APPLICATION_SUBMITTED"],
    ("", "active"): ["ROLE_CREATED"],
    ("proposed", "active"): ["ROLE_ACTIVATED"],
    ("proposed", "rejected"): REJECTS,
    ("proposed", "entered-in-error"): ["APPLICATION_WITHDRAWN"],
    ("rejected", "proposed"): ["APPLICATION_RESUBMITTED"],
    ("active", "suspended"): ["ROLE_SUSPENDED_PENDING_REVIEW"],
    ("active", "ended"): ENDS,
    ("suspended", "active"): ["ROLE_REACTIVATED"],
    ("suspended", "ended"): ENDS,
}
"""Written here once more, from R4.9 and R4.10: what is not in it must be refused."""
EVERY = list(product(["", *ProxyStatus.values], ProxyStatus.values))


@pytest.mark.parametrize(("before", "after"), EVERY)
def test_each_change_of_status_takes_one_of_its_reasons(before, after):
    allowed = [each.value for each in StatusReason if is_allowed(before, after, each.value)]
    assert sorted(allowed) == sorted(TABLE.get((before, after), []))
    assert not is_allowed(before, after, "")


@pytest.fixture
def standing(patient, proxy_user):
    """A grant that stands where it is asked to."""
    return lambda status: make_proxy_grant(patient, proxy_user, status=ProxyStatus(status))


@pytest.mark.parametrize(
    ("before", "after"), [(before, after) for before, after in EVERY if before and before != after]
)
def test_the_database_refuses_every_other_change(standing, before, after):
    """R4.9: whoever writes to it, with every reason that there is and with none."""
    grant = standing(before)
    assert taken_by_database(lambda reason: set_status(grant, after, reason)) == sorted(
        TABLE.get((before, after), [])
    )


@pytest.mark.parametrize("status", ProxyStatus.values)
def test_the_database_lets_no_grant_begin_anywhere_else(patient, proxy_user, standing, status):
    template = standing("proposed")

    def begin(reason):
        template._state.adding, template.pk = True, None
        template.status, template.status_reason = status, reason
        template.save(force_insert=True)

    assert taken_by_database(begin) == sorted(TABLE.get((BEGINNING, status), []))


@pytest.mark.parametrize("status", ProxyStatus.values)
def test_the_reason_of_a_status_does_not_change_by_itself(standing, status):
    grant = standing(status)
    now = grant.status_reason
    taken = taken_by_database(lambda reason: set_status(grant, status, reason))
    assert taken == [now]


def taken_by_database(change):
    """The reasons with which the database takes a change."""
    taken = []
    for reason in [*StatusReason.values, ""]:
        try:
            with transaction.atomic():
                change(reason)
                taken.append(reason)
                transaction.set_rollback(True)
        except IntegrityError:
            pass
    return sorted(taken)


def test_what_the_database_allows_is_what_the_code_allows():
    """So that a reason that is added to one is not forgotten in the other."""
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'proxy_grant_status_is_allowed'")
        source = cursor.fetchone()[0]
    rows = {
        (str(before), str(after), str(reason))
        for (before, after), reasons in ALLOWED.items()
        for reason in reasons
    }
    assert all(f"('{before}', '{after}', '{reason}')" in source for before, after, reason in rows)
    assert source.count("', '") == 2 * len(rows)


def test_a_step_for_another_reason_says_which(standing):
    """R4.10"""
    grant = standing("ended")
    step = {"grant": grant, "status": "ended", "reason": "OTHER", "scopes": grant.scopes, "at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProxyStep.objects.create(**step)
    ProxyStep.objects.create(**step, text="Moved in with her brother")


@pytest.mark.parametrize("act", ["update", "delete"])
def test_nobody_rewrites_the_steps(standing, act):
    """R4.9: the portal's own role may only add."""
    step = ProxyStep.objects.create(
        grant=standing("active"),
        status="active",
        reason="ROLE_CREATED",
        scopes=["medicines"],
        at=NOW,
    )
    rows = ProxyStep.objects.filter(pk=step.pk)
    acts = {"update": lambda: rows.update(text="x"), "delete": lambda: rows._raw_delete("default")}
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        acts[act]()


def test_grants_are_never_deleted(standing):
    rows = ProxyGrant.objects.filter(pk=standing("active").pk)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows._raw_delete("default")
