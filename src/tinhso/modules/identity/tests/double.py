"""The stand-in for the national identity, really listening, and a person who goes there and comes back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from tools.doubles.national_identity import Provider, serve

BEGIN = "/identity/national/"
HA, NAM, NHUNG, HUY, CHIEN = "038192000001", "038085000002", "038179004411", "038201004412", "038068004413"


@pytest.fixture
def national(settings: Any) -> Iterator[Provider]:
    provider = Provider()
    server = serve(provider, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    cache.clear()
    settings.NATIONAL_IDENTITY = {**settings.NATIONAL_IDENTITY, "issuer": provider.issuer}
    yield provider
    server.shutdown()
    server.server_close()


def go(client: Client, number: str, level: int = 2, /, **asked: str) -> str:
    """To the national identity and the choice there; returns the address that leads back."""
    away = client.post(BEGIN, asked)
    assert away.status_code == 302, away.content.decode()
    return choose(away["Location"], f"{number}:{level}")


def choose(address: str, choice: str) -> str:
    page = requests.get(address, timeout=5)
    assert page.status_code == 200, page.text
    kept = unescape(re.search(r'name="asked" value="([^"]*)"', page.text).group(1))  # type: ignore[union-attr]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    back = requests.post(f"{origin}/choose", {"asked": kept, "choice": choice}, allow_redirects=False, timeout=5)
    where = urlsplit(back.headers["Location"])
    return f"{where.path}?{where.query}"


def come(client: Client, number: str, level: int = 2, /, **asked: str) -> Any:
    return client.get(go(client, number, level, **asked))


def asked_of(client: Client, **asked: str) -> dict[str, str]:
    found = parse_qs(urlsplit(client.post(BEGIN, asked)["Location"]).query)
    return {name: values[0] for name, values in found.items()}
