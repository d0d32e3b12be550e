"""What the national public service portal sends, read strictly: nothing of a packet is believed that is not of the agreed
shape. Field names are those of the portal's own services (`DongBoHoSoMC`); times are yyyyMMddHHmmss, Vietnam."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.rules import State, SyncState

# Answers: 0 is success, everything else says why.
OK, UNSIGNED, MALFORMED, PROCEDURE, AGENCY, CONTENT, FILES, CHANGED, MONEY, TOO_LARGE, UNKNOWN = range(11)
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z./-]{4,58}[0-9A-Za-z]")
MOST_FILES = 60
DEEPEST = 12
ACTING = {"1": "self", "2": "representative", "3": "authorised", "4": "organisation"}
DELIVERY = {"0": "counter", "1": "post", "2": "online"}


class PacketRefused(ValueError):
    """Nothing was kept. `code` as above; the message is for the officer of the portal who reads it; `errors`: place in
    the packet → what is wrong there."""

    def __init__(self, code: int, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.errors = dict(errors or {})


@dataclass(frozen=True)
class SentPaper:
    """A file for one of the papers that the version asks for. `content`: not looked at yet."""

    key: str
    filename: str
    content: bytes = field(repr=False)
    from_national_store: bool = False


@dataclass(frozen=True)
class PaidThere:
    """What the portal says was paid with it. Amount in đồng."""

    reference: str
    amount: int
    paid_at: datetime


@dataclass(frozen=True)
class Packet:
    """A dossier as the portal sends it. `portal_code` is the portal's own and names it for good."""

    portal_code: str
    procedure_code: str
    agency_code: str
    sent_at: datetime
    applicant: Mapping[str, str] = field(repr=False)
    form: Mapping[str, Any] = field(repr=False)
    papers: tuple[SentPaper, ...] = field(repr=False)
    paid: PaidThere | None
    digest: str
    by_national_identity: bool = False


def read_body(body: bytes) -> tuple[str, Mapping[str, Any]]:
    """Service and data of a request. Raises `PacketRefused`."""

    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        raw = json.loads(body, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise PacketRefused(MALFORMED, "Gói tin không phải JSON đúng chuẩn (UTF-8).") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("service"), str) or not isinstance(raw.get("data"), dict):
        raise PacketRefused(MALFORMED, "Gói tin phải có «service» và «data».")
    if _depth(raw) > DEEPEST:
        raise PacketRefused(MALFORMED, f"Dữ liệu lồng nhau quá {DEEPEST} tầng.")
    return raw["service"], raw["data"]


def read_packet(data: Mapping[str, Any]) -> Packet:
    """Raises `PacketRefused` with every place that is wrong."""
    errors: dict[str, str] = {}

    def text(source: Any, key: str, most: int = 300, *, path: str = "", needed: bool = True) -> str:
        value = source.get(key, "") if isinstance(source, Mapping) else ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            errors[path + key] = "Phải là chữ."
            return ""
        value = value.strip()
        if needed and not value:
            errors[path + key] = "Còn thiếu."
        if len(value) > most:
            errors[path + key] = f"Dài quá {most} ký tự."
        return value[:most]

    code = text(data, "MaHoSo", 60)
    if code and CODE.fullmatch(code) is None:
        errors["MaHoSo"] = "Chỉ gồm chữ không dấu, số, dấu chấm, gạch ngang, gạch chéo; 6 đến 60 ký tự."
    sent_at = _time(text(data, "NgayNopHoSo", 14), "NgayNopHoSo", errors)
    person = data.get("NguoiNop")
    acting = text(data, "TuCachNop", 1)
    delivery = text(data, "HinhThuc", 1)
    if acting and acting not in ACTING:
        errors["TuCachNop"] = "1 cho chính mình, 2 đại diện theo pháp luật, 3 theo ủy quyền, 4 cho tổ chức."
    if delivery and delivery not in DELIVERY:
        errors["HinhThuc"] = "0 nhận trực tiếp, 1 qua bưu chính, 2 bản điện tử."
    applicant = {
        "full_name": text(person, "HoTen", path="NguoiNop."),
        "identity_number": text(person, "SoDinhDanh", 20, path="NguoiNop."),
        "phone": text(person, "SoDienThoai", 20, path="NguoiNop."),
        "email": text(person, "Email", path="NguoiNop.", needed=False),
        "address": text(person, "DiaChi", path="NguoiNop."),
        "acting_as": ACTING.get(acting, ""),
        "subject_name": text(data, "ChuHoSo", needed=acting != "1"),
        "subject_identity": text(data, "MaDoiTuong", 20, needed=False),
        "authority": text(data, "CanCuNopThay", needed=False),
        "result_delivery": DELIVERY.get(delivery, ""),
    }
    form = data.get("ToKhai", {})
    if not isinstance(form, dict):
        errors["ToKhai"] = "Phải là một đối tượng theo tờ khai của thủ tục."
        form = {}
    procedure, agency = text(data, "MaTTHC", 40), text(data, "DonViXuLy", 40)
    paid = _paid(data.get("ThanhToan"), errors)
    vouched = _flag(data, "TaiKhoanDuocXacThucVoiVNeID", errors)
    if errors:
        raise PacketRefused(MALFORMED, "Gói tin còn trường thiếu hoặc sai định dạng.", errors)
    return Packet(
        portal_code=code, procedure_code=procedure, agency_code=agency, sent_at=sent_at, applicant=applicant, form=form,
        papers=_papers(data.get("TaiLieuNop", [])), paid=paid, digest=digest_of(data),
        by_national_identity=vouched,
    )  # fmt: skip


def digest_of(data: Mapping[str, Any]) -> str:
    """The same content gives the same digest, whatever the order of its keys."""
    return sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _papers(raw: Any) -> tuple[SentPaper, ...]:
    errors: dict[str, str] = {}
    if not isinstance(raw, list) or len(raw) > MOST_FILES:
        raise PacketRefused(FILES, f"«TaiLieuNop» phải là danh sách, tối đa {MOST_FILES} tệp.")
    papers = []
    for number, one in enumerate(raw):
        where = f"TaiLieuNop[{number}]"
        one = one if isinstance(one, dict) else {}
        key, name, content = one.get("MaThanhPhanHoSo"), one.get("TenTepDinhKem"), one.get("NoiDungTep")
        if not isinstance(key, str) or not isinstance(name, str) or not name.strip() or not isinstance(content, str):
            errors[where] = "Cần MaThanhPhanHoSo, TenTepDinhKem và NoiDungTep (base64)."
            continue
        try:
            decoded = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            errors[where] = "NoiDungTep không phải base64 đúng."
            continue
        stored = _flag(one, "DuocLayTuKhoDMQG", errors, path=f"{where}.")
        papers.append(SentPaper(key[:60], name.strip()[:200], decoded, stored))
    if errors:
        raise PacketRefused(FILES, "Có tệp không đọc được.", errors)
    return tuple(papers)


def _paid(raw: Any, errors: dict[str, str]) -> PaidThere | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        errors["ThanhToan"] = "Phải là một đối tượng, hoặc bỏ trống khi chưa nộp."
        return None
    if str(raw.get("DuocThanhToanTrucTuyen", "0")) == "0":
        return None
    reference, amount = raw.get("MaGiaoDich"), raw.get("SoTien")
    if not isinstance(reference, str) or re.fullmatch(r"[0-9A-Za-z./-]{6,40}", reference) is None:
        errors["ThanhToan.MaGiaoDich"] = "Mã giao dịch gồm 6 đến 40 chữ, số."
        reference = ""
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount < 10**10:
        errors["ThanhToan.SoTien"] = "Số tiền là số nguyên đồng, lớn hơn 0."
        amount = 0
    raw_time = raw.get("ThoiGianThanhToan")
    at = _time(raw_time if isinstance(raw_time, str) else "", "ThanhToan.ThoiGianThanhToan", errors)
    return PaidThere(reference, amount, at)


def _flag(source: Mapping[str, Any], key: str, errors: dict[str, str], *, path: str = "") -> bool:
    """ "1" is yes, "0" or nothing is no."""
    value = source.get(key)
    text = "0" if value is None or value == "" else str(int(value)) if isinstance(value, bool | int) else value
    if text not in ("0", "1"):
        errors[path + key] = "1 là có, 0 hoặc bỏ trống là không."
    return text == "1"


def _time(text: str, key: str, errors: dict[str, str]) -> datetime:
    try:
        if re.fullmatch(r"[0-9]{14}", text) is None:
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
    except ValueError:
        errors[key] = "Thời gian theo dạng yyyyMMddHHmmss."
        return datetime(2000, 1, 1, tzinfo=VIETNAM)


def _depth(value: Any) -> int:
    """How deep it is nested, without recursion."""
    deepest, left = 0, [(value, 1)]
    while left:
        part, depth = left.pop()
        deepest = max(deepest, depth)
        if depth > DEEPEST:
            break
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        left.extend((inner, depth + 1) for inner in parts)
    return deepest


def sync_after_change(current: SyncState) -> SyncState:
    """The dossier's state changed: what the portal knew is no longer all. What failed to be delivered stays so."""
    return SyncState.QUEUED if current == SyncState.SYNCED else current


def sync_after_portal(state: State, held_there: State) -> SyncState:
    """The portal says which state it holds. Only the present one counts as delivered: silence, an older state or a
    broken line never do."""
    return SyncState.SYNCED if state == held_there else SyncState.NOT_DELIVERED
