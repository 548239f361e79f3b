"""The public pages about surgeries."""

from django.urls import path

from surgeries import views

app_name = "surgeries"
urlpatterns = [
    path("find-your-surgery", views.find, name="find"),
    path("surgeries/<uuid:surgery_id>", views.surgery, name="surgery"),
]
