from __future__ import annotations

from django.urls import path

from tinhso.modules.procedures.web import views

app_name = "procedures"
urlpatterns = [
    path("", views.home, name="home"),
    path("procedures/", views.search, name="search"),
    path("procedures/catalogue/", views.catalogue, name="catalogue"),
    path("procedures/catalogue/<str:code>/<int:number>/", views.version, name="version"),
    path("procedures/<str:code>/", views.procedure, name="procedure"),
    path("procedures/<str:code>/guide.pdf", views.guide, name="guide"),
]
