"""Tables of inner routes as agencies keep them: read, or told by row and column why not."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.modules.procedures.rules import read_definition
from tinhso.modules.procedures.rules.route_tables import hours_of, read_table, route_of_table
from tinhso.modules.procedures.tests.samples import definition_raw

TITLE = [["QUY TRÌNH NỘI BỘ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"], ["(Kèm theo Quyết định số …/QĐ-UBND)"], [""]]
HEADER = ["STT", "Nội dung công việc", "Đơn vị/người thực hiện", "Thời gian (giờ)", "Kết quả"]
ROWS = [
    ["Bước 1", "Tiếp nhận hồ sơ", "Bộ phận Tiếp nhận và trả kết quả", "4", "Giấy hẹn"],
    ["Bước 2", "Thẩm định hồ sơ", "Chuyên viên Phòng Kinh tế", "1,5 ngày", "Tờ trình"],
    ["Bước 3", "Xem xét dự thảo", "Lãnh đạo Phòng Kinh tế", "04", "Dự thảo"],
    ["Bước 4", "Ký duyệt", "Chủ tịch UBND", "1/2 ngày", "Giấy phép"],
    ["Bước 5", "Trả kết quả", "Bộ phận Tiếp nhận và trả kết quả", "0", ""],
]


def table(*rows: list[str], header: list[str] = HEADER) -> list[list[str]]:
    return [*TITLE, header, *rows]


@pytest.mark.parametrize(
    ("text", "usual", "hours"),
    [
        ("04 giờ", "", 4), ("1/2 ngày", "", 4), ("½ ngày", "", 4), ("Nửa ngày", "", 4), ("0,5 ngày làm việc", "", 4),
        ("0.5 ngày", "", 4), ("01 ngày 4 giờ", "", 12), ("30 phút", "", Fraction(1, 2)), ("2", "gio", 2), ("1,5", "ngay", 12),
        ("03 (ngày)", "", 24), ("8h", "", 8), ("02 NGÀY LÀM VIỆC", "", 16), ("1 buổi", "", 4), ("¼ ngày", "", 2),
    ],
)  # fmt: skip
def test_times_as_they_are_written(text: str, usual: str, hours: Fraction) -> None:
    assert hours_of(text, usual) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2-3 ngày",
        "từ 2 đến 3 ngày",
        "Giờ hành chính",
        "4",
        "ngày",
        "1/0 ngày",
        "theo phiếu hẹn",
        "9999 ngày",
        "1 ngày 4",
    ],
)
def test_times_that_can_mean_more_than_one_thing(text: str) -> None:
    with pytest.raises(ValueError, match=r"Ghi|không đọc được|không rõ|dài quá"):
        hours_of(text)


@given(st.text(max_size=40), st.sampled_from(["", "gio", "ngay", "phut"]))
def test_any_text_is_a_time_or_a_reason(text: str, usual: str) -> None:
    with suppress(ValueError):
        assert hours_of(text, usual) >= 0


def test_a_usual_table() -> None:
    found = read_table(table(*ROWS, ["", "Tổng thời gian giải quyết", "", "24 giờ", ""], ["Ghi chú: …"]), first_row=1)
    assert found.problems == ()
    assert [(step.row, step.title, step.role, step.unit, step.hours) for step in found.steps] == [
        (6, "Thẩm định hồ sơ", "handler", "Phòng Kinh tế", 12),
        (7, "Xem xét dự thảo", "unit_head", "Phòng Kinh tế", 4),
        (8, "Ký duyệt", "leader", "", 4),
    ]
    assert [step.title for step in found.outside] == ["Tiếp nhận hồ sơ", "Trả kết quả"]
    assert found.total == 24


def test_a_total_that_is_wrong_is_told() -> None:
    found = read_table(table(*ROWS, ["", "Tổng cộng", "", "3 ngày 4 giờ", ""]))
    assert found.problems == ("Dòng tổng ghi 28 giờ nhưng các dòng cộng lại là 24 giờ (3 ngày làm việc).",)


def test_a_header_in_two_rows_and_other_names() -> None:
    rows = [
        ["TT", "Trình tự", "Trách nhiệm", "Thời hạn", ""],
        ["", "", "", "Số ngày", "Ghi chú"],
        ["B1", "Thụ lý hồ sơ", "Công chức tư pháp", "2", ""],
        ["B2", "Phê duyệt", "Lãnh đạo UBND", "0,5", ""],
    ]
    found = read_table(rows)
    assert found.problems == ()
    assert [(step.title, step.hours) for step in found.steps] == [("Thụ lý hồ sơ", 16), ("Phê duyệt", 4)]


def test_steps_named_in_the_column_of_steps() -> None:
    header = ["Bước thực hiện", "Đơn vị thực hiện", "Người thực hiện", "Kết quả thực hiện", "TGQĐ"]
    rows = [
        ["Bước 1: Thẩm định", "Phòng Tư pháp", "Chuyên viên", "Tờ trình", "08 giờ"],
        ["Bước 2: Ký", "UBND", "Chủ tịch", "", "4 giờ"],
    ]
    found = read_table([header, *rows])
    assert found.problems == ()
    assert [(step.title, step.role, step.unit) for step in found.steps] == [
        ("Thẩm định", "handler", "Phòng Tư pháp"),
        ("Ký", "leader", ""),
    ]


def test_merged_cells_are_understood_or_named() -> None:
    rows = table(
        ["1", "Thẩm định", "Chuyên viên Phòng Kinh tế", "8", ""],
        ["2", "Dự thảo", "", "4", ""],
        ["3", "Ký", "Chủ tịch UBND", "4", ""],
    )
    assert "cột C (người thực hiện): ô trống" in read_table(rows).problems[0]
    found = read_table(rows, merged=("C5:C6",))
    assert found.problems == ()
    assert found.steps[1].who == "Chuyên viên Phòng Kinh tế"
    one_time = read_table(rows, merged=("C5:C6", "D5:D6"))
    assert one_time.problems == ()
    assert any("chung một ô thời gian" in note for note in one_time.notes)
    one_work = read_table(rows, merged=("B5:B6", "C5:C6"))
    assert one_work.problems == ("Ô B5:B6: nội dung công việc gộp chung 2 dòng nên không rõ là mấy bước. Hãy tách ô.",)


def test_every_fault_by_row_and_column_and_no_steps_half_taken() -> None:
    found = read_table(
        table(["1", "Thẩm định", "", "8", ""], ["2", "", "Chủ tịch", "4", ""], ["3", "Ký", "Chủ tịch", "vài hôm", ""])
    )
    assert [problem.split(":")[0] for problem in found.problems] == [
        "Dòng 5, cột C (người thực hiện)", "Dòng 6, cột B (nội dung công việc)", "Dòng 7, cột D (thời gian)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "Không tìm thấy dòng tiêu đề"),
        ([["a", "b"], ["c", "d"]], "Không tìm thấy dòng tiêu đề"),
        ([["STT", "Nội dung công việc", "Người thực hiện"], ["1", "Ký", "Chủ tịch"]], "thiếu cột thời gian"),
        ([["STT", "Nội dung công việc", "Thời gian"], ["1", "Ký", "4 giờ"]], "thiếu cột người hoặc đơn vị"),
        ([HEADER], "không có bước nào"),
        ([HEADER, ["1", "Tiếp nhận hồ sơ", "Một cửa", "4", ""]], "không có bước nào"),
        ([HEADER, *(["1", f"Việc {n}", "Chuyên viên", "1", ""] for n in range(61))], "nhiều nhất 60 bước"),
    ],
)
def test_tables_that_are_no_route(rows: list[list[str]], said: str) -> None:
    assert said in " ".join(read_table(rows).problems)


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(["STT", "Nội dung", "Thời gian", "Người thực hiện", "4 giờ", "Tổng"]),
            ),
            max_size=6,
        ),
        max_size=12,
    )
)
def test_any_grid_is_read_or_refused(rows: list[list[str]]) -> None:
    found = read_table(rows, merged=("A1:B2", "C2:C9", "ZZ1:ZZ2", "rác"))
    assert found.steps or found.problems


def test_the_route_that_a_table_means_passes_the_check() -> None:
    found = read_table(table(*ROWS))
    steps = [{"title": s.title, "role": s.role, "unit": None, "hours": s.whole_hours} for s in found.steps]
    route = route_of_table(steps, may_return=True)
    term = {"cases": [{"when": None, "amount": 3, "unit": "working_day"}]}
    reading = read_definition(definition_raw(route=route, deadline=term))
    assert reading.defects == ()
    assert [[one["kind"] for one in step["actions"]] for step in route["steps"]] == [
        ["forward"],
        ["forward", "back"],
        ["issue", "back"],
    ]
