"""The shared catalogues that the directory keeps."""

from __future__ import annotations

from tinhso.modules.directory.models import Position
from tinhso.modules.directory.rules import KINDS, LEVELS
from tinhso.modules.directory.rules.catalogues import Catalogue, Entry, register_catalogue

HERE = "Phần mềm tỉnh số, theo cách gọi của pháp luật"
IN_USE = "Mã nằm trong mã nguồn; bỏ một mã phải có bản cập nhật chuyển dữ liệu cũ."


def register() -> None:
    register_catalogue(
        Catalogue(
            "organisations",
            "Cơ quan, đơn vị",
            "Mã định danh điện tử của cơ quan nhà nước; mã do phần mềm sinh được ghi rõ",
            "Cơ quan hết hoạt động vẫn còn, kèm ngày và cơ quan kế thừa; cơ sở dữ liệu không cho xóa.",
            page="directory:organisations",
        )
    )
    register_catalogue(
        Catalogue(
            "positions",
            "Chức danh",
            "Danh sách cán bộ của các cơ quan trong tỉnh",
            "Chức danh đã có người giữ thì không xóa được.",
            entries=lambda: [Entry("", row.title) for row in Position.objects.order_by("rank", "title")],
        )
    )
    register_catalogue(
        Catalogue(
            "levels",
            "Cấp và loại cơ quan",
            HERE,
            IN_USE,
            entries=lambda: [Entry(code, name) for names in (LEVELS, KINDS) for code, name in names.items()],
        )
    )
