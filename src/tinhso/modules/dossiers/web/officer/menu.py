"""The officers' entries of the menus."""

from __future__ import annotations

from tinhso.kernel.ui.registry import (
    BOOKS,
    FIGURES,
    MONEY,
    PEOPLE,
    DeskPanel,
    NavItem,
    register_desk_panel,
    register_nav,
)
from tinhso.modules.dossiers.web.officer.instructions import waiting_panel
from tinhso.modules.dossiers.web.officer.parts import coming_panel


def register() -> None:
    register_nav(
        NavItem("Hồ sơ liên thông", "dossiers:parts", "dossiers.list", area="officer", order=25, icon="folder")
    )
    register_desk_panel(
        DeskPanel(
            "dossiers.coming",
            "Chờ nhận bàn giao",
            "dossiers/officer/coming_panel.html",
            "dossiers.confirm_hand_over",
            coming_panel,
        )
    )
    register_nav(
        NavItem("Chỉ đạo", "dossiers:instructions", "dossiers.instructions", area="officer", order=27, icon="edit")
    )
    register_desk_panel(
        DeskPanel(
            "dossiers.instructions",
            "Chỉ đạo chờ tôi trả lời",
            "dossiers/officer/instructions_panel.html",
            "dossiers.answer_instruction",
            waiting_panel,
            order=5,
        )
    )
    register_nav(NavItem("Bàn làm việc", "dossiers:desk", "dossiers.desk", area="officer", order=10, icon="desk"))
    register_nav(NavItem("Danh sách hồ sơ", "dossiers:list", "dossiers.list", area="officer", order=20, icon="folder"))
    register_nav(
        NavItem(
            "Tiếp nhận tại quầy", "dossiers:counter", "dossiers.counter_intake", area="officer", order=30, icon="plus"
        )
    )
    register_nav(
        NavItem("Hỗ trợ từ xa", "dossiers:supports", "dossiers.support", area="officer", order=32, icon="user")
    )
    register_nav(
        NavItem(
            "Bảng theo dõi", "dossiers:board", "dossiers.board", area="officer", order=35, icon="chart", group=FIGURES
        )
    )
    register_nav(
        NavItem(
            "Nguyên nhân chậm",
            "dossiers:delays",
            "dossiers.delays",
            area="officer",
            order=36,
            icon="clock",
            group=FIGURES,
        )
    )
    register_nav(
        NavItem("Nhắc hạn", "dossiers:watch", "dossiers.watch", area="officer", order=37, icon="bell", group=FIGURES)
    )
    register_nav(
        NavItem(
            "Sổ theo dõi hồ sơ", "dossiers:book", "dossiers.book", area="officer", order=40, icon="folder", group=BOOKS
        )
    )
    register_nav(
        NavItem(
            "Hồ sơ lệch khoản nộp",
            "dossiers:money_check",
            "dossiers.money_check",
            area="officer",
            order=49,
            icon="warning",
            group=MONEY,
        )
    )
    register_nav(
        NavItem(
            "Mở khẩn cấp",
            "dossiers:emergency_log",
            "dossiers.review_emergencies",
            area="officer",
            order=73,
            icon="warning",
            group=PEOPLE,
        )
    )
    register_nav(NavItem("Mở hồ sơ khẩn cấp", "dossiers:emergency", "dossiers.break_glass", area="account", order=30))
    register_nav(
        NavItem(
            "Nhập phiếu đánh giá",
            "dossiers:enter_rating",
            "dossiers.enter_rating",
            area="officer",
            order=45,
            icon="edit",
            group=BOOKS,
        )
    )
