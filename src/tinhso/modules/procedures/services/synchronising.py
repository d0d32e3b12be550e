"""Reading the national database page by page, and telling what differs. Nothing of the catalogue changes here."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.procedures.models import CatalogueChange, NationalRecord, Procedure, SyncItem, SyncRun
from tinhso.modules.procedures.rules.national import (
    FieldChange,
    NationalProcedure,
    Unreadable,
    differences,
    digest_of_content,
    doubts,
    read_list,
    read_procedure,
)
from tinhso.modules.procedures.services.national import NationalRefused, NationalSource, NationalUnavailable

State = SyncRun.State
Kind = CatalogueChange.Kind
MOST_FAILURES = 8
_LEASE = timedelta(minutes=3)
_BATCH = 500
_AT_ONCE = 200
_MOST_TRIES = 3


class CannotSynchronise(ValueError):
    """No run was started, or it cannot be decided on; the message says why."""


@transaction.atomic
def start_run(*, actor: Actor, now: datetime) -> int:
    """Begin to read the national database; a worker does the rest. Raises `CannotSynchronise` while one is on its way."""
    require(actor, "procedures.synchronise")
    if SyncRun.objects.filter(state=State.FETCHING).exists():
        raise CannotSynchronise("Một lần đồng bộ đang chạy. Chờ lần đó xong rồi hãy bắt đầu lần mới.")
    run = SyncRun.objects.create(started_at=now, started_by_id=actor.user_id)
    record(who=actor, action="procedures.start_run", object_ref=f"catalogue:{run.pk}", now=now)
    return run.pk


def advance(
    *,
    run_id: int,
    source: NationalSource,
    actor: Actor,
    now: datetime,
    seconds: float = 45.0,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Read on where the run stopped, for at most `seconds`; True when the run is at its end.

    Each page and each batch of procedures is kept as it comes, so that nothing is read twice after a stop. Where the
    other side fails, the run waits (1, 2, 4 … 60 minutes) and gives up after eight failures in a row.
    """
    require(actor, "procedures.synchronise")
    if not _take(run_id, now):
        return False
    began = clock()
    try:
        _read_list(run_id, source, lambda: clock() - began > seconds)
        done = _read_procedures(run_id, source, now.date(), lambda: clock() - began > seconds)
    except NationalUnavailable as failure:
        _wait(run_id, str(failure), actor, now)
        return False
    if done:
        _compare(run_id, actor, now)
    SyncRun.objects.filter(pk=run_id).update(busy_until=None)
    return done


def _take(run_id: int, now: datetime) -> bool:
    """One worker at a time: the run is its own lease."""
    free = Q(busy_until__isnull=True) | Q(busy_until__lt=now)
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    taken = SyncRun.objects.filter(free, due, pk=run_id, state=State.FETCHING).update(busy_until=now + _LEASE)
    return taken == 1


@transaction.atomic
def _wait(run_id: int, error: str, actor: Actor, now: datetime) -> None:
    run = SyncRun.objects.select_for_update().get(pk=run_id)
    run.failures += 1
    run.last_error = error[:300]
    run.busy_until = None
    run.next_try_at = now + timedelta(minutes=min(2 ** (run.failures - 1), 60))
    if run.failures >= MOST_FAILURES:
        run.state, run.finished_at = State.FAILED, now
        record(who=actor, action="procedures.sync_failed", object_ref=f"catalogue:{run_id}", now=now)
    run.save()


def _read_list(run_id: int, source: NationalSource, is_over: Callable[[], bool]) -> None:
    while not is_over():
        run = SyncRun.objects.get(pk=run_id)
        if run.list_done:
            return
        try:
            lines, problems, total = read_list(source.list_page(run.next_page))
        except Unreadable as wrong:
            raise NationalUnavailable(f"danh sách trang {run.next_page}: {wrong}") from wrong
        with transaction.atomic():
            known = dict(SyncItem.objects.filter(run=run).values_list("code", "stamp"))
            new: dict[str, SyncItem] = {}
            for line in lines:
                before = new[line.code].stamp if line.code in new else known.get(line.code)
                if before is None:
                    new[line.code] = SyncItem(run=run, code=line.code, stamp=line.stamp)
                elif before != line.stamp:
                    problems.append(f"{line.code}: có hai lần trong danh sách với thời điểm cập nhật khác nhau")
                    twice = "có hai lần trong danh sách với thời điểm cập nhật khác nhau"
                    if line.code in new:
                        new[line.code].problem, new[line.code].is_read = twice, True
                    else:
                        SyncItem.objects.filter(run=run, code=line.code).update(problem=twice, is_read=True)
            SyncItem.objects.bulk_create(new.values(), batch_size=_BATCH)
            run.problems = [*run.problems, *problems]
            run.total = total
            run.next_page += 1
            run.failures, run.next_try_at, run.last_error = 0, None, ""
            # An empty page ends the list too: a total that lies must not keep us asking for ever.
            run.list_done = not lines or len(known) + len(new) + len(run.problems) >= total
            run.save()
            if run.list_done:
                _pass_over_unchanged(run)


def _pass_over_unchanged(run: SyncRun) -> None:
    """What the national side has not touched since we took it over needs no reading."""
    stamps = dict(NationalRecord.objects.exclude(stamp="").values_list("code", "stamp"))
    # One that was retired and stands in the list again has to be looked at, whatever its date.
    for code in Procedure.objects.filter(retired_on__isnull=False).values_list("code", flat=True):
        stamps.pop(code, None)
    same = [
        pk
        for pk, code, stamp in SyncItem.objects.filter(run=run, is_read=False).values_list("pk", "code", "stamp")
        if stamp and stamps.get(code) == stamp
    ]
    for start in range(0, len(same), _BATCH):
        SyncItem.objects.filter(pk__in=same[start : start + _BATCH]).update(is_read=True)


def _read_procedures(run_id: int, source: NationalSource, today: date, is_over: Callable[[], bool]) -> bool:
    """True when every procedure of the list has been read."""
    if not SyncRun.objects.filter(pk=run_id, list_done=True).exists():
        return False
    while not is_over():
        # One that keeps us waiting comes last: it must not stop the others.
        waiting = list(SyncItem.objects.filter(run_id=run_id, is_read=False).order_by("tries", "pk")[:_AT_ONCE])
        if not waiting:
            return True
        read: list[SyncItem] = []
        try:
            for item in waiting:
                _read_one(item, source, today)
                read.append(item)
                if is_over():
                    break
        except NationalUnavailable as failure:
            item.tries += 1
            item.is_read = item.tries >= _MOST_TRIES
            item.problem = f"không trả lời sau {item.tries} lần: {failure}"[:300] if item.is_read else ""
            item.save(update_fields=["tries", "is_read", "problem"])
            raise
        finally:
            # What was read before the other side failed is kept.
            # As an upsert: `bulk_update` writes one CASE per row and field, several times as slow.
            SyncItem.objects.bulk_create(
                read,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=[
                    *("is_read", "is_active", "valid_from", "valid_until", "replaced_by", "content", "stamp"),
                    "problem",
                ],
            )
            if read:
                SyncRun.objects.filter(pk=run_id).update(failures=0, next_try_at=None)
    return not SyncItem.objects.filter(run_id=run_id, is_read=False).exists()


def _read_one(item: SyncItem, source: NationalSource, today: date) -> None:
    try:
        found: NationalProcedure = read_procedure(source.procedure(item.code), item.code, today=today)
    except (Unreadable, NationalRefused) as wrong:
        item.problem = str(wrong)[:300]
    else:
        item.is_active, item.content, item.stamp = found.active, found.content, found.stamp
        item.valid_from, item.valid_until, item.replaced_by = found.valid_from, found.valid_until, found.replaced_by
    item.is_read = True


@transaction.atomic
def _compare(run_id: int, actor: Actor, now: datetime) -> None:
    run = SyncRun.objects.select_for_update().get(pk=run_id)
    if run.state != State.FETCHING:
        return
    records = {row.code: row for row in NationalRecord.objects.all()}
    procedures = {row.code: row for row in Procedure.objects.only("pk", "code", "name", "retired_on")}
    items = {row.code: row for row in SyncItem.objects.filter(run=run)}
    found = list(_changes(run, records, procedures, items))
    unreadable = [f"{item.code}: {item.problem}" for item in items.values() if item.problem]
    in_force = {code for code in records if (known := procedures.get(code)) and known.retired_on is None}
    run.problems = list(dict.fromkeys([*run.problems, *sorted(unreadable)]))
    run.doubts = list(
        doubts(
            known=len(in_force),
            listed=len(items),
            gone=sum(change.kind == Kind.RETIRED for change in found),
            changed=sum(change.kind == Kind.CHANGED and not change.is_harmless for change in found),
            problems=len(run.problems),
            nameless=sum(problem.startswith("Dòng ") for problem in run.problems),
        )
    )
    unknown = {item.code for item in items.values() if item.problem} | _named_in(run.problems)
    _keep(run, found, unknown, now)
    run.state = State.HELD if run.doubts else State.OPEN
    run.finished_at = now
    if run.state == State.OPEN:
        _know_stamps(items, records, found)
    settle_if_decided(run, now)
    run.save()
    SyncItem.objects.filter(run=run).delete()
    record(
        who=actor,
        action="procedures.compare_run",
        object_ref=f"catalogue:{run.pk}",
        after={
            "state": run.state,
            "listed": len(items),
            "problems": len(run.problems),
            **{str(kind): sum(change.kind == kind for change in found) for kind in Kind.values},
        },
        now=now,
    )


def _changes(
    run: SyncRun, records: dict[str, NationalRecord], procedures: dict[str, Procedure], items: dict[str, SyncItem]
) -> Iterable[CatalogueChange]:
    for code, item in items.items():
        procedure, base = procedures.get(code), records.get(code)
        is_gone = not item.is_active and (item.valid_until is None or item.valid_until < run.started_at.date())
        if item.problem or item.content is None:
            continue
        if is_gone:
            if procedure is not None and procedure.retired_on is None:
                yield _change(run, Kind.RETIRED, item.code, procedure, item=item)
        elif procedure is None or procedure.retired_on is not None:
            yield _change(run, Kind.NEW, code, procedure, item=item, fields=differences(None, item.content))
        else:
            fields = differences(None if base is None else base.content, item.content)
            if fields:
                yield _change(run, Kind.CHANGED, code, procedure, item=item, fields=fields)
    for code in records:
        procedure = procedures.get(code)
        if code not in items and procedure is not None and procedure.retired_on is None:
            yield _change(run, Kind.RETIRED, code, procedure)


def _named_in(problems: Collection[str]) -> set[str]:
    return {problem.split(":")[0] for problem in problems}


def _change(
    run: SyncRun,
    kind: str,
    code: str,
    procedure: Procedure | None,
    *,
    item: SyncItem | None = None,
    fields: tuple[FieldChange, ...] = (),
) -> CatalogueChange:
    content = item.content if item is not None else None
    change = CatalogueChange(
        run=run,
        code=code,
        name=(content["name"] if content else procedure.name if procedure else code)[:1500],
        procedure=procedure,
        kind=kind,
        fields=[{"key": one.key, "before": one.before, "after": one.after} for one in fields],
        content=content,
        stamp=item.stamp if item else "",
        valid_from=item.valid_from if item else None,
        valid_until=item.valid_until if item else None,
        replaced_by=item.replaced_by if item else "",
        is_harmless=kind == Kind.CHANGED and all(one.harmless for one in fields),
    )
    change.digest = digest_of_content(
        {
            "kind": kind,
            "content": content,
            "from": str(change.valid_from),
            "until": str(change.valid_until),
            "by": change.replaced_by,
        }
    )
    return change


def _keep(run: SyncRun, found: list[CatalogueChange], unknown: Collection[str], now: datetime) -> None:
    """New changes are kept; one that waits already goes on waiting under this run, and one that was refused just so is
    not asked again. `unknown`: codes of which this run could tell nothing; what waits of them stays."""
    waiting = {row.code: row for row in CatalogueChange.objects.filter(state="open")}
    refused = set(CatalogueChange.objects.filter(state="refused").values_list("code", "digest"))
    same = [change.code for change in found if change.code in waiting and waiting[change.code].digest == change.digest]
    kept = {*same, *(code for code in waiting if code in unknown)}
    new = [one for one in found if one.code not in kept and (one.code, one.digest) not in refused]
    for codes in _batches(kept):
        CatalogueChange.objects.filter(state="open", code__in=codes).update(run=run)
    for codes in _batches(waiting.keys() - kept):
        CatalogueChange.objects.filter(state="open", code__in=codes).update(
            state="outdated", decided_at=now, reason="Nguồn đã đổi tiếp hoặc đã trở lại như cũ."
        )
    CatalogueChange.objects.bulk_create(new, batch_size=_BATCH)
    older = SyncRun.objects.exclude(pk=run.pk)
    older.filter(state=State.OPEN).update(state=State.SETTLED, decided_at=now)
    older.filter(state=State.HELD).update(
        state=State.DISCARDED, decided_at=now, reason="Đã có lần đồng bộ mới hơn, chưa ai quyết định lần này."
    )


def _batches(codes: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(codes)
    return (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))


def _know_stamps(items: dict[str, SyncItem], records: dict[str, NationalRecord], found: list[CatalogueChange]) -> None:
    """What was read and is as we know it need not be read again until the source touches it."""
    changed = {change.code for change in found}
    same = []
    for code, item in items.items():
        base = records.get(code)
        if base is not None and item.content is not None and code not in changed and base.stamp != item.stamp:
            base.stamp = item.stamp
            same.append(base)
    NationalRecord.objects.bulk_create(
        same, update_conflicts=True, unique_fields=["code"], update_fields=["stamp"], batch_size=_BATCH
    )


def settle_if_decided(run: SyncRun, now: datetime) -> None:
    """A run without anything left to decide is over."""
    if run.state == State.OPEN and not CatalogueChange.objects.filter(run=run, state="open").exists():
        run.state = State.SETTLED
        run.decided_at = run.decided_at or now


@transaction.atomic
def decide_run(*, run_id: int, believe: bool, reason: str, actor: Actor, now: datetime) -> None:
    """A held run is believed after all, or thrown away with all that it would change. Raises `CannotSynchronise`."""
    require(actor, "procedures.decide_change")
    run = SyncRun.objects.select_for_update().get(pk=run_id)
    if run.state != State.HELD:
        raise CannotSynchronise(f"Lần đồng bộ này đang ở tình trạng «{run.get_state_display()}», không cần quyết định.")
    if not reason.strip():
        raise CannotSynchronise("Ghi lý do: đã hỏi ai, căn cứ vào đâu.")
    run.reason, run.decided_at, run.decided_by_id = reason.strip()[:1000], now, actor.user_id
    if believe:
        run.state = State.OPEN
        settle_if_decided(run, now)
    else:
        run.state = State.DISCARDED
        CatalogueChange.objects.filter(run=run, state="open").update(
            state="outdated", decided_at=now, decided_by_id=actor.user_id, reason=run.reason
        )
    run.save()
    record(
        who=actor,
        action="procedures.decide_run",
        object_ref=f"catalogue:{run.pk}",
        reason=run.reason,
        after={"state": run.state},
        now=now,
    )
