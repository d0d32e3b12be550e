"""The pages over HTTP: by nobody, the payer, another citizen, the clerk, somebody elsewhere; their words and budgets."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tinhso.kernel.audit.api import trail
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Attempt, Difference, Payment, ProviderHealth, Receipt, Refund
from tinhso.modules.payments.services import health, online
from tinhso.modules.payments.tests.factories import (
    NOW,
    Till,
    begin,
    browser,
    call,
    make_charge,
    make_till,
    vnpay_message,
)

pytestmark = pytest.mark.django_db
BUDGETS = json.loads((Path(__file__).resolve().parents[5] / "tests/query_budgets.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: NOW)


@pytest.fixture
def till() -> Till:
    for code in ("vnpay", "paygov"):
        health.note(code, problem="", now=NOW)
    return make_till()


def page(actor: Any, name: str, *args: Any, status: int = 200) -> str:
    answer = browser(actor).get(reverse(f"payments:{name}", args=args))
    assert answer.status_code == status, (name, answer.status_code)
    return answer.content.decode()


def test_the_payers_page_says_what_how_much_and_why(till: Till) -> None:
    charge = make_charge(till)
    text = page(till.citizen, "show", charge.public_id)
    for part in ("16.000", "Phí cấp bản sao", "VNPAY", "PayGov", "Chưa nộp", charge.subject_code):
        assert part in text, part
    for actor in (till.stranger, None):
        page(actor, "show", charge.public_id, status=404)
    page(till.clerk, "show", charge.public_id, status=403)


def test_what_an_officer_opens_of_a_charge_is_a_look_at_its_dossier(till: Till) -> None:
    charge = make_charge(till)
    payments.take_cash(public_id=charge.public_id, tendered=20_000, actor=till.clerk, now=NOW)
    receipt, payment = Receipt.objects.get(), Payment.objects.get()
    for name, number, who in (
        ("counter", charge.public_id, till.clerk),
        ("receipt", receipt.pk, till.clerk),
        ("refund_ask", payment.pk, till.clerk),
    ):
        page(till.elsewhere, name, number, status=403)
        browser(who).get(reverse(f"payments:{name}", args=[number]))
        looks = [one.who_label for one in trail(charge.subject_ref) if one.action == "payments.look"]
        assert looks == [till.clerk.label], name


def test_a_provider_that_does_not_answer_is_shown_so_and_not_offered(till: Till) -> None:
    charge = make_charge(till)
    health.note("vnpay", problem="Không kết nối được với cổng.", now=NOW)
    health.note("paygov", problem="Không kết nối được với cổng.", now=NOW)
    text = page(till.citizen, "show", charge.public_id)
    assert text.count("chưa kết nối") == 2
    assert "Hiện chưa cổng nào kết nối" in text
    assert "Nộp tại quầy" in text


def test_every_state_of_the_payers_page(till: Till) -> None:
    waiting, failed, expired, paid, exempt, cancelled = (make_charge(till, number=n) for n in range(6))
    begin(till, waiting)
    call(vnpay_message(begin(till, failed), vnp_ResponseCode="24", vnp_TransactionStatus="02"))
    begin(till, expired)
    Attempt.objects.filter(charge=expired).update(state="expired")
    call(vnpay_message(begin(till, paid)))
    payments.exempt(public_id=exempt.public_id, ground="Hộ nghèo, Nghị quyết 12", actor=till.clerk, now=NOW)
    payments.cancel_charge(subject_ref=cancelled.subject_ref, ground="Người nộp rút hồ sơ", actor=till.citizen, now=NOW)
    for charge, words in (
        (waiting, "Đang chờ VNPAY xác nhận"), (failed, "không thành công"), (expired, "đã hết thời gian"),
        (paid, "Đã nộp đủ"), (exempt, "Hộ nghèo, Nghị quyết 12"), (cancelled, "Người nộp rút hồ sơ"),
    ):  # fmt: skip
        assert words in page(till.citizen, "show", charge.public_id), words
    answer = browser(till.citizen).get(reverse("payments:own_receipt", args=[paid.public_id]))
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert browser(till.citizen).get(reverse("payments:own_receipt", args=[waiting.public_id])).status_code == 302
    assert browser(till.stranger).get(reverse("payments:own_receipt", args=[paid.public_id])).status_code == 404


def test_the_payer_goes_to_the_provider_or_is_told_why_not(till: Till) -> None:
    charge = make_charge(till)
    address = reverse("payments:start", args=[charge.public_id])
    client = browser(till.citizen)
    assert client.get(address).status_code == 302
    refused = client.post(address, {})
    assert refused.status_code == 422
    assert "Chọn cổng thanh toán" in refused.content.decode()
    assert client.post(address, {"provider": "khac"}).status_code == 422
    went = client.post(address, {"provider": "vnpay"})
    assert went.status_code == 302
    assert went.headers["Location"].startswith("http://127.0.0.1:8951/paymentv2/vpcpay.html?")
    assert browser(till.stranger).post(address, {"provider": "vnpay"}).status_code == 404


def test_the_clerks_counter(till: Till) -> None:
    charge = make_charge(till)
    address = reverse("payments:counter", args=[charge.public_id])
    client = browser(till.clerk)
    assert "Hiện mã VietQR" in client.get(address).content.decode()
    for given, words in (
        ({"do": "cash", "tendered": "10.000"}, "còn thiếu 6.000 đồng"),
        ({"do": "cash", "tendered": "mười nghìn"}, "Viết số tiền"),
        ({"do": "cash", "tendered": ""}, "Nhập số tiền"),
        ({"do": "exempt", "ground": "nghèo"}, "căn cứ miễn"),
        ({"do": "confirm", "bank_reference": "1"}, "mã giao dịch"),
    ):
        refused = client.post(address, given)
        assert refused.status_code == 422
        text = refused.content.decode()
        assert words in text, words
        assert all(value in text for name, value in given.items() if name in ("tendered", "ground"))
    client.post(address, {"do": "vietqr"})
    assert "<svg" in client.get(address).content.decode()
    done = client.post(address, {"do": "cash", "tendered": "20.000"}, follow=True).content.decode()
    assert "Thối lại 4.000 đồng" in done
    assert "In biên lai" in done
    receipt = client.get(reverse("payments:receipt", args=[Receipt.objects.get().pk]))
    assert receipt.status_code == 200
    assert client.post(address, {"do": "cash", "tendered": "20.000"}).status_code == 422
    assert Payment.objects.count() == 1


def test_strangers_at_the_counter(till: Till) -> None:
    charge = make_charge(till)
    call(vnpay_message(begin(till, charge)))
    receipt = Receipt.objects.get().pk
    for actor in (till.elsewhere, till.citizen):
        page(actor, "counter", charge.public_id, status=403)
        page(actor, "receipt", receipt, status=403)
    page(None, "counter", charge.public_id, status=302)
    assert browser(till.accountant).get(reverse("payments:receipt", args=[receipt])).status_code == 200


def test_the_day_book_adds_up_on_screen_and_in_the_workbook(till: Till) -> None:
    for number, amount in enumerate((16_000, 20_000, 8_000)):
        charge = make_charge(till, number=number, amount=amount)
        payments.take_cash(public_id=charge.public_id, tendered=amount, actor=till.clerk, now=NOW)
    call(vnpay_message(begin(till, make_charge(till, number=9))))
    text = page(till.cashier, "day_book")
    for part in ("Tiền mặt", "44.000", "VNPAY", "60.000", "TH-26E 0000003"):
        assert part in text, part
    assert "60.000" not in page(till.elsewhere, "day_book")
    answer = browser(till.cashier).get(
        reverse("payments:day_book_export"), {"organisation": till.office_id, "day": "2026-11-24"}
    )
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))  # type: ignore[attr-defined,union-attr]
    assert sum(row[7] for row in rows[2:6]) == 60_000
    assert any(row[4] == "Tổng thu" and row[7] == 60_000 for row in rows)
    assert browser(till.cashier).get(reverse("payments:day_book"), {"day": "32/13/2026"}).status_code == 422


def test_a_refund_by_three_hands(till: Till) -> None:
    charge = make_charge(till)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    payment = Payment.objects.get()
    ask = reverse("payments:refund_ask", args=[payment.pk])
    clerk = browser(till.clerk)
    for given, words in (
        ({"amount": "17.000", "reason": "Thu nhầm đối tượng"}, "không quá 16.000"),
        ({"amount": "0", "reason": "Thu nhầm đối tượng"}, "lớn hơn 0"),
        ({"amount": "16.000", "reason": "nhầm"}, "lý do"),
        ({"amount": "abc", "reason": "Thu nhầm đối tượng"}, "Viết số tiền"),
    ):
        refused = clerk.post(ask, given)
        assert refused.status_code == 422
        assert words in refused.content.decode(), words
    assert browser(till.elsewhere).post(ask, {"amount": "16.000", "reason": "x" * 20}).status_code == 403
    assert clerk.post(ask, {"amount": "16.000", "reason": "Thu nhầm đối tượng được miễn"}).status_code == 302
    refund = Refund.objects.get()
    decide, finish = (reverse(f"payments:refund_{name}", args=[refund.pk]) for name in ("decide", "finish"))
    assert clerk.post(decide, {"decision": "approve"}).status_code == 403
    assert browser(till.accountant).post(finish, {"reference": "PC 12"}).status_code == 422
    approver = browser(till.approver)
    assert approver.post(decide, {"decision": "decline", "note": ""}).status_code == 422
    assert approver.post(decide, {"decision": "approve"}).status_code == 302
    assert approver.post(decide, {"decision": "approve"}).status_code == 422
    assert browser(till.accountant).post(finish, {"reference": ""}).status_code == 422
    assert browser(till.accountant).post(finish, {"reference": "PC 12/2026"}).status_code == 302
    charge.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (charge.state, receipt.cancelled_at) == ("refunded", NOW)
    assert "Đã hoàn trả" in page(till.cashier, "refunds")
    assert clerk.post(ask, {"amount": "1", "reason": "Thu nhầm đối tượng"}).status_code == 422


def test_reconciliation_is_read_shown_and_settled_by_another_person(till: Till) -> None:
    call(vnpay_message(begin(till, make_charge(till))))
    address = reverse("payments:reconciliation")
    rows = "ma_tham_chieu,ma_giao_dich,loai,so_tien,thoi_gian\nTS1,1,thanh_toan,5000,2026-11-24T09:00:00+07:00\n"

    def sent(content: str, **changes: str) -> Any:
        upload = SimpleUploadedFile("bang-ke.csv", content.encode())
        given = {"provider": "vnpay", "day": "24/11/2026", "statement": upload, **changes}
        return browser(till.accountant).post(address, given)

    for content, changes, words in (
        ("x", {}, "thiếu cột"), (rows, {"provider": "cash"}, "Chọn cổng"), (rows, {"day": ""}, "Nhập ngày"),
        (rows, {"day": "25/11/2026"}, "chưa đến"), (rows, {"day": "23/11/2026"}, "không phải ngày"),
    ):  # fmt: skip
        refused = sent(content, **changes)
        assert refused.status_code == 422
        assert words in refused.content.decode(), words
    assert sent(rows).status_code == 302
    assert sorted(Difference.objects.values_list("kind", flat=True)) == ["not_here", "not_there"]
    text = page(till.approver, "reconciliation")
    assert "Cổng có, hệ thống không có" in text
    assert "Hệ thống có, cổng không có" in text
    one = Difference.objects.filter(kind="not_there").get()
    settle = reverse("payments:difference_settle", args=[one.pk])
    assert browser(till.accountant).post(settle, {"ground": "Cổng ghi ngày hôm sau"}).status_code == 403
    assert browser(till.approver).post(settle, {"ground": "x"}).status_code == 422
    assert browser(till.approver).post(settle, {"ground": "Cổng ghi vào ngày hôm sau"}).status_code == 302
    one.refresh_from_db()
    assert (one.settled_by_name, one.ground) == ("Phạm Quang Hưng", "Cổng ghi vào ngày hôm sau")
    assert sent(rows).status_code == 302
    assert Difference.objects.filter(settled_at=None).count() == 1


def test_the_operator_sees_how_providers_answer(till: Till) -> None:
    health.note("vnpay", problem="Cổng trả lời quá chậm.", now=NOW)
    text = page(till.operator, "providers")
    for part in ("Không trả lời", "Cổng trả lời quá chậm.", "Đang kết nối"):
        assert part in text, part
    page(till.clerk, "providers", status=403)
    assert ProviderHealth.objects.count() == 2


def test_every_page_keeps_its_budget(till: Till) -> None:
    charges = [make_charge(till, number=n) for n in range(6)]
    for charge in charges[:3]:
        attempt = begin(till, charge)
        payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
        call(vnpay_message(attempt))
    for payment in Payment.objects.filter(is_surplus=False):
        payments.ask_refund(payment_id=payment.pk, amount=1000, reason="Thu thừa một nghìn", actor=till.clerk, now=NOW)
    begin(till, charges[4])
    receipt = Receipt.objects.first()
    assert receipt is not None
    assert online.MOST_ASKS > 0
    pages: list[tuple[str, list[Any], Any]] = [
        ("show", [charges[0].public_id], till.citizen),
        ("show", [charges[4].public_id], till.citizen),
        ("own_receipt", [charges[0].public_id], till.citizen),
        ("return", ["vnpay"], None),
        ("counter", [charges[0].public_id], till.clerk),
        ("counter", [charges[4].public_id], till.clerk),
        ("receipt", [receipt.pk], till.clerk),
        ("day_book", [], till.accountant),
        ("day_book_export", [], till.accountant),
        ("refunds", [], till.approver),
        ("refund_ask", [Payment.objects.filter(is_surplus=True)[0].pk], till.clerk),
        ("reconciliation", [], till.accountant),
        ("providers", [], till.operator),
    ]
    over = []
    for name, args, actor in pages:
        client = browser(actor)
        address = reverse(f"payments:{name}", args=args)
        client.get(address)  # The first print makes the paper.
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code in (200, 422), name
        if len(queries) > (BUDGETS.get(f"payments:{name}") or 0):
            over.append((name, len(queries)))
    assert over == [], "\n".join(map(str, over))
