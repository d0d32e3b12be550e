from __future__ import annotations

from django.urls import path

from tinhso.modules.scorecards.web import index, progress, reports, satisfaction

app_name = "scorecards"
urlpatterns = [
    path("index/", index.ranking, name="index"),
    path("index/<int:agency_id>/", index.agency, name="index_agency"),
    path("index/<int:agency_id>/<str:indicator>/", index.against, name="index_dossiers"),
    path("reports/", reports.listing, name="reports"),
    path("reports/save/", reports.save, name="report_save"),
    path("reports/<int:report_id>/close/", reports.close, name="report_close"),
    path("reports/<int:report_id>/delete/", reports.delete, name="report_delete"),
    path("reports/closings/<int:closing_id>/", reports.closing, name="report_closing"),
    path("reports/closings/<int:closing_id>/export/", reports.closing_export, name="report_closing_export"),
    path("satisfaction/", satisfaction.agencies, name="satisfaction"),
    path("satisfaction/<int:agency_id>/", satisfaction.agency, name="satisfaction_agency"),
    path("progress/", progress.table, name="progress"),
    path("progress/dossiers/", progress.listing, name="progress_dossiers"),
    path("progress/charts/", progress.charts, name="progress_charts"),
    path("progress/export/", progress.export, name="progress_export"),
    path("progress/print/", progress.printing, name="progress_print"),
]
