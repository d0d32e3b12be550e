"""What a person does in the browser, for the tests of the citizens' pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import Actor, User
from tinhso.modules.dossiers.tests.factories import APPLICANT, Stage, picture

CODE = "1.001193"
CHILD = {"child.full_name": "Nguyễn Minh Khang", "child.birth_date": "14/9/2026", "child.sex": "male"}
REQUEST = {"request.copies": "2", "request.pledge": "true"}
HOSTILE = "<script>alert('x')</script>\"'&<b>"
BUDGETS = Path(__file__).resolve().parents[5] / "tests" / "query_budgets.json"


def budget(name: str) -> int:
    found: int = json.loads(BUDGETS.read_text(encoding="utf-8"))[name]
    return found


def browser(actor: Actor | None = None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(
            User.objects.get(pk=actor.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return client


def begin(client: Client, place: str = "hac thanh") -> str:
    """A new draft; its random number."""
    response = client.post(reverse("dossiers:start", args=[CODE]), {"place": place})
    assert response.status_code == 302, response.content.decode()
    return str(re.search(r"/drafts/([0-9a-f-]{36})/", response.url)[1])  # type: ignore[index]


def address(page: str, draft: str, *more: Any) -> str:
    return reverse(f"dossiers:draft_{page}", args=[draft, *more])


def revision(client: Client, url: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', client.get(url).content.decode())
    assert found is not None
    return found[1]


def save(client: Client, url: str, data: dict[str, Any]) -> Any:
    """Send a page as the browser shows it."""
    return client.post(url, {"revision": revision(client, url), **data})


def png(name: str = "chung-sinh.png", colour: str = "white") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(colour).read(), "image/png")


def write(client: Client, draft: str, **applicant: str) -> None:
    """All pages of a draft, filled in well."""
    assert save(client, address("applicant", draft), {**APPLICANT, **applicant}).status_code == 302
    assert save(client, address("form", draft, "child"), CHILD).status_code == 302
    assert save(client, address("form", draft, "members"), {}).status_code == 302
    assert save(client, address("form", draft, "request"), REQUEST).status_code == 302
    sent = client.post(address("papers", draft), {"paper.birth_proof": png(), "next": "1"})
    assert sent.status_code == 302, sent.content.decode()


def send(client: Client, draft: str) -> tuple[str, str, str]:
    """Code, PIN and the address of the story."""
    response = client.post(address("send", draft))
    assert response.status_code == 302
    page = client.get(response.url).content.decode()
    code = re.search(r'class="big code">([^<]+)<', page)
    pin = re.search(r"data-pin>([\d ]+)<", page)
    follow = re.search(r'href="(/dossiers/follow/[0-9a-f-]{36}/)"', page)
    assert code is not None
    assert pin is not None
    assert follow is not None
    return code[1], pin[1], follow[1]


def file_whole(stage: Stage, client: Client) -> tuple[str, str, str, str]:
    """From the start to the receipt; draft, code, PIN, address of the story."""
    draft = begin(client)
    write(client, draft)
    return (draft, *send(client, draft))
