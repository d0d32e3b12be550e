"""Callbacks: forged, repeated, late, for another dossier, of another amount. Only what is signed and right is believed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Attempt, Charge, Payment, ProviderMessage, ProviderMessageBody
from tinhso.modules.payments.rules.messages import Incoming, vnpay_signature
from tinhso.modules.payments.services import online
from tinhso.modules.payments.tests.factories import (
    NOW,
    Till,
    begin,
    browser,
    call,
    make_charge,
    make_till,
    query_of,
    vnpay_message,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return make_till()


def state_of(charge: Charge) -> str:
    charge.refresh_from_db()
    return charge.state


def test_the_payer_is_sent_to_a_signed_address_without_personal_data(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    given = query_of(attempt.pay_url)
    assert given["vnp_Amount"] == "1600000"
    assert given["vnp_OrderInfo"] == "Ho so H56 102 261124 0017"
    assert given.pop("vnp_SecureHash") == vnpay_signature(given, "vnpay-double-secret")
    assert "Nhung" not in attempt.pay_url
    # Again within its time: the same try, so that nobody pays twice by going back.
    assert begin(till, charge).pk == attempt.pk


def test_only_the_payer_begins_and_only_what_is_owed(till: Till) -> None:
    charge = make_charge(till)
    arguments = {"public_id": charge.public_id, "code": "vnpay", "payer_address": "", "now": NOW}
    for actor in (till.stranger, NOBODY, till.clerk):
        with pytest.raises(Refused):
            online.start(actor=actor, opened=frozenset(), **arguments)
    online.start(actor=NOBODY, opened=frozenset({str(charge.public_id)}), **arguments)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    with pytest.raises(online.CannotPay, match="Đã nộp"):
        online.start(actor=till.citizen, opened=frozenset(), **arguments)


def test_a_right_callback_settles_once_and_its_repetition_gets_the_same_answer(till: Till) -> None:
    charge = make_charge(till)
    message = vnpay_message(begin(till, charge))
    assert [call(message)["RspCode"] for _ in range(3)] == ["00", "00", "00"]
    assert state_of(charge) == "paid"
    assert Payment.objects.count() == 1
    kept = ProviderMessage.objects.get()
    assert (kept.times, kept.verdict) == (3, "applied")
    assert bytes(ProviderMessageBody.objects.get().raw) == message.encode()


def test_another_message_about_what_is_known_is_not_applied_again(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    call(vnpay_message(attempt))
    assert call(vnpay_message(attempt, vnp_BankCode="VCB"))["RspCode"] == "02"
    assert call(vnpay_message(attempt, vnp_ResponseCode="24", vnp_TransactionStatus="02"))["RspCode"] == "02"
    assert (state_of(charge), Payment.objects.count()) == ("paid", 1)


@pytest.mark.parametrize(
    ("changes", "answer", "verdict"),
    [
        ({"vnp_Amount": "100"}, "04", "wrong_amount"),
        ({"vnp_Amount": "1600001"}, "99", "unreadable"),
        ({"vnp_Amount": "-1600000"}, "99", "unreadable"),
        ({"vnp_TxnRef": "TS26112499999999"}, "01", "unknown_order"),
        ({"vnp_OrderInfo": "Ho so H56 102 261124 0018"}, "99", "wrong_subject"),
        ({"vnp_TmnCode": "OTHER"}, "97", "forged"),
        ({"vnp_PayDate": "hom qua"}, "99", "unreadable"),
    ],
)
def test_what_is_signed_but_not_right_changes_nothing(
    till: Till, changes: dict[str, str], answer: str, verdict: str
) -> None:
    charge = make_charge(till)
    assert call(vnpay_message(begin(till, charge), **changes))["RspCode"] == answer
    assert (state_of(charge), Payment.objects.count()) == ("open", 0)
    assert ProviderMessage.objects.get().verdict == verdict


def test_what_is_not_signed_by_the_provider_changes_nothing(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    right = vnpay_message(attempt)
    for forged in (right[:-1] + ("0" if right[-1] != "0" else "1"), right.replace("1600000", "16000"), right.partition("&vnp_SecureHash")[0],
                   right + "&vnp_ResponseCode=00", "", "x=%00"):  # fmt: skip
        assert call(forged)["RspCode"] in ("97", "99"), forged
    assert (state_of(charge), Payment.objects.count()) == ("open", 0)
    # A secret that was put right later: the same message is judged again.
    assert call(right)["RspCode"] == "00"


def test_a_callback_for_another_dossier_is_not_believed(till: Till) -> None:
    """A's payment told under B's reference: the amounts may agree, what it is for does not."""
    a, b = make_charge(till, number=1), make_charge(till, number=2)
    first, second = begin(till, a), begin(till, b)
    swapped = vnpay_message(first, vnp_TxnRef=second.reference)
    assert call(swapped)["RspCode"] == "99"
    assert (state_of(a), state_of(b)) == ("open", "open")


def test_the_providers_number_of_another_payment_is_not_a_payment_of_its_own(till: Till) -> None:
    a, b = make_charge(till, number=1), make_charge(till, number=2)
    call(vnpay_message(begin(till, a), vnp_TransactionNo="777"))
    assert call(vnpay_message(begin(till, b), vnp_TransactionNo="777"))["RspCode"] == "99"
    assert state_of(b) == "open"


def test_a_failure_is_noted_and_a_later_success_is_still_money(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    assert call(vnpay_message(attempt, vnp_ResponseCode="24", vnp_TransactionStatus="02"))["RspCode"] == "00"
    attempt.refresh_from_db()
    assert (attempt.state, state_of(charge)) == ("failed", "open")
    assert begin(till, charge).pk != attempt.pk
    assert call(vnpay_message(attempt))["RspCode"] == "00"
    assert state_of(charge) == "paid"


def test_a_late_callback_after_cash_is_a_surplus_that_is_told(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    assert call(vnpay_message(attempt), NOW + timedelta(hours=5))["RspCode"] == "00"
    surplus = Payment.objects.get(is_surplus=True)
    assert (surplus.amount, state_of(charge)) == (16_000, "paid")
    page = browser(till.cashier).get(reverse("payments:refunds")).content.decode()
    assert "Nộp thừa, chưa ai đề nghị hoàn" in page
    assert charge.subject_code in page


def test_money_for_a_cancelled_charge_is_a_surplus(till: Till) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    payments.cancel_charge(subject_ref=charge.subject_ref, ground="Rút hồ sơ", actor=SYSTEM, now=NOW)
    call(vnpay_message(attempt))
    assert (Payment.objects.get().is_surplus, state_of(charge)) == (True, "cancelled")


def test_the_way_back_settles_nothing_whatever_it_says(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    charge = make_charge(till)
    attempt = begin(till, charge)
    message = vnpay_message(attempt)
    asked: list[int] = []
    monkeypatch.setattr(online, "_question", lambda door, attempt: asked.append(attempt.pk) or (None, ""))
    client = browser(till.citizen)
    address = reverse("payments:return", args=["vnpay"])
    assert client.get(f"{address}?{message}", headers={"X-Test": "1"}).status_code == 302
    assert (state_of(charge), asked) == ("open", [attempt.pk])
    assert client.get(f"{address}?{message}0").status_code == 422
    assert client.get(address).status_code == 422
    # Somebody else's browser sees nothing of the charge.
    page = browser(None).get(f"{address}?{message}").content.decode()
    assert "16.000" not in page
    assert charge.subject_code not in page


def test_callbacks_over_http_answer_as_the_protocol_says(till: Till, client: object) -> None:
    charge = make_charge(till)
    message = vnpay_message(begin(till, charge))
    address = reverse("payments:callback", args=["vnpay"])
    guest = browser(None)
    assert guest.get(f"{address}?{message}").json() == {"RspCode": "00", "Message": "Confirm Success"}
    assert guest.get(reverse("payments:callback", args=["khac"])).status_code == 404
    assert guest.post(address, b"x" * 20_000, content_type="text/plain").status_code == 413
    assert guest.put(address).status_code == 405
    big = Incoming("GET", "a" * 20_000, b"", {})
    assert online.receive(code="vnpay", incoming=big, actor=SYSTEM, now=NOW)[1]["RspCode"] == "99"
    assert urlsplit(address).path.startswith("/payments/callbacks/")


def test_no_message_is_kept_twice_and_nothing_personal_is_in_the_rows(till: Till) -> None:
    charge = make_charge(till)
    begin(till, charge)
    attempt = Attempt.objects.get()
    call(vnpay_message(attempt))
    for row in (*ProviderMessage.objects.values(), *Attempt.objects.values()):
        assert "Nhung" not in str(row)
