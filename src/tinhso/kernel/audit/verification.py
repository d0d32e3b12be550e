"""Checking the trail: that nothing was changed, removed, inserted or re-ordered.

The whole trail is walked in order of its places, a few thousand rows at a time, so memory does not grow with it.
What each check sees:

* the content of a row against its digest: a changed row;
* the chain over all rows and its gap-free places: a removed, swapped or inserted row;
* the chain of days: a re-computed chain, once a day's figure is known outside (see `anchor`);
* each object's chain and its head: also a row that was removed before it was sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from tinhso.kernel import clock
from tinhso.kernel.audit.models import AuditDay, Entry, ObjectHead
from tinhso.kernel.audit.rules import chain_digest, check_object_ref, day_digest, digest_of, entry_text
from tinhso.kernel.audit.services import lock_state, seal

CHUNK = 5000

_CONTENT = (
    "object_ref",
    "object_number",
    "prev_object_digest",
    "recorded_us",
    "who_kind",
    "who_user_id",
    "who_label",
    "action",
    "reason",
    "before",
    "after",
)
_COLUMNS = (*_CONTENT, "digest", "seq", "chain_digest")
_ACTION = _CONTENT.index("action")


@dataclass(frozen=True)
class Verdict:
    """What a check found. `count`: rows walked. `last_seq` and `last_digest`: the anchor to keep outside."""

    ok: bool
    count: int
    first_broken: str | None = None
    last_seq: int = 0
    last_digest: str = ""


@dataclass(frozen=True)
class _Snapshot:
    last_seq: int
    chain_digest: str
    days: tuple[AuditDay, ...]


def verify(*, now: datetime | None = None, anchor: tuple[int, str] | None = None) -> Verdict:
    """Seal what is new, then check the whole trail. Stops at the first broken link and names it.

    `anchor`: a place and its chain digest that were kept outside the database (printed, published): also shows a
    trail that was re-computed from some row on. Others may go on recording meanwhile.
    """
    try:
        seal(now=now or clock.now())
    except DatabaseError as error:
        return Verdict(False, 0, f"không niêm phong được các dòng mới, bảng trạng thái đã bị sửa ({error})")
    snapshot = _snapshot()
    if isinstance(snapshot, str):
        return Verdict(False, 0, snapshot)
    walked, broken, last_digest = _walk(snapshot, anchor)
    broken = broken or _broken_object_chain() or _broken_head()
    if broken is not None:
        return Verdict(False, walked, broken)  # a broken trail gives no anchor
    return Verdict(True, walked, None, snapshot.last_seq, last_digest)


def verify_object(object_ref: str) -> Verdict:
    """Check the chain of one object: contents, links and end."""
    check_object_ref(object_ref)
    rows = Entry.objects.filter(object_ref=object_ref).order_by("object_number").values_list(*_COLUMNS)
    count, previous = 0, ""
    for row in rows.iterator(chunk_size=CHUNK):
        *content, digest, _, _ = row
        if content[1] != count + 1:
            return Verdict(False, count, _name(row, f"thiếu dòng thứ {count + 1} của đối tượng"))
        if content[2] != previous:
            return Verdict(False, count, _name(row, "không nối với dòng trước của đối tượng"))
        if digest_of(entry_text(*content)) != digest:
            return Verdict(False, count, _name(row, "nội dung đã bị sửa"))
        count, previous = count + 1, digest
    head = ObjectHead.objects.filter(pk=object_ref).first()
    if (head.count, head.digest) != (count, previous) if head else count:
        return Verdict(False, count, f"{object_ref}: mất dòng cuối (sau dòng thứ {count} của đối tượng)")
    return Verdict(True, count)


def _name(row: Any, wrong: str) -> str:
    seq = row[_COLUMNS.index("seq")]
    place = "dòng chưa niêm phong" if seq is None else f"dòng số {seq}"
    return f"{place} ({row[0]}, {row[_ACTION]}): {wrong}"


@transaction.atomic
def _snapshot() -> _Snapshot | str:
    """How far the trail is sealed, and its days, as of one instant."""
    state = lock_state()
    days = tuple(AuditDay.objects.order_by("day"))
    beyond = Entry.objects.filter(seq__gt=state.last_seq).order_by("seq").values_list(*_COLUMNS).first()
    if beyond is not None:
        return _name(beyond, "nằm ngoài phần đã niêm phong: dòng bị chèn hoặc trạng thái bị sửa")
    if (days[-1].last_seq if days else 0) != state.last_seq:
        return "bảng ngày không khớp với số dòng đã niêm phong"
    return _Snapshot(state.last_seq, state.chain_digest, days)


def _walk(snapshot: _Snapshot, anchor: tuple[int, str] | None) -> tuple[int, str | None, str]:
    """Rows walked, the first broken link or None, the last chain digest."""
    # Places at which something outside the row says what the chain digest must be.
    known = {day.last_seq: day for day in snapshot.days}
    broken_days = _broken_days(snapshot.days)
    if broken_days:
        return 0, broken_days, ""
    seq, chain, day_chain = 0, "", ""
    rows = Entry.objects.order_by("seq").values_list(*_COLUMNS)
    while seq < snapshot.last_seq:
        chunk = list(rows.filter(seq__gt=seq, seq__lte=snapshot.last_seq)[:CHUNK])
        if not chunk:
            return seq, f"mất các dòng từ số {seq + 1} đến số {snapshot.last_seq}", chain
        for row in chunk:
            *content, digest, place, stored_chain = row
            if place != seq + 1:
                return seq, _name(row, f"mất dòng số {seq + 1} ở ngay trước"), chain
            if digest_of(entry_text(*content)) != digest:
                return seq, _name(row, "nội dung đã bị sửa"), chain
            chain = chain_digest(place, chain, digest)
            if chain != stored_chain:
                return seq, _name(row, "không nối với dòng trước: dòng bị thay, bị đổi chỗ hoặc bị chèn"), chain
            seq = place
            day = known.get(seq)
            if day is not None:
                day_chain = day_digest(day_chain, day.day, day.first_seq, day.last_seq, chain)
                if day_chain != day.digest:
                    return seq, _name(row, f"mã băm ngày {day.day:%d/%m/%Y} không khớp"), chain
            if anchor is not None and anchor[0] == seq and anchor[1] != chain:
                return seq, _name(row, "khác với mốc đã lưu bên ngoài: chuỗi đã bị tính lại"), chain
    if chain != snapshot.chain_digest:
        return seq, "trạng thái niêm phong không khớp với dòng cuối", chain
    if anchor is not None and anchor[0] > seq:
        return seq, f"mốc đã lưu bên ngoài ở số {anchor[0]} nhưng nhật ký chỉ có {seq} dòng", chain
    return seq, None, chain


def _broken_days(days: Iterable[AuditDay]) -> str | None:
    last = 0
    for day in days:
        if day.first_seq != last + 1 or day.count != day.last_seq - day.first_seq + 1 or day.count < 1:
            return f"ngày {day.day:%d/%m/%Y}: không nối với ngày trước trong bảng ngày"
        last = day.last_seq
    return None


def _broken_object_chain() -> str | None:
    """The first row that does not follow the row before of its object; the database does the walking."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT object_ref, object_number, action, seq, before_number FROM (
                 SELECT object_ref, object_number, action, seq, id, prev_object_digest,
                        COALESCE(LAG(object_number) OVER link, 0) AS before_number,
                        COALESCE(LAG(digest) OVER link, '') AS before_digest
                   FROM audit_entry WINDOW link AS (PARTITION BY object_ref ORDER BY object_number)
               ) linked
               WHERE object_number <> before_number + 1 OR prev_object_digest <> before_digest
               ORDER BY id LIMIT 1"""
        )
        row = cursor.fetchone()
    if row is None:
        return None
    object_ref, number, action, seq, before_number = row
    place = "dòng chưa niêm phong" if seq is None else f"dòng số {seq}"
    wrong = (
        f"mất dòng thứ {before_number + 1} của đối tượng"
        if number != before_number + 1
        else "không nối với dòng trước của đối tượng"
    )
    return f"{place} ({object_ref}, {action}): {wrong}"


def _broken_head() -> str | None:
    """An object whose last row is not the one that its head knows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT h.object_ref, h.count FROM audit_objecthead h
                 LEFT JOIN audit_entry e ON e.object_ref = h.object_ref AND e.object_number = h.count
                WHERE h.count > 0 AND (e.id IS NULL OR e.digest <> h.digest)
                ORDER BY h.object_ref LIMIT 1"""
        )
        row = cursor.fetchone()
        if row is not None:
            return f"{row[0]}: mất dòng cuối (dòng thứ {row[1]} của đối tượng)"
        cursor.execute(
            """SELECT e.object_ref, e.object_number, e.action FROM audit_entry e
                 LEFT JOIN audit_objecthead h ON e.object_ref = h.object_ref
                WHERE h.object_ref IS NULL OR e.object_number > h.count ORDER BY e.id LIMIT 1"""
        )
        row = cursor.fetchone()
    return None if row is None else f"{row[0]}, {row[2]}: dòng thứ {row[1]} bị chèn thêm vào cuối đối tượng"
