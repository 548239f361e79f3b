"""The addresses on which a patient pauses and comes back, and the page about their surgery; `records.urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_pausing, pausing, your_surgery

urlpatterns: list[URLPattern | URLResolver] = [
    path("pause", pausing.online_access, name="pause"),
    path("pause/come-back", pausing.come_back, name="come-back"),
    path("pause/ask-your-surgery", pausing.ask_surgery, name="ask-to-open"),
    path("people/pause", pausing.pause_people, name="pause-people"),
    path("people/come-back", pausing.people_come_back, name="people-come-back"),
    path("your-surgery", your_surgery.your_surgery, name="your-surgery"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("pauses/<uuid:pause_id>/end", desk_pausing.pause_ended, name="desk-pause-end"),
    path("contact", desk_pausing.desk_contact, name="desk-contact"),
    path("contact/done", desk_pausing.desk_contact_done, name="desk-contact-done"),
]
