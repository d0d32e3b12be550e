from __future__ import annotations

from datetime import date

import pytest

from tinhso.modules.procedures.rules.catalogue import CatalogueRow, first_day, read_row


def row(**cells: str) -> CatalogueRow:
    return read_row({"code": "1.001193", "name": "Đăng ký khai sinh", "as_of": "2026-06/07", **cells})


def test_empty_cells_stay_unknown() -> None:
    found = row()
    assert (found.levels, found.channels, found.service_level, found.agency) == ((), (), None, "")
    assert (found.time_limit_amount, found.is_free) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 Ngày làm việc", (5, "working_day")),
        ("30 Ngày", (30, "calendar_day")),
        ("3 ngày làm việc", (3, "working_day")),
        ("1", (None, "")),
        ("8 Giờ", (None, "")),
        ("6 Tháng", (None, "")),
        ("Trực tiếp: 5 Ngày | Trực tuyến: 7 Ngày", (None, "")),
        ("0 Ngày", (None, "")),
    ],
)
def test_a_time_limit_is_read_only_where_it_is_certain(text: str, expected: tuple[int | None, str]) -> None:
    found = row(time_limit=text)
    assert (found.time_limit_amount, found.time_limit_unit) == expected
    assert found.time_limit_text == text


def test_glued_figures_are_not_read() -> None:
    remark = "thời hạn và phí dính chữ trong nguồn, không tách"
    found = row(time_limit="5 Ngày", fee="Miễn phí", remark=remark)
    assert (found.time_limit_amount, found.is_free) == (None, None)


@pytest.mark.parametrize(
    ("fee", "remark", "expected"),
    [
        ("Miễn phí", "", True),
        ("Miễn phí (Không có)", "", True),
        ("Miễn phí", "«Miễn phí» là số hiển thị; mức thật do văn bản/HĐND quy định", None),
        ("Miễn phí (Theo quy định của Hội đồng nhân dân cấp tỉnh)", "", None),
        ("20,000 VNĐ", "", None),
        ("", "", None),
    ],
)
def test_free_of_charge_is_believed_only_where_it_is_certain(fee: str, remark: str, expected: bool | None) -> None:
    assert row(fee=fee, remark=remark).is_free is expected


def test_closed_lists_become_words_of_ours() -> None:
    found = row(
        level="bộ; tỉnh; xã; cơ quan khác", channels="Trực tiếp; Trực tuyến; Dịch vụ bưu chính", online_level="một phần"
    )
    assert found.levels == ("ministry", "province", "commune", "other")
    assert found.channels == ("counter", "online", "post")
    assert found.service_level == "partial"


@pytest.mark.parametrize("cells", [{"level": "thôn"}, {"online_level": "mức 4"}, {"as_of": "hôm qua"}, {"code": ""}])
def test_what_is_not_understood_is_refused(cells: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        row(**cells)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19/11/2025", date(2025, 11, 19)),
        ("2025-11", date(2025, 11, 1)),
        ("2026-06/07", date(2026, 6, 1)),
        ("2026", date(2026, 1, 1)),
    ],
)
def test_the_first_day_a_source_can_mean(text: str, expected: date) -> None:
    assert first_day(text) == expected
