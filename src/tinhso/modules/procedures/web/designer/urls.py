from __future__ import annotations

from django.urls import path

from tinhso.modules.procedures.web.designer import form_pages, general, parts, preview, route_pages

urlpatterns = [
    path("", general.general, name="design"),
    path("definition.json", general.definition_file, name="design_definition"),
    path("undo/", form_pages.undo_last, name="design_undo"),
    path("form/", form_pages.outline, name="design_form"),
    path("form/change/", form_pages.change, name="design_change"),
    path("form/new/", form_pages.new, name="design_field_new"),
    path("form/field/", form_pages.field, name="design_field"),
    path("preview/", preview.preview, name="design_preview"),
    path("preview/page/", preview.preview_page, name="design_preview_page"),
    path("papers/", parts.items, {"kind": "papers"}, name="design_papers"),
    path("papers/<int:number>/", parts.item, {"kind": "papers"}, name="design_paper"),
    path("fees/", parts.items, {"kind": "fees"}, name="design_fees"),
    path("fees/<int:number>/", parts.item, {"kind": "fees"}, name="design_fee"),
    path("terms/", parts.items, {"kind": "terms"}, name="design_terms"),
    path("terms/<int:number>/", parts.item, {"kind": "terms"}, name="design_term"),
    path("results/", parts.items, {"kind": "results"}, name="design_results"),
    path("results/<int:number>/", parts.item, {"kind": "results"}, name="design_result"),
    path("route/", route_pages.route, name="design_route"),
    path("route/change/", route_pages.change, name="design_route_change"),
    path("route/steps/<int:number>/", route_pages.step, name="design_step"),
]
