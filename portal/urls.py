"""Every address of the portal."""

from django.urls import include, path

from portal import guidance, session_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("records.urls")),  # first, since each address is looked for in this order
    path("demo", views.demo, name="demo"),
    path("demo/emails", views.demo_emails, name="demo-emails"),
    path("demo/nhs-login/", include("portal.demo.nhs_login_urls")),
    path("help", guidance.guidance, name="help"),
    path("help/<slug:page>", guidance.guidance, name="guidance"),
    path("still-there", session_views.still_there, name="still-there"),
    path("still-there/stay", session_views.stay, name="stay"),
    path("still-there/time", session_views.time_left, name="time-left"),
    path("signed-out", session_views.signed_out, name="signed-out"),
    path("", include("surgeries.urls")),
    path("", include("accounts.urls")),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
