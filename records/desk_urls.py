"""The pages on which staff find patients, decide access and hide entries; `records.urls` includes them."""

from django.urls import URLPattern, URLResolver, include, path

from records import (
    applying_urls,
    desk_ages_urls,
    desk_extracts_urls,
    desk_organisations_urls,
    desk_previewing_urls,
    desk_proxies_urls,
    desk_requests_urls,
    desk_seeing_urls,
    desk_settings_urls,
    pausing_urls,
)
from records.views import (
    desk,
    desk_deciding,
    desk_hiding,
    desk_identity,
    desk_papers,
    desk_patient,
    desk_reviewing,
)

of_entry = [
    path("", desk_reviewing.desk_entry, name="desk-entry"),
    path("documents/<int:position>", desk_papers.desk_document_of_entry, name="desk-document"),
    path("hide", desk_hiding.hide_entry, name="desk-hide"),
    path("unhide", desk_hiding.unhide_entry, name="desk-unhide"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("", desk_patient.desk_patient, name="desk-patient"),
    path("access", desk_deciding.access_decision, name="desk-access"),
    path("identity", desk_identity.identity, name="desk-identity"),
    path("new-link", desk_identity.new_link, name="desk-new-link"),
    path("letter", desk_identity.registration_letter, name="desk-letter"),
    path("letter/end", desk_identity.end_registration_letter, name="desk-letter-end"),
    path("tasks/<int:task>/done", desk.task_done, name="desk-task-done"),
    path("record/", desk_reviewing.desk_record, name="desk-record"),
    path("record/<section:section>/", desk_reviewing.desk_section, name="desk-section"),
    path("entries/<uuid:entry_id>/", include(of_entry)),
    path("", include("records.desk_bad_news_urls")),
    path("", include("records.desk_correcting_urls")),
    path("", include("records.desk_activity_urls")),
    *desk_requests_urls.of_patient,
    *desk_previewing_urls.of_patient,
    *desk_organisations_urls.of_patient,
    *desk_proxies_urls.of_patient,
    *applying_urls.of_patient,
    *desk_ages_urls.of_patient,
    *desk_extracts_urls.of_patient,
    *desk_seeing_urls.of_patient,
    *desk_settings_urls.of_patient,
    *pausing_urls.of_patient,
]
of_desk: list[URLPattern | URLResolver] = [
    path("", desk.desk, name="desk"),
    path("found", desk.desk_found, name="desk-found"),
    *desk_requests_urls.of_desk,
    *desk_organisations_urls.of_desk,
    *desk_ages_urls.of_desk,
    *desk_previewing_urls.of_desk,
    *desk_seeing_urls.of_desk,
    *applying_urls.of_desk,
    *desk_settings_urls.of_desk,
]
urlpatterns = [
    path("surgery/", include(of_desk)),
    path("surgery/patients/<uuid:patient_id>/", include(of_patient)),
]
