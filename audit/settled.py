"""Whether the settings of the log will do: `manage.py check` says what is wrong with them."""

from typing import Any

from authlib.common.security import is_secure_transport
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from audit.keys import host_keys


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """The keys are long enough, and anchors go nowhere but over https."""
    found: list[checks.CheckMessage] = []
    try:
        host_keys()
    except ImproperlyConfigured as error:
        found.append(checks.Error(str(error), id="audit.E001"))
    url = settings.PORTAL_ANCHOR_URL
    if url and not is_secure_transport(url):
        found.append(checks.Error("PORTAL_ANCHOR_URL has to begin with https://", id="audit.E002"))
    return found
