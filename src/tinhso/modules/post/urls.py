from __future__ import annotations

from django.urls import path

from tinhso.modules.post.web import office, operator

app_name = "post"
urlpatterns = [
    path("consignments/", office.consignments, name="consignments"),
    path("consignments/<int:consignment_id>/", office.consignment_page, name="consignment"),
    path("consignments/<int:consignment_id>/label/", office.label_pdf, name="label"),
    path("hand-over/", office.hand_over, name="hand_over"),
    path("sheets/<int:sheet_id>/", office.sheet, name="sheet"),
    path("messages/", operator.message, name="message"),
]
