"""Signing in and the person's own record. The library's names (`account_login`, …) stand without a namespace."""

from __future__ import annotations

from django.urls import include, path

from tinhso.modules.identity.web import views

own_urls = [path("profile/", views.profile, name="profile")]

urlpatterns = [
    path("identity/after-login/", views.after_login, name="home_after_login"),
    path("identity/", include((own_urls, "identity"))),
    path("identity/", include("allauth.account.urls")),
]
