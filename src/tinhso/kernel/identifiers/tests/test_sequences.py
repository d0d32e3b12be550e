"""Numbers drawn by many at once: none twice, none skipped."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tinhso.kernel.identifiers.api import next_number

DRAWS = 10_000
WORKERS = 4


@pytest.mark.django_db
def test_each_scope_counts_from_one() -> None:
    assert [next_number("dossier:H56:261123") for _ in range(3)] == [1, 2, 3]
    assert next_number("dossier:H56:261124") == 1
    assert next_number("result:12:2026:certificate") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["", "Hồ sơ", "dossier:", "dossier:H56 ", "a:" + "x" * 200])
def test_a_bad_scope_is_refused(scope) -> None:
    with pytest.raises(ValueError, match="scope"):
        next_number(scope)


@pytest.mark.django_db
def test_a_draw_is_one_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        next_number("dossier:H56:261123")


@pytest.mark.django_db(transaction=True)
def test_drawing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        next_number("dossier:H56:261123")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_draw_leaves_no_gap() -> None:
    with transaction.atomic():
        assert next_number("a:b") == 1
    with transaction.atomic():
        assert next_number("a:b") == 2
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_number("a:b") == 2


def draw(share: int, options: dict[str, Any] | None) -> list[int]:
    """Draw `share` numbers, one to four in a transaction; every tenth transaction is first tried and rolled back."""
    if options is not None:
        connections["default"] = connections["default"].__class__(options, "default")
    numbers: list[int] = []
    turn = 0
    try:
        while len(numbers) < share:
            turn += 1
            if turn % 10 == 0:
                with transaction.atomic():
                    next_number("dossier:H56:261123")
                    transaction.set_rollback(True)
            with transaction.atomic():
                numbers += [next_number("dossier:H56:261123") for _ in range(min(turn % 4 + 1, share - len(numbers)))]
    finally:
        connections["default"].close()
    return numbers


@pytest.fixture
def database(tmp_path: Path) -> dict[str, Any] | None:
    """None: the test database serves several threads. For SQLite it is in memory and cannot: a file then."""
    if connection.vendor == "postgresql":
        return None
    options = copy.deepcopy(connection.settings_dict)
    options["NAME"] = tmp_path / "sequences.sqlite3"
    first = connections["default"].__class__(options, "default")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'identifiers_sequence'")
        (table,) = cursor.fetchone()
    with first.cursor() as cursor:
        cursor.execute(table)
    first.close()
    return options


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_at_once(database: dict[str, Any] | None) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        drawn = list(pool.map(draw, [DRAWS // WORKERS] * WORKERS, [copy.deepcopy(database) for _ in range(WORKERS)]))
    for numbers in drawn:
        assert numbers == sorted(numbers)
    assert sorted(number for numbers in drawn for number in numbers) == list(range(1, DRAWS + 1))
