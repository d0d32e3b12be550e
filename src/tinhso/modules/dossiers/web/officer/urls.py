"""Addresses of the officers' pages. Random numbers only: no code, no name."""

from __future__ import annotations

from django.urls import path

from tinhso.modules.dossiers.web.officer import counter, desk, dossier, intake, lists, papers, steps

urlpatterns = [
    path("dossiers/desk/", desk.desk, name="desk"),
    path("dossiers/list/", lists.listing, name="list"),
    path("dossiers/list/print/", lists.printing, name="list_print"),
    path("dossiers/list/export/", lists.export, name="list_export"),
    path("dossiers/list/claim/", lists.claim_marked, name="claim_marked"),
    path("dossiers/list/columns/", lists.choose_columns, name="choose_columns"),
    path("dossiers/list/filters/", lists.keep_filter, name="keep_filter"),
    path("dossiers/list/filters/<int:filter_id>/forget/", lists.forget_filter, name="forget_filter"),
    path("dossiers/counter/", counter.counter, name="counter"),
    path("dossiers/counter/begin/", counter.begin, name="counter_begin"),
    path("dossiers/counter/<uuid:public_id>/applicant/", counter.applicant, name="counter_applicant"),
    path("dossiers/counter/<uuid:public_id>/form/<str:group>/", counter.form_page, name="counter_form"),
    path("dossiers/counter/<uuid:public_id>/papers/", counter.papers, name="counter_papers"),
    path("dossiers/counter/<uuid:public_id>/discard/", counter.throw_away, name="counter_discard"),
    path("dossiers/<uuid:public_id>/", dossier.show, name="show"),
    path("dossiers/<uuid:public_id>/why/", dossier.why, name="why"),
    path("dossiers/<uuid:public_id>/audit/", dossier.audit, name="audit"),
    path("dossiers/<uuid:public_id>/files/<int:paper_id>/", papers.paper, name="file"),
    path("dossiers/<uuid:public_id>/print/<str:form>/", papers.printed, name="print"),
    path("dossiers/<uuid:public_id>/preview/", papers.preview, name="preview"),
    path("dossiers/<uuid:public_id>/slip/", papers.slip, name="slip"),
    path("dossiers/<uuid:public_id>/accept/", intake.accept_dossier, name="accept"),
    path("dossiers/<uuid:public_id>/refuse/", intake.refuse_dossier, name="refuse"),
    path("dossiers/<uuid:public_id>/tasks/<int:task_id>/claim/", steps.claim_task, name="claim"),
    path("dossiers/<uuid:public_id>/tasks/<int:task_id>/assign/", steps.assign_task, name="assign"),
    path("dossiers/<uuid:public_id>/tasks/<int:task_id>/act/", steps.act_on_task, name="act"),
    path("dossiers/<uuid:public_id>/fee/", steps.take_fee_of, name="take_fee"),
    path("dossiers/<uuid:public_id>/return/", steps.return_result, name="return"),
    path("dossiers/<uuid:public_id>/pin/", steps.new_pin, name="new_pin"),
]
