"""Addresses of notifications. Providers send their reports to `reports/`."""

from __future__ import annotations

from django.urls import path

from tinhso.modules.notifications.web import inbox, operating, reports

app_name = "notifications"

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("<int:notice_id>/", inbox.open_notice, name="open"),
    path("read/", inbox.read_all, name="read_all"),
    path("choices/", inbox.choices, name="choices"),
    path("outbox/", operating.outbox, name="outbox"),
    path("outbox/<int:message_id>/retry/", operating.retry, name="retry"),
    path("outbox/<str:channel>/retry/", operating.retry_all, name="retry_channel"),
    path("templates/", operating.templates, name="templates"),
    path("templates/<str:kind>/<str:channel>/", operating.template, name="template"),
    path("incoming/sms/", reports.incoming, name="incoming"),
    path("reports/<str:channel>/", reports.report, name="report"),
]
