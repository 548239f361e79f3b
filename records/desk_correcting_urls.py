"""What readers say is wrong, for staff; `records.desk_urls` includes them."""

from django.urls import path

from records.views import desk_correcting

urlpatterns = [
    path("corrections/", desk_correcting.desk_corrections, name="desk-corrections"),
    path(
        "corrections/<uuid:correction_id>/",
        desk_correcting.desk_correction,
        name="desk-correction",
    ),
    path(
        "corrections/<uuid:correction_id>/answer",
        desk_correcting.answer_correction,
        name="desk-correction-answer",
    ),
]
