"""Staff without a browser."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Duty, StaffRole, User
from audit.models import AuditEvent
from tests.cast import make_staff

pytestmark = pytest.mark.django_db


def add_staff(email="iris@example.test", *duties, surgery="Z99001", **values):
    arguments = [email, "--surgery", surgery]
    arguments += ["--duty", *(duties or ["check-identity"])]
    call_command("add_staff", *arguments, **values)


def test_a_member_of_staff_gets_duties_and_a_link(surgery, client, capsys, settings):
    add_staff("Iris@Example.test", "check-identity", "review-entries", name="Iris Frontdesk")
    user = User.objects.get()
    assert (user.email, user.name) == ("iris@example.test", "Iris Frontdesk")
    assert set(StaffRole.objects.values_list("duty", flat=True)) == {
        "check-identity",
        "review-entries",
    }
    link = capsys.readouterr().out.splitlines()[-1]
    assert link.startswith(f"{settings.PORTAL_URL}/set-up/")
    page = client.get(link.removeprefix(settings.PORTAL_URL))
    assert (page.status_code, "iris@example.test" in page.text) == (200, True)


def test_duties_may_be_named_one_by_one(surgery):
    call_command(
        "add_staff", "iris@example.test", "--surgery", "z99001",
        "--duty", "check-identity", "--duty", "decide-access",
    )  # fmt: skip
    assert StaffRole.objects.count() == 2


def test_who_has_an_app_gets_no_link(surgery, capsys):
    make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    add_staff("iris@example.test", "decide-access")
    assert "set-up" not in capsys.readouterr().out
    assert StaffRole.objects.count() == 2


def test_an_account_without_a_name_gets_one_and_others_keep_theirs(surgery):
    add_staff()
    for name in ("Iris Frontdesk", "Somebody Else"):
        add_staff(name=name)
    assert User.objects.get().name == "Iris Frontdesk"


def test_an_unknown_duty_is_refused(surgery):
    with pytest.raises(CommandError, match="invalid choice"):
        add_staff("iris@example.test", "rule-the-world")


def test_an_unknown_surgery_is_refused(db):
    with pytest.raises(CommandError, match="There is no surgery Z99001"):
        add_staff()
    assert not User.objects.exists()


def test_a_wrong_address_is_refused_in_one_line(surgery):
    with pytest.raises(CommandError, match=r"^email: .*valid email"):
        add_staff("iris")


def test_an_operator_makes_a_new_link_for_somebody_who_lost_theirs(staff, capsys):
    call_command("new_link", "Staff@example.test")
    assert "/set-up/" in capsys.readouterr().out
    assert AuditEvent.objects.filter(action="set-up link made", object=f"user {staff.pk}").exists()


def test_there_is_no_link_for_nobody_or_a_closed_account(staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)
    for email in ("nobody@example.test", "staff@example.test"):
        with pytest.raises(CommandError, match="no open account"):
            call_command("new_link", email)
    assert not AuditEvent.objects.filter(action="set-up link made").exists()
