from __future__ import annotations

from django.urls import path

from tinhso.kernel.ui import views

app_name = "ui"
urlpatterns = [
    path("display/", views.display, name="display"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
