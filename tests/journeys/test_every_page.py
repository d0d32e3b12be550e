"""Every page that a link leads to, for everybody: it answers, axe finds nothing grave, a phone need not scroll sideways."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person, pattern_of
from tests.journeys.product import Product

pytestmark = pytest.mark.journey

MOST_BYTES = 150_000
# Where each begins; the rest is found by the links.
BEGINNINGS = {
    "nobody": (
        "",
        [
            "/",
            "/identity/login/",
            "/identity/signup/",
            "/directory/",
            "/ui/styleguide/?as=citizen",
            "/health/live",
            "/health/ready",
        ],
    ),
    "citizen": (scenes.CITIZEN, ["/dossiers/mine/", "/"]),
    "archivist": ("luutru", ["/identity/after-login/", "/archive/search/"]),
    "clerk": ("tiepnhan", ["/dossiers/desk/", "/ui/styleguide/"]),
    "handler": ("chuyenvien", ["/dossiers/desk/", "/dossiers/emergency/"]),
    "unit head": ("truongphong", ["/dossiers/desk/"]),
    "leader": ("chutich", ["/dossiers/desk/"]),
    "statistician": ("thongke", ["/identity/after-login/", "/scorecards/progress/"]),
    "staff admin": ("quantricanbo", ["/identity/after-login/", "/directory/organisations/"]),
    "reform approver": ("giamdoc.snv", ["/identity/after-login/", "/directory/reforms/"]),
    "rights admin": ("quantriquyen", ["/identity/after-login/", "/dossiers/emergency/log/"]),
    "catalogue editor": ("soandanhmuc", ["/identity/after-login/", "/procedures/synchronisation/"]),
    "catalogue approver": ("duyetdanhmuc", ["/identity/after-login/", "/procedures/leftovers/"]),
    "operator": ("quantri", ["/identity/after-login/"]),
}


def links(body: str, base: str) -> list[str]:
    """Addresses of our own that the page links to, without their fragments."""
    found = []
    for href in re.findall(r'<a\s[^>]*?href="([^"]*)"', body):
        url = urlsplit(urljoin(base, html.unescape(href)))
        if url.scheme in ("", "http", "https") and url.netloc == urlsplit(base).netloc:
            found.append(url._replace(scheme="", netloc="", fragment="").geturl())
    return found


def likeness(path: str) -> tuple[Any, ...]:
    """Addresses that show the same page of something else."""
    url = urlsplit(path)
    names = tuple(sorted(name for name, _ in parse_qsl(url.query)))
    opened = tuple(re.sub(r"\d+", "", value) for name, value in parse_qsl(url.query) if name in ("open", "as"))
    return pattern_of(url.path), names, opened


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_every_page_that_a_link_leads_to(
    product: Product, person: Callable[..., Person], kind: str, tmp_path: Path
) -> None:
    username, waiting = BEGINNINGS[kind]
    waiting = list(waiting)
    walker = person(kind, username=username)
    if kind == "citizen":
        draft = scenes.write_birth(walker, birth_proof="paper")
        walker.go(f"{draft}papers/")
        scenes.attach(walker, "birth_certificate", papers.scan(tmp_path))
        waiting += [draft, f"{draft}saved/", f"{draft}discard/"]
    if kind == "staff admin":
        waiting += [import_a_file(walker, tmp_path), f"/directory/staffing/{place_of(product, 'tiepnhan')}/depart/"]
    known = {likeness(path) for path in waiting}
    broken = []
    count = 0
    while waiting:
        path = waiting.pop(0)
        count += 1
        answer = walker.context.request.get(path)
        body = answer.body()
        status, arrived = answer.status, urlsplit(answer.url)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        walker.around.note_queries("GET", answer.url, status, answer.headers)
        answer.dispose()
        walker.around.visited.update((urlsplit(path).path, arrived.path))
        if status >= 400:
            broken.append(f"{status} {path}")
            continue
        if not is_page:
            continue
        if not walker.has_seen(arrived.path):
            walker.page.goto(path)
            walker.look_at_both_widths()
        for link in links(body.decode(), answer.url):
            if likeness(link) not in known:
                known.add(likeness(link))
                waiting.append(link)
    assert broken == []
    assert count > 5


def import_a_file(admin: Person, folder: Path) -> str:
    """The sample file of the import, sent back as it is. The address of what was found in it."""
    sample = folder / "mau.xlsx"
    sample.write_bytes(admin.fetch("/directory/organisations/import/template/"))
    admin.go("/directory/organisations/import/")
    admin.page.locator("#file").set_input_files(str(sample))
    admin.press("Kiểm tra tệp")
    return admin.path


def place_of(product: Product, username: str) -> int:
    """The number of somebody's present job."""
    sql = (
        "SELECT m.id FROM directory_staffmember m JOIN access_user u ON u.id = m.user_id "
        "WHERE u.username = %s AND m.valid_until IS NULL"
    )
    return int(product.rows(sql, [username])[0][0])


def test_pages_of_refusal(person: Callable[..., Person]) -> None:
    """What is not there and what is not allowed is told on a page like others."""
    for kind, username in (("nobody", ""), ("citizen", scenes.CITIZEN), ("clerk", "tiepnhan")):
        walker = person(kind, username=username)
        for path, status in (("/khong-co-trang-nay/", 404), ("/dossiers/desk/", 403)):
            if status == 403 and kind != "citizen":
                continue
            with walker.expecting(status):
                walker.page.goto(path)
                assert walker.statuses[path] == status
                walker.look_at_both_widths()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/procedures/?q=khai+sinh",
        f"/procedures/{scenes.BIRTH}/",
        f"/dossiers/start/{scenes.BIRTH}/",
        "/dossiers/track/",
        "DRAFT",
    ],
)
def test_a_first_visit_weighs_little(person: Callable[..., Person], path: str) -> None:
    """Everything that a browser without a cache fetches, as it goes over the wire."""
    visitor = person("nobody", phone=True)
    if path == "DRAFT":
        path = f"{scenes.write_birth(visitor)}form/child/"
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    visitor.page.goto(path)
    visitor.page.wait_for_load_state("networkidle")
    print(path, len(sizes), sum(sizes))
    assert len(sizes) > 4
    assert sum(sizes) <= MOST_BYTES, f"{path}: {sum(sizes)} bytes in {len(sizes)} answers"
