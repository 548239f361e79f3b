"""The addresses at which a patient hides something from those who act for them; `records.urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import own_hiding

urlpatterns: list[URLPattern | URLResolver] = [
    path("entries/<uuid:entry_id>/hide", own_hiding.hide_entry, name="hide-from-people"),
    path("entries/<uuid:entry_id>/show-again", own_hiding.show_entry_again, name="show-to-people"),
    path("hidden-from-people", own_hiding.hidden_from_people, name="hidden-from-people"),
    path(
        "hidden-from-people/<uuid:act_id>/show-again",
        own_hiding.show_together_again,
        name="show-together-to-people",
    ),
]
