from __future__ import annotations

import pytest
from django.apps import apps
from django.test import RequestFactory

from tinhso.kernel.access.api import NOBODY, Actor
from tinhso.kernel.ui import registry
from tinhso.kernel.ui.context import Shell
from tinhso.kernel.ui.registry import NavItem, RegistryClosed, register_nav

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
