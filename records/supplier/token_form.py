"""The form in which a system asks for a token."""

from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError

from records.supplier.problems import Problem

ASKED = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}


def assertion_in(request: HttpRequest) -> str:
    """The assertion in a form that asks as RFC 7523 says; raises Problem where it asks otherwise."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type",
            "Send application/x-www-form-urlencoded.",
        )  # fmt: skip
    try:
        form = request.POST
    except (UnreadablePostError, SuspiciousOperation, BadRequest) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "form", "The form cannot be read.") from error
    for name, wanted in ASKED.items():
        if form.getlist(name) != [wanted]:
            raise Problem(HTTPStatus.BAD_REQUEST, "form", f"{name} must be {wanted}, once.")
    assertions = form.getlist("client_assertion")
    if len(assertions) != 1:
        raise Problem(HTTPStatus.BAD_REQUEST, "form", "Send one client_assertion.")
    return str(assertions[0])
