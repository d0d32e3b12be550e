"""P3: a whole submission (form checked, two files, receipt, audit, events), against its limit.

Each submission is three requests of a signed-in citizen: the papers page with two files, sending, and the receipt
page. The drafts are filled in beforehand. The limit writes the very rows and bytes that one submission wrote, by plain
psycopg in one transaction and plain files, in one process. Both use one core: one web process, one user.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import product
from bench.load import run_users

DATABASE = "bench_p3"
SECONDS, WARM_UP = 15.0, 3.0
DRAFTS = 1200
CITIZENS = 24  # a person's uploads of a day are limited

PREPARE = """
import django, json, sys
django.setup()
from tinhso.config import sample_dossiers as samples
from tinhso.kernel.access.api import User, actor_of
from tinhso.kernel.clock import now
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.procedures import api as procedures
import random
present = now()
leader = directory.staff_of_user(User.objects.get(username="chutich").pk, present.date())
from tinhso.kernel.access.api import create_user
citizens = [
    actor_of(create_user(username=f"0999{n:06d}", full_name="Người thử tải", kind="citizen", password=sys.argv[2]),
             on=present.date())
    for n in range(int(sys.argv[3]))
]
sample = next(s for s in samples._samples() if s.code == "1.001193" and samples._is_past(s, present))
version = procedures.current_version(sample.code, present.date())
applicant = samples._applicant(sample, random.Random(1), 1)
papers = [p.key for p in procedures.papers_for(version.id, samples._case(sample, applicant))
          if not p.present_only]
for n in range(int(sys.argv[1])):
    print(samples._write_draft(version.id, leader.organisation_id, dossiers.Channel.ONLINE, sample, applicant,
                               citizens[n % len(citizens)], present))
print(json.dumps(papers))
"""


def picture(seed: int) -> bytes:
    """A JPEG of a scanned page's size, each another."""
    import io

    from PIL import Image

    image = Image.effect_noise((640, 900), 40 + seed % 50)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=55, comment=f"{seed}-{random.random()}".encode())
    return content.getvalue()


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.prepare(home, DATABASE)
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE, str(DRAFTS), product.PASSWORD, str(CITIZENS)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    *drafts, papers_line = [line for line in prepared if line]
    papers: list[str] = json.loads(papers_line)
    bodies = [picture(number) for number in range(8)]
    queue = iter(enumerate(drafts))

    with product.serving(env, processes=1, threads=1, worker=False):
        browsers = []
        for number in range(CITIZENS):
            browsers.append(product.Browser())
            browsers[-1].sign_in(f"0999{number:06d}")

        def submission() -> bool:
            turn, draft = next(queue)
            browser = browsers[turn % CITIZENS]
            files = []
            for key in (papers * 2)[:2]:
                content = random.choice(bodies) + os.urandom(16)
                files.append((f"paper.{key}", "giay-to.jpg", content))
            browser.upload(f"/dossiers/drafts/{draft}/papers/", {"next": "1"}, files)
            if browser.status != 302:
                return False
            browser.post(f"/dossiers/drafts/{draft}/send/", {})
            if browser.status != 302 or "/sent/" not in browser.location:
                return False
            return b"PIN" in browser.get(browser.location)

        before = _counts()
        if not submission():
            raise SystemExit("the submission did not go through")
        rows = _rows_since(before)
        ours = run_users(lambda _: submission, users=1, seconds=SECONDS, warm_up=WARM_UP)
    limit = _limit(rows, bodies, home / "limit")
    return {
        "submissions": vars(ours),
        "limit_per_second": round(limit, 1),
        "rows_per_submission": sum(len(found) for found in rows.values()),
        "files_per_submission": 2,
        "share_of_limit": round(ours.per_second / limit, 3),
        "target": 0.4,
    }


def _connect() -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(f"{product.SERVER}/{DATABASE}")


def _tables(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.columns where table_schema='public' and column_name='id'"
        " and (table_name like 'dossiers_%' or table_name like 'files_%' or table_name like 'audit_%'"
        " or table_name like 'events_%')"
    ).fetchall()
    return sorted(row[0] for row in found)


def _counts() -> dict[str, int]:
    with _connect() as connection:
        return {
            table: (
                connection.execute(
                    sql.SQL("select coalesce(max(id), 0) from {}").format(sql.Identifier(table))
                ).fetchone()
                or (0,)
            )[0]
            for table in _tables(connection)
        }


def _rows_since(before: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
    """The rows that one submission added, by table."""
    rows: dict[str, list[dict[str, Any]]] = {}
    with _connect() as connection, connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        for table, last in before.items():
            cursor.execute(sql.SQL("select * from {} where id > %s").format(sql.Identifier(table)), [last])
            if found := cursor.fetchall():
                rows[table] = found
    return rows


def _limit(rows: dict[str, list[dict[str, Any]]], bodies: list[bytes], folder: Path) -> float:
    """Submissions per second when the same rows and bytes are written plainly, one process, one connection."""
    folder.mkdir()
    with _connect() as connection:
        statements = []
        for table, found in rows.items():
            copy = f"limit_{table}"
            connection.execute(
                sql.SQL("create table {} (like {} including all)").format(sql.Identifier(copy), sql.Identifier(table))
            )
            unique = {
                row[0]
                for row in connection.execute(
                    "select a.attname from pg_index i join pg_attribute a on a.attrelid=i.indrelid"
                    " and a.attnum=any(i.indkey) where i.indisunique and i.indrelid=%s::regclass",
                    [copy],
                ).fetchall()
            }
            for row in found:
                columns = [name for name in row if name != "id"]
                statement = (
                    sql.SQL("insert into {} ({}) values ({})")
                    .format(
                        sql.Identifier(copy),
                        sql.SQL(", ").join(map(sql.Identifier, columns)),
                        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
                    )
                    .as_string(connection)
                )
                statements.append((statement, row, columns, unique))
        connection.commit()
        began = time.perf_counter()
        done = 0
        while time.perf_counter() - began < SECONDS:
            for _ in range(2):
                content = random.choice(bodies) + os.urandom(16)
                target = folder / hashlib.sha256(content).hexdigest()
                with target.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            with connection.cursor() as cursor:
                for statement, row, columns, unique in statements:
                    cursor.execute(statement, [_value(row[name], name in unique, done) for name in columns])
            connection.commit()
            done += 1
        return done / (time.perf_counter() - began)


def _value(value: Any, unique: bool, number: int) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    if not unique:
        return value
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, str):
        return uuid.uuid4().hex[: max(8, len(value))]
    if isinstance(value, int):
        return 1_000_000 + number * 50 + random.randrange(50)
    return value
