"""A patient opens documents from the list and comes back, and takes one along, in a real browser."""

import pytest
from django.utils import timezone

from portal.demo.papers import picture as skin
from tests.browser import WHOLE, launching
from tests.cast import make_grant
from tests.journeys.conftest import Visitor, load_demo_record
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class WithViewer(Visitor):
    """A visitor whose browser shows PDFs with a viewer of its own, which it loads from itself."""

    def check_host(self, request):
        if not request.url.startswith(("chrome-extension://", "chrome://")):
            super().check_host(request)


@pytest.fixture
def record(patient, patient_user):
    """A record with a PDF, a text and a picture in it, all of it open."""
    now = timezone.now()
    load_demo_record("oliver", patient, timezone.localdate(now), now)
    make_grant(patient, historical="full", decided_at=now)
    return patient


@pytest.fixture
def phone(browser_type, browser_type_launch_args, live_server):
    """A browser as wide as a small phone, with a viewer of PDFs."""
    browser = browser_type.launch(**browser_type_launch_args | launching(WHOLE))
    page = browser.new_page(viewport={"width": 320, "height": 640}, accept_downloads=True)
    yield WithViewer(page, live_server.url)
    browser.close()


def link_of(visitor, words):
    return visitor.page.get_by_role("link", name=words)


def test_a_patient_opens_documents_and_comes_back(phone, let_in, record, patient_user):
    """Given three documents that open, when the patient opens each from the list, then it is there, and the browser's
    back button leads to the list again; and a copy is theirs to keep."""
    let_in(patient_user)
    phone.sign_in(patient_user)
    phone.goto(f"/records/{record.pk}/documents")
    phone.agree()
    assert phone.reads("use the back button of your browser")
    assert phone.reads("You are then responsible for where it is kept")
    listed = phone.page.url
    picture(phone, "documents")

    with phone.page.expect_response(lambda found: "/documents/" in found.url) as told:
        link_of(phone, "Open Orthopaedic clinic letter (PDF,").click()
    assert told.value.status == 200
    assert told.value.headers["content-type"] == "application/pdf"
    phone.page.wait_for_url("**/documents/0")
    phone.page.wait_for_timeout(500)  # its viewer draws in a process of its own
    picture(phone, "pdf")
    phone.page.go_back()
    assert phone.page.url == listed
    phone.check()

    link_of(phone, "Open Dietitian letter (text,").click()
    phone.page.wait_for_url("**/documents/0")
    assert "Nobody in this letter exists." in phone.page.inner_text("body")
    assert phone.page.evaluate(WIDER) <= 0  # its lines are broken to the width of the telephone
    picture(phone, "text")
    phone.page.go_back()
    link_of(phone, "Open Photo of mole, left shoulder (picture, JPEG,").click()
    phone.page.wait_for_url("**/documents/0")
    assert phone.page.evaluate("document.images[0].naturalWidth") == 480
    phone.page.go_back()

    phone.follow("Photograph of skin")
    picture(phone, "document")
    with phone.page.expect_download() as taken:
        link_of(phone, "Download Photo of mole, left shoulder instead of opening it").click()
    assert taken.value.suggested_filename == "Photo of mole, left shoulder.jpg"
    with open(taken.value.path(), "rb") as file:
        assert file.read() == skin()
