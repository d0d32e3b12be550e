"""At the counter: cash, change, VietQR, exemption, receipts without a gap; and who may do it."""

from __future__ import annotations

import re

import pytest

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.events.api import drain
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Attempt, Charge, Payment, Receipt
from tinhso.modules.payments.rules.vietqr import is_whole, parse
from tinhso.modules.payments.rules.words import AttemptState, ChargeState
from tinhso.modules.payments.services.receipts import ensure_receipt
from tinhso.modules.payments.tests.factories import NOW, Till, make_charge, make_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return make_till()


def unchanged(charge: Charge) -> None:
    charge.refresh_from_db()
    assert (charge.state, Payment.objects.count(), Receipt.objects.count()) == (ChargeState.OPEN, 0, 0)


def test_cash_with_its_change_settles_and_gets_a_receipt(till: Till) -> None:
    charge = make_charge(till)
    taken = payments.take_cash(public_id=charge.public_id, tendered=50_000, actor=till.clerk, now=NOW)
    assert (taken.amount, taken.change) == (16_000, 34_000)
    charge.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (charge.state, receipt.shown_number, receipt.year, receipt.series) == ("paid", "0000001", 2026, "TH-26E")
    assert Entry.objects.filter(action="payments.receive", object_ref=charge.ref).count() == 1
    info = payments.charge_by_id(charge.pk)
    assert info.settling is not None
    assert info.settling.change == 34_000


@pytest.mark.parametrize("tendered", [0, 15_999, -16_000, 20_000_000])
def test_too_little_or_an_absurd_sum_is_refused(till: Till, tendered: int) -> None:
    charge = make_charge(till)
    with pytest.raises(payments.CannotTake):
        payments.take_cash(public_id=charge.public_id, tendered=tendered, actor=till.cashier, now=NOW)
    unchanged(charge)


def test_nobody_takes_money_without_the_role_there(till: Till) -> None:
    charge = make_charge(till)
    for actor in (till.elsewhere, till.accountant, till.approver, till.citizen, till.operator):
        with pytest.raises(Refused):
            payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=actor, now=NOW)
        with pytest.raises(Refused):
            payments.exempt(public_id=charge.public_id, ground="Hộ nghèo theo Nghị quyết 12", actor=actor, now=NOW)
    unchanged(charge)


def test_taken_once_only(till: Till) -> None:
    charge = make_charge(till)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    with pytest.raises(payments.CannotTake, match="Đã nộp"):
        payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.cashier, now=NOW)
    assert Payment.objects.count() == 1


def test_receipts_of_an_office_have_no_gap_and_another_office_begins_anew(till: Till) -> None:
    for number in range(5):
        charge = make_charge(till, number=number)
        if number == 2:
            with pytest.raises(payments.CannotTake):
                payments.take_cash(public_id=charge.public_id, tendered=1, actor=till.clerk, now=NOW)
        payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    other = make_charge(till, number=9, organisation_id=till.agency_id, agency_id=till.office_id)
    payments.take_cash(public_id=other.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    later = make_charge(till, number=10)
    payments.take_cash(public_id=later.public_id, tendered=16_000, actor=till.clerk, now=NOW.replace(year=2027))
    numbers = list(Receipt.objects.order_by("pk").values_list("organisation_id", "year", "number"))
    assert numbers == [
        *((till.office_id, 2026, n) for n in range(1, 6)),
        (till.agency_id, 2026, 1),
        (till.office_id, 2027, 1),
    ]


def test_the_receipt_is_printed_once_and_says_all_by_law(till: Till) -> None:
    from pypdf import PdfReader

    from tinhso.kernel.files.api import open_file

    charge = make_charge(till)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)
    drain(now=NOW)
    receipt = Receipt.objects.get()
    assert receipt.file_id is not None
    assert ensure_receipt(receipt_id=receipt.pk, actor=SYSTEM, now=NOW) == receipt.file_id
    with open_file(receipt.file_id) as stream:
        text = re.sub(r"\s+", " ", "".join(page.extract_text() for page in PdfReader(stream).pages))
    for part in ("BIÊN LAI THU PHÍ, LỆ PHÍ", "01BLP0-001", "TH-26E", "0000001", "Lê Thị Hồng Nhung", charge.subject_code,
                 "16.000 đồng", "Mười sáu nghìn đồng", "Lê Thị Mai", "Phí cấp bản sao"):  # fmt: skip
        assert part in text, part


def test_vietqr_is_a_whole_code_for_the_amount_and_confirmed_by_the_banks_number(till: Till) -> None:
    charge = make_charge(till)
    code = payments.begin_vietqr(public_id=charge.public_id, actor=till.clerk, now=NOW)
    assert is_whole(code)
    fields = dict(parse(code))
    attempt = Attempt.objects.get()
    assert (fields["54"], dict(parse(fields["62"]))["08"].upper()) == ("16000", attempt.reference)
    assert payments.begin_vietqr(public_id=charge.public_id, actor=till.clerk, now=NOW) == code
    for wrong in ("", "12", "FT 26328 1", "ơ" * 8):
        with pytest.raises(payments.CannotTake, match="mã giao dịch"):
            payments.confirm_vietqr(public_id=charge.public_id, bank_reference=wrong, actor=till.clerk, now=NOW)
    payments.confirm_vietqr(public_id=charge.public_id, bank_reference="ft26328123456", actor=till.clerk, now=NOW)
    attempt.refresh_from_db()
    assert (attempt.state, Payment.objects.get().reference) == (AttemptState.PAID, "FT26328123456")
    other = make_charge(till, number=18)
    with pytest.raises(payments.CannotTake, match="Hãy hiện mã"):
        payments.confirm_vietqr(public_id=other.public_id, bank_reference="FT26328999999", actor=till.clerk, now=NOW)
    payments.begin_vietqr(public_id=other.public_id, actor=till.clerk, now=NOW)
    with pytest.raises(payments.CannotTake, match="đã dùng"):
        payments.confirm_vietqr(public_id=other.public_id, bank_reference="FT26328123456", actor=till.clerk, now=NOW)


def test_without_an_account_there_is_no_vietqr_but_cash(till: Till, settings: object) -> None:
    settings.PAYMENTS = {**settings.PAYMENTS, "vietqr": {"bank": "", "account": "", "name": ""}}  # type: ignore[attr-defined]
    charge = make_charge(till)
    with pytest.raises(payments.CannotTake, match="tiền mặt"):
        payments.begin_vietqr(public_id=charge.public_id, actor=till.clerk, now=NOW)
    payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW)


def test_an_exemption_needs_its_ground(till: Till) -> None:
    charge = make_charge(till)
    with pytest.raises(payments.CannotExempt, match="căn cứ"):
        payments.exempt(public_id=charge.public_id, ground="  nghèo ", actor=till.clerk, now=NOW)
    unchanged(charge)
    payments.exempt(public_id=charge.public_id, ground="Hộ nghèo, Nghị quyết 12", actor=till.clerk, now=NOW)
    charge.refresh_from_db()
    assert (charge.state, charge.closed_ground) == ("exempt", "Hộ nghèo, Nghị quyết 12")
    with pytest.raises(payments.CannotExempt, match="Được miễn"):
        payments.exempt(public_id=charge.public_id, ground="Hộ nghèo, Nghị quyết 12", actor=till.clerk, now=NOW)


def test_one_charge_is_open_for_a_subject_and_a_charge_of_nothing_is_none(till: Till) -> None:
    first, second = make_charge(till), make_charge(till, amount=20_000)
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "open")
    for amount in (0, 10**11):
        with pytest.raises(payments.CannotCharge):
            make_charge(till, amount=amount, number=3)
    assert payments.cancel_charge(subject_ref="dossier:17", ground="Rút hồ sơ", actor=SYSTEM, now=NOW)
    assert not payments.cancel_charge(subject_ref="dossier:17", ground="Rút hồ sơ", actor=SYSTEM, now=NOW)


def test_counts_of_online_payment_by_agency(till: Till) -> None:
    from tinhso.modules.payments.tests.factories import begin, call, vnpay_message

    charges = [make_charge(till, number=n) for n in range(4)]
    payments.take_cash(public_id=charges[0].public_id, tendered=16_000, actor=till.clerk, now=NOW)
    call(vnpay_message(begin(till, charges[1])))
    payments.exempt(public_id=charges[2].public_id, ground="Hộ nghèo, Nghị quyết 12", actor=till.clerk, now=NOW)
    counts = payments.online_payment_counts(since=NOW.date(), until=NOW.date())[till.agency_id]
    assert (counts.charged, counts.paid, counts.paid_online, counts.topics, counts.topics_online) == (
        3,
        2,
        1,
        {"1.001193"},
        {"1.001193"},
    )
