"""Who may do what with the stores. What is not declared is denied."""

from __future__ import annotations

from tinhso.kernel.access.api import declare


def declare_all() -> None:
    # The owner
    # `act`: for another only under a mandate that names the store.
    declare("archive.own", title="Xem kho giấy tờ của mình", kinds={"citizen"}, level=2, act="store")
    declare("archive.prove_self", title="Mở kho của mình", kinds={"citizen"}, level=2)
    declare("archive.upload", title="Tự tải giấy tờ lên kho của mình", kinds={"citizen"}, level=2)
    declare("archive.share", title="Chia sẻ giấy tờ trong kho", kinds={"citizen"}, level=2)
    declare("archive.open_shared", title="Xem giấy tờ được chia sẻ bằng mã", kinds={"citizen", "officer", "nobody"})
    # Instead of a paper: the owner themselves, or the clerk before whom they stand.
    declare("archive.use", title="Dùng lại giấy tờ trong kho", kinds={"citizen"}, roles={"clerk"}, act="store")
    # Officers
    looking = {"clerk", "handler", "unit_head", "leader", "archivist"}
    declare("archive.search", title="Tra cứu kho giấy tờ", roles=looking)
    declare("archive.view", title="Xem giấy tờ trong kho", roles=looking)
    declare("archive.prove_owner", title="Xác nhận chủ kho giấy tờ", roles={"clerk", "archivist"})
    declare("archive.keep", title="Đưa giấy tờ đã số hóa vào kho", roles={"clerk", "archivist"})
    declare("archive.revoke", title="Ghi nhận giấy tờ bị thu hồi", roles={"archivist", "leader"})
    declare("archive.import", title="Nhập kết quả cũ đã số hóa", roles={"archivist"})
    declare("archive.kinds", title="Danh mục loại giấy tờ", roles=looking)
    declare("archive.edit_kinds", title="Sửa danh mục loại giấy tờ", roles={"archivist"})
    declare("archive.report", title="Báo cáo số hóa", roles={"archivist", "leader", "unit_head"})
    declare("archive.declare_figure", title="Khai số kết quả phải số hóa", roles={"archivist"})
    declare("archive.unpack", title="Giải nén, đưa kết quả cũ vào kho")
    declare("archive.load_kinds", title="Nạp danh mục loại giấy tờ")
