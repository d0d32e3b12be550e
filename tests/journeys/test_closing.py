"""After the journeys: nothing of the audit trail is broken, a changed row is found, and the data outlives a restart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median

import pytest
from django.urls import Resolver404, resolve

from tests.journeys.browser import Surroundings
from tests.journeys.product import Product

pytestmark = pytest.mark.journey
LAST = True

HERE = Path(__file__).parent
# What only a provider's server opens; the journeys of payments have their stand-ins do it.
MACHINES = {"payments:callback"}
BUDGETS = HERE.parent / "query_budgets.json"


def test_every_page_was_visited(around: Surroundings, request: pytest.FixtureRequest) -> None:
    """Every address that answers a GET, as far as query_budgets.json knows them, was opened by somebody."""
    ran = {item.path for item in request.session.items}
    if set(HERE.glob("test_*.py")) - ran:
        pytest.skip("only part of the journeys ran")
    visited = set()
    for path in around.visited:
        try:
            visited.add(resolve(path).view_name)
        except Resolver404:
            continue
    wanted = {name for name, most in json.loads(BUDGETS.read_text(encoding="utf-8")).items() if most is not None}
    missed = wanted - visited - MACHINES
    assert not missed, " ".join(sorted(missed))


# The frame of a page costs somebody who is signed in: session, account, roles, workplace, deputies.
SIGNED_IN = 5


def test_pages_keep_their_budget_of_queries(around: Surroundings) -> None:
    """With the province's real data, at the usual visit: the first one fills caches and prints files."""
    budgets = json.loads(BUDGETS.read_text(encoding="utf-8"))
    usual = {name: median(counts) for name, counts in around.queries.items()}
    dear = {
        name: (count, budgets[name])
        for name, count in usual.items()
        if budgets.get(name) is not None and count > budgets[name] + SIGNED_IN
    }
    assert dear == {}


def test_the_demo_tells_its_address_and_accounts(product: Product) -> None:
    text = "".join(product.output)
    assert product.origin in text
    assert "tinhso-demo-2026" in text
    for username in ("0912000001", "tiepnhan", "chuyenvien", "chutich", "quantri"):
        assert re.search(rf"^  {username} ", text, re.MULTILINE), username


def test_verify_while_the_product_runs(product: Product) -> None:
    done = product.command("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"Đã kiểm tra ([\d.]+) dòng nhật ký: nguyên vẹn", done.stdout)
    assert found, done.stdout
    assert int(found[1].replace(".", "")) == product.rows("SELECT count(*) FROM audit_entry")[0][0]
    files = product.command("verify", "--files")
    assert files.returncode == 0, files.stdout


def test_a_row_changed_by_hand_is_found(product: Product) -> None:
    product.stop()
    copy = product.copy("tampered", product.port + 1)
    assert copy.command("verify").returncode == 0
    ((number, seq),) = copy.rows("SELECT id, seq FROM audit_entry WHERE action = 'dossiers.accept' ORDER BY id LIMIT 1")
    change = f"UPDATE audit_entry SET who_label = 'Người khác' WHERE id = {int(number)}"
    with pytest.raises(Exception, match="append-only"):
        copy.execute(change)
    if copy.database_url:
        copy.execute(
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL", change, "ALTER TABLE audit_entry ENABLE TRIGGER ALL"
        )
    else:
        copy.execute("DROP TRIGGER audit_entry_no_update", change)
    done = copy.command("verify")
    assert done.returncode == 1
    assert "KHÔNG nguyên vẹn" in done.stdout
    assert f"dòng số {seq} " in done.stdout, done.stdout
    copy.discard()
    assert product.command("verify").returncode == 0


def test_a_second_start_takes_seconds_and_keeps_the_data(product: Product) -> None:
    counted = "SELECT count(*) FROM dossiers_dossier"
    product.stop()
    before = product.rows(counted)
    product.start()
    assert product.took < 20, f"{product.took:.0f} s"
    assert product.rows(counted) == before
    assert "0912000001" in "".join(product.output)
