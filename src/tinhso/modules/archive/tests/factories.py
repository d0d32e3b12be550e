"""Stores with documents in them, for tests here and above."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from PIL import Image

from tinhso.kernel.access.api import SYSTEM, Actor, User
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import store
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, DocumentKind, KindMapping

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
NUMBER = "038192004517"
NAME = "Lê Thị Hồng Nhung"


def picture(colour: str = "white") -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(stream, "PNG")
    stream.seek(0)
    return stream


def make_kind(
    code: str = "HT.KHAISINH", name: str = "Giấy khai sinh", *papers: str, results: tuple[str, ...] = ()
) -> int:
    """`papers`, `results`: "procedure/key"."""
    kind, _ = DocumentKind.objects.get_or_create(code=code, defaults={"name": name, "valid_from": date(2025, 7, 1)})
    for part, places in (("paper", papers), ("result", results)):
        for place in places:
            procedure, _, key = place.partition("/")
            KindMapping.objects.get_or_create(
                kind=kind, procedure_code=procedure, part=part, key=key, defaults={"valid_from": date(2025, 7, 1)}
            )
    return kind.pk


def make_document(
    kind_id: int,
    *,
    holder: str = NUMBER,
    full_name: str = NAME,
    proof: archive.Proof = archive.Proof.COUNTER,
    source: str = "test:1",
    colour: str = "white",
    now: datetime = NOW,
    **changes: Any,
) -> Document:
    """A document in a store, as the system puts it there."""
    file = store(picture(colour), filename="giay.png", actor=SYSTEM, now=now, purpose="archive.test")
    values: dict[str, Any] = {
        "owner": archive.Owner(holder, full_name, proof),
        "kind_id": kind_id,
        "name": "Giấy chứng sinh",
        "number": "15/2026",
        "issuer_id": None,
        "issuer_name": "UBND phường Hạc Thành",
        "issued_date": date(2026, 9, 1),
        "valid_until": None,
        "origin": archive.Origin.ISSUED,
        "trust": archive.Trust.ISSUED,
        "file_id": file.id,
        "source_ref": source,
    }
    made = archive.keep(archive.NewDocument(**{**values, **changes}), actor=SYSTEM, now=now)
    return Document.objects.get(pk=made)


def open_store(citizen: Actor, clerk: Actor, *, number: str = NUMBER, now: datetime = NOW) -> int:
    """The clerk has seen the citizen's card."""
    user = User.objects.get(pk=citizen.user_id)
    return archive.prove_at_counter(
        username=user.username,
        number=number,
        full_name=user.full_name,
        evidence="Thẻ căn cước cấp ngày 12/3/2022",
        seen=True,
        actor=clerk,
        now=now,
    )
