"""What is kept of a person: who looked at it, and all of it to take away. Other modules tell theirs (`holdings`)."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, User, account_of, require
from tinhso.kernel.audit.api import record, trail
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import publish
from tinhso.kernel.files.api import CannotOpen, open_file
from tinhso.modules.identity import print as printing
from tinhso.modules.identity.events import DataReady
from tinhso.modules.identity.models import DataExport, FactorRemoval, Person, SystemSession
from tinhso.modules.identity.rules import PROOF_TITLES, Proof, device_name
from tinhso.modules.identity.services.holdings import Look, OwnFile, holdings

SHOWN = 200
# How long it can be downloaded, and how soon another one may be asked for.
KEPT = timedelta(days=7)
PAUSE = timedelta(hours=1)


class CannotAsk(ValueError):
    """No new one is made now; the message says why, in Vietnamese."""


class NotThere(LookupError):
    """No such download of this person, or its time is over."""


@dataclass(frozen=True)
class ExportInfo:
    """One download, asked for or ready. `until_at` past: its file is gone."""

    public_id: UUID
    asked_at: datetime
    ready_at: datetime | None
    until_at: datetime | None
    size: int
    downloads: int
    open: bool


def looks(*, actor: Actor) -> list[Look]:
    """Who looked at what is kept of the person, in all modules, the newest first."""
    require(actor, "identity.own_data")
    user_id = account_of(actor)
    found = [look for one in holdings() if one.looks is not None for look in islice(one.looks(user_id), SHOWN)]
    return sorted(found, key=lambda look: look.at, reverse=True)[:SHOWN]


def exports(*, actor: Actor, now: datetime) -> list[ExportInfo]:
    """The person's downloads, the newest first. One query."""
    require(actor, "identity.own_data")
    rows = DataExport.objects.filter(user_id=account_of(actor)).order_by("-asked_at")[:10]
    return [
        ExportInfo(
            row.public_id, row.asked_at, row.ready_at, row.until_at, row.size, row.download_count,
            row.until_at is not None and now < row.until_at,
        )
        for row in rows
    ]  # fmt: skip


@transaction.atomic
def ask(*, actor: Actor, now: datetime) -> int:
    """Ask for a download of everything. The caller queues the making. Raises `CannotAsk`."""
    require(actor, "identity.download_data")
    user_id = account_of(actor)
    newest = DataExport.objects.filter(user_id=user_id).order_by("-asked_at").first()
    if newest is not None and newest.ready_at is None:
        raise CannotAsk("Bản dữ liệu bạn yêu cầu đang được làm. Xong sẽ có thông báo.")
    if newest is not None and now - newest.asked_at < PAUSE:
        raise CannotAsk("Bạn vừa yêu cầu một bản. Mỗi giờ làm được một bản mới.")
    try:
        with transaction.atomic():
            row = DataExport.objects.create(user_id=user_id, asked_at=now)
    except IntegrityError:
        raise CannotAsk("Bản dữ liệu bạn yêu cầu đang được làm. Xong sẽ có thông báo.") from None
    record(who=actor, action="identity.ask_data", object_ref=f"user:{user_id}", after={"export": row.pk}, now=now)
    return row.pk


def path_of(row: DataExport) -> Path:
    return Path(settings.FILES_ROOT) / "exports" / f"{row.public_id.hex}.zip"


def make(*, export_id: int, actor: Actor, now: datetime) -> None:
    """Write the ZIP: JSON, a page to read, and the person's files. Again after a failure; done already: nothing."""
    require(actor, "identity.make_export")
    row = DataExport.objects.select_related("user").get(pk=export_id)
    if row.ready_at is not None:
        return
    path = path_of(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    _write(part, row.user, now)
    digest = hashlib.sha256()
    with part.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    part.replace(path)
    with transaction.atomic():
        locked = DataExport.objects.select_for_update().get(pk=export_id)
        locked.ready_at, locked.until_at = now, now + KEPT
        locked.size, locked.sha256 = path.stat().st_size, digest.hexdigest()
        locked.save()
        record(
            who=actor, action="identity.make_data", object_ref=f"user:{row.user_id}",
            after={"export": row.pk, "size": locked.size, "sha256": locked.sha256}, now=now,
        )  # fmt: skip
        until = locked.until_at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
        publish(DataReady(export_id=row.pk, user_id=row.user_id, until=until), key=f"user:{row.user_id}")


def _write(path: Path, user: User, now: datetime) -> None:
    parts: list[tuple[str, str, Any]] = [("tai-khoan", "Tài khoản và thông tin cá nhân", _own(user))]
    files: list[OwnFile] = []
    watched: list[Look] = []
    for one in holdings():
        if one.export is not None:
            kept = one.export(user.pk)
            parts.append((one.key, one.title, kept.content))
            files.extend(kept.files)
        if one.looks is not None:
            watched.extend(one.looks(user.pk))
    seen = [
        {"lúc": look.at, "ai": look.who, "cơ quan": look.agency, "xem gì": look.what, "mục đích": look.purpose}
        for look in sorted(watched, key=lambda look: look.at, reverse=True)
    ]
    parts.append(("luot-xem", "Ai đã xem dữ liệu của tôi", seen))
    plain = [(key, title, json.loads(json.dumps(content, cls=DjangoJSONEncoder))) for key, title, content in parts]
    made = now.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, _, content in plain:
            archive.writestr(f"json/{key}.json", json.dumps(content, ensure_ascii=False, indent=1))
        title = f"Dữ liệu của {user.full_name}, lập lúc {made}"
        archive.writestr("doc-duoc.html", printing.page(title, [(name, content) for _, name, content in plain]))
        for file in _once(files):
            _put(archive, file)


def _once(files: Iterable[OwnFile]) -> Iterator[OwnFile]:
    """Each file once, under a path of its own: what several rows name is one file, and what is called alike is kept apart."""
    given: dict[str, int] = {}
    for file in files:
        path, number = PurePosixPath(file.path), 1
        while given.get(str(path), file.file_id) != file.file_id:
            number += 1
            path = PurePosixPath(file.path).with_stem(f"{PurePosixPath(file.path).stem} ({number})")
        if str(path) not in given:
            given[str(path)] = file.file_id
            yield replace(file, path=str(path))


def _put(archive: zipfile.ZipFile, file: OwnFile) -> None:
    try:
        stream = open_file(file.file_id)
    except (CannotOpen, LookupError) as reason:
        archive.writestr(f"tep/{file.path}.txt", f"Không lấy được tệp này: {reason}")
        return
    with stream, archive.open(f"tep/{file.path}", "w") as target:
        while block := stream.read(1 << 20):
            target.write(block)


def _own(user: User) -> dict[str, Any]:
    person = Person.objects.filter(user=user).first()
    known: dict[str, Any] = {
        "tên đăng nhập": user.username, "họ và tên": user.full_name, "thư điện tử": user.email,
        "điện thoại": user.phone, "tạo lúc": user.created_at,
    }  # fmt: skip
    if person is not None:
        known |= {
            "số định danh": person.identity_number, "ngày sinh": person.birth_date, "địa chỉ": person.address,
            "xác thực bằng": PROOF_TITLES[Proof(person.proof)], "xác thực lúc": person.verified_at,
            "mức định danh điện tử": person.national_level,
        }  # fmt: skip
    sessions = UserSession.objects.filter(user_id=user.pk).order_by("-last_seen_at")[:50]
    elsewhere: Any = SystemSession.objects.filter(user=user).select_related("system__client").order_by("-pk")[:100]
    return {
        **known,
        "xác thực hai lớp": [
            {"loại": one.get_type_display(), "từ": one.created_at, "dùng lần cuối": one.last_used_at}
            for one in Authenticator.objects.filter(user_id=user.pk).order_by("pk")
        ],
        "đề nghị gỡ xác thực hai lớp": [
            {"căn cứ": row.ground, "lúc": row.requested_at, "trạng thái": row.get_state_display(), "ý kiến": row.reason}
            for row in FactorRemoval.objects.filter(user=user).order_by("pk")
        ],
        "bản dữ liệu đã yêu cầu": [
            {"lúc": row.asked_at, "xong lúc": row.ready_at, "số lần tải": row.download_count}
            for row in DataExport.objects.filter(user=user).order_by("pk")
        ],
        "nơi đang đăng nhập": [
            {"máy": device_name(one.user_agent), "địa chỉ": one.ip, "từ": one.created_at} for one in sessions
        ],
        "hệ thống khác đã đăng nhập": [{"hệ thống": one.system.client.name, "từ": one.began_at} for one in elsewhere],
        "nhật ký tài khoản": [
            {"lúc": line.at, "việc": line.action, "ai": line.who_label} for line in trail(f"user:{user.pk}")[-500:]
        ],
    }


@transaction.atomic
def hand_over(*, public_id: UUID, actor: Actor, now: datetime) -> Path:
    """The file, for its owner, while its time lasts; that it was taken stands in the trail. Raises `NotThere`."""
    require(actor, "identity.download_data")
    row = DataExport.objects.select_for_update().filter(public_id=public_id, user_id=account_of(actor)).first()
    if row is None or row.until_at is None or now >= row.until_at or not path_of(row).is_file():
        raise NotThere
    row.download_count += 1
    row.save(update_fields=["download_count"])
    record(who=actor, action="identity.take_data", object_ref=f"user:{row.user_id}", after={"export": row.pk}, now=now)
    return path_of(row)


def sweep_exports(*, now: datetime) -> int:
    """Files whose time is over are deleted; that they were is kept. Returns how many."""
    gone: Sequence[DataExport] = list(DataExport.objects.filter(until_at__lte=now, size__gt=0)[:500])
    for row in gone:
        with suppress(FileNotFoundError):
            path_of(row).unlink()
        DataExport.objects.filter(pk=row.pk).update(size=0)
    return len(gone)
