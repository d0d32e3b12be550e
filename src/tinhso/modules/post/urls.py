from __future__ import annotations

from django.urls import path

from tinhso.modules.post.web import envelopes, office, operator

app_name = "post"
urlpatterns = [
    path("consignments/", office.consignments, name="consignments"),
    path("consignments/<int:consignment_id>/", office.consignment_page, name="consignment"),
    path("consignments/<int:consignment_id>/label/", office.label_pdf, name="label"),
    path("hand-over/", office.hand_over, name="hand_over"),
    path("sheets/<int:sheet_id>/", office.sheet, name="sheet"),
    path("envelopes/", envelopes.envelopes, name="envelopes"),
    path("envelopes/<int:envelope_id>/", envelopes.envelope, name="envelope"),
    path("announcements/", operator.announcement, name="announcement"),
    path("messages/", operator.message, name="message"),
]
