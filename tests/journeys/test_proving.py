"""Proving who one is, from the account to the record, in a real browser."""

import io
import re

import pypdf
import pytest

from accounts.models import Duty, RegistrationLetter
from tests.cast import make_staff, make_user

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def iris(surgery):
    return make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY, Duty.DECIDE_ACCESS)


@pytest.fixture
def newcomer(db):
    return make_user("ada@example.test", level="P0", is_self_made=True)


def born(visitor, day, month, year):
    for label, value in (("Day", day), ("Month", month), ("Year", year)):
        visitor.fill(label, value)


def test_with_a_letter_from_the_surgery(
    visitor, another_visitor, let_in, patient, iris, newcomer, tmp_path
):
    """Given a letter that staff made, when the patient enters its codes, then their record opens."""
    let_in(iris, newcomer)
    staff = another_visitor
    staff.sign_in(iris)
    staff.goto(f"/surgery/patients/{patient.pk}/")
    staff.press("Make a registration letter")
    staff.page.get_by_label("I know who this person is, and this is the right record").check()
    with staff.page.expect_download() as download:
        staff.page.get_by_role("button", name="Make the letter").click()
    paper = tmp_path / "letter.pdf"
    download.value.save_as(paper)
    words = pypdf.PdfReader(io.BytesIO(paper.read_bytes())).pages[0].extract_text()
    account_id = re.search(r"[2-9A-Z]{5} [2-9A-Z]{5}", words)[0]
    linkage_key = re.search(r"[2-9A-Z]{4} [2-9A-Z]{4} [2-9A-Z]{4}", words)[0]

    visitor.sign_in(newcomer)
    visitor.follow("Prove who you are")
    visitor.press("Enter the codes from a letter")
    visitor.press("Continue")
    assert visitor.reads("Enter the account ID")
    visitor.fill("Account ID", account_id.lower())
    visitor.fill("ODS code", "z99001")
    visitor.fill("Linkage key", "2222 2222 2222")
    born(visitor, "3", "2", "1980")
    visitor.page.get_by_label("I have read the terms of use").check()
    visitor.press("Continue")
    assert visitor.reads("We could not use these details")
    visitor.fill("Linkage key", linkage_key.replace(" ", ""))
    visitor.press("Continue")
    assert visitor.reads("You have proved who you are")
    assert RegistrationLetter.objects.get().ended_because == "used"
    visitor.follow("Your GP record")
    visitor.agree()
    assert visitor.reads("Allergies and adverse reactions")

    # and they may stop it, and start it again
    visitor.goto("/")
    visitor.follow("Pause, stop or start online access to your record")
    visitor.press("Stop online access")
    assert visitor.reads("You have stopped online access to your record")
    visitor.goto(f"/records/{patient.pk}/")
    assert visitor.reads("You stopped online access")
    visitor.press("Start online access again")
    assert visitor.reads("You have started online access to your record")


def say_who_it_is(staff):
    staff.page.get_by_label("The person is here in front of me").check()
    staff.page.get_by_label("The name, the date of birth and the NHS number above").check()
    staff.page.get_by_label("I have seen their documents").check()
    staff.page.get_by_label("Passport").check()
    staff.page.get_by_label("Council tax bill").check()


def test_at_the_front_desk_with_an_account(
    visitor, another_visitor, let_in, patient, iris, newcomer
):
    """Given a code for the desk, when staff see the documents, then the record opens at once."""
    let_in(iris, newcomer)
    visitor.sign_in(newcomer)
    visitor.follow("Prove who you are")
    visitor.press("Prove who you are at your surgery")
    visitor.press("Get a code")
    code = visitor.page.inner_text("main strong")

    staff = another_visitor
    staff.sign_in(iris)
    staff.goto(f"/surgery/patients/{patient.pk}/")
    staff.press("Check identity at the front desk")
    staff.press("Save: this person is the patient")
    assert staff.reads("Choose how you know who this person is")
    say_who_it_is(staff)
    staff.page.get_by_label("Yes, and they made a code for the front desk").check()
    staff.fill("Their email address", newcomer.email)
    staff.fill("Code for the front desk", code)
    staff.page.get_by_label("The person has read the terms of use and agrees to them").check()
    staff.press("Save: this person is the patient")
    assert staff.reads("The person is identified")

    visitor.goto("/")
    visitor.follow("Your GP record")
    visitor.agree()
    assert visitor.reads("Allergies and adverse reactions")


def test_at_the_front_desk_without_an_account_and_again_after_a_loss(
    visitor, another_visitor, let_in, patient, iris
):
    """Given no account, when staff see the documents, then there is a link to hand over; later a new one."""
    let_in(iris)
    staff = another_visitor
    staff.sign_in(iris)
    staff.goto(f"/surgery/patients/{patient.pk}/identity")
    say_who_it_is(staff)
    staff.page.get_by_label("No", exact=True).check()
    staff.fill("Their email address", "ada@example.test")
    staff.page.get_by_label("The person has read the terms of use and agrees to them").check()
    staff.press("Save: this person is the patient")
    assert "/set-up/" in staff.page.inner_text("main code")
    staff.goto(f"/surgery/patients/{patient.pk}/")
    staff.press("New set-up link")
    say_who_it_is(staff)
    staff.press("Make the link")
    link = staff.page.inner_text("main code")
    visitor.goto("/set-up/" + link.partition("/set-up/")[2])
    assert visitor.page.title().startswith("Set up your account")
