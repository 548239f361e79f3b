"""The desk's addresses for seeing a record as somebody, and hiding from anywhere; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver

of_patient: list[URLPattern | URLResolver] = []
of_desk: list[URLPattern | URLResolver] = []
