"""The citizens' entries of the menus."""

from __future__ import annotations

from tinhso.kernel.ui.registry import NavItem, register_nav


def register() -> None:
    register_nav(NavItem("Hồ sơ của tôi", "dossiers:mine", "dossiers.own", area="citizen", order=20, icon="folder"))
    register_nav(NavItem("Tra cứu hồ sơ", "dossiers:track", "dossiers.track", area="citizen", order=30))
