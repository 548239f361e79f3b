"""The addresses about who acts for a patient; `records.urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import people, renewing

urlpatterns: list[URLPattern | URLResolver] = [
    path("people", people.people, name="people"),
    path("people/<uuid:grant_id>/stop", people.person_stopped, name="person-stop"),
    path("people/<uuid:grant_id>/start", people.person_started, name="person-start"),
    path("people/<uuid:grant_id>/end", people.person_ended, name="person-end"),
    path("people/<uuid:grant_id>/less", people.person_narrowed, name="person-less"),
    path("people/<uuid:grant_id>/go-on", renewing.person_goes_on, name="person-go-on"),
    path("go-on", renewing.go_on, name="go-on"),
    path("stop-acting", people.stop_acting, name="stop-acting"),
]
