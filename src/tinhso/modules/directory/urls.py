from __future__ import annotations

from django.urls import path

from tinhso.modules.directory.web import views

app_name = "directory"
urlpatterns = [
    path("", views.public, name="public"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<int:organisation_id>/", views.organisation, name="organisation"),
    path("organisations/tree/", views.tree, name="tree"),
    path("organisations/staff/", views.staff, name="staff"),
    path("organisations/staff/<int:user_id>/", views.staff_member, name="staff_member"),
    path("organisations/export/", views.export, name="export"),
    path("organisations/import/", views.import_start, name="import"),
    path("organisations/import/template/", views.import_template, name="import_template"),
    path("organisations/import/<int:batch_id>/", views.import_batch, name="import_batch"),
    path("organisations/import/<int:batch_id>/apply/", views.import_apply, name="import_apply"),
]
