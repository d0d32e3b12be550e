from __future__ import annotations

from django.urls import path

from tinhso.modules.scorecards.web import index, progress, satisfaction

app_name = "scorecards"
urlpatterns = [
    path("index/", index.ranking, name="index"),
    path("index/<int:agency_id>/", index.agency, name="index_agency"),
    path("index/<int:agency_id>/<str:indicator>/", index.against, name="index_dossiers"),
    path("satisfaction/", satisfaction.agencies, name="satisfaction"),
    path("satisfaction/<int:agency_id>/", satisfaction.agency, name="satisfaction_agency"),
    path("progress/", progress.table, name="progress"),
    path("progress/dossiers/", progress.listing, name="progress_dossiers"),
    path("progress/charts/", progress.charts, name="progress_charts"),
    path("progress/export/", progress.export, name="progress_export"),
    path("progress/print/", progress.printing, name="progress_print"),
]
