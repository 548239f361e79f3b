"""The portal's addresses, and those of the floor: only the bench's own settings name this file."""

from django.urls import include, path

from portal.bench import floor

urlpatterns = [
    path("bench-floor/processes", floor.processes, name="bench-processes"),
    path("bench-floor/<slug:page>", floor.floor, name="bench-floor"),
    path("", include("portal.urls")),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
