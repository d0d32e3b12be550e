"""Invented people for the reference province. Same seed, same people; any likeness to a real person is chance."""

from __future__ import annotations

import random
from collections.abc import Iterator

# Family names by how common they are (rounded), so that a list looks like a Vietnamese one.
_FAMILY = {
    "Nguyễn": 31, "Lê": 17, "Trần": 9, "Phạm": 8, "Hoàng": 6, "Vũ": 3, "Đỗ": 3, "Bùi": 3, "Hà": 3, "Trịnh": 4,
    "Lưu": 1, "Mai": 2, "Đặng": 2, "Ngô": 2, "Dương": 1, "Lương": 2, "Cao": 1, "Đinh": 1, "Tống": 1, "Phùng": 1,
    "Quách": 1, "Vi": 1, "Lò": 1, "Cầm": 1, "Ngân": 1, "Hơ": 1, "Thao": 1, "Lục": 1, "Đoàn": 1, "Thiều": 1,
}  # fmt: skip
_WOMEN_MIDDLE = ("Thị", "Thị", "Thị", "Thu", "Ngọc", "Thanh", "Minh", "Thị Hồng", "Thị Thanh", "Phương", "Khánh", "Thùy")
_MEN_MIDDLE = ("Văn", "Văn", "Văn", "Đức", "Minh", "Quang", "Xuân", "Hữu", "Ngọc", "Anh", "Trọng", "Đình", "Mạnh", "Bá")
_WOMEN = (
    "An Ánh Bích Châu Chi Cúc Diệp Dung Duyên Đào Giang Hà Hạnh Hằng Hiền Hoa Hòa Hồng Huệ Huyền Hương Hường Khuyên Lan Lâm "
    "Linh Loan Ly Mai Mận Minh Mơ My Na Nga Ngân Nghĩa Nhàn Nhung Oanh Phúc Phương Phượng Quyên Quỳnh Sen Tâm Thanh Thảo "
    "Thoa Thu Thủy Thúy Thư Trang Trinh Tuyết Uyên Vân Xuân Yến"
).split()
_MEN = (
    "An Anh Bắc Bình Cảnh Chiến Chung Công Cường Dũng Duy Dương Đại Đạt Đông Đức Giang Hà Hải Hiếu Hòa Hoàng Hùng Huy Hưng "
    "Khánh Khoa Kiên Lâm Linh Long Lộc Lợi Mạnh Minh Nam Nghĩa Ngọc Nhân Phong Phú Phúc Phương Quân Quang Quyết Sáng Sơn Tài "
    "Tâm Tân Thái Thành Thắng Thiện Thịnh Thọ Thông Tiến Toàn Trung Trường Tú Tuấn Tùng Việt Vinh Xuân Ước Ý"
).split()


def invented_names(seed: str) -> Iterator[str]:
    """An endless row of full names, about half of women; the same row for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - not a secret, must be repeatable
    families = list(_FAMILY)
    weights = list(_FAMILY.values())
    while True:
        family = chance.choices(families, weights)[0]
        if chance.random() < 0.5:
            yield f"{family} {chance.choice(_WOMEN_MIDDLE)} {chance.choice(_WOMEN)}"
        else:
            yield f"{family} {chance.choice(_MEN_MIDDLE)} {chance.choice(_MEN)}"
