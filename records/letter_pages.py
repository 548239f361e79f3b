"""A registration letter as a page, and that page as a PDF which a screen reader can read."""

from pathlib import Path
from typing import NoReturn

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import mark_safe

from accounts.letters import Letter
from surgeries.models import Patient

try:
    import weasyprint
except OSError:  # its system library is not on this machine: then letters are pages
    weasyprint = None

STYLES = "nhsuk/letter.css"


def letter_page(patient: Patient, letter: Letter) -> str:
    """The letter in HTML; it never holds an address of the patient's (R7.5)."""
    address = f"{settings.PORTAL_URL}{reverse('records:letter')}"
    picture = segno.make(address, error="m").svg_inline(
        scale=3, border=4, light="#fff", svgclass=None, lineclass=None, title=f"QR code: {address}"
    )
    context = {
        "patient": patient,
        "letter": letter,
        "address": address,
        "picture": mark_safe(picture),  # noqa: S308 - of our own address
        "styles": styles_of_page(),
    }
    return render_to_string("proving/letter.html", context)


def styles_of_page() -> str:
    """The address of a letter's styles, where it stays a page; a PDF has them in it."""
    return static(STYLES) if weasyprint is None else ""


def as_pdf(page: str) -> bytes | None:
    """A page of ours as a tagged PDF (PDF/UA-1); None where this machine cannot make one."""
    if weasyprint is None:
        return None
    styles = weasyprint.CSS(string=Path(str(finders.find(STYLES))).read_text(encoding="utf-8"))
    document = weasyprint.HTML(string=page, url_fetcher=FetchNothing())
    return bytes(document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1"))


class FetchNothing:
    """A letter is complete in itself: whatever a page of it could name, it is never asked for."""

    _fail_on_errors = True

    def __call__(self, url: str) -> NoReturn:
        """Stop the letter."""
        raise ValueError(f"A letter fetches nothing: {url}")


__all__ = ["as_pdf", "letter_page", "styles_of_page"]
