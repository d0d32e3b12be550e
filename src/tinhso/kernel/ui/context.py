"""The context processor of every page. It computes nothing until a template asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from tinhso.kernel.access.api import NOBODY, Actor, Mandated, User, allow, roles
from tinhso.kernel.clock import now
from tinhso.kernel.ui.registry import GROUPS, Area, NavItem, bell, nav_items, workplace_of

THEMES = {"auto": "Theo thiết bị", "light": "Nền sáng", "dark": "Nền tối", "contrast": "Tương phản cao"}
THEME_COOKIE = "tinhso_theme"
# Numbers of the groups of the officer's column that were unfolded, written by page.js: "2.4".
NAV_COOKIE = "tinhso_nav"
# A column of so many entries is not worth folding.
SHORT_COLUMN = 9


@dataclass(frozen=True)
class NavLink:
    label: str
    url: str
    icon: str
    group: str
    current: bool


@dataclass(frozen=True)
class NavGroup:
    """Entries of the officer's column under one heading ("" for none). `number` is its place in `registry.GROUPS`."""

    title: str
    number: int
    links: tuple[NavLink, ...]
    open: bool


@dataclass(frozen=True)
class BellInfo:
    url: str
    count: int

    @property
    def text(self) -> str:
        return "99+" if self.count > 99 else str(self.count)


class Shell:
    """What the frame of a page needs: `shell.nav_citizen`, `shell.account`, `shell.province`, `shell.now`, …"""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def now(self) -> datetime:
        return getattr(self._request, "now", None) or now()

    @cached_property
    def actor(self) -> Actor:
        return getattr(self._request, "actor", None) or NOBODY

    @property
    def mandate(self) -> Mandated | None:
        """Under what a citizen acts for another just now."""
        return self.actor.mandate

    @property
    def account(self) -> Actor | None:
        """The signed-in actor, or None."""
        return None if self.actor.kind == "nobody" else self.actor

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The Vietnamese titles of the roles held today."""
        titles = roles()
        return tuple(sorted(titles.get(name, name) for name in self.actor.roles()))

    @cached_property
    def workplace(self) -> str:
        return workplace_of(self.actor)

    @cached_property
    def bell(self) -> BellInfo | None:
        """The unread notices of whoever is signed in; None where nothing tells notices. No query: the account is read."""
        found, user = bell(), getattr(self._request, "user", None)
        if found is None or not isinstance(user, User) or not allow(self.actor, found.permission):
            return None
        return BellInfo(reverse(found.url_name), user.unread_notices)

    @property
    def province(self) -> Mapping[str, str]:
        """`name`, `full_name`, `code` and, where the deployment gives them, `hotline`, `email`, `address`."""
        province: Mapping[str, str] = settings.PROVINCE
        return province

    @cached_property
    def theme(self) -> str:
        chosen = self._request.COOKIES.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def is_officer(self) -> bool:
        return self.actor.kind in ("officer", "operator")

    @cached_property
    def keep_typed(self) -> bool:
        """On the pages of signing in, what was typed into a form whose session ran out is kept for its return."""
        return self._request.path.startswith("/identity/")

    @cached_property
    def nav_citizen(self) -> tuple[NavLink, ...]:
        return self._links("citizen")

    @cached_property
    def nav_officer(self) -> tuple[NavLink, ...]:
        return self._links("officer")

    @cached_property
    def nav_groups(self) -> tuple[NavGroup, ...]:
        """The officer's column by heading. Open: where this page belongs, what this browser unfolded, and short ones."""
        unfolded = set(self._request.COOKIES.get(NAV_COOKIE, "").split("."))
        short = len(self.nav_officer) <= SHORT_COLUMN
        found = []
        for number, title in enumerate(GROUPS):
            links = tuple(link for link in self.nav_officer if link.group == title)
            if links:
                is_open = short or len(links) == 1 or str(number) in unfolded or any(link.current for link in links)
                found.append(NavGroup(title, number, links, is_open))
        return tuple(found)

    @cached_property
    def nav_account(self) -> tuple[NavLink, ...]:
        return self._links("account")

    def _links(self, area: Area) -> tuple[NavLink, ...]:
        shown = [
            (item, url)
            for item in nav_items(area)
            if allow(self.actor, item.permission) and (url := _url_of(item)) is not None
        ]
        path = self._request.path
        # The entry whose address is the longest beginning of this page's address is the current one.
        here = max((url for _, url in shown if _leads_to(url, path)), key=len, default=None)
        return tuple(NavLink(item.label, url, item.icon, item.group, url == here) for item, url in shown)


def _url_of(item: NavItem) -> str | None:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return None


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": Shell(request)}
