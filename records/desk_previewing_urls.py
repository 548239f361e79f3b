"""The desk's addresses for reading what a grant would newly open; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver

of_patient: list[URLPattern | URLResolver] = []
of_desk: list[URLPattern | URLResolver] = []
