"""Every procedure that is modelled in full can be filed in the browser with its own samples, page by page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tinhso.kernel.access.api import SYSTEM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import SINCE, make_organisation, make_province
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.tests.citizen_steps import address, save
from tinhso.modules.dossiers.tests.factories import APPLICANT, NOW, picture
from tinhso.modules.procedures.api import DATA, load_modelled, set_offerings

FILES = sorted((DATA / "modelled").glob("*.json"))


def flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Nested answers as the names of controls: {"child": {"name": x}} → child.name."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flat(part, f"{name}.{key}")
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for number, part in enumerate(value):
            yield from flat(part, f"{name}.{number}")
    else:
        yield name, value


def posted(data: dict[str, Any], group: str) -> dict[str, Any]:
    words = {True: "true", False: "false"}
    return {
        name: words[value] if isinstance(value, bool) else value
        for name, value in flat(data.get(group, {}), group)
        if value is not None
    }


def agency_for(content: dict[str, Any]) -> Organisation:
    """Who settles it in the small province; a department is named for what it settles."""
    kind, level = content["version"]["competent_kind"], content["version"]["competent_level"]
    known = Organisation.objects.filter(kind=kind, level=level, valid_until=None).first()
    if known is None:
        root = Organisation.objects.get(code="H56")
        known = make_organisation("Cơ quan có thẩm quyền", "H56.77", parent=root, kind=kind, level=level)
    if kind == "department":
        set_offerings(
            code=content["code"],
            organisation_ids=[known.pk],
            valid_from=SINCE,
            ground="Kiểm thử",
            actor=SYSTEM,
            now=NOW,
        )
    return known


@pytest.mark.django_db
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_samples_are_sent(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    make_province()
    shutil.copy(path, tmp_path)
    load_modelled(tmp_path, actor=SYSTEM, now=NOW)
    agency = agency_for(content)
    for sample in content["samples"][:1]:
        if "online" not in content["version"]["channels"]:
            continue
        before = Dossier.objects.count()
        client = Client()
        response = client.post(f"/dossiers/start/{content['code']}/", {"agency": agency.pk})
        assert response.status_code == 302, response.content.decode()
        draft = response.url.split("/")[3]
        applicant = {**APPLICANT, **{key: value for key, value in sample["applicant"].items() if key in APPLICANT}}
        applicant["subject_name"] = sample["applicant"].get("subject_name") or "Tổ chức được đại diện"
        url = save(client, address("applicant", draft), applicant).url
        for _ in range(20):
            if "/form/" not in url:
                break
            group = url.rstrip("/").split("/")[-1]
            response = save(client, url, posted(sample["data"], group))
            assert response.status_code == 302, (group, response.context["summary"])
            url = response.url
        if url.endswith("/papers/"):
            boxes = client.get(url).context["boxes"]
            files = {
                f"paper.{box.key}": SimpleUploadedFile("giay.png", picture().read(), "image/png")
                for box in boxes
                if box.required
            }
            response = client.post(url, {**files, "next": "1"})
            assert response.status_code == 302, response.context["summary"]
        check = client.get(address("check", draft))
        assert check.context["problems"] == []
        assert client.post(address("send", draft)).url == f"/dossiers/sent/{draft}/"
        assert client.get(f"/dossiers/sent/{draft}/").status_code == 200
        assert Dossier.objects.count() == before + 1
