"""VietQR: the EMVCo merchant-presented QR code as NAPAS profiles it.

Sources: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode; NAPAS, "Đặc tả kỹ thuật mã VietQR":
field 38 with the GUID A000000727, the bank's number (BIN) and the account, service QRIBFTTA (transfer to an account).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from tinhso.kernel.text import fold

GUID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
DONG, COUNTRY = "704", "VN"
STATIC, DYNAMIC = "11", "12"


class CannotEncode(ValueError):
    """A part does not fit the format."""


@dataclass(frozen=True)
class Account:
    """Where the money goes: the bank's six digits, the account's number, its holder's name."""

    bank: str
    number: str
    name: str = ""

    @property
    def usable(self) -> bool:
        return bool(re.fullmatch(r"\d{6}", self.bank) and re.fullmatch(r"[0-9A-Za-z]{1,19}", self.number))


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF) over the text, four upper-case hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def tlv(tag: str, value: str) -> str:
    """Tag, length in two digits, value. Raises `CannotEncode` when the value is empty or over 99 bytes."""
    if not 0 < len(value.encode()) <= 99:
        raise CannotEncode(f"Trường {tag} dài 1–99 ký tự.")
    return f"{tag}{len(value.encode()):02d}{value}"


def parse(text: str) -> list[tuple[str, str]]:
    """The fields in order. Raises `CannotEncode` where the text is no sequence of tag, length, value."""
    raw, at, found = text.encode(), 0, []
    while at < len(raw):
        head = raw[at : at + 4]
        if len(head) < 4 or not head.isdigit():
            raise CannotEncode("Không đúng cấu trúc thẻ, độ dài, giá trị.")
        size = int(head[2:])
        value = raw[at + 4 : at + 4 + size]
        if len(value) < size:
            raise CannotEncode("Giá trị ngắn hơn độ dài đã ghi.")
        found.append((head[:2].decode(), value.decode(errors="replace")))
        at += 4 + size
    return found


def is_whole(text: str) -> bool:
    """Does the code end with the right checksum?"""
    return len(text) > 8 and text[-8:-4] == "6304" and crc(text[:-4]) == text[-4:]


def memo_of(text: str) -> str:
    """What a bank carries as the content of a transfer: letters without marks, digits, spaces; at most 25."""
    plain = re.sub(r"[^A-Za-z0-9 ]", " ", fold(text))
    return " ".join(plain.split())[:25].rstrip()


def payload(account: Account, *, amount: int, memo: str) -> str:
    """The text behind the QR code: a transfer of `amount` đồng once, with `memo` as its content."""
    if not account.usable:
        raise CannotEncode("Chưa khai tài khoản nhận tiền: mã ngân hàng 6 chữ số, số tài khoản tối đa 19 ký tự.")
    if not 0 < amount < 10**13:
        raise CannotEncode("Số tiền phải lớn hơn 0.")
    beneficiary = tlv("00", account.bank) + tlv("01", account.number)
    parts = [
        tlv("00", "01"),
        tlv("01", DYNAMIC),
        tlv("38", tlv("00", GUID) + tlv("01", beneficiary) + tlv("02", TO_ACCOUNT)),
        tlv("53", DONG),
        tlv("54", str(amount)),
        tlv("58", COUNTRY),
    ]
    if memo_of(memo):
        parts.append(tlv("62", tlv("08", memo_of(memo))))
    body = "".join(parts) + "6304"
    return body + crc(body)
