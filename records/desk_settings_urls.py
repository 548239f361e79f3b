"""The desk's addresses for the surgery's settings, changes for many patients, and reports; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_reason

of_patient: list[URLPattern | URLResolver] = [
    path("reason", desk_reason.reason_to_look, name="desk-reason"),
]
of_desk: list[URLPattern | URLResolver] = []
