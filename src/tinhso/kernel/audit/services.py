"""Writing the trail: `record` in the hot path, `seal` behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from django.db import connection, transaction

from tinhso.kernel.audit.models import AuditDay, Entry, ObjectHead, SealState
from tinhso.kernel.audit.rules import (
    canonical,
    chain_digest,
    check_action,
    check_object_ref,
    day_digest,
    digest_of,
    entry_text,
    plain,
    to_microseconds,
)
from tinhso.kernel.clock import VIETNAM

SEAL_BATCH = 2000
HEADS_AT_ONCE = 1000


class Who(Protocol):
    """Who acted; `access.api.Actor` is one."""

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def user_id(self) -> int | None: ...


def record(
    *,
    who: Who,
    action: str,
    object_ref: str,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
) -> int:
    """Add an entry to the trail of `object_ref`; returns its number. One SELECT and one INSERT.

    Call it in the transaction of the change itself (`RuntimeError` otherwise). `before` and `after` are JSON and hold
    only what the trail needs: states, numbers, dates; never identity numbers, health, addresses or file contents,
    for a trail is never erased. Raises `ValueError` on a malformed reference, action or state.

    The row of the object's head stays locked until the transaction ends. A transaction that records on several
    objects does so in one order (sorted by reference) so that two of them cannot wait for each other.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() must be called inside the transaction of the change it tells about")
    check_object_ref(object_ref)
    entry = _entry(who, action, object_ref, reason, before, after, now)
    _link(entry, *_lock_head(object_ref))
    entry.save(force_insert=True)
    return entry.pk


def record_look(*, who: Who, action: str, object_ref: str, now: datetime) -> None:
    """Write down that somebody looked at personal data. Once per person, object and day in Vietnam; again within the day
    it costs one query and adds nothing."""
    today = datetime.combine(now.astimezone(VIETNAM).date(), time.min, VIETNAM)
    known = Entry.objects.filter(
        object_ref=object_ref, who_user_id=who.user_id, action=action, recorded_us__gte=to_microseconds(today)
    )
    if not known.exists():
        with transaction.atomic():
            record(who=who, action=action, object_ref=object_ref, now=now)


@dataclass(frozen=True)
class Change:
    """One object's part of a change of many. The shapes are those of `record`."""

    object_ref: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record_many(*, who: Who, action: str, changes: Iterable[Change], reason: str = "", now: datetime) -> int:
    """Add one entry to the trail of each of many objects; returns how many. A bounded number of queries per thousand.

    For mass work (a reorganisation moves a hundred thousand dossiers). As `record`, and each object once only
    (`ValueError`): the second entry of an object would have to be linked to the first.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record_many() must be called inside the transaction of the change it tells about")
    given = list(changes)
    by_ref = {change.object_ref: change for change in given}
    if len(by_ref) != len(given):
        raise ValueError("an object stands twice in one record_many")
    # The order in which `record` asks its callers to go: two transactions cannot wait for each other.
    refs = sorted(check_object_ref(ref) for ref in by_ref)
    for start in range(0, len(refs), HEADS_AT_ONCE):
        chunk = refs[start : start + HEADS_AT_ONCE]
        ObjectHead.objects.bulk_create([ObjectHead(object_ref=ref) for ref in chunk], ignore_conflicts=True)
        locked = ObjectHead.objects.select_for_update().filter(pk__in=chunk).order_by("pk")
        heads = {ref: (count, digest) for ref, count, digest in locked.values_list("object_ref", "count", "digest")}
        entries = []
        for ref in chunk:
            entry = _entry(who, action, ref, reason, by_ref[ref].before, by_ref[ref].after, now)
            _link(entry, *heads[ref])
            entries.append(entry)
        Entry.objects.bulk_create(entries, batch_size=HEADS_AT_ONCE)
    return len(refs)


def _entry(
    who: Who, action: str, object_ref: str, reason: str, before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None, now: datetime,
) -> Entry:  # fmt: skip
    absent = getattr(who, "on_behalf_of", None)
    if absent is not None:
        # Done in another's absence: the label names both, the number says who beyond doubt.
        after = {**(after or {}), "on_behalf_of": absent}
    return Entry(
        object_ref=object_ref,
        recorded_us=to_microseconds(now),
        who_kind=plain(str(who.kind), 20),
        who_user_id=who.user_id,
        who_label=plain(who.label, 300),
        action=check_action(action),
        reason=plain(reason),
        before=canonical(before),
        after=canonical(after),
    )


def _link(entry: Entry, count: int, digest: str) -> None:
    """Make it the next link of its object's chain."""
    entry.prev_object_digest = digest
    entry.object_number = count + 1
    entry.digest = digest_of(
        entry_text(
            entry.object_ref,
            entry.object_number,
            entry.prev_object_digest,
            entry.recorded_us,
            entry.who_kind,
            entry.who_user_id,
            entry.who_label,
            entry.action,
            entry.reason,
            entry.before,
            entry.after,
        )
    )


def _lock_head(object_ref: str) -> tuple[int, str]:
    heads = ObjectHead.objects.select_for_update().filter(pk=object_ref).values_list("count", "digest")
    head = heads.first()
    if head is None:
        # The object's first entry. Somebody may be writing it too: the insert waits for them and then does nothing.
        ObjectHead.objects.bulk_create([ObjectHead(object_ref=object_ref)], ignore_conflicts=True)
        head = heads.get()
    return head


def seal(*, now: datetime) -> int:
    """Give every committed entry its place in the chain over all; returns how many were sealed.

    Places have no gaps and never change. Several sealers may run: the second waits for the first. The day of a
    place is the day of sealing in Vietnam; when the clock goes back, the last day goes on.
    """
    sealed = 0
    while Entry.objects.filter(seq__isnull=True).exists():
        batch = _seal_batch(now.astimezone(VIETNAM).date())
        sealed += batch
        if batch < SEAL_BATCH:
            break
    return sealed


@transaction.atomic
def _seal_batch(today: date) -> int:
    state = lock_state()
    # In the order of writing. Within one object that is the order of its chain, since its head was locked.
    rows = list(Entry.objects.filter(seq__isnull=True).order_by("id").values_list("id", "digest")[:SEAL_BATCH])
    if not rows:
        return 0
    first_seq = state.last_seq + 1
    places: list[tuple[int, str, int]] = []
    for entry_id, digest in rows:
        state.last_seq += 1
        state.chain_digest = chain_digest(state.last_seq, state.chain_digest, digest)
        places.append((state.last_seq, state.chain_digest, entry_id))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE audit_entry SET seq = %s, chain_digest = %s WHERE id = %s", places)
    state.save()
    _extend_day(today, first_seq, state)
    return len(rows)


def lock_state() -> SealState:
    """The one row of sealing, locked until the transaction ends."""
    SealState.objects.bulk_create([SealState(pk=1)], ignore_conflicts=True)
    return SealState.objects.select_for_update().get(pk=1)


def _extend_day(today: date, first_seq: int, state: SealState) -> None:
    recent = list(AuditDay.objects.order_by("-day")[:2])
    is_new = not recent or recent[0].day < today
    day = AuditDay(day=today, first_seq=first_seq) if is_new else recent.pop(0)
    previous_digest = recent[0].digest if recent else ""
    day.last_seq = state.last_seq
    day.count = day.last_seq - day.first_seq + 1
    day.digest = day_digest(previous_digest, day.day, day.first_seq, day.last_seq, state.chain_digest)
    day.save(force_insert=is_new, force_update=not is_new)
