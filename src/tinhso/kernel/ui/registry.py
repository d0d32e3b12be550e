"""What modules hang into the shell: entries of the navigation and panels of the officer's desk.

Both lists are closed when the apps are ready: a module registers in its `AppConfig.ready`, and nowhere else, so that
the menu of a running process never changes with the order of requests.

    register_nav(NavItem("Hồ sơ", "dossiers:list", "dossiers.list", area="officer", order=20, icon="folder"))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.apps import apps

from tinhso.kernel.access.api import Actor

Area = Literal["citizen", "officer", "account"]
AREAS: tuple[Area, ...] = ("citizen", "officer", "account")

# Headings of the officer's column, in their order; entries without one stand first and are always open.
BOOKS = "Sổ sách, bưu chính"
MONEY = "Thu phí, lệ phí"
STORE = "Kho giấy tờ"
FIGURES = "Theo dõi, báo cáo"
LOOKUP = "Tra cứu"
PEOPLE = "Cơ quan, cán bộ"
OPERATING = "Vận hành"
ADMINISTRATION = "Quản trị"
GROUPS = ("", BOOKS, MONEY, STORE, FIGURES, LOOKUP, PEOPLE, OPERATING, ADMINISTRATION)


class RegistryClosed(RuntimeError):
    """Something was registered outside `AppConfig.ready`: a mistake of the programmer."""


@dataclass(frozen=True)
class NavItem:
    """One entry of a menu: shown to an actor who holds `permission`, in ascending `order`.

    `area`: "citizen" (header of public pages), "officer" (left column), "account" (menu under the person's name).
    `url_name` takes no arguments. `group`: one of `GROUPS`, the heading that an entry of the officer's column folds under.
    `icon`: an id of `ui/icons.svg`.
    """

    label: str
    url_name: str
    permission: str
    area: Area
    order: int = 100
    icon: str = ""
    group: str = ""


@dataclass(frozen=True)
class DeskPanel:
    """One panel of the officer's desk: `load(actor, now)` gives the context of `template`; an empty one hides it."""

    key: str
    title: str
    template: str
    permission: str
    load: Callable[..., Mapping[str, Any]]
    order: int = 100


@dataclass(frozen=True)
class Bell:
    """The bell beside the person's name leads to the page of their notices. How many are unread stands in their account."""

    url_name: str
    permission: str


# Tells in a few words where an officer works ("UBND phường Hạc Thành"); the directory knows, the kernel does not.
Workplace = Callable[[Actor], str]

_nav: dict[tuple[Area, str], NavItem] = {}
_panels: dict[str, DeskPanel] = {}
_workplace: Workplace | None = None
_bell: Bell | None = None


def _check_open(what: str) -> None:
    if apps.ready:
        raise RegistryClosed(f"{what} registered after start: do it in AppConfig.ready")


def register_nav(item: NavItem) -> None:
    """Add an entry; registering the same entry twice changes nothing, another one under its URL is refused."""
    _check_open(f"navigation entry {item.url_name}")
    if item.area not in AREAS:
        raise ValueError(f"unknown area {item.area}")
    if item.group not in GROUPS:
        raise ValueError(f"unknown group {item.group}: one of {GROUPS}")
    known = _nav.setdefault((item.area, item.url_name), item)
    if known != item:
        raise ValueError(f"navigation entry {item.url_name} registered twice")


def register_desk_panel(panel: DeskPanel) -> None:
    """Add a panel to the officer's desk."""
    _check_open(f"desk panel {panel.key}")
    if _panels.setdefault(panel.key, panel) != panel:
        raise ValueError(f"desk panel {panel.key} registered twice")


def register_workplace(function: Workplace) -> None:
    """The directory tells how an officer's place of work is named in the top bar. It should cost no more than a query."""
    global _workplace
    _check_open("workplace")
    _workplace = function


def register_bell(bell: Bell) -> None:
    """Notifications only: the page that the bell opens."""
    global _bell
    _check_open("bell")
    _bell = bell


def bell() -> Bell | None:
    return _bell


def nav_items(area: Area) -> tuple[NavItem, ...]:
    found = (item for item in _nav.values() if item.area == area)
    return tuple(sorted(found, key=lambda item: (GROUPS.index(item.group), item.order, item.label)))


def desk_panels() -> tuple[DeskPanel, ...]:
    return tuple(sorted(_panels.values(), key=lambda p: (p.order, p.key)))


def workplace_of(actor: Actor) -> str:
    return _workplace(actor) if _workplace is not None and actor.kind == "officer" else ""
