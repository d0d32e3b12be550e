"""Django's `flush` empties every table. The audit trail is never emptied, except in a test database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections

from tinhso.kernel.audit import guards


class Command(DjangoFlush):
    help = "Xoá sạch dữ liệu của cơ sở dữ liệu thử nghiệm (bị từ chối ở nơi khác vì nhật ký không được xoá)."

    def handle(self, **options: Any) -> None:
        if not settings.AUDIT_MAY_BE_EMPTIED:
            raise CommandError("Không xoá: nhật ký chỉ được ghi thêm. Muốn bắt đầu lại, hãy tạo cơ sở dữ liệu mới.")
        connection = connections[options["database"]]
        guards.remove(connection)
        try:
            super().handle(**options)
        finally:
            guards.install(connection)
