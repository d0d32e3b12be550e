"""The index of Quyết định 766/QĐ-TTg: six groups, 100 points, scored from shares of counted things. Pure.

An indicator is a share (numerator of denominator). What has no data has no score, never 0 points: `Scorecard.known_max`
tells how many of the 100 points the score speaks of. The weights and the way each share becomes points are those with
which the national portal's published month 8/2026 can be reproduced to 0.01 point; see the module's README.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from tinhso.kernel.clock import VIETNAM

# What a denominator of 0 gives: no score, 0 points, or all points (no complaint was there to be late).
Empty = Literal["unknown", "zero", "full"]


class CannotRead(ValueError):
    """The inputs given are not shares of known indicators. The message names the place, in Vietnamese."""


@dataclass(frozen=True)
class Share:
    """`numerator` of `denominator` counted things: dossiers, procedures, complaints or communes."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise CannotRead(
                f"Tử số phải từ 0 đến mẫu số: {self.numerator}/{self.denominator}. Hãy kiểm tra lại số liệu."
            )

    def __add__(self, other: Share) -> Share:
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)


@dataclass(frozen=True)
class Indicator:
    """`full_at`: the share in per cent from which all of `max_points` are given; below it points grow in a line."""

    key: str
    code: str
    title: str
    max_points: int
    full_at: int = 100
    empty: Empty = "unknown"

    def points(self, share: Share) -> Fraction | None:
        if share.denominator == 0:
            return {"unknown": None, "zero": Fraction(0), "full": Fraction(self.max_points)}[self.empty]
        ratio = Fraction(share.numerator, share.denominator)
        return min(Fraction(self.max_points), self.max_points * ratio * 100 / self.full_at)

    def missing(self, share: Share) -> int:
        """How many more things of the denominator would have to count for all points."""
        return max(0, ceil(Fraction(share.denominator * self.full_at, 100)) - share.numerator)


@dataclass(frozen=True)
class Group:
    key: str
    title: str
    indicators: tuple[Indicator, ...]

    @property
    def max_points(self) -> int:
        return sum(one.max_points for one in self.indicators)


GROUPS: tuple[Group, ...] = (
    Group(
        "transparency",
        "Công khai, minh bạch",
        (
            Indicator("published_on_time", "1.1", "Thủ tục được công bố đúng hạn", 6),
            Indicator("made_public_on_time", "1.2", "Thủ tục được cập nhật, công khai đúng hạn", 4),
            Indicator("content_complete", "1.3", "Thủ tục được công khai đủ nội dung", 2),
            Indicator("dossiers_synchronised", "1.4", "Hồ sơ được đồng bộ", 6),
        ),
    ),
    Group(
        "progress",
        "Tiến độ giải quyết",
        (Indicator("settled_on_time", "2.1", "Hồ sơ giải quyết đúng hạn hoặc còn trong hạn", 20, empty="zero"),),
    ),
    Group(
        "online",
        "Dịch vụ công trực tuyến",
        (
            Indicator("procedures_online", "3.1", "Thủ tục cung cấp dịch vụ công trực tuyến", 2, full_at=80),
            Indicator("services_used_online", "3.2", "Dịch vụ công trực tuyến có phát sinh hồ sơ", 4),
            Indicator("dossiers_online", "3.3", "Hồ sơ nộp trực tuyến", 6, full_at=50),
        ),
    ),
    Group(
        "payment",
        "Thanh toán trực tuyến",
        (
            Indicator("procedures_with_fees", "3.5", "Thủ tục có nghĩa vụ tài chính được tích hợp", 2, 80, "zero"),
            Indicator("procedures_paid_online", "3.5b", "Thủ tục có giao dịch thanh toán trực tuyến", 2, 80, "zero"),
            Indicator("dossiers_paid_online", "3.6", "Hồ sơ thanh toán trực tuyến", 6, empty="zero"),
        ),
    ),
    Group(
        "digitised",
        "Số hóa hồ sơ",
        (
            Indicator("results_digital", "4.1", "Hồ sơ có kết quả điện tử", 6),
            Indicator("papers_digitised", "4.2", "Hồ sơ được số hóa cả giấy tờ và kết quả", 4),
            Indicator("data_reused", "4.3", "Hồ sơ dùng lại dữ liệu đã số hóa", 2, full_at=80),
            Indicator("personal_store", "4.4", "Hồ sơ liên kết kho dữ liệu cá nhân", 4),
            Indicator("procedures_with_identity", "4.5a", "Thủ tục kết nối dữ liệu dân cư", 2),
            Indicator("dossiers_with_identity", "4.5b", "Hồ sơ kết nối dữ liệu dân cư", 2),
            Indicator("certified_copies", "", "Xã cung cấp chứng thực bản sao điện tử", 2),
        ),
    ),
    Group(
        "satisfaction",
        "Mức độ hài lòng",
        (
            Indicator("complaints_on_time", "5.2", "Phản ánh, kiến nghị xử lý đúng hạn", 6, empty="full"),
            Indicator("complaints_satisfied", "5.3", "Hài lòng về xử lý phản ánh, kiến nghị", 6, empty="full"),
            Indicator("service_satisfied", "5.4", "Hài lòng về tiếp nhận, giải quyết hồ sơ", 6, 90, "zero"),
        ),
    ),
)
INDICATORS: Mapping[str, Indicator] = {one.key: one for group in GROUPS for one in group.indicators}
# Those that count procedures: of several agencies together each procedure counts once.
PROCEDURE_INDICATORS = (
    "published_on_time", "made_public_on_time", "content_complete", "procedures_online", "services_used_online",
    "procedures_with_fees", "procedures_paid_online", "procedures_with_identity",
)  # fmt: skip
# Those for which figures from elsewhere are taken, where our own records tell nothing.
GIVABLE = ("published_on_time", "made_public_on_time", "complaints_on_time", "complaints_satisfied")
# Quyết định 766/QĐ-TTg is of 23/6/2022.
FIRST_MONTH = date(2022, 7, 1)
# A month is closed after this day of the next one, so that figures from elsewhere can still come.
CLOSED_AFTER_DAY = 10
# Chứng thực bản sao từ bản chính: the procedure whose electronic results «certified_copies» asks for.
CERTIFIED_COPIES = "2.000815"


@dataclass(frozen=True)
class Inputs:
    """The shares of one agency (or of the province). An indicator that is absent has no data."""

    agency_code: str
    agency: str
    shares: Mapping[str, Share]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.shares) - set(INDICATORS))
        if unknown:
            raise CannotRead(f"Không có chỉ tiêu «{unknown[0]}». Các chỉ tiêu: {', '.join(INDICATORS)}.")


@dataclass(frozen=True)
class IndicatorScore:
    """`points` None: no data. `each`: points that one more counted thing brings; `missing`: how many bring them all."""

    indicator: Indicator
    share: Share | None
    points: Fraction | None

    @property
    def each(self) -> Fraction | None:
        if self.share is None or self.share.denominator == 0:
            return None
        return Fraction(self.indicator.max_points * 100, self.share.denominator * self.indicator.full_at)

    @property
    def missing(self) -> int | None:
        return None if self.share is None or self.points is None else self.indicator.missing(self.share)


@dataclass(frozen=True)
class GroupScore:
    group: Group
    indicators: tuple[IndicatorScore, ...]

    @property
    def points(self) -> Fraction | None:
        known = [one.points for one in self.indicators if one.points is not None]
        return sum(known, Fraction(0)) if known else None

    @property
    def known_max(self) -> int:
        return sum(one.indicator.max_points for one in self.indicators if one.points is not None)


@dataclass(frozen=True)
class Scorecard:
    agency_code: str
    agency: str
    groups: tuple[GroupScore, ...]

    @property
    def points(self) -> Fraction | None:
        known = [group.points for group in self.groups if group.points is not None]
        return sum(known, Fraction(0)) if known else None

    @property
    def known_max(self) -> int:
        return sum(group.known_max for group in self.groups)

    @property
    def reached(self) -> Fraction | None:
        """The points in per cent of those that there is data for."""
        return None if self.points is None or not self.known_max else self.points * 100 / self.known_max


def score(inputs: Inputs) -> Scorecard:
    """The score of one agency. Points are exact; `rounded` gives the two decimals that are published."""
    return Scorecard(
        inputs.agency_code,
        inputs.agency,
        tuple(
            GroupScore(group, tuple(_indicator(one, inputs.shares.get(one.key)) for one in group.indicators))
            for group in GROUPS
        ),
    )


def _indicator(indicator: Indicator, share: Share | None) -> IndicatorScore:
    return IndicatorScore(indicator, share, None if share is None else indicator.points(share))


def rounded(points: Fraction | None) -> float | None:
    """Two decimals, halves up. None stays None."""
    return None if points is None else int(points * 100 + Fraction(1, 2)) / 100


def province_of(agencies: tuple[Inputs, ...], *, code: str, name: str) -> Inputs:
    """The shares of all agencies together, of what may be added up: procedures of several agencies would count twice."""
    shares: dict[str, Share] = {}
    for one in agencies:
        for key, share in one.shares.items():
            if key not in PROCEDURE_INDICATORS:
                shares[key] = shares[key] + share if key in shares else share
    return Inputs(code, name, shares)


def read_inputs(raw: Any) -> tuple[Inputs, ...]:
    """The inputs of a file: {"agencies": [{"agency", "agency_code", "inputs": {key: {"numerator", "denominator"} or
    null}}]}. Raises `CannotRead`."""
    agencies = raw.get("agencies") if isinstance(raw, dict) else None
    if not isinstance(agencies, list) or not agencies:
        raise CannotRead('Tệp phải có dạng {"agencies": [...]} với ít nhất một cơ quan.')
    return tuple(_read_agency(one, place) for place, one in enumerate(agencies, start=1))


def _read_agency(raw: Any, place: int) -> Inputs:
    if not isinstance(raw, dict) or not isinstance(raw.get("inputs"), dict):
        raise CannotRead(f"Cơ quan thứ {place}: thiếu «inputs».")
    name = str(raw.get("agency") or raw.get("agency_code") or "")
    if not name:
        raise CannotRead(f"Cơ quan thứ {place}: thiếu tên («agency»).")
    shares = {}
    for key, share in raw["inputs"].items():
        if share is None:
            continue
        part, whole = (share.get("numerator"), share.get("denominator")) if isinstance(share, dict) else (None, None)
        if type(part) is not int or type(whole) is not int:
            raise CannotRead(f"{name}, chỉ tiêu «{key}»: cần «numerator» và «denominator» là số nguyên.")
        try:
            shares[str(key)] = Share(part, whole)
        except CannotRead as error:
            raise CannotRead(f"{name}, chỉ tiêu «{key}»: {error}") from None
    return Inputs(str(raw.get("agency_code") or ""), name, shares)


def progress_note(as_of: datetime) -> str:
    """Until when and from what a table was counted: stands under each of them, on paper too."""
    return f"Số liệu chốt lúc {as_of.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}. Nguồn: hồ sơ và nhật ký xử lý trên hệ thống một cửa."


def counted_how(*, by: str, one_agency: bool, shared: int = 0) -> str:
    """At which level a table counts the dossiers across agencies; `shared`: by how much its rows exceed the sum."""
    if one_agency:
        return "Số liệu của một cơ quan: hồ sơ liên thông được tính một lần, theo phần việc và thời hạn của riêng cơ quan này."
    if by != "agency":
        return "Mỗi hồ sơ, kể cả liên thông, được tính một lần tại cơ quan giải quyết, theo hạn trả cho người dân."
    return (
        "Mỗi dòng là một cơ quan: hồ sơ liên thông được tính một lần ở mỗi cơ quan tham gia, theo phần việc và thời hạn của "
        "riêng cơ quan đó. Dòng tổng cộng tính mỗi hồ sơ một lần, theo hạn trả cho người dân"
        + (f", nên lệch {abs(shared)} so với các dòng cộng lại." if shared else ".")
    )


# The share of satisfied people, in per cent, that Quyết định 766 asks for.
SATISFACTION_TARGET = 90

# What one more counted thing of an indicator is, as it stands after a number.
MORE: Mapping[str, str] = {
    "published_on_time": "thủ tục được công bố đúng hạn",
    "made_public_on_time": "thủ tục được cập nhật, công khai đúng hạn",
    "content_complete": "thủ tục được công khai đủ nội dung",
    "dossiers_synchronised": "hồ sơ được đồng bộ lên Cổng Dịch vụ công quốc gia",
    "settled_on_time": "hồ sơ xong đúng hạn hoặc còn trong hạn",
    "procedures_online": "thủ tục cung cấp trực tuyến",
    "services_used_online": "dịch vụ công trực tuyến có người nộp hồ sơ",
    "dossiers_online": "hồ sơ nộp trực tuyến và có kết quả điện tử",
    "procedures_with_fees": "thủ tục có phí phát sinh khoản thu trên hệ thống",
    "procedures_paid_online": "thủ tục có giao dịch thanh toán trực tuyến",
    "dossiers_paid_online": "hồ sơ thanh toán trực tuyến",
    "results_digital": "hồ sơ có tệp kết quả điện tử",
    "papers_digitised": "hồ sơ có cả giấy tờ và kết quả đã số hóa",
    "data_reused": "hồ sơ dùng lại giấy tờ đã số hóa",
    "personal_store": "hồ sơ có giấy tờ lấy từ kho dữ liệu cá nhân quốc gia",
    "procedures_with_identity": "thủ tục có hồ sơ từ tài khoản đã xác thực qua VNeID",
    "dossiers_with_identity": "hồ sơ từ tài khoản đã xác thực qua VNeID",
    "certified_copies": "xã cung cấp chứng thực bản sao điện tử",
    "complaints_on_time": "phản ánh, kiến nghị được xử lý đúng hạn",
    "complaints_satisfied": "phản ánh, kiến nghị được người gửi hài lòng",
    "service_satisfied": "hồ sơ không quá hạn và không bị chê",
}
# Why an indicator has no score, where it is not that nothing happened in the month.
NO_DATA: Mapping[str, str] = {
    "published_on_time": "Trong tháng không có quyết định công bố nào ghi đủ ngày quyết định và ngày hiệu lực.",
    "made_public_on_time": "Trong tháng không có quyết định công bố nào ghi ngày quyết định.",
    "content_complete": "Cơ quan không có thủ tục nào đang áp dụng.",
    "dossiers_synchronised": "Trong tháng không có hồ sơ nào được tiếp nhận.",
    "procedures_online": "Cơ quan không có thủ tục nào đang áp dụng.",
    "services_used_online": "Cơ quan không có thủ tục nào ghi mức độ toàn trình hoặc một phần.",
    "dossiers_online": "Trong tháng không có hồ sơ nào được tiếp nhận.",
    "procedures_with_fees": "Cơ quan không có thủ tục nào thu phí, lệ phí.",
    "procedures_paid_online": "Cơ quan không có thủ tục nào thu phí, lệ phí.",
    "dossiers_paid_online": "Trong tháng không có khoản phí, lệ phí nào được yêu cầu.",
    "procedures_with_identity": "Cơ quan không có thủ tục nào ghi đối tượng là người dân.",
    "certified_copies": "Không áp dụng: chỉ Ủy ban nhân dân cấp xã chứng thực bản sao.",
    "complaints_on_time": "Chưa có số liệu phản ánh, kiến nghị của tháng được xác nhận.",
    "complaints_satisfied": "Chưa có số liệu phản ánh, kiến nghị của tháng được xác nhận.",
    "service_satisfied": "Tháng chưa hết, hoặc có dưới 5 phiếu đánh giá nên không được tính.",
}


def win_back(one: IndicatorScore) -> str:
    """What would bring all points of an indicator, as a sentence; "" where none is missing or nothing is known."""
    if not one.missing or one.points is None or one.each is None:
        return ""
    lost = rounded(one.indicator.max_points - one.points)
    each = rounded(one.each) or 0
    noun = " ".join(MORE[one.indicator.key].split()[:2])
    noun = noun if noun in ("hồ sơ", "thủ tục") else "trường hợp"
    step = f"mỗi {noun} thêm {_decimal(each) if each >= 0.01 else 'chưa tới 0,01'} điểm"
    return (
        f"Thêm {one.missing:,} ".replace(",", ".")
        + f"{MORE[one.indicator.key]} để đạt đủ {one.indicator.max_points} điểm (còn thiếu {_decimal(lost or 0)}; {step})."
    )


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def counts_as_late_by_law() -> str:
    """Said wherever the index's own way of counting shows."""
    return (
        "Chỉ số 766 tính quá hạn cả hồ sơ bị yêu cầu bổ sung hơn một lần, dù theo luật hồ sơ đó chưa chắc quá hạn; bảng tiến "
        "độ không tính như vậy."
    )
