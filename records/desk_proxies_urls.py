"""The desk's addresses about who acts for a patient; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_proxies

of_patient: list[URLPattern | URLResolver] = [
    path("proxies/<uuid:grant_id>/", desk_proxies.desk_proxy, name="desk-proxy"),
    path("proxies/<uuid:grant_id>/stop", desk_proxies.proxy_stopped, name="desk-proxy-stop"),
    path("proxies/<uuid:grant_id>/start", desk_proxies.proxy_started, name="desk-proxy-start"),
    path("proxies/<uuid:grant_id>/end", desk_proxies.proxy_ended, name="desk-proxy-end"),
]
