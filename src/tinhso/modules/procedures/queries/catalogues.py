"""The catalogues that procedures keep for all: the procedures themselves and their fields."""

from __future__ import annotations

from tinhso.modules.directory.api import Catalogue, Entry, register_catalogue
from tinhso.modules.procedures.models import Field

NATIONAL = "Cơ sở dữ liệu quốc gia về thủ tục hành chính"


def register() -> None:
    register_catalogue(
        Catalogue(
            "procedures",
            "Thủ tục hành chính",
            NATIONAL,
            "Mỗi thay đổi là một phiên bản có ngày; thủ tục bãi bỏ vẫn còn, hồ sơ giữ phiên bản của mình.",
            page="procedures:catalogue",
        )
    )
    register_catalogue(
        Catalogue(
            "fields",
            "Lĩnh vực",
            f"{NATIONAL}; nguồn chỉ có tên, không có mã và ngày",
            "Lĩnh vực có thủ tục thì không xóa được.",
            entries=lambda: [Entry("", name) for name in Field.objects.values_list("name", flat=True)],
        )
    )
