"""Coming by NHS login."""

from django.urls import path

from records.views import nhs_login

urlpatterns = [
    path("start", nhs_login.start, name="nhs-login"),
    path("callback", nhs_login.callback, name="nhs-login-callback"),
    path("new-account", nhs_login.new_account, name="nhs-login-account"),
    path("sign-in-first", nhs_login.has_account, name="nhs-login-has-account"),
    path("join", nhs_login.join, name="nhs-login-join"),
    path("keys", nhs_login.keys, name="nhs-login-keys"),
]
