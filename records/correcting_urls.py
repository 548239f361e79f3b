"""Telling the surgery that something looks wrong."""

from django.urls import path

from records.views import correcting

urlpatterns = [
    path("entries/<uuid:entry_id>/looks-wrong", correcting.looks_wrong, name="looks-wrong"),
    path("corrections", correcting.corrections, name="corrections"),
    path("corrections/<uuid:correction_id>", correcting.correction, name="correction"),
    path("corrections/<uuid:correction_id>/take-back", correcting.take_back, name="take-back"),
]
