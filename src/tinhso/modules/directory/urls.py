from __future__ import annotations

from django.urls import path

from tinhso.modules.directory.web import reforms, rights, staffing, views

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
    path("rights/", rights.rights, name="rights"),
    path("rights/request/", rights.request, name="request_role"),
    path("rights/requests/<int:request_id>/decide/", rights.decide_request, name="decide_role"),
    path("rights/requests/<int:request_id>/withdraw/", rights.withdraw, name="withdraw_role_request"),
    path("rights/grants/<int:grant_id>/revoke/", rights.revoke_role, name="revoke_role"),
    path("rights/mine/", rights.own, name="own_rights"),
    path("rights/lend/", rights.lend, name="lend"),
    path("rights/lent/<int:grant_id>/end/", rights.end_lent, name="end_lent"),
    path("rights/act-for/", rights.act_for, name="act_for"),
    path("reforms/", reforms.reforms, name="reforms"),
    path("reforms/new/", reforms.draft_reform, name="draft_reform"),
    path("reforms/table/", reforms.reform_file, name="reform_file"),
    path("reforms/<int:reform_id>/", reforms.reform, name="reform"),
    path("reforms/<int:reform_id>/actions/", reforms.reform_actions, name="reform_actions"),
    path("reforms/<int:reform_id>/actions/import/", reforms.import_reform, name="import_reform"),
    path("reforms/<int:reform_id>/actions/settle/", reforms.settle_doubts, name="settle_doubts"),
    path(
        "reforms/<int:reform_id>/actions/<int:number>/remove/",
        reforms.remove_reform_action,
        name="remove_reform_action",
    ),
    path("reforms/<int:reform_id>/touched/", reforms.reform_touched, name="reform_touched"),
    path("reforms/<int:reform_id>/report/", reforms.reform_report, name="reform_report"),
    path("reforms/<int:reform_id>/progress/", reforms.reform_progress, name="reform_progress"),
    path("reforms/<int:reform_id>/submit/", reforms.submit_reform, name="submit_reform"),
    path("reforms/<int:reform_id>/decide/", reforms.decide_reform, name="decide_reform"),
    path("reforms/<int:reform_id>/cancel/", reforms.cancel_reform, name="cancel_reform"),
    path("reforms/<int:reform_id>/try/", reforms.try_reform, name="try_reform"),
    path("reforms/<int:reform_id>/apply/", reforms.apply_reform, name="apply_reform"),
    path("staffing/", staffing.staffing, name="staffing"),
    path("staffing/join/", staffing.join_staff, name="join"),
    path("staffing/<int:member_id>/depart/", staffing.depart, name="depart"),
]
