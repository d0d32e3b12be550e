"""Bulk import of old results: an index judged whole, its files taken in by a job that can stop and go on, then all of it
written in one transaction. Nothing is half-imported."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, reach, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files import api as files
from tinhso.kernel.search import searchable
from tinhso.kernel.text import fold
from tinhso.modules.archive.events import ImportConfirmed, ParcelReceived
from tinhso.modules.archive.models import Document, DocumentKind, Holder, ImportBatch, ImportRow
from tinhso.modules.archive.queries.documents import Access
from tinhso.modules.archive.rules.documents import HolderKind, Origin, Proof, Trust, holder_kind_of
from tinhso.modules.archive.rules.index import BY_KEY, COLUMNS, Fault, Issuer, Judged, Known, guess, judge, missing
from tinhso.modules.directory import api as directory

FAULTS_KEPT = 500
NOTES_KEPT = 200
PARCELS_MOST = 500
WRITTEN_AT_ONCE = 500
# Files are linked to their rows by so many at a time: what a killed worker has to do again.
TAKEN_AT_ONCE = 25
OPEN = (ImportBatch.State.WAITING, ImportBatch.State.READY)


class CannotImport(ValueError):
    """The index, a parcel or the whole cannot be taken now; the message says why."""


def _access(batch: ImportBatch) -> Access:
    return Access(frozenset({batch.organisation_id}), None)


def upload_index(
    *,
    organisation_id: int,
    content: bytes,
    filename: str,
    mapping: Mapping[str, int] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Read and judge an index; returns the batch that shows its faults or waits for its files. `mapping`: key of a
    column → its place, None: guessed by the titles. Raises `CannotImport`."""
    require(actor, "archive.import", Access(frozenset({organisation_id}), None))
    try:
        tables, _ = directory.read_upload(content, filename)
    except directory.CannotRead as wrong:
        raise CannotImport(str(wrong)) from None
    table = next((one for one in tables if len(one.rows) > 1), None)
    if table is None:
        raise CannotImport("Chỉ mục không có dòng nào sau dòng tiêu đề.")
    header = table.rows[0]
    chosen = dict(mapping) if mapping is not None else guess(header)
    if any(place >= len(header) or place < 0 for place in chosen.values()):
        raise CannotImport("Cột được chọn không có trong chỉ mục. Hãy chọn lại.")
    lacking = missing(chosen)
    if lacking:
        raise CannotImport(f"Chỉ mục thiếu cột: {', '.join(lacking)}. Đổi tên cột hoặc chọn lại cột tương ứng.")
    rows = table.rows[1:]
    judged = judge(rows, chosen, _known(rows, chosen, actor, now), first_row=table.first_row + 1)
    judged.faults[:0] = [Fault(0, cell, "", "Ô gộp: bỏ gộp ô") for cell in table.merged]
    judged.faults[:0] = [Fault(0, cell, "", "Ô có công thức: dán lại dưới dạng giá trị") for cell in table.formulas]
    with transaction.atomic():
        return _keep_batch(organisation_id, content, filename, header, chosen, judged, actor, now)


def _keep_batch(
    organisation_id: int,
    content: bytes,
    filename: str,
    header: Sequence[str],
    chosen: Mapping[str, int],
    judged: Judged,
    actor: Actor,
    now: datetime,
) -> int:
    faulty = bool(judged.faults) or not judged.entries
    batch = ImportBatch.objects.create(
        organisation_id=organisation_id,
        uploaded_by_id=account_of(actor),
        uploaded_by_name=actor.label[:300],
        uploaded_at=now,
        index_name=filename.replace("\0", "")[-255:],
        index_sha256=hashlib.sha256(content).hexdigest(),
        columns={BY_KEY[key].title: header[place] for key, place in chosen.items()},
        state=ImportBatch.State.FAULTY if faulty else ImportBatch.State.WAITING,
        row_count=len(judged.entries),
        fault_count=len(judged.faults),
        faults=[asdict(fault) for fault in judged.faults[:FAULTS_KEPT]],
    )
    if not faulty:
        # A faulty index is sent again: its content, which is personal data, is not kept.
        ImportRow.objects.bulk_create(
            (
                ImportRow(
                    batch=batch,
                    row=entry.row,
                    filename=entry.file,
                    values={
                        **asdict(entry),
                        "issued": entry.issued.isoformat(),
                        "until": entry.until.isoformat() if entry.until else None,
                    },
                )
                for entry in judged.entries
            ),
            batch_size=WRITTEN_AT_ONCE,
        )
    record(
        who=actor,
        action="archive.import_checked",
        object_ref=f"archive_import:{batch.pk}",
        after={"sha256": batch.index_sha256, "rows": batch.row_count, "faults": batch.fault_count},
        now=now,
    )
    return batch.pk


def _known(rows: Sequence[Sequence[str]], mapping: Mapping[str, int], actor: Actor, now: datetime) -> Known:
    codes = {row[mapping["issuer"]].strip().upper() for row in rows if mapping["issuer"] < len(row)}
    issuers: dict[str, list[Issuer]] = {}
    for one in directory.organisations_by_codes(codes):
        issuers.setdefault(one.code, []).append(Issuer(one.id, one.name, one.valid_from, one.valid_until))
    kinds: dict[str, int] = {}
    for kind in DocumentKind.objects.all():
        kinds[kind.code] = kinds[fold(kind.code)] = kinds[fold(kind.name)] = kind.pk
    ids = {issuer.id for holders in issuers.values() for issuer in holders}
    held = Document.objects.filter(issuer_id__in=ids).exclude(number="").values_list("issuer_id", "number")
    return Known(
        kinds=kinds,
        issuers=issuers,
        reach=reach(actor, "archive.import"),
        numbers={(issuer_id or 0, fold(number)) for issuer_id, number in held},
        today=now.astimezone(VIETNAM).date(),
    )


def receive_parcel(*, batch_id: int, stream: BinaryIO, filename: str, actor: Actor, now: datetime) -> None:
    """Take in a parcel of files (ZIP) for the index; it is unpacked behind the page. Raises `CannotImport`,
    `FileRefused`."""
    require(actor, "archive.import", _access(ImportBatch.objects.get(pk=batch_id)))
    name = files.keep_parcel(stream)
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
            if batch.state not in OPEN:
                raise CannotImport(
                    f"Lần nhập này đang «{ImportBatch.State(batch.state).label}» nên không nhận thêm tệp."
                )
            if len(batch.parcels) >= PARCELS_MOST:
                raise CannotImport("Đang có quá nhiều gói chờ giải nén. Chờ xử lý xong rồi gửi tiếp.")
            batch.parcels = [*batch.parcels, {"name": name, "title": filename.replace("\0", "")[-120:]}]
            batch.save(update_fields=["parcels"])
            record(
                who=actor,
                action="archive.import_parcel",
                object_ref=f"archive_import:{batch.pk}",
                after={"parcels": len(batch.parcels)},
                now=now,
            )
            publish(ParcelReceived(batch_id=batch.pk), key=f"archive_import:{batch.pk}")
    except BaseException:
        files.drop_parcel(name)
        raise


def unpack(*, batch_id: int, actor: Actor, now: datetime) -> None:
    """Take the files of the waiting parcels in. Safe to stop anywhere and to call again: files already taken are passed
    over, a parcel leaves the list when it is done."""
    require(actor, "archive.unpack")
    while True:
        batch = ImportBatch.objects.get(pk=batch_id)
        if batch.state not in OPEN or not batch.parcels:
            break
        parcel = batch.parcels[0]
        notes = _unpack_one(batch, parcel["name"], actor, now)
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
            batch.parcels = [one for one in batch.parcels if one["name"] != parcel["name"]]
            told = [{"parcel": parcel["title"], "note": note} for note in notes]
            batch.parcel_notes = [*batch.parcel_notes, *told][-NOTES_KEPT:]
            _settle(batch)
        files.drop_parcel(parcel["name"])


def _unpack_one(batch: ImportBatch, name: str, actor: Actor, now: datetime) -> list[str]:
    """Returns what is to be told of the parcel's files."""
    waiting = {row.filename.lower(): row for row in ImportRow.objects.filter(batch=batch, file__isnull=True)}
    # Names in a ZIP may differ in case from those in the index.
    wanted = _Folded(waiting)
    notes: list[str] = []
    taken: list[ImportRow] = []
    try:
        for member in files.members(name, wanted=wanted, limit=settings.FILES_MAX_BYTES):
            row = waiting.get(member.name.lower())
            if row is None or row.file_id is not None:
                notes.append(f"{member.name[:80]}: {member.refusal or 'trùng tên với một tệp khác trong gói'}")
                continue
            if member.refusal:
                row.fault = member.refusal
            else:
                _take(row, member.content, actor, now)
            if row.fault:
                notes.append(f"{member.name[:80]}: {row.fault}")
            taken.append(row)
            if len(taken) >= TAKEN_AT_ONCE:
                _link(batch, taken)
                taken = []
    except files.FileRefused as refusal:
        notes.append(str(refusal))
    _link(batch, taken)
    return notes


class _Folded(frozenset[str]):
    """Names whatever their case."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())


def _take(row: ImportRow, content: bytes, actor: Actor, now: datetime) -> None:
    try:
        kept = files.store(content, filename=row.filename, actor=actor, now=now, purpose="archive.import")
    except files.FileRefused as refusal:
        row.fault = str(refusal)[:500]
        return
    row.file_id, row.sha256, row.fault = kept.id, kept.sha256, ""


@transaction.atomic
def _link(batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    if not rows:
        return
    ImportRow.objects.bulk_update(rows, ["file", "sha256", "fault"])
    done = ImportRow.objects.filter(batch=batch, file__isnull=False).count()
    ImportBatch.objects.filter(pk=batch.pk).update(files_done=done)


def _settle(batch: ImportBatch) -> None:
    rows = ImportRow.objects.filter(batch=batch)
    batch.files_done = rows.filter(file__isnull=False).count()
    batch.state = ImportBatch.State.READY if batch.files_done == batch.row_count else ImportBatch.State.WAITING
    batch.save(update_fields=["parcels", "parcel_notes", "files_done", "state"])


@transaction.atomic
def confirm(*, batch_id: int, actor: Actor, now: datetime) -> None:
    """Everything is there: have it written. A second call changes nothing. Raises `CannotImport`."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    require(actor, "archive.import", _access(batch))
    if batch.state in (ImportBatch.State.APPLYING, ImportBatch.State.APPLIED):
        return
    if batch.state != ImportBatch.State.READY:
        raise CannotImport(f"Còn thiếu {batch.row_count - batch.files_done} tệp nên chưa đưa vào kho được.")
    batch.state = ImportBatch.State.APPLYING
    batch.save(update_fields=["state"])
    record(who=actor, action="archive.import_confirmed", object_ref=f"archive_import:{batch.pk}", now=now)
    publish(ImportConfirmed(batch_id=batch.pk), key=f"archive_import:{batch.pk}")


@transaction.atomic
def apply(*, batch_id: int, actor: Actor, now: datetime) -> int:
    """Write every document of a confirmed batch, or none. Returns how many; 0 when it was done before. What has come
    into the store meanwhile under the same number sends the batch back with its faults."""
    require(actor, "archive.unpack")
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state != ImportBatch.State.APPLYING:
        return 0
    rows = list(ImportRow.objects.filter(batch=batch).order_by("row"))
    again = _numbers_taken(rows)
    if again:
        batch.state = ImportBatch.State.FAULTY
        batch.fault_count = len(again)
        batch.faults = [asdict(fault) for fault in again[:FAULTS_KEPT]]
        batch.save(update_fields=["state", "fault_count", "faults"])
        return 0
    holders = _holders(rows, now)
    Document.objects.bulk_create(
        (_document(batch, row, holders[row.values["owner_number"]], now) for row in rows), batch_size=WRITTEN_AT_ONCE
    )
    batch.state = ImportBatch.State.APPLIED
    batch.applied_at = now
    batch.save(update_fields=["state", "applied_at"])
    record(
        who=actor,
        action="archive.import_applied",
        object_ref=f"archive_import:{batch.pk}",
        after={
            "documents": len(rows),
            "files": hashlib.sha256("".join(row.sha256 for row in rows).encode()).hexdigest(),
        },
        now=now,
    )
    return len(rows)


def _numbers_taken(rows: Sequence[ImportRow]) -> list[Fault]:
    issuers = {row.values["issuer_id"] for row in rows}
    held = Document.objects.filter(issuer_id__in=issuers).exclude(number="").values_list("issuer_id", "number")
    taken = {(issuer_id, fold(number)) for issuer_id, number in held}
    return [
        Fault(row.row, "", BY_KEY["number"].title, "Số này của cơ quan cấp vừa có trong kho")
        for row in rows
        if (row.values["issuer_id"], fold(row.values["number"])) in taken
    ]


def _holders(rows: Sequence[ImportRow], now: datetime) -> dict[str, int]:
    numbers = sorted({row.values["owner_number"] for row in rows})
    Holder.objects.bulk_create(
        (
            Holder(kind=holder_kind_of(number) or HolderKind.PERSON, number=number, full_name="", created_at=now)
            for number in numbers
        ),
        ignore_conflicts=True,
        batch_size=WRITTEN_AT_ONCE,
    )
    found: dict[str, int] = {}
    for begin in range(0, len(numbers), WRITTEN_AT_ONCE):
        part = numbers[begin : begin + WRITTEN_AT_ONCE]
        found.update(Holder.objects.filter(number__in=part).values_list("number", "pk"))
    return found


def _document(batch: ImportBatch, row: ImportRow, holder_id: int, now: datetime) -> Document:
    values: dict[str, Any] = row.values
    issued = date.fromisoformat(values["issued"])
    return Document(
        holder_id=holder_id,
        proof=Proof.INDEX,
        owner_name=values["owner_name"],
        kind_id=values["kind_id"],
        name=values["name"],
        about_name=values["owner_name"],
        number=values["number"],
        issuer_id=values["issuer_id"],
        issuer_name=values["issuer_name"],
        issued_date=issued,
        valid_from=issued,
        valid_until=date.fromisoformat(values["until"]) if values["until"] else None,
        origin=Origin.IMPORTED,
        trust=Trust.INDEXED,
        file_id=row.file_id or 0,
        sha256=row.sha256,
        scanned_by_name=batch.uploaded_by_name,
        keeper_id=values["issuer_id"],
        source_ref=f"import:{batch.pk}:{row.row}",
        source_note=f"Nhập từ {batch.index_name}, dòng {row.row}"[:300],
        search_text=searchable(values["name"], values["number"], values["issuer_name"], values["owner_name"]),
        added_at=now,
    )


@transaction.atomic
def discard(*, batch_id: int, actor: Actor, now: datetime) -> None:
    """Give an import up: its rows and files are forgotten. Raises `CannotImport` once it is being written."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    require(actor, "archive.import", _access(batch))
    if batch.state in (ImportBatch.State.APPLYING, ImportBatch.State.APPLIED):
        raise CannotImport("Lần nhập này đã hoặc đang được đưa vào kho nên không bỏ được.")
    for parcel in batch.parcels:
        files.drop_parcel(parcel["name"])
    taken = [number for number in ImportRow.objects.filter(batch=batch).values_list("file_id", flat=True) if number]
    ImportRow.objects.filter(batch=batch).delete()
    for number in taken:
        files.discard(number)
    batch.state, batch.parcels = ImportBatch.State.DISCARDED, []
    batch.save(update_fields=["state", "parcels"])
    record(who=actor, action="archive.import_discarded", object_ref=f"archive_import:{batch.pk}", now=now)


def columns() -> tuple[tuple[str, str, bool], ...]:
    """Key, title and whether required of the index's columns, for the page."""
    return tuple((column.key, column.title, column.required) for column in COLUMNS)
