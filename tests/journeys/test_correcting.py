"""A reader says that an entry is wrong, and the surgery answers, in two browsers."""

import pytest

from accounts.models import Duty
from tests.cast import make_entry, make_grant, make_staff

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_what_looks_wrong_is_told_and_answered(
    visitor, another_visitor, let_in, patient, patient_user, surgery
):
    """Given an entry that looks wrong, when the surgery answers, then the patient reads why."""
    make_grant(patient, historical="full")
    entry = make_entry(patient, title="Asthma")
    imogen = make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)
    let_in(patient_user, imogen)

    visitor.sign_in(patient_user)
    visitor.goto(f"/records/{patient.pk}/entries/{entry.id}")
    visitor.agree()
    visitor.follow("Tell your surgery this looks wrong")
    visitor.press("Send to your surgery")
    assert visitor.reads("Write what looks wrong")
    visitor.fill("What looks wrong, and what should it say?", "This was my sister")
    visitor.press("Send to your surgery")
    assert visitor.reads("Sent to your surgery")

    staff = another_visitor
    staff.sign_in(imogen)
    staff.goto(f"/surgery/patients/{patient.pk}/")
    staff.follow("Read it and answer")
    assert staff.reads("This was my sister")
    staff.page.get_by_label("We keep the record as it is").check()
    staff.press("Save the answer")
    assert staff.reads("Write the answer for the person")
    staff.fill("Words for the person who wrote", "The hospital wrote to us about you")
    staff.press("Save the answer")
    assert staff.reads("Your answer is saved")
    staff.goto(f"/surgery/patients/{patient.pk}/corrections/")
    assert staff.reads("Record kept as it is")

    visitor.goto(f"/records/{patient.pk}/")
    visitor.follow("What you told your surgery")
    visitor.follow("Asthma")
    assert visitor.reads("The hospital wrote to us about you")
    visitor.fill("Write to the surgery", "That letter was about her too")
    visitor.press("Send to your surgery")
    visitor.press("Take it back")
    assert visitor.reads("You took it back")
    visitor.goto(f"/records/{patient.pk}/entries/{entry.id}")
    assert visitor.reads("You told your surgery this looks wrong on")
