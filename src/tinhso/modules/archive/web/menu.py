"""Entries of the menus."""

from __future__ import annotations

from tinhso.kernel.ui.registry import STORE, NavItem, register_nav


def register() -> None:
    register_nav(NavItem("Kho giấy tờ của tôi", "archive:mine", "archive.own", area="account", order=10))
    register_nav(
        NavItem("Kho giấy tờ", "archive:search", "archive.search", area="officer", order=50, icon="search", group=STORE)
    )
    register_nav(
        NavItem(
            "Mở kho cho người dân",
            "archive:prove",
            "archive.prove_owner",
            area="officer",
            order=52,
            icon="shield",
            group=STORE,
        )
    )
    register_nav(
        NavItem(
            "Nhập kết quả cũ",
            "archive:import_start",
            "archive.import",
            area="officer",
            order=53,
            icon="inbox",
            group=STORE,
        )
    )
    register_nav(
        NavItem(
            "Báo cáo số hóa", "archive:report", "archive.report", area="officer", order=54, icon="chart", group=STORE
        )
    )
    register_nav(NavItem("Loại giấy tờ", "archive:kinds", "archive.kinds", area="account", order=40))
