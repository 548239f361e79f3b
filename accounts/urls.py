"""Signing in and out, and setting up an account."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/code", views.second_factor, name="second-factor"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("set-up/<str:person>/<str:token>", views.set_up_password, name="set-up"),
    path("set-up/<str:person>/<str:token>/app", views.set_up_app, name="set-up-app"),
]
