"""The page before a result that may be hard to read."""

from django.urls import path

from records.views import bad_news

urlpatterns = [
    path("entries/<uuid:entry_id>/before-you-see-it", bad_news.before_result, name="before-result"),
    path("entries/<uuid:entry_id>/see-it", bad_news.open_result, name="open-result"),
    path(
        "entries/<uuid:entry_id>/ask-to-be-told",
        bad_news.ask_to_be_told_view,
        name="ask-to-be-told",
    ),
    path("warn-me", bad_news.warn_me, name="warn-me"),
    path("older-results", bad_news.older_results, name="older-results"),
]
