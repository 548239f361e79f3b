"""Finding something in a record."""

from django.urls import path

from records.views import finding

urlpatterns = [
    path("find", finding.find, name="find"),
    path("found", finding.found, name="found"),
    path("timeline", finding.timeline, name="timeline"),
]
