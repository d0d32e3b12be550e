from __future__ import annotations

from django.urls import path

from tinhso.modules.procedures.web.designer import form_pages, general, imports, parts, preview, route_pages

PREFIX = "procedures/designer/<int:version_id>/"

urlpatterns = [
    path(PREFIX, general.general, name="design"),
    path(PREFIX + "definition.json", general.definition_file, name="design_definition"),
    path(PREFIX + "undo/", form_pages.undo_last, name="design_undo"),
    path(PREFIX + "form/", form_pages.outline, name="design_form"),
    path(PREFIX + "form/change/", form_pages.change, name="design_change"),
    path(PREFIX + "form/new/", form_pages.new, name="design_field_new"),
    path(PREFIX + "form/field/", form_pages.field, name="design_field"),
    path(PREFIX + "preview/", preview.preview, name="design_preview"),
    path(PREFIX + "preview/page/", preview.preview_page, name="design_preview_page"),
    path(PREFIX + "papers/", parts.items, {"kind": "papers"}, name="design_papers"),
    path(PREFIX + "papers/<int:number>/", parts.item, {"kind": "papers"}, name="design_paper"),
    path(PREFIX + "fees/", parts.items, {"kind": "fees"}, name="design_fees"),
    path(PREFIX + "fees/<int:number>/", parts.item, {"kind": "fees"}, name="design_fee"),
    path(PREFIX + "terms/", parts.items, {"kind": "terms"}, name="design_terms"),
    path(PREFIX + "terms/<int:number>/", parts.item, {"kind": "terms"}, name="design_term"),
    path(PREFIX + "results/", parts.items, {"kind": "results"}, name="design_results"),
    path(PREFIX + "results/<int:number>/", parts.item, {"kind": "results"}, name="design_result"),
    path(PREFIX + "route/", route_pages.route, name="design_route"),
    path(PREFIX + "route/change/", route_pages.change, name="design_route_change"),
    path(PREFIX + "route/steps/<int:number>/", route_pages.step, name="design_step"),
    path(PREFIX + "route/export/", imports.bpmn, name="design_bpmn"),
    path(PREFIX + "route/import/", imports.imports, name="design_imports"),
    path(PREFIX + "route/import/<int:file_id>/", imports.import_file, name="design_import_file"),
    path(PREFIX + "route/import/<int:file_id>/original/", imports.original, name="design_import_original"),
]
