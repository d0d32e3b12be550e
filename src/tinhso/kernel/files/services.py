"""Taking files in, letting them go, and the rounds that look after them."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Sum

from tinhso.kernel.access.api import SYSTEM, Actor
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files import storage
from tinhso.kernel.files.models import Blob, FileRef
from tinhso.kernel.files.pdf import check_pdf
from tinhso.kernel.files.queries import FileInfo, info_of
from tinhso.kernel.files.rules import (
    PDF,
    FileRefused,
    check_claim,
    check_quota,
    clean_filename,
    quota_of,
    too_large,
)
from tinhso.kernel.files.scanning import scan
from tinhso.kernel.files.sniffing import sniff

# How long a content without a name is kept: an upload may be on its way to the same content.
GRACE = timedelta(days=1)
RESCAN_BATCH = 50

INFECTED = "Tệp chứa mã độc nên không nhận. Quét virus máy của bạn, rồi chụp hoặc quét lại giấy tờ."


def store(
    stream_or_file: BinaryIO | File[Any] | bytes,
    *,
    filename: str,
    actor: Actor,
    now: datetime,
    purpose: str,
    owner_user_id: int | None = None,
) -> FileInfo:
    """Take a file in: streamed to disk, hashed, limited, sniffed, scanned; the same content is kept once.

    The owner is `owner_user_id`, else the actor; the quota of the actor's kind counts what the owner sent that day.
    Raises `FileRefused` with the sentence to show. The caller has asked `require`, and links the returned id from its
    own row; a content whose file rows are gone is swept away after a day.
    """
    stream = cast(BinaryIO, io.BytesIO(stream_or_file) if isinstance(stream_or_file, bytes) else stream_or_file)
    limit = settings.FILES_MAX_BYTES
    known_size = getattr(stream, "size", None)
    if known_size is not None and known_size > limit:
        # Nothing is read: the upload handler may already have thrown the bytes away (see uploads).
        raise too_large(known_size, limit)
    refusal = getattr(stream, "refusal", "")
    if refusal:
        raise FileRefused(refusal)
    if stream.seekable():
        stream.seek(0)
    owner_id = owner_user_id if owner_user_id is not None else actor.user_id
    with storage.receive(stream, limit=limit) as received:
        kind = sniff(received.path)
        check_claim(filename, kind)
        if kind is PDF:
            check_pdf(received.path)
        _check_quota(actor, owner_id, received.size, now)
        known = Blob.objects.filter(sha256=received.sha256).exclude(scan_state=Blob.Scan.PENDING).first()
        finding = known.scan_state if known else scan(received.path)
        if finding == "infected":
            raise FileRefused(INFECTED)
        with transaction.atomic():
            blob = _lock_blob(
                Blob(
                    sha256=received.sha256,
                    size=received.size,
                    media_type=kind.media_type,
                    scan_state=finding,
                    scanned_at=now if finding == "clean" else None,
                    created_at=now,
                )
            )
            storage.keep(received)
            ref = FileRef.objects.create(
                blob=blob,
                filename=clean_filename(filename, kind),
                original_filename=filename.replace("\0", "").encode("utf-8", "replace").decode()[:1000],
                purpose=purpose,
                owner_user_id=owner_id,
                created_at=now,
            )
    return info_of(ref)


def _check_quota(actor: Actor, owner_id: int | None, size: int, now: datetime) -> None:
    """Two uploads at the same instant may pass together: the quota is a brake, not an account."""
    quota = quota_of(actor.kind, now.date())
    if quota is None:
        return
    midnight = now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = FileRef.objects.filter(owner_user_id=owner_id, created_at__gte=midnight).aggregate(
        files=Count("id"), size=Sum("blob__size")
    )
    check_quota(quota, files_before=sent["files"], bytes_before=sent["size"] or 0, size=size)


def _lock_blob(new: Blob) -> Blob:
    """The row of this content, locked: made when it is new. The sweep takes the same lock before it removes one."""
    for _ in range(3):
        Blob.objects.bulk_create([new], ignore_conflicts=True)
        blob = Blob.objects.select_for_update().filter(sha256=new.sha256).first()
        if blob is not None:
            return blob
        new.pk = None
    raise FileRefused("Hệ thống đang bận, tệp chưa được lưu. Gửi lại sau ít phút.")


def discard(file_id: int) -> None:
    """Forget a file that nothing links any more (a deleted draft). Its content follows at the next sweep."""
    FileRef.objects.filter(pk=file_id).delete()


def sweep(*, now: datetime) -> int:
    """Remove what nobody names: contents without file rows, left-over temporary files, and contents on disk that a
    rolled-back transaction left (one 256th of the store each hour). Returns how many contents were removed."""
    old = (now - GRACE).timestamp()
    storage.remove_left_over(older_than=old)
    unnamed = Blob.objects.filter(created_at__lt=now - GRACE).exclude(
        Exists(FileRef.objects.filter(blob=OuterRef("pk")))
    )
    count = sum(_remove_unnamed(digest) for digest in list(unnamed.values_list("sha256", flat=True)[:1000]))
    on_disk = storage.stored_under(f"{int(now.timestamp() // 3600) % 256:02x}", older_than=old)
    known = set(Blob.objects.filter(sha256__in=on_disk).values_list("sha256", flat=True))
    return count + sum(_remove_unnamed(digest) for digest in on_disk if digest not in known)


@transaction.atomic
def _remove_unnamed(digest: str) -> bool:
    # The row is made when there is none, so that `store` of the same content waits for us, or we for it.
    blob = _lock_blob(Blob(sha256=digest, size=1, media_type="", created_at=datetime.now(tz=VIETNAM)))
    if FileRef.objects.filter(blob=blob).exists():
        return False
    blob.delete()
    storage.remove(digest)
    return True


def rescan(*, now: datetime) -> int:
    """Scan what waits because clamd did not answer; returns how many were decided. Found ones are never served."""
    decided = 0
    for blob in Blob.objects.filter(scan_state=Blob.Scan.PENDING).order_by("pk")[:RESCAN_BATCH]:
        finding = scan(storage.path_of(blob.sha256))
        if finding == "pending":
            break  # clamd is still away: no need to ask for each.
        _settle(blob.pk, finding, now)
        decided += 1
    return decided


@transaction.atomic
def _settle(blob_id: int, finding: str, now: datetime) -> None:
    Blob.objects.filter(pk=blob_id, scan_state=Blob.Scan.PENDING).update(scan_state=finding, scanned_at=now)
    if finding != "infected":
        return
    for file_id in FileRef.objects.filter(blob_id=blob_id).order_by("pk").values_list("pk", flat=True):
        record(who=SYSTEM, action="files.infected", object_ref=f"file:{file_id}", now=now)
