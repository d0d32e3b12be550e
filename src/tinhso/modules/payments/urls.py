from __future__ import annotations

from django.urls import path

from tinhso.modules.payments.web import books, citizen, counter, gateway, reconciliation

app_name = "payments"

urlpatterns = [
    path("<uuid:public_id>/", citizen.show, name="show"),
    path("<uuid:public_id>/start/", citizen.start, name="start"),
    path("<uuid:public_id>/receipt.pdf", citizen.receipt, name="own_receipt"),
    path("return/<str:provider>/", gateway.returned, name="return"),
    path("callbacks/<str:provider>/", gateway.callback, name="callback"),
    path("counter/<uuid:public_id>/", counter.counter, name="counter"),
    path("receipts/<int:receipt_id>.pdf", counter.receipt, name="receipt"),
    path("day-book/", books.show_day_book, name="day_book"),
    path("day-book/export/", books.export_day_book, name="day_book_export"),
    path("refunds/", books.show_refunds, name="refunds"),
    path("refunds/ask/<int:payment_id>/", books.ask, name="refund_ask"),
    path("refunds/<int:refund_id>/decide/", books.decide, name="refund_decide"),
    path("refunds/<int:refund_id>/finish/", books.finish, name="refund_finish"),
    path("reconciliation/", reconciliation.reconciliation, name="reconciliation"),
    path("reconciliation/<int:difference_id>/settle/", reconciliation.settle, name="difference_settle"),
    path("providers/", reconciliation.show_providers, name="providers"),
]
