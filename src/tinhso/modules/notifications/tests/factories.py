"""The stage of the tests of notifications: a person, an operator, real servers to send to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tinhso.kernel.access.api import SYSTEM, Actor, User, actor_of, create_user
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.notifications import api
from tools.doubles.messaging import Provider, serve

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
CODE = "H56.102-261124-0007"
VALUES = {
    "procedure": "Đăng ký khai sinh cho con",
    "code": CODE,
    "date": "16:00 27/11/2026",
    "reason": "Giấy chứng sinh mờ góc dưới.",
    "amount": "25.000 đồng",
    "agency": "UBND phường Hạc Thành",
    "office": "Trung tâm Phục vụ hành chính công phường Hạc Thành",
    "step": "Thẩm tra",
    "count": "3",
}


def make_user(username: str = "nhung", kind: str = "citizen", **fields: Any) -> User:
    return create_user(
        username=username,
        full_name=fields.pop("full_name", "Lê Thị Hồng Nhung"),
        kind=kind,
        email=fields.pop("email", "nhung@example.vn"),
        phone=fields.pop("phone", "0912345678"),
        password="tinhso-demo-2026",
    )


def make_actor(username: str = "nhung", kind: str = "citizen", **fields: Any) -> Actor:
    return actor_of(make_user(username, kind, **fields), on=NOW.date())


def wanted(kind: api.Kind = api.Kind.SUPPLEMENT, *, key: str = "supplement:1", **fields: Any) -> api.Wanted:
    recipient = {"email": "nhung@example.vn", "phone": "0912345678", "name": "Lê Thị Hồng Nhung"}
    recipient.update(fields.pop("recipient", {}))
    return api.Wanted(
        kind=kind,
        key=key,
        recipient=api.Recipient(**recipient),
        values={**VALUES, **fields.pop("values", {})},
        url="/dossiers/follow/4f9c/",
        public_url="/dossiers/track/",
        about="dossier:17",
        **fields,
    )


def tell(kind: api.Kind = api.Kind.SUPPLEMENT, *, now: datetime = NOW, **fields: Any) -> bool:
    return api.notify(wanted=wanted(kind, **fields), actor=SYSTEM, now=now)


def send(channel: api.Channel, *, now: datetime = NOW) -> int:
    return api.send_due(channel=channel, actor=SYSTEM, clock=lambda: now)


def later(**amount: float) -> datetime:
    return NOW + timedelta(**amount)


class MailServer:
    """A real SMTP server that keeps what it takes. `refuse`: answer to RCPT; `drop`: close right after taking."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse = ""
        self.drop = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.letters.append(found)
        if self.drop:
            server.transport.close()
        return "250 Message accepted"


@contextlib.contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    handler = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.DEFAULT_FROM_EMAIL = "dichvucong@thanhhoa.example.vn"
        yield handler
    finally:
        controller.stop()


@contextlib.contextmanager
def provider(settings: Any, double: Provider, channel: str, *, report_url: str = "") -> Iterator[Provider]:
    """The stand-in runs and the settings point at it."""
    double.report_url = report_url
    server = serve(double, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.NOTIFICATIONS_PROVIDERS = {
        **settings.NOTIFICATIONS_PROVIDERS,
        channel: {
            "url": f"http://127.0.0.1:{server.server_address[1]}/send",
            "key": "key",
            "secret": "secret",
            "sender": "app",
            "report_secret": "double",
        },
    }
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
