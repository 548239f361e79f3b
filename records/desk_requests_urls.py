"""The desk's addresses for requests for the full record, and the queue; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver

of_patient: list[URLPattern | URLResolver] = []
of_desk: list[URLPattern | URLResolver] = []
