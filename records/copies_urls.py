"""Copies to take away."""

from django.urls import path

from records.views import copies

urlpatterns = [
    path("copies", copies.copies, name="copies"),
    path("copies/<uuid:copy_id>", copies.copy_progress, name="copy"),
    path("copies/<uuid:copy_id>/file", copies.copy_file, name="copy-file"),
    path("copies/<uuid:copy_id>/delete", copies.delete_copy, name="delete-copy"),
]
