"""The officers' entries of the menus."""

from __future__ import annotations

from tinhso.kernel.ui.registry import MONEY, NavItem, register_nav


def register() -> None:
    for order, (title, name, permission, icon) in enumerate(
        (
            ("Sổ thu ngày", "payments:day_book", "payments.day_book", "money"),
            ("Hoàn trả", "payments:refunds", "payments.see_refunds", "left"),
            ("Đối soát", "payments:reconciliation", "payments.reconcile", "check"),
            ("Cổng thanh toán", "payments:providers", "payments.providers", "link"),
        ),
        start=45,
    ):
        register_nav(NavItem(title, name, permission, area="officer", order=order, icon=icon, group=MONEY))
