"""Bulk import of old results: the index judged whole, hostile parcels, resumption, all or nothing."""

from __future__ import annotations

import io
import stat
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook
from pypdf import PdfWriter

from tinhso.kernel.access.api import SYSTEM, Actor, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.events.api import drain
from tinhso.kernel.files.api import FileRefused
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, Holder, HoldingFigure, ImportBatch, ImportRow
from tinhso.modules.archive.queries.digitised import report
from tinhso.modules.archive.rules.index import COLUMNS, Known, guess, judge
from tinhso.modules.archive.services import importing
from tinhso.modules.archive.services.figures import CannotDeclare, declare_figure
from tinhso.modules.archive.services.importing import CannotImport, confirm, discard, receive_parcel, upload_index
from tinhso.modules.archive.tests.factories import NOW, make_kind
from tinhso.modules.archive.tests.officers import make_archivist
from tinhso.modules.dossiers.tests.citizen_steps import HOSTILE, browser
from tinhso.modules.dossiers.tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
HEADER = [column.title for column in COLUMNS]


def line(number: int, /, **changes: str) -> list[str]:
    values = {
        "number": f"{number}/GPXD", "name": "Giấy phép xây dựng", "kind": "XD.GIAYPHEP", "owner_number": f"0380900{number:05d}",
        "owner_name": f"Lê Văn {number}", "issuer": "H56.102", "issued": "12/03/2024", "until": "", "file": f"{number}.pdf",
    }  # fmt: skip
    return [{**values, **changes}[column.key] for column in COLUMNS]


def index(*rows: list[str], header: list[str] = HEADER) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in (header, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf(mark: int = 0, *, password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100 + mark, 200)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def parcel(files: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name, content in files.items():
            archive_.writestr(name, content)
    out.seek(0)
    return out


@pytest.fixture
def stage() -> Stage:
    make_kind("XD.GIAYPHEP", "Giấy phép xây dựng")
    return make_stage()


@pytest.fixture
def archivist(stage: Stage) -> Actor:
    return make_archivist(stage)


def upload(stage: Stage, actor: Actor, *rows: list[str], **more: Any) -> ImportBatch:
    content = more.pop("content", None) or index(*rows)
    return ImportBatch.objects.get(
        pk=upload_index(
            organisation_id=stage.agency_id, content=content, filename="so-luu.xlsx", actor=actor, now=NOW, **more
        )
    )


def send(batch: ImportBatch, actor: Actor, files: dict[str, bytes] | io.BytesIO) -> ImportBatch:
    stream = parcel(files) if isinstance(files, dict) else files
    receive_parcel(batch_id=batch.pk, stream=stream, filename="goi.zip", actor=actor, now=NOW)
    drain(LATER)
    batch.refresh_from_db()
    return batch


def incoming(settings: Any) -> list[str]:
    from pathlib import Path

    folder = Path(settings.FILES_ROOT) / "incoming"
    return [one.name for one in folder.iterdir()] if folder.exists() else []


def test_an_index_its_files_and_all_of_it_in_the_store(stage: Stage, archivist: Actor, settings: Any) -> None:
    batch = upload(stage, archivist, line(1), line(2, until="12/03/2025"), line(3, until="Không thời hạn"))
    assert (batch.state, batch.row_count) == ("waiting", 3)
    batch = send(batch, archivist, {"quyen 1/1.PDF": pdf(1), "2.pdf": pdf(2), "thua.pdf": pdf(9)})
    assert (batch.state, batch.files_done) == ("waiting", 2)
    assert [note["note"] for note in batch.parcel_notes] == ["thua.pdf: không có trong chỉ mục, hoặc đã nhận trước đó"]
    with pytest.raises(CannotImport, match="thiếu 1 tệp"):
        confirm(batch_id=batch.pk, actor=archivist, now=NOW)
    batch = send(batch, archivist, {"3.pdf": pdf(3)})
    assert batch.state == "ready"
    assert not Document.objects.exists()
    confirm(batch_id=batch.pk, actor=archivist, now=NOW)
    confirm(batch_id=batch.pk, actor=archivist, now=NOW)
    drain(LATER)
    batch.refresh_from_db()
    assert batch.state == "applied"
    rows = list(Document.objects.order_by("pk"))
    assert [(row.number, row.trust, row.valid_until) for row in rows] == [
        ("1/GPXD", "indexed", None), ("2/GPXD", "indexed", date(2025, 3, 12)), ("3/GPXD", "indexed", None),
    ]  # fmt: skip
    assert {row.keeper_id for row in rows} == {stage.agency_id}
    assert Holder.objects.count() == 3
    assert incoming(settings) == []
    assert [entry.action for entry in trail(f"archive_import:{batch.pk}")][-1] == "archive.import_applied"
    assert archive.apply_import(batch_id=batch.pk, actor=SYSTEM, now=NOW) == 0


@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        ({"number": ""}, "A2", "Còn trống"),
        ({"kind": "Giấy lạ"}, "C2", "Không có loại"),
        ({"owner_number": "12345"}, "D2", "12 chữ số"),
        ({"issuer": "H99.1"}, "F2", "Không có cơ quan"),
        ({"issuer": "H56.103"}, "F2", "ngoài phạm vi"),
        ({"issued": "31/02/2024"}, "G2", "lịch"),
        ({"issued": "hôm qua"}, "G2", "ngày/tháng/năm"),
        ({"issued": "01/01/2099"}, "G2", "tương lai"),
        ({"issued": "01/01/1900"}, "G2", "1945"),
        ({"until": "01/01/2020"}, "H2", "trước ngày cấp"),
        ({"file": "../../etc/passwd.pdf"}, "I2", "thư mục"),
        ({"file": "C:\\a.pdf"}, "I2", "thư mục"),
        ({"file": "chay.exe"}, "I2", "PDF"),
        ({"owner_name": "x" * 301}, "E2", "Dài quá"),
    ],
)
def test_each_fault_names_its_cell(
    stage: Stage, archivist: Actor, change: dict[str, str], cell: str, words: str
) -> None:
    batch = upload(stage, archivist, line(1, **change), line(2))
    assert batch.state == "faulty"
    assert [(fault["cell"], words in fault["reason"]) for fault in batch.faults] == [(cell, True)]
    assert not ImportRow.objects.exists()
    with pytest.raises(CannotImport, match="không nhận thêm tệp"):
        send(batch, archivist, {"1.pdf": pdf()})


def test_doubles_within_the_index_and_with_the_store(stage: Stage, archivist: Actor) -> None:
    batch = upload(stage, archivist, line(1), line(1, file="khac.pdf"), line(3, file="1.PDF"))
    assert [(f["cell"], f["reason"]) for f in batch.faults] == [
        ("A3", "Trùng số với dòng 2"),
        ("I4", "Trùng tên tệp với dòng 2"),
    ]
    good = upload(stage, archivist, line(1))
    again = upload(stage, archivist, line(1))
    for one in (good, again):
        send(one, archivist, {"1.pdf": pdf(1)})
        confirm(batch_id=one.pk, actor=archivist, now=NOW)
        drain(LATER)
    again.refresh_from_db()
    assert again.state == "faulty"
    assert "vừa có trong kho" in again.faults[0]["reason"]
    assert Document.objects.count() == 1
    assert "đã có trong kho" in upload(stage, archivist, line(1)).faults[0]["reason"]


def test_columns_under_other_names_and_in_another_order(stage: Stage, archivist: Actor) -> None:
    assert guess(["Họ và tên", "Số CCCD", "Số"]) == {"number": 2, "owner_number": 1, "owner_name": 0}
    header = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
    with pytest.raises(CannotImport, match="thiếu cột"):
        upload(stage, archivist, content=index(line(1), header=header))
    mapping = {column.key: place for place, column in enumerate(COLUMNS)}
    assert upload(stage, archivist, content=index(line(1), header=header), mapping=mapping).state == "waiting"
    with pytest.raises(CannotImport, match="không có trong chỉ mục"):
        upload(stage, archivist, line(1), mapping={**mapping, "until": 40})
    csv = "\n".join(";".join(row) for row in (HEADER, line(7))).encode()
    assert upload(stage, archivist, content=csv).state == "waiting"


@pytest.mark.parametrize("content", [b"", b"MZ\0\0", b"%PDF-1.7", b"PK\x03\x04xx", index()])
def test_what_is_no_index_is_refused(stage: Stage, archivist: Actor, content: bytes) -> None:
    with pytest.raises(CannotImport):
        upload_index(organisation_id=stage.agency_id, content=content, filename="x", actor=archivist, now=NOW)
    assert not ImportBatch.objects.exists()


def test_who_may_import(stage: Stage, archivist: Actor) -> None:
    for actor in (stage.citizen, stage.clerk, stage.leader, stage.elsewhere):
        with pytest.raises(Refused):
            upload(stage, actor, line(1))
    with pytest.raises(Refused):
        upload_index(
            organisation_id=stage.office_id + 99, content=index(line(1)), filename="x", actor=archivist, now=NOW
        )
    batch = upload(stage, archivist, line(1))
    for actor in (stage.citizen, stage.clerk):
        for act in (confirm, discard):
            with pytest.raises(Refused):
                act(batch_id=batch.pk, actor=actor, now=NOW)
    with pytest.raises(Refused):
        archive.unpack(batch_id=batch.pk, actor=archivist, now=NOW)


def bomb() -> io.BytesIO:
    return parcel({f"{number}.pdf": b"\0" * 8_000_000 for number in range(2)})


def locked() -> io.BytesIO:
    content = bytearray(parcel({"1.pdf": pdf()}).getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "bất thường"),
        (locked, "mật khẩu"),
        (lambda: io.BytesIO(b"khong phai zip"), "không phải tệp .zip"),
        (lambda: parcel({}), "không có tệp nào"),
        (lambda: parcel({f"{number}": b"" for number in range(20_001)}), "quá 20.000 tệp"),
    ],
    ids=["bomb", "encrypted", "no zip", "empty", "too many"],
)
def test_a_hostile_parcel_is_refused_whole(
    stage: Stage, archivist: Actor, settings: Any, make: Any, words: str
) -> None:
    batch = upload(stage, archivist, line(1))
    with pytest.raises(FileRefused, match=words):
        send(batch, archivist, make())
    batch.refresh_from_db()
    assert (batch.parcels, batch.files_done) == ([], 0)
    assert incoming(settings) == []


def test_a_wrong_file_is_told_by_name_and_the_others_are_taken(stage: Stage, archivist: Actor, settings: Any) -> None:
    settings.FILES_MAX_BYTES = 300_000
    batch = upload(stage, archivist, *(line(number) for number in range(1, 8)))
    out = parcel({"1.pdf": pdf(1), "2.pdf": b"MZ" + b"\0" * 500, "3.pdf": pdf(3, password="x"), "../4.pdf": pdf(4)})
    with zipfile.ZipFile(out, "a") as archive_:
        link = zipfile.ZipInfo("5.pdf")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive_.writestr(link, "/etc/passwd")
        import random

        archive_.writestr("6.pdf", random.Random(1).randbytes(400_000))
        archive_.writestr("7.pdf", pdf(7))
    content = bytearray(out.getvalue())
    at = content.rindex(b"%PDF")
    content[at + 40] ^= 0xFF
    batch = send(batch, archivist, io.BytesIO(bytes(content)))
    assert batch.files_done == 1
    told = {note["note"].partition(":")[0]: note["note"] for note in batch.parcel_notes}
    assert set(told) == {"2.pdf", "3.pdf", "4.pdf", "5.pdf", "6.pdf", "7.pdf"}
    assert "ra ngoài thư mục" in told["4.pdf"]
    assert "liên kết" in told["5.pdf"]
    assert "hỏng" in told["7.pdf"]
    assert ImportRow.objects.get(row=4).fault.startswith("Tệp PDF có mật khẩu")
    batch = send(batch, archivist, {f"{number}.pdf": pdf(number) for number in range(2, 8)})
    assert batch.state == "ready"
    assert not ImportRow.objects.exclude(fault="").exists()


def test_a_stopped_unpacking_goes_on_where_it_was(stage: Stage, archivist: Actor, monkeypatch: Any) -> None:
    batch = upload(stage, archivist, *(line(number) for number in range(1, 8)))
    monkeypatch.setattr(importing, "TAKEN_AT_ONCE", 2)
    calls: list[str] = []
    real = importing.files.store

    def store(content: bytes, *, filename: str, **more: Any) -> Any:
        calls.append(filename)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(content, filename=filename, **more)

    monkeypatch.setattr(importing.files, "store", store)
    files = {f"{number}.pdf": pdf(number) for number in range(1, 8)}
    receive_parcel(batch_id=batch.pk, stream=parcel(files), filename="goi.zip", actor=archivist, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        archive.unpack(batch_id=batch.pk, actor=SYSTEM, now=NOW)
    batch.refresh_from_db()
    assert batch.files_done == 4
    calls.clear()
    calls.extend([""] * 6)
    archive.unpack(batch_id=batch.pk, actor=SYSTEM, now=NOW)
    batch.refresh_from_db()
    assert (batch.state, len(calls) - 6) == ("ready", 3)


def test_giving_up_forgets_everything(stage: Stage, archivist: Actor, settings: Any) -> None:
    batch = send(upload(stage, archivist, line(1), line(2)), archivist, {"1.pdf": pdf(1)})
    discard(batch_id=batch.pk, actor=archivist, now=NOW)
    assert not ImportRow.objects.exists()
    with pytest.raises(CannotImport):
        send(batch, archivist, {"2.pdf": pdf(2)})
    assert incoming(settings) == []


def test_the_pages_of_an_import(stage: Stage, archivist: Actor) -> None:
    client = browser(archivist)
    start = reverse("archive:import_start")
    sample = client.get(reverse("archive:import_template")).content
    assert client.get(start).status_code == 200
    assert client.post(start, {}).status_code == 422
    hostile = SimpleUploadedFile("x.xlsx", index(line(1, kind=HOSTILE)))
    shown = client.post(start, {"index": hostile}, follow=True).content.decode()
    assert "Không có loại giấy tờ này" in shown
    assert HOSTILE not in shown
    done = client.post(start, {"index": SimpleUploadedFile("mau.xlsx", sample)})
    assert done.status_code == 302, done.content.decode()
    number = ImportBatch.objects.latest("pk").pk
    page = client.get(done.url).content.decode()
    assert "15-GPXD.pdf" in page
    url = reverse("archive:import_parcel", args=[number])
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"parcel": SimpleUploadedFile("a.zip", b"xx")}).status_code == 422
    assert (
        client.post(url, {"parcel": SimpleUploadedFile("a.zip", parcel({"15-GPXD.pdf": pdf()}).read())}).status_code
        == 302
    )
    drain(LATER)
    assert "Đưa tất cả vào kho" in client.get(done.url).content.decode()
    assert client.post(reverse("archive:import_confirm", args=[number])).status_code == 302
    drain(LATER + timedelta(minutes=1))
    assert "Đã vào kho" in client.get(done.url).content.decode()
    assert client.post(reverse("archive:import_discard", args=[number])).status_code == 422
    for actor, status in ((stage.citizen, 403), (stage.clerk, 403), (stage.leader, 403), (None, 302)):
        assert browser(actor).get(done.url).status_code == status
    other = make_archivist(stage, "archivist2")
    from tinhso.kernel.access.api import RoleGrant

    RoleGrant.objects.filter(user_id=other.user_id).update(organisation_id=stage.office_id)
    assert browser(other).get(done.url).status_code == 404


def test_the_report_of_the_share_by_level(stage: Stage, archivist: Actor) -> None:
    batch = send(
        upload(stage, archivist, line(1), line(2, until="12/03/2025")), archivist, {"1.pdf": pdf(1), "2.pdf": pdf(2)}
    )
    confirm(batch_id=batch.pk, actor=archivist, now=NOW)
    drain(LATER)
    today = NOW.date()
    same = {"until": today, "on": today}
    (level,) = report([stage.agency_id], **same).levels
    assert (level.level, level.target, level.share, level.silent) == ("commune", 30, None, 1)
    told = {
        "organisation_id": stage.agency_id,
        "count": 4,
        "as_of_date": today,
        "source": "Báo cáo rà soát số 5",
        "now": NOW,
    }
    for change, field in (({"count": None}, "count"), ({"as_of_date": None}, "as_of_date"), ({"source": ""}, "source")):
        with pytest.raises(CannotDeclare) as refusal:
            declare_figure(**{**told, **change}, actor=archivist)
        assert refusal.value.field == field
    for actor in (stage.leader, stage.clerk, stage.citizen):
        with pytest.raises(Refused):
            declare_figure(**told, actor=actor)
    assert not HoldingFigure.objects.exists()
    declare_figure(**told, actor=archivist)
    with pytest.raises(CannotDeclare, match="đã khai"):
        declare_figure(**told, actor=archivist)
    found = report([stage.agency_id], **same)
    # One of the two has expired: one of four.
    assert (found.levels[0].digitised, found.levels[0].share, found.levels[0].reached) == (1, 25.0, False)
    assert [line.share for line in found.agencies] == [25.0]


def test_the_page_of_the_report(stage: Stage, archivist: Actor) -> None:
    url = reverse("archive:report")
    client = browser(archivist)
    assert "Chưa có số liệu" in client.get(url).content.decode()
    typed = {
        "organisation": str(stage.agency_id),
        "count": "10.000",
        "as_of_date": "1/11/2026",
        "source": "Báo cáo số 5",
    }
    assert client.post(url, {**typed, "as_of_date": "xx"}).status_code == 422
    assert client.post(url, typed).status_code == 302
    assert "10.000" in client.get(url).content.decode()
    assert browser(stage.leader).get(url).status_code == 200
    assert browser(stage.leader).post(url, typed).status_code == 403
    assert browser(stage.clerk).get(url).status_code == 403


def test_ten_thousand_rows_are_judged_in_bounded_time() -> None:
    rows = [line(number) for number in range(10_000)]
    known = Known({"XD.GIAYPHEP": 1}, {}, (), (), NOW.date())
    mapping = {column.key: place for place, column in enumerate(COLUMNS)}
    judged = judge(rows, mapping, known)
    assert len(judged.faults) == 10_000


def test_pages_keep_their_budgets(stage: Stage, archivist: Actor, django_assert_max_num_queries: Any) -> None:
    from tinhso.modules.archive.tests.test_pages import BUDGETS

    batch = send(upload(stage, archivist, *(line(number) for number in range(1, 9))), archivist, {"1.pdf": pdf(1)})
    upload(stage, archivist, line(9, kind="x"))
    client = browser(archivist)
    for name, args in (("import_start", []), ("import_template", []), ("import_batch", [batch.pk]), ("report", [])):
        url = reverse(f"archive:{name}", args=args)
        client.get(url)
        with django_assert_max_num_queries(BUDGETS[f"archive:{name}"]):
            assert client.get(url).status_code == 200
