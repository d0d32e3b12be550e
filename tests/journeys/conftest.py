"""The product, started once, and people at browsers."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.browser import Person, Surroundings
from tests.journeys.product import Product, create_database, drop_database

PASSWORD = "tinhso-demo-2026"
CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module with `LAST = True` comes after all others: it stops the product."""
    items.sort(key=lambda item: bool(getattr(getattr(item, "module", None), "LAST", False)))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`tinhso demo` on a fresh home. On PostgreSQL (TINHSO_DATABASE_URL) the database named there is made anew.

    TINHSO_JOURNEYS_PREPARED names a folder to keep a prepared SQLite home in, so that the next run starts at once.
    """
    url = os.environ.get("TINHSO_DATABASE_URL", "")
    home = tmp_path_factory.mktemp("journeys") / "home"
    prepared = os.environ.get("TINHSO_JOURNEYS_PREPARED", "")
    if url:
        create_database(url)
    elif prepared and Path(prepared).is_dir():
        shutil.copytree(prepared, home)
    started = Product(home, int(os.environ.get("TINHSO_JOURNEYS_PORT", "0")) or free_port(), url)
    started.start()
    if prepared and not url and not Path(prepared).is_dir():
        started.stop()
        shutil.copytree(home, prepared)
        first = started.output, started.took
        started.start()
        started.output, started.took = first
    try:
        yield started
    finally:
        started.stop()
        if url:
            drop_database(url)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.exit("The journeys need Chromium: apt-get install chromium", returncode=3)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def around(product: Product, chromium: Any) -> Surroundings:
    return Surroundings(chromium, product.origin)


@pytest.fixture
def person(product: Product, around: Surroundings) -> Iterator[Callable[..., Person]]:
    """`person("clerk", username="tiepnhan", phone=False, scripts=True)`: somebody at a browser of their own.

    With a user name, signed in; the session of an account is made once and shared, as several windows share it, unless
    `fresh=True`. At the end everybody leaves, and tells what was wrong.
    """
    present: list[Person] = []

    def enter(
        kind: str, *, username: str = "", phone: bool = False, scripts: bool = True, fresh: bool = False
    ) -> Person:
        state = None if fresh or not username else around.sessions.get(username)
        one = Person(around, kind, phone=phone, scripts=scripts, state=state)
        present.append(one)
        if username and state is None:
            one.go("/identity/login/")
            sign_in(one, username)
            if not fresh:
                around.sessions[username] = one.context.storage_state()
        return one

    yield enter
    found = []
    for one in present:
        try:
            one.close()
        except AssertionError as error:
            found.append(str(error))
    if found:
        pytest.fail("\n".join(found) + "\n" + product.log(), pytrace=False)


def sign_in(one: Person, username: str, password: str = PASSWORD) -> None:
    """On the page of signing in."""
    one.type("login", username)
    one.type("password", password)
    one.press("Đăng nhập", within=one.page.locator("main"))
