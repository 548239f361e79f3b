"""What operators do before anyone can sign in."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from audit.row_security import rows_of
from surgeries.models import Patient, Surgery
from tests.cast import make_patient, make_surgery

pytestmark = pytest.mark.django_db

ADA = {"family_name": "Testwell", "given_names": "Ada", "date_of_birth": date(1980, 2, 3)}


def add_patient(number="999 000 0018", surgery="Z99001", **values):
    call_command("add_patient", number, surgery=surgery, **(ADA | values))


def test_a_surgery_is_added(capsys):
    call_command("add_surgery", "z99001", "--name", "Riverbank Surgery", "--go-live", "2023-10-31")
    surgery = Surgery.objects.get(ods_code="Z99001")
    assert (surgery.name, surgery.go_live_on) == ("Riverbank Surgery", date(2023, 10, 31))
    assert capsys.readouterr().out == "Added Riverbank Surgery (Z99001).\n"
    assert AuditEvent.objects.get(action="surgery added").object == "Z99001"


def test_a_surgery_is_added_once(surgery):
    with pytest.raises(CommandError, match=r"^ods code: .*already exists"):
        call_command("add_surgery", "Z99001", name="Another")


def test_a_surgery_needs_a_name():
    with pytest.raises(CommandError, match="name: "):
        call_command("add_surgery", "Z99001", name=" ")


@pytest.mark.parametrize("text", ["31.10.2023", "2023-02-30", "soon"])
def test_a_date_that_is_none_is_refused(text):
    with pytest.raises(CommandError, match="write it like 2024-03-31"):
        call_command("add_surgery", "Z99001", "--name", "Riverbank", "--go-live", text)


def test_a_patient_is_put_on_the_list(surgery, capsys):
    add_patient(registered_on=date(2010, 1, 1))
    patient = Patient.objects.get()
    assert (patient.nhs_number, patient.surgery) == ("9990000018", surgery)
    assert patient.registered_on == date(2010, 1, 1)
    out = capsys.readouterr().out
    assert "Added the patient to the list of Riverbank Surgery" in out
    assert "9990000018" not in out
    with rows_of(patient.pk):
        assert AuditEvent.objects.get(patient_id=patient.pk).action == "patient registered"


def test_a_patient_registers_today_unless_told_otherwise(surgery):
    add_patient()
    assert Patient.objects.get().registered_on is not None


@pytest.mark.parametrize("number", ["9990000019", "123", "999000001x"])
def test_an_invalid_number_is_refused_in_one_line(surgery, number):
    """R7.1"""
    with pytest.raises(CommandError) as refusal:
        add_patient(number)
    assert "not a valid NHS number" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not Patient.objects.exists()


def test_an_unknown_surgery_is_refused():
    with pytest.raises(CommandError, match="There is no surgery Z99001: add it with add_surgery"):
        add_patient()


def test_a_patient_is_on_one_list_at_a_time(surgery, other_surgery):
    make_patient(surgery)
    for code in ("Z99001", "Z99002"):
        with pytest.raises(CommandError, match="on a surgery's list already"):
            add_patient(surgery=code)


def test_a_move_ends_the_registration_elsewhere(surgery, other_surgery):
    """R1.5"""
    make_patient(surgery)
    add_patient(surgery="Z99002", registered_on=date(2024, 5, 1), moved=True)
    left, joined = Patient.objects.order_by("registered_on")
    assert (left.left_on, joined.left_on) == (date(2024, 5, 1), None)
    assert joined.surgery == other_surgery
    with rows_of(left.pk):
        assert AuditEvent.objects.get(patient_id=left.pk).action == "registration ended"


@pytest.mark.parametrize("values", [{"family_name": "Other"}, {"date_of_birth": date(1981, 2, 3)}])
def test_a_move_of_somebody_else_changes_nothing(surgery, other_surgery, values):
    """R3.7"""
    make_patient(surgery)
    with pytest.raises(CommandError, match="another name or date of birth"):
        add_patient(surgery="Z99002", moved=True, **values)
    assert Patient.objects.get().left_on is None


def test_a_move_before_the_first_registration_is_refused(surgery, other_surgery):
    make_patient(surgery)
    with pytest.raises(CommandError, match="before the day of registering"):
        add_patient(surgery="Z99002", registered_on=date(2009, 1, 1), moved=True)
    assert Patient.objects.get().left_on is None


def test_a_surgery_of_the_ods_list_starts_to_use_the_portal():
    """It keeps the address that the list gave."""
    listed = make_surgery(
        "Z99001", uses_portal=False, go_live_on=None, address="1 River Lane", postcode="ZZ99 1AA"
    )
    call_command("add_surgery", "Z99001", "--name", "Riverbank", "--go-live", "2023-10-31")
    surgery = Surgery.objects.get()
    assert (surgery.pk, surgery.name, surgery.uses_portal) == (listed.pk, "Riverbank", True)
    assert surgery.go_live_on == date(2023, 10, 31)
    assert (surgery.address, surgery.postcode) == ("1 River Lane", "ZZ99 1AA")
    assert AuditEvent.objects.filter(action="surgery added").count() == 1


def test_a_new_surgery_uses_the_portal():
    call_command("add_surgery", "Z99001", "--name", "Riverbank Surgery")
    assert Surgery.objects.get().uses_portal


def test_a_surgery_that_uses_the_portal_is_not_added_again(surgery):
    with pytest.raises(CommandError, match="already exists"):
        call_command("add_surgery", "Z99001", name="Another")
    assert Surgery.objects.get().name == "Riverbank Surgery"
    assert not AuditEvent.objects.exists()
