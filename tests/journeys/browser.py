"""A person at a browser. Whatever is wrong with a page that they come across makes their journey fail.

Wrong is: an error in the console (the content security policy speaks there too), a request to another host, a part of a
page that does not load, an answer of 500, a finding of axe that is serious or critical, and a page that a phone has to
scroll sideways.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, Response

from tests.journeys.counting import HEADER

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Answers that a person's own mistake gives; they are pages like others.
USUAL = {200, 204, 206, 301, 302, 303, 304, 422}
GRAVE = {"serious", "critical"}
# Pages that show each role something else.
BY_ROLE = {"/dossiers/desk/", "/dossiers/<id>/"}
PARTS = {"stylesheet", "script", "image", "font", "media"}


class Surroundings:
    """What all people of a run share: the browser, the server's address, and which pages axe has seen."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.browser = browser
        self.origin = origin
        self.seen: set[tuple[str, ...]] = set()
        self.visited: set[str] = set()
        self.queries: dict[str, list[int]] = {}
        self.sessions: dict[str, Any] = {}
        shots = os.environ.get("TINHSO_SHOTS", "")
        self.shots = Path(shots) if shots else None
        # A second run of the same pages, on another database, need not judge them again.
        self.axe = None if os.environ.get("TINHSO_JOURNEYS_AXE") == "0" else Axe()

    def note_queries(self, method: str, url: str, status: int, headers: dict[str, str]) -> None:
        """What a page cost the database, by its URL name. Files are no pages: the first to ask has them printed."""
        is_page = headers.get("content-type", "").startswith("text/html")
        if method != "GET" or status != 200 or not is_page or HEADER.lower() not in headers:
            return
        with suppress(Resolver404):
            name = resolve(urlsplit(url).path).view_name
            self.queries.setdefault(name, []).append(int(headers[HEADER.lower()]))


class Person:
    """One browser profile. `kind`: who it is, for reports; `username`: the account signed in with, "" for none."""

    def __init__(
        self,
        around: Surroundings,
        kind: str,
        *,
        phone: bool = False,
        scripts: bool = True,
        state: Any = None,
    ) -> None:
        self.around = around
        self.kind = kind
        self.phone = phone
        self.scripts = scripts
        self.problems: list[str] = []
        self.statuses: dict[str, int] = {}
        self._accepted: set[int] = set(USUAL)
        self.context: BrowserContext = around.browser.new_context(
            base_url=around.origin,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
            java_script_enabled=scripts,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            storage_state=state,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(15_000)
        self.context.on("page", self._watch)
        self.page: Page = self.context.new_page()

    # Watching

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfailed", self._failed)
        page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        # Answers of 4xx are judged where they arrive.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.problems.append(f"{self.page.url}: console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and f"{url.scheme}://{url.netloc}" != self.around.origin:
            self.problems.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        kind = response.request.resource_type
        if kind == "document":
            self.statuses[urlsplit(response.url).path] = response.status
            self.around.note_queries(response.request.method, response.url, response.status, response.headers)
        if response.status >= 500 or (
            response.status >= 400 and (kind in PARTS or response.status not in self._accepted)
        ):
            self.problems.append(f"{response.status} {response.request.method} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        # The browser asks before a page with unsaved text is left. Anything else was not written by us.
        if dialog.type != "beforeunload":
            self.problems.append(f"{self.page.url}: {dialog.type}: {dialog.message}")
        dialog.accept()

    def _failed(self, request: Request) -> None:
        # A download or a page left early is an aborted request, no failure.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.problems.append(f"failed: {request.method} {request.url}: {request.failure}")

    # Walking

    def go(self, path: str, *, status: int = 200) -> None:
        """Open an address as if typed. `status`: what must come, after redirections."""
        # An address that leads on was opened too.
        self.around.visited.add(urlsplit(path).path)
        with self.expecting(status):
            response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}, expected {status}"
        self.look()

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Answers like these are what the journey wants to see."""
        before = self._accepted
        self._accepted = before | set(statuses)
        try:
            yield
        finally:
            self._accepted = before

    def click(self, target: Locator) -> None:
        """Press or follow something that leads to another page."""
        with self.page.expect_navigation():
            target.click()
        self.look()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of this name and arrive at the next page."""
        self.click((within or self.page).get_by_role("button", name=name, exact=True).first)

    def follow(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Follow the link of this name."""
        exact = isinstance(name, str)
        self.click((within or self.page).get_by_role("link", name=name, exact=exact).first)

    def fetch(self, path: str, *, status: int = 200) -> bytes:
        """What an address gives to this person's browser, unrendered: for PDFs."""
        self.around.visited.add(urlsplit(path).path)
        response = self.context.request.get(path, max_redirects=0)
        assert response.status == status, f"{path}: {response.status}, expected {status}"
        body = response.body()
        self.around.note_queries("GET", response.url, response.status, response.headers)
        response.dispose()
        return body

    def address_of(self, link: str | re.Pattern[str]) -> str:
        """Where the link of this name leads."""
        exact = isinstance(link, str)
        found = self.page.get_by_role("link", name=link, exact=exact).first.get_attribute("href")
        assert found, link
        return found

    # Reading

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def sees(self, text: str) -> None:
        """The text stands somewhere on the page, to be seen."""
        if not self.scripts:
            assert text in self.text(), f"«{text}» is not on {self.path}:\n{self.text()[:1500]}"
            return
        try:
            self.page.get_by_text(text).locator("visible=true").first.wait_for(timeout=10_000)
        except Exception as error:
            raise AssertionError(f"«{text}» is not on {self.path}:\n{self.text()[:1500]}") from error

    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return self.page.locator("[data-error-summary] li").all_inner_texts()

    # Typing

    def type(self, name: str, value: str) -> None:
        self.page.locator(f'[name="{name}"]').first.fill(value)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'input[type=radio][name="{name}"][value="{value}"]').check()

    def answer(self, name: str, value: Any) -> None:
        """Answer a question of a form, whatever its control is. Dates are given as in the data: yyyy-mm-dd."""
        control = self.page.locator(f'[name="{name}"]').first
        kind = control.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "radio":
            self.choose(name, str(value))
        elif kind == "checkbox":
            control.set_checked(bool(value))
        elif kind == "select":
            control.select_option(str(value))
        elif match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", str(value)):
            control.fill("/".join(reversed(match.groups())))
        else:
            control.fill(str(value))

    def fill(self, group: str, answers: dict[str, Any]) -> None:
        """Answer the questions of one page of an e-form, in their order."""
        for key, value in answers.items():
            if isinstance(value, dict):
                self.fill(f"{group}.{key}", value)
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                for number, item in enumerate(value):
                    self.fill(f"{group}.{key}.{number}", item)
            else:
                self.answer(f"{group}.{key}", value)

    # Judging

    def look(self) -> None:
        """Look at the page as it stands: axe once for each kind of page, width and visitor; a picture if wanted."""
        self.page.wait_for_load_state()
        self.around.visited.add(self.path)
        key = self.sight(self.path, self.statuses.get(self.path, 200))
        if key in self.around.seen:
            return
        self.around.seen.add(key)
        if self.around.shots is not None:
            self._picture(key)
        if not self.scripts or self.page.evaluate("document.contentType") != "text/html":
            return
        if self.phone:
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                self.problems.append(f"{self.path}: {over} px too wide for a phone: {self._wide()}")
        self.problems.extend(f"axe, {key[0]} ({self.kind}, {key[1]}): {found}" for found in self._axe())

    def look_at_both_widths(self) -> None:
        """The same page on a desk, and in a narrow window with dark colours."""
        self.look()
        self.phone = True
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="dark")
        self.look()
        self.phone = False
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]

    def has_seen(self, path: str) -> bool:
        """Somebody has looked at such a page at both widths."""
        key = self.sight(path)
        return all((key[0], width, *key[2:]) in self.around.seen for width in ("desktop", "phone"))

    def sight(self, path: str, status: int = 200) -> tuple[str, ...]:
        """What makes a page one that has been looked at: citizens' pages are alike for all, officers' mostly."""
        pattern = pattern_of(path)
        public = self.kind in ("nobody", "citizen")
        kind = self.kind if pattern in BY_ROLE else "citizen" if public else "officer"
        return pattern, "phone" if self.phone else "desktop", kind, str(status), "" if self.scripts else "plain"

    def _wide(self) -> list[str]:
        return list(
            self.page.evaluate(
                """[...document.querySelectorAll("main *")].filter((e) => {
                    const box = e.getBoundingClientRect();
                    if (box.right <= innerWidth + 1 || !box.width) return false;
                    for (let p = e.parentElement; p; p = p.parentElement)
                      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX)) return false;
                    return true;
                }).slice(0, 5).map((e) => `${e.tagName.toLowerCase()}.${e.className}`)"""
            )
        )

    def _axe(self) -> list[str]:
        if self.around.axe is None:
            return []
        found = self.around.axe.run(self.page, options={"resultTypes": ["violations"], "preload": False})
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
            for violation in found.response["violations"]
            if violation["impact"] in GRAVE
            for node in violation["nodes"][:3]
        ]

    def _picture(self, key: tuple[str, ...]) -> None:
        assert self.around.shots is not None
        self.around.shots.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9]+", "-", f"{key[0]} {key[2]} {key[1]}".lower()).strip("-") or "home"
        state = "" if key[3] == "200" else f"-{key[3]}"
        plain = "" if self.scripts else "-plain"
        self.page.screenshot(path=self.around.shots / f"{name}{state}{plain}.png", full_page=True)

    def close(self) -> None:
        """Leave; everything wrong that was noticed is told here."""
        self.context.close()
        assert self.problems == [], "\n".join(dict.fromkeys(self.problems))


def pattern_of(path: str) -> str:
    """The address without what differs from one dossier or procedure to the next."""
    path = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", path)
    path = re.sub(r"/verify/[^/]+/", "/verify/<token>/", path)
    path = re.sub(r"/[A-Z0-9]*\d\.\d{6}[^/]*", "/<code>", path)
    return re.sub(r"/\d+(?=/|$)", "/<n>", path)
