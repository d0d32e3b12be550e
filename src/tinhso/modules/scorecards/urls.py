from __future__ import annotations

from django.urls import path

from tinhso.modules.scorecards.web import progress

app_name = "scorecards"
urlpatterns = [
    path("progress/", progress.table, name="progress"),
    path("progress/dossiers/", progress.listing, name="progress_dossiers"),
    path("progress/export/", progress.export, name="progress_export"),
    path("progress/print/", progress.printing, name="progress_print"),
]
