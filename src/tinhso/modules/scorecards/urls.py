from __future__ import annotations

from django.urls import path

from tinhso.modules.scorecards.web import given, index, progress, reports, satisfaction

app_name = "scorecards"
urlpatterns = [
    path("index/", index.ranking, name="index"),
    path("index/<int:agency_id>/", index.agency, name="index_agency"),
    path("index/<int:agency_id>/<str:indicator>/", index.against, name="index_dossiers"),
    path("given/", given.listing, name="given"),
    path("given/new/", given.new, name="given_new"),
    path("given/template/", given.workbook, name="given_template"),
    path("given/upload/", given.upload, name="given_upload"),
    path("given/confirm/", given.confirm_some, name="given_confirm"),
    path("given/<int:figure_id>/", given.figure, name="given_figure"),
    path("given/<int:figure_id>/refuse/", given.refuse_one, name="given_refuse"),
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
