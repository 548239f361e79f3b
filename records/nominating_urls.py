"""The addresses at which a patient invites somebody to act for them; `records.urls` includes them.

Below `as/` stand the addresses of the record's own pages, so that their links need one new beginning and no more.
"""

from django.urls import URLPattern, URLResolver, include, path

from records.views import dry_run, nominating
from surgeries.terms import Section

seen_record: list[URLPattern | URLResolver] = [
    path("", dry_run.as_home, name="invite-as"),
    path("entries/<uuid:entry_id>", dry_run.as_entry, name="invite-as-entry"),
    path(
        "entries/<uuid:entry_id>/documents/<int:position>",
        dry_run.as_document,
        name="invite-as-document",
    ),
    path("entries/<uuid:entry_id>/over-time", dry_run.as_over_time, name="invite-as-over-time"),
    path(
        "entries/<uuid:entry_id>/before-you-see-it",
        dry_run.as_before_result,
        name="invite-as-before-result",
    ),
    path("since-you-last-looked", dry_run.as_since, name="invite-as-since"),
    path("timeline", dry_run.as_timeline, name="invite-as-timeline"),
    path("tests", dry_run.as_tests, {"section": Section.TEST_RESULTS}, name="invite-as-tests"),
    path(
        "measurements",
        dry_run.as_measurements,
        {"section": Section.CONSULTATIONS},
        name="invite-as-measurements",
    ),
    path("<section:section>", dry_run.as_section, name="invite-as-section"),
    path("<path:rest>", dry_run.as_elsewhere, name="invite-as-elsewhere"),
]
of_nomination: list[URLPattern | URLResolver] = [
    path("who", nominating.invite_who, name="invite-who"),
    path("what", nominating.invite_what, name="invite-what"),
    path("look", dry_run.invite_look, name="invite-look"),
    path("hide/<uuid:entry_id>", dry_run.invite_hide, name="invite-hide"),
    path("show/<uuid:entry_id>", dry_run.invite_show, name="invite-show"),
    path("agree", nominating.invite_agree, name="invite-agree"),
    path("code", nominating.invite_code, name="invite-code"),
    path("cancel", nominating.invite_cancel, name="invite-cancel"),
    path("as/", include(seen_record)),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("people/invite", nominating.invite, name="invite"),
    path("people/invite/<uuid:nomination_id>/", include(of_nomination)),
]
