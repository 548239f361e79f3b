"""The desk's addresses about organisations whose people act for patients; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, include, path

from records.views import desk_organisations

of_patient: list[URLPattern | URLResolver] = [
    path(
        "proxies/of-organisation",
        desk_organisations.proxy_of_organisation,
        name="desk-proxy-of-organisation",
    ),
]
of_organisation = [
    path("", desk_organisations.organisation, name="desk-organisation"),
    path("people/new", desk_organisations.new_person, name="desk-organisation-person"),
    path("end", desk_organisations.organisation_ends, name="desk-organisation-end"),
    path(
        "people/<uuid:member_id>/end",
        desk_organisations.person_leaves,
        name="desk-organisation-leaves",
    ),
]
of_desk: list[URLPattern | URLResolver] = [
    path("organisations/", desk_organisations.organisations, name="desk-organisations"),
    path("organisations/new", desk_organisations.new_organisation, name="desk-organisation-new"),
    path("organisations/<uuid:organisation_id>/", include(of_organisation)),
]
