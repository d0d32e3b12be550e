"""A ward's till, its people, a charge, and the two doubles really running: the stage of the tests of payments."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, Actor, User, actor_of, create_user
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_province, make_staff
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Attempt, Charge
from tinhso.modules.payments.services import online
from tools.doubles.paygov import Paygov
from tools.doubles.paying import Provider, serve
from tools.doubles.vnpay import Vnpay

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
TODAY = NOW.date()


@dataclass(frozen=True)
class Till:
    agency_id: int
    office_id: int
    clerk: Actor
    cashier: Actor
    accountant: Actor
    approver: Actor
    elsewhere: Actor
    operator: Actor
    citizen: Actor
    stranger: Actor


def make_till() -> Till:
    root = make_province()
    ward, centre = get_organisation("H56.102"), get_organisation("H56.102.01")

    def officer(username: str, name: str, role: str, place: Any, *, subtree: bool = False) -> Actor:
        user = make_officer(username, name)
        make_staff(user, place)
        return give(user, role, place, subtree=subtree)

    citizen, stranger = (
        create_user(username=name, full_name=full, kind="citizen", password="x")
        for name, full in (("citizen", "Lê Thị Hồng Nhung"), ("stranger", "Trần Văn Khác"))
    )
    operator = make_officer("operator", "Lương Công Thành", kind="operator")
    return Till(
        agency_id=ward.pk,
        office_id=centre.pk,
        clerk=officer("clerk", "Lê Thị Mai", "clerk", centre),
        cashier=officer("cashier", "Nguyễn Thu Hà", "cashier", centre),
        accountant=officer("accountant", "Trịnh Đức Long", "accountant", ward, subtree=True),
        approver=officer("approver", "Phạm Quang Hưng", "payment_approver", ward, subtree=True),
        elsewhere=officer("elsewhere", "Ngô Xuân Hải", "cashier", root),
        operator=actor_of(operator, on=TODAY),
        citizen=actor_of(citizen, on=TODAY),
        stranger=actor_of(stranger, on=TODAY),
    )


def make_charge(till: Till, *, amount: int = 16_000, number: int = 17, now: datetime = NOW, **subject: Any) -> Charge:
    values = {
        "ref": f"dossier:{number}", "code": f"H56.102-261124-{number:04d}", "title": "Đăng ký khai sinh",
        "topic_code": "1.001193", "organisation_id": till.office_id, "agency_id": till.agency_id,
        "owner_id": till.citizen.user_id, "payer_name": "Lê Thị Hồng Nhung",
    }  # fmt: skip
    lines = [payments.ChargeLine("Phí cấp bản sao", amount // 2, 2, "bản")]
    charge_id, _ = payments.open_charge(
        subject=payments.Subject(**{**values, **subject}), lines=lines, actor=till.citizen, now=now
    )
    return Charge.objects.get(pk=charge_id)


def begin(till: Till, charge: Charge, code: str = "vnpay", now: datetime = NOW) -> Attempt:
    online.start(
        public_id=charge.public_id, code=code, payer_address="127.0.0.1", opened=frozenset(), actor=till.citizen,
        now=now,
    )  # fmt: skip
    return Attempt.objects.filter(charge=charge, provider=code).latest("pk")


def vnpay_message(attempt: Attempt, **changes: str) -> str:
    """The query of a callback for the attempt as VNPAY would sign it; `changes` before signing."""
    from tools.doubles.vnpay import MERCHANT, signed_query

    values = {
        "vnp_TmnCode": MERCHANT, "vnp_Amount": str(attempt.amount * 100), "vnp_BankCode": "NCB",
        "vnp_PayDate": "20261124090500", "vnp_OrderInfo": online.subject_of(attempt.charge),
        "vnp_ResponseCode": "00", "vnp_TransactionNo": f"14{attempt.pk:06d}", "vnp_TransactionStatus": "00",
        "vnp_TxnRef": attempt.reference,
    }  # fmt: skip
    return signed_query({**values, **changes}, "vnpay-double-secret")


def call(query: str, now: datetime = NOW) -> dict[str, Any]:
    from tinhso.modules.payments.rules.messages import Incoming

    return online.receive(code="vnpay", incoming=Incoming("GET", query, b"", {}), actor=SYSTEM, now=now)[1]


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None and actor.user_id is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


@contextmanager
def running(double: Provider) -> Iterator[str]:
    """The double over HTTP on a free port; its address."""
    server = serve(double, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def connected(code: str, address: str) -> dict[str, Any]:
    """The settings with the double at this address."""
    found = {name: dict(part) if isinstance(part, dict) else part for name, part in settings.PAYMENTS.items()}
    if code == "vnpay":
        found["vnpay"] |= {
            "url": f"{address}/paymentv2/vpcpay.html",
            "api_url": f"{address}/merchant_webapi/api/transaction",
        }
    else:
        found["paygov"] |= {"url": address}
    return found


def double_of(code: str) -> Provider:
    return Vnpay() if code == "vnpay" else Paygov()


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
