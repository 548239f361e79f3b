"""What the shell of every page needs to know."""

from django.http import HttpRequest
from django.urls import reverse

from nhsuk.shell import Shell


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Who is signed in, and the way out."""
    user = getattr(request, "user", None)  # absent when a request failed before its session
    surgery_name = getattr(request, "surgery_name", "")  # the doors know whose page it is
    if user is None or not user.is_authenticated:
        return {"shell": Shell(home_href=HOME, surgery_name=surgery_name)}
    return {
        "shell": Shell(
            home_href=HOME,
            surgery_name=surgery_name,
            signed_in_as=user.name or user.email,
            sign_out_href=reverse("accounts:sign-out"),
        )
    }


HOME = "/"
