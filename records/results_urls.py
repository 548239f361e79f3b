"""Results by test and over time."""

from django.urls import path

from records.views import results

urlpatterns = [
    path("tests", results.tests, name="tests"),
    path("measurements", results.measurements, name="measurements"),
    path("entries/<uuid:entry_id>/over-time", results.over_time, name="over-time"),
]
