"""Many writers and several sealers at once. On SQLite there is one writer at a time; the result is the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.audit.api import record, seal, verify
from tinhso.kernel.audit.models import AuditDay, Entry
from tinhso.kernel.clock import VIETNAM

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=VIETNAM)
pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server")


def put(ref: str) -> None:
    with transaction.atomic():
        record(who=SYSTEM, action="dossiers.forward", object_ref=ref, now=NOW)


@on_postgresql
def test_writers_and_sealers_together_leave_one_intact_chain() -> None:
    def write(worker: int) -> None:
        try:
            for number in range(40):
                put(f"dossier:{(worker + number) % 3}")
                if number % 10 == worker:
                    with transaction.atomic():
                        put("dossier:0")
                        transaction.set_rollback(True)
        finally:
            connection.close()

    def close_days(_: int) -> int:
        try:
            return sum(seal(now=NOW) for _ in range(30))
        finally:
            connection.close()

    with ThreadPoolExecutor(9) as pool:
        writers = [pool.submit(write, worker) for worker in range(6)]
        sealers = [pool.submit(close_days, number) for number in range(3)]
        for writer in writers:
            writer.result()
        sealed = sum(sealer.result() for sealer in sealers)
    assert sealed + seal(now=NOW) == 240
    verdict = verify(now=NOW)
    assert (verdict.ok, verdict.count) == (True, 240), verdict
    assert AuditDay.objects.get().count == 240


@on_postgresql
def test_a_row_committed_late_gets_a_later_place() -> None:
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        record(who=SYSTEM, action="a.b", object_ref="dossier:1", now=NOW)

        def meanwhile() -> int:
            put("dossier:2")
            sealed = seal(now=NOW)
            connection.close()
            return sealed

        assert pool.submit(meanwhile).result() == 1
    assert seal(now=NOW) == 1
    assert list(Entry.objects.order_by("seq").values_list("object_ref", flat=True)) == ["dossier:2", "dossier:1"]
    assert verify(now=NOW).ok


def test_flush_is_refused_outside_tests(settings) -> None:
    put("dossier:1")
    settings.AUDIT_MAY_BE_EMPTIED = False
    with pytest.raises(CommandError):
        call_command("flush", interactive=False)
    assert Entry.objects.count() == 1
