from __future__ import annotations

import pytest
from django.apps import apps
from django.test import RequestFactory

from tinhso.kernel.access.api import NOBODY, Actor
from tinhso.kernel.ui import context, registry
from tinhso.kernel.ui.context import NAV_COOKIE, Shell
from tinhso.kernel.ui.registry import BOOKS, FIGURES, NavItem, RegistryClosed, register_nav

OFFICER = Actor(kind="officer", label="Nguyễn Thị Mai", user_id=1)


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the apps were still getting ready, with an empty menu."""
    monkeypatch.setattr(registry, "_nav", {})
    monkeypatch.setattr(apps, "ready", False)


def shell_at(path: str, actor: Actor) -> Shell:
    request = RequestFactory().get(path)
    request.actor = actor  # type: ignore[attr-defined]
    return Shell(request)


def open_for_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "ready", True)


def test_nothing_is_registered_after_start() -> None:
    with pytest.raises(RegistryClosed):
        register_nav(NavItem("Muộn", "ui:display", "ui.display", area="officer"))


@pytest.mark.usefixtures("starting")
def test_an_entry_is_shown_only_to_those_who_may_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    register_nav(NavItem("Mẫu giao diện", "ui:styleguide", "ui.styleguide", area="citizen", order=20))
    register_nav(NavItem("Giao diện", "ui:display", "ui.display", area="citizen", order=10))
    open_for_reading(monkeypatch)
    assert [link.label for link in shell_at("/", OFFICER).nav_citizen] == ["Giao diện", "Mẫu giao diện"]
    assert [link.label for link in shell_at("/", NOBODY).nav_citizen] == ["Giao diện"]


@pytest.mark.usefixtures("starting")
def test_the_entry_nearest_to_the_page_is_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    register_nav(NavItem("Mẫu giao diện", "ui:styleguide", "ui.styleguide", area="officer"))
    register_nav(NavItem("Giao diện", "ui:display", "ui.display", area="officer"))
    open_for_reading(monkeypatch)
    links = shell_at("/ui/styleguide/more/", OFFICER).nav_officer
    assert [link.label for link in links if link.current] == ["Mẫu giao diện"]


@pytest.mark.usefixtures("starting")
def test_an_entry_whose_page_does_not_exist_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    register_nav(NavItem("Chưa có", "nowhere:page", "ui.display", area="officer"))
    open_for_reading(monkeypatch)
    assert shell_at("/", OFFICER).nav_officer == ()


@pytest.mark.usefixtures("starting")
def test_two_entries_do_not_share_a_page_nor_an_unknown_area() -> None:
    register_nav(NavItem("Một", "ui:display", "ui.display", area="officer"))
    with pytest.raises(ValueError, match="twice"):
        register_nav(NavItem("Hai", "ui:display", "ui.display", area="officer"))
    with pytest.raises(ValueError, match="unknown area"):
        register_nav(NavItem("Ba", "ui:display", "ui.display", area="attic"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown group"):
        register_nav(NavItem("Bốn", "ui:styleguide", "ui.styleguide", area="officer", group="Xó"))


@pytest.mark.usefixtures("starting")
def test_a_long_column_is_folded_by_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open: the heading of this page, what this browser unfolded, a single entry; a short column as a whole."""
    register_nav(NavItem("Giao diện", "ui:display", "ui.display", area="officer", order=9))
    register_nav(NavItem("Mẫu giao diện", "ui:styleguide", "ui.styleguide", area="officer", order=1, group=FIGURES))
    open_for_reading(monkeypatch)
    assert [(group.title, group.open) for group in shell_at("/", OFFICER).nav_groups] == [("", True), (FIGURES, True)]

    monkeypatch.setattr(context, "SHORT_COLUMN", 0)
    monkeypatch.setattr(apps, "ready", False)
    register_nav(NavItem("Sức khỏe", "health_live", "ui.display", area="officer", group=FIGURES))
    open_for_reading(monkeypatch)
    folded = shell_at("/", OFFICER)
    assert [group.open for group in folded.nav_groups] == [True, False]
    assert [group.open for group in shell_at("/ui/styleguide/", OFFICER).nav_groups] == [True, True]
    folded = shell_at("/", OFFICER)
    folded._request.COOKIES[NAV_COOKIE] = f"{registry.GROUPS.index(BOOKS)}.{registry.GROUPS.index(FIGURES)}"
    assert [group.open for group in folded.nav_groups] == [True, True]
