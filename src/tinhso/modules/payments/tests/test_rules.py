"""The pure rules: amounts and their words, VietQR, signatures, differences."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.payments.rules import vietqr
from tinhso.modules.payments.rules.amounts import ChargeLine, change_of, in_words, read, stored, total_of
from tinhso.modules.payments.rules.messages import (
    gateway_signature,
    piped_signature,
    same_signature,
    vnpay_query,
    vnpay_signature,
)
from tinhso.modules.payments.rules.reconciling import CannotRead, Line, Ours, differences, read_statement
from tinhso.modules.payments.rules.words import DifferenceKind

AT = datetime(2026, 11, 24, 9, tzinfo=VIETNAM)
LINES = st.lists(
    st.builds(
        ChargeLine,
        st.text(max_size=20),
        st.integers(0, 10**7),
        st.integers(0, 50),
        exempt_ground=st.sampled_from(["", "Hộ nghèo"]),
    )
)


@given(LINES)
def test_what_is_owed_is_the_sum_of_what_is_not_exempt_and_survives_storing(lines: list[ChargeLine]) -> None:
    assert total_of(lines) == sum(line.amount * line.quantity for line in lines if not line.exempt_ground)
    assert read(stored(lines)) == tuple(lines)


@given(st.integers(1, 10**9), st.integers(0, 10**10))
def test_change_and_price_make_what_was_handed_over(owed: int, tendered: int) -> None:
    if tendered < owed:
        with pytest.raises(ValueError, match="còn thiếu"):
            change_of(owed=owed, tendered=tendered)
    else:
        assert change_of(owed=owed, tendered=tendered) + owed == tendered


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"),
        (8_000, "Tám nghìn đồng"),
        (15_000, "Mười lăm nghìn đồng"),
        (21_000, "Hai mươi mốt nghìn đồng"),
        (105_000, "Một trăm linh năm nghìn đồng"),
        (1_005_015, "Một triệu không trăm linh năm nghìn không trăm mười lăm đồng"),
        (1_250_000, "Một triệu hai trăm năm mươi nghìn đồng"),
        (2_000_000_000, "Hai tỷ đồng"),
        (111_111, "Một trăm mười một nghìn một trăm mười một đồng"),
    ],
)
def test_amounts_in_words(amount: int, words: str) -> None:
    assert in_words(amount) == words


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_other_amounts_have_other_words(one: int, other: int) -> None:
    assert (in_words(one) == in_words(other)) == (one == other)


# VietQR: the example of the NAPAS specification, a published one, and the published check value of the CRC.

NAPAS = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
PUBLISHED = (
    "00020101021238570010A00000072701270006970415011300110019324180208QRIBFTTA530370454061200005802VN"
    "62170813ung ho lu lut6304C15C"
)


def test_the_crc_is_the_published_one() -> None:
    assert vietqr.crc("123456789") == "29B1"
    assert vietqr.is_whole(NAPAS)
    assert vietqr.is_whole(PUBLISHED)
    assert not vietqr.is_whole(NAPAS.replace("180000", "180001"))


def test_our_code_is_the_published_one_letter_for_letter() -> None:
    account = vietqr.Account("970415", "0011001932418")
    assert vietqr.payload(account, amount=120_000, memo="ủng hộ lũ lụt") == PUBLISHED


def test_the_fields_of_the_specification_are_read() -> None:
    fields = dict(vietqr.parse(NAPAS))
    assert (fields["54"], fields["58"], fields["53"]) == ("180000", "VN", "704")
    merchant = dict(vietqr.parse(fields["38"]))
    assert dict(vietqr.parse(merchant["01"])) == {"00": "970403", "01": "0011012345678"}


@given(
    st.from_regex(r"\d{6}", fullmatch=True),
    st.from_regex(r"[0-9A-Z]{1,19}", fullmatch=True),
    st.integers(1, 10**12),
    st.text(),
)
def test_every_code_is_whole_and_says_what_was_put_in(bank: str, number: str, amount: int, memo: str) -> None:
    if not (bank.isascii() and number.isascii()):
        return
    text = vietqr.payload(vietqr.Account(bank, number), amount=amount, memo=memo)
    assert vietqr.is_whole(text)
    fields = dict(vietqr.parse(text))
    assert int(fields["54"]) == amount
    assert len(vietqr.memo_of(memo)) <= 25
    assert (
        dict(vietqr.parse(fields["62"]))["08"] == vietqr.memo_of(memo) if "62" in fields else not vietqr.memo_of(memo)
    )


@pytest.mark.parametrize(
    ("bank", "number", "amount"), [("97041", "1", 1), ("970415", "", 1), ("970415", "1", 0), ("970415", "1" * 20, 1)]
)
def test_what_does_not_fit_the_code_is_refused(bank: str, number: str, amount: int) -> None:
    with pytest.raises(vietqr.CannotEncode):
        vietqr.payload(vietqr.Account(bank, number), amount=amount, memo="")


# Signatures


@given(
    st.dictionaries(st.from_regex(r"vnp_[A-Za-z]{1,8}", fullmatch=True), st.text(min_size=1), min_size=1),
    st.text(min_size=1),
)
def test_a_changed_parameter_changes_the_signature(values: dict[str, str], secret: str) -> None:
    right = vnpay_signature(values, secret)
    name = next(iter(values))
    assert vnpay_signature({**values, "vnp_SecureHash": right}, secret) == right
    assert vnpay_signature({**values, name: values[name] + "0"}, secret) != right
    assert vnpay_signature(values, secret + "x") != right
    assert "vnp_SecureHash" not in vnpay_query({**values, "vnp_SecureHash": right})


@given(st.binary(), st.text("0123456789", min_size=1), st.text(min_size=1))
def test_the_gateway_signs_time_and_body(body: bytes, timestamp: str, secret: str) -> None:
    right = gateway_signature(timestamp=timestamp, body=body, secret=secret)
    assert same_signature(right, gateway_signature(timestamp=timestamp, body=body, secret=secret))
    assert not same_signature(gateway_signature(timestamp=timestamp + "1", body=body, secret=secret), right)
    assert not same_signature(gateway_signature(timestamp=timestamp, body=body + b"x", secret=secret), right)
    assert not same_signature("đã ký", right)


def test_our_signatures_are_those_of_the_doubles() -> None:
    """The doubles know nothing of our code: both sides write the same protocol."""
    from tools.doubles.paygov import sign
    from tools.doubles.vnpay import digest, signed_query

    values = {"vnp_OrderInfo": "Ho so H56 102 & 1+1", "vnp_Amount": "1600000", "vnp_Empty": ""}
    assert signed_query(values, "s") == f"{vnpay_query(values)}&vnp_SecureHash={vnpay_signature(values, 's')}"
    assert digest("a|b", "s") == piped_signature(["a", "b"], "s")
    assert sign("12", b"{}", "s") == gateway_signature(timestamp="12", body=b"{}", secret="s")


# Reconciliation


def line(reference: str, amount: int, number: str = "1", kind: str = "payment") -> Line:
    return Line(reference, number, kind, amount, AT)


@pytest.mark.parametrize(
    ("ours", "theirs", "kinds"),
    [
        ([Ours("A", 5)], [line("A", 5)], []),
        ([], [line("A", 5)], [DifferenceKind.NOT_HERE]),
        ([Ours("A", 5)], [], [DifferenceKind.NOT_THERE]),
        ([Ours("A", 5)], [line("A", 6)], [DifferenceKind.AMOUNT]),
        ([Ours("A", 5)], [line("A", 5), line("A", 5, "2")], [DifferenceKind.TWICE]),
        ([Ours("A", 5)], [line("A", 5), line("A", 5)], []),
        ([Ours("A", 5)], [line("A", 5), line("A", 5, "R", "refund")], [DifferenceKind.REFUND]),
        ([Ours("A", 5, 5)], [line("A", 5)], [DifferenceKind.REFUND]),
        ([Ours("A", 5, 5)], [line("A", 5), line("A", 5, "R", "refund")], []),
    ],
)
def test_every_kind_of_difference_is_found(ours: list[Ours], theirs: list[Line], kinds: list[DifferenceKind]) -> None:
    assert [one.kind for one in differences(ours, theirs)] == kinds


BOOK = st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(1, 9), max_size=8)


@given(BOOK, BOOK)
def test_nothing_is_found_exactly_where_the_books_agree(here: dict[str, int], there: dict[str, int]) -> None:
    found = differences([Ours(k, v) for k, v in here.items()], [line(k, v, k) for k, v in there.items()])
    assert {one.reference for one in found} == {k for k in here.keys() | there.keys() if here.get(k) != there.get(k)}


GOOD = "ma_tham_chieu,ma_giao_dich,loai,so_tien,thoi_gian\nTS1,99,thanh_toan,16000,2026-11-24T09:00:00+07:00\n"


def test_a_statement_is_read_with_either_separator() -> None:
    assert read_statement(GOOD.encode()) == [line("TS1", 16000, "99")]
    assert read_statement(GOOD.replace(",", ";").encode("utf-8-sig")) == [line("TS1", 16000, "99")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("ma_tham_chieu", "x"), "thiếu cột"),
        (("thanh_toan", "tang"), "Dòng 2: loại"),
        (("16000", "-5"), "Dòng 2: số tiền"),
        (("16000", "1e5"), "Dòng 2: số tiền"),
        (("TS1", ""), "Dòng 2: thiếu mã"),
        (("2026-11-24T09:00:00+07:00", "hôm qua"), "Dòng 2: thời gian"),
        (("+07:00", ""), "múi giờ"),
    ],
)
def test_what_is_no_statement_is_told_by_its_row(change: tuple[str, str], message: str) -> None:
    with pytest.raises(CannotRead, match=message):
        read_statement(GOOD.replace(*change).encode())
    with pytest.raises(CannotRead, match="UTF-8"):
        read_statement(b"\xff\xfe")
