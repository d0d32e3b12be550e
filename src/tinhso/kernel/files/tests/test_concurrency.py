"""The same content from many at once, and while it is being swept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import check_all, discard, open_file, store, sweep
from tinhso.kernel.files.models import Blob, FileRef
from tinhso.kernel.files.tests import samples

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=VIETNAM)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server"),
]


def put(_: int) -> int:
    try:
        return store(samples.picture(), filename="a.jpg", actor=SYSTEM, now=NOW, purpose="x.y").id
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def root(settings, tmp_path) -> None:
    settings.FILES_ROOT = tmp_path / "files"


def test_one_content_sent_by_many_at_once_is_kept_once() -> None:
    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(put, range(24)))
    assert len(set(ids)) == 24
    assert Blob.objects.count() == 1
    assert FileRef.objects.count() == 24
    assert check_all().ok


def test_a_sweep_never_takes_a_content_that_is_coming_in_again() -> None:
    def sweep_on(_: int) -> None:
        try:
            sweep(now=NOW + timedelta(days=2))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for turn in range(25):
            coming = pool.submit(put, turn)
            sweeping = [pool.submit(sweep_on, turn) for _ in range(2)]
            for done in sweeping:
                done.result()
            file_id = coming.result()
            open_file(file_id, verify=True).close()
            discard(file_id)
    assert check_all().ok
