"""Results about which a patient wants to be spoken to, for staff; `records.desk_urls` includes them."""

from django.urls import path

from records.views import desk_bad_news

urlpatterns = [
    path("results-to-speak-about/", desk_bad_news.desk_held_results, name="desk-held-results"),
    path("results-to-speak-about/<uuid:entry_id>", desk_bad_news.spoken, name="desk-spoken"),
]
