"""The addresses on which people ask to act for somebody, and the desk's for what they ask; `records.urls` and `desk_urls` include them."""

from django.urls import URLPattern, URLResolver, path

from records.views import applying, desk_applications

urlpatterns: list[URLPattern | URLResolver] = [
    path("act-for-somebody", applying.act_for_somebody, name="act-for-somebody"),
    path("act-for-somebody/apply", applying.apply_to_act, name="apply-to-act"),
    path("act-for-somebody/<uuid:application_id>/", applying.application, name="application"),
    path(
        "act-for-somebody/<uuid:application_id>/take-back",
        applying.application_taken_back,
        name="application-take-back",
    ),
]
of_desk: list[URLPattern | URLResolver] = [
    path("applications", desk_applications.applications, name="desk-applications"),
    path(
        "applications/<uuid:application_id>/",
        desk_applications.desk_application,
        name="desk-application",
    ),
    path(
        "applications/<uuid:application_id>/no-patient",
        desk_applications.application_without_patient,
        name="desk-application-no-patient",
    ),
]
of_patient: list[URLPattern | URLResolver] = [
    path(
        "applications/<uuid:application_id>/match",
        desk_applications.application_matched,
        name="desk-application-match",
    ),
]
