from __future__ import annotations

from django.urls import path

from tinhso.modules.procedures.web import guidance, leftovers, synchronisation, versions, views
from tinhso.modules.procedures.web.designer import urls as designer

app_name = "procedures"
urlpatterns = [
    path("", views.home, name="home"),
    path("procedures/", views.search, name="search"),
    path("procedures/catalogue/", views.catalogue, name="catalogue"),
    path("procedures/catalogue/<str:code>/<int:number>/", versions.version, name="version"),
    path("procedures/catalogue/<str:code>/history/", synchronisation.history, name="history"),
    path("procedures/synchronisation/", synchronisation.runs, name="runs"),
    path("procedures/synchronisation/start/", synchronisation.start, name="start_run"),
    path("procedures/synchronisation/<int:run_id>/", synchronisation.run, name="run"),
    path("procedures/synchronisation/<int:run_id>/decide/", synchronisation.decide, name="decide_run"),
    path("procedures/guidance/", guidance.ask, name="guidance"),
    path("procedures/guidance/write/", guidance.write, name="guidance_write"),
    path("procedures/guidance/<int:guidance_id>/", guidance.note, name="guidance_note"),
    path("procedures/leftovers/", leftovers.report, name="leftovers"),
    path("procedures/leftovers/export/", leftovers.export, name="leftovers_export"),
    path("procedures/catalogue/<str:code>/draft/", versions.start, name="start_draft"),
    path("procedures/catalogue/<str:code>/<int:number>/author/", versions.author, name="author_version"),
    path("procedures/catalogue/<str:code>/<int:number>/review/", versions.review, name="review_version"),
    *designer.urlpatterns,
    path("procedures/<str:code>/", views.procedure, name="procedure"),
    path("procedures/<str:code>/guide.pdf", views.guide, name="guide"),
]
