"""D1: 10,000 old results with their files: index judged, files taken in, all written.

The files are small PDFs, each of its own content; every one goes through the store's own checks. Limits: the index is
judged while the clerk waits (≤ 15 s), writing all of it holds one transaction (≤ 30 s); taking in is behind the page.
"""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

ROWS = int(os.environ.get("BENCH_ROWS", "10000"))
PARCEL = 2000


def measure(own: Path, home: Path) -> dict[str, Any]:
    os.environ.setdefault("TINHSO_HOME", str(own))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.config.settings.embedded")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return _import()


def _import() -> dict[str, Any]:
    from tinhso.kernel.access.api import SYSTEM, User, actor_of
    from tinhso.kernel.clock import now
    from tinhso.kernel.events.api import drain
    from tinhso.modules.archive import api as archive
    from tinhso.modules.archive.models import Document, ImportBatch
    from tinhso.modules.archive.rules.index import COLUMNS
    from tinhso.modules.archive.services import importing
    from tinhso.modules.directory import api as directory

    moment = now()
    directory.seed_reference_province(now=moment, actor=SYSTEM, password="x" * 20)
    archive.load_kinds(actor=SYSTEM, now=moment)
    archivist = actor_of(User.objects.get(username="luutru"), on=moment.date())
    ward = directory.organisation_by_code("H56.102", on=moment.date())
    assert ward is not None
    lines = [";".join(column.title.replace(",", "") for column in COLUMNS)]
    lines += [
        f"{n}/GPXD;Giấy phép xây dựng;XD.GIAYPHEP;0380900{n:05d};Lê Văn Số {n};H56.102;12/03/2024;;{n}.pdf"
        for n in range(ROWS)
    ]
    began = time.monotonic()
    number = importing.upload_index(
        organisation_id=ward.id, content="\n".join(lines).encode(), filename="so.csv", actor=archivist, now=moment
    )
    judged = time.monotonic() - began
    sizes = 0
    began = time.monotonic()
    for first in range(0, ROWS, PARCEL):
        parcel = _parcel(range(first, min(first + PARCEL, ROWS)))
        sizes += len(parcel.getvalue())
        importing.receive_parcel(batch_id=number, stream=parcel, filename="goi.zip", actor=archivist, now=moment)
        archive.unpack(batch_id=number, actor=SYSTEM, now=moment)
    taken = time.monotonic() - began
    assert ImportBatch.objects.get(pk=number).state == "ready", ImportBatch.objects.get(pk=number).parcel_notes[:3]
    importing.confirm(batch_id=number, actor=archivist, now=moment)
    began = time.monotonic()
    written = archive.apply_import(batch_id=number, actor=SYSTEM, now=moment)
    applied = time.monotonic() - began
    drain(moment)
    assert written == Document.objects.count() == ROWS
    return {
        "rows": ROWS,
        "index_judged_s": round(judged, 1),
        "files_taken_in_s": round(taken, 1),
        "files_per_s": round(ROWS / taken),
        "parcels_mb": round(sizes / 1024 / 1024, 1),
        "written_s": round(applied, 1),
        "met": judged <= 15 and applied <= 30,
    }


def _parcel(numbers: range) -> io.BytesIO:
    from pypdf import PdfWriter

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in numbers:
            writer = PdfWriter()
            writer.add_blank_page(400 + number, 600)
            content = io.BytesIO()
            writer.write(content)
            packed.writestr(f"{number}.pdf", content.getvalue())
    return out
