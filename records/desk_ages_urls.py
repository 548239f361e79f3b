"""The desk's addresses about children's ages; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_ages

of_desk: list[URLPattern | URLResolver] = [
    path("birthdays/", desk_ages.birthdays, name="desk-ages"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("proxies/<uuid:grant_id>/age-review", desk_ages.age_review, name="desk-age-review"),
]
