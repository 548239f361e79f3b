"""The desk's addresses for reading what a grant would newly open; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, include, path

from records.views import desk_deciding, desk_granting, desk_previewing

of_review: list[URLPattern | URLResolver] = [
    path("", desk_previewing.preview, name="desk-preview"),
    path("entries/<uuid:entry_id>", desk_previewing.preview_entry, name="desk-preview-entry"),
    path("entries/<uuid:entry_id>/show", desk_previewing.show_it, name="desk-preview-show"),
    path("entries/<uuid:entry_id>/hide", desk_previewing.hide_it, name="desk-preview-hide"),
    path("entries/<uuid:entry_id>/ask", desk_previewing.ask_about_it, name="desk-preview-ask"),
    path("rest", desk_previewing.preview_rest, name="desk-preview-rest"),
    path("rest/accept", desk_previewing.rest_accepted, name="desk-preview-accept"),
    path("decision", desk_granting.preview_decision, name="desk-preview-decide"),
    path("agreement", desk_granting.preview_agreement, name="desk-preview-agree"),
    path("send-back", desk_granting.sent_back, name="desk-preview-send-back"),
    path("give-up", desk_granting.given_up, name="desk-preview-give-up"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("reviews/late-history", desk_deciding.late_history, name="desk-late-history"),
    path("reviews/<uuid:review_id>/", include(of_review)),
]
of_desk: list[URLPattern | URLResolver] = []
