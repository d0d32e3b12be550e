"""Addresses of the citizens' pages. No personal data in any of them: random numbers only."""

from __future__ import annotations

from django.urls import path

from tinhso.modules.dossiers.web.citizen import (
    delivery,
    draft,
    own,
    papers,
    rating,
    results,
    sending,
    start,
    supplement,
    support,
    tracking,
    visits,
)

urlpatterns = [
    path("dossiers/start/<str:code>/", start.start, name="start"),
    path("dossiers/drafts/<uuid:public_id>/", draft.resume, name="draft"),
    path("dossiers/drafts/<uuid:public_id>/applicant/", draft.applicant, name="draft_applicant"),
    path("dossiers/drafts/<uuid:public_id>/form/<str:group>/", draft.form_page, name="draft_form"),
    path("dossiers/drafts/<uuid:public_id>/saved/", draft.saved, name="draft_saved"),
    path("dossiers/drafts/<uuid:public_id>/discard/", draft.discard_draft, name="draft_discard"),
    path("dossiers/drafts/<uuid:public_id>/papers/", papers.papers, name="draft_papers"),
    path("dossiers/drafts/<uuid:public_id>/papers/<int:row_id>/", papers.view_file, name="draft_file"),
    path("dossiers/drafts/<uuid:public_id>/check/", sending.check, name="draft_check"),
    path("dossiers/drafts/<uuid:public_id>/send/", sending.send, name="draft_send"),
    path("dossiers/sent/<uuid:public_id>/", sending.sent, name="sent"),
    path("dossiers/sent/<uuid:public_id>/slip.pdf", sending.slip, name="sent_slip"),
    path("dossiers/mine/", own.mine, name="mine"),
    path("dossiers/track/", tracking.track, name="track"),
    path("dossiers/track/end/", tracking.end, name="track_end"),
    path("dossiers/follow/<uuid:public_id>/", tracking.follow, name="follow"),
    path("dossiers/follow/<uuid:public_id>/pay/", tracking.pay, name="pay"),
    path("dossiers/follow/<uuid:public_id>/why/", tracking.why, name="follow_why"),
    path("dossiers/follow/<uuid:public_id>/visits/", visits.visits, name="follow_visits"),
    path("dossiers/follow/<uuid:public_id>/pin/", tracking.new_pin, name="follow_pin"),
    path("dossiers/follow/<uuid:public_id>/papers/<int:paper_id>/", results.paper, name="follow_paper"),
    path("dossiers/follow/<uuid:public_id>/receipt.pdf", results.receipt, name="follow_receipt"),
    path("dossiers/follow/<uuid:public_id>/refusal.pdf", results.refusal, name="follow_refusal"),
    path("dossiers/follow/<uuid:public_id>/result.pdf", results.result, name="follow_result"),
    path(
        "dossiers/follow/<uuid:public_id>/part-results/<int:result_id>/", results.part_result, name="follow_part_result"
    ),
    path("dossiers/follow/<uuid:public_id>/supplement/", supplement.supplement, name="supplement"),
    path(
        "dossiers/follow/<uuid:public_id>/supplement/files/<int:row_id>/",
        supplement.answer_file,
        name="supplement_file",
    ),
    path("dossiers/follow/<uuid:public_id>/delivery/", delivery.delivery, name="delivery"),
    path("dossiers/follow/<uuid:public_id>/withdraw/", supplement.withdrawal, name="withdraw"),
    path("dossiers/follow/<uuid:public_id>/forms/<str:form>-<int:number>.pdf", supplement.form_pdf, name="form_pdf"),
    path("dossiers/support/person/", support.person, name="support_person"),
    path("dossiers/follow/<uuid:public_id>/end-support/", support.end_here, name="follow_end_support"),
    path("dossiers/rate/", rating.kiosk, name="rate_kiosk"),
    path("dossiers/rate/thanks/", rating.thanks, name="rate_thanks"),
    path("dossiers/rate/<uuid:public_id>/", rating.questions, name="rate"),
    path("dossiers/rate/<uuid:public_id>/<str:key>/", rating.questions, name="rate_by_link"),
    path("dossiers/verify/", results.verify_code, name="verify_code"),
    path("dossiers/verify/<str:token>/", results.verify, name="verify"),
]
