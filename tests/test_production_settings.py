"""Production settings, as a process of its own reads them: Django's deployment checks find nothing."""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.test import Client

from tinhso.config.commands import prepare as prepare_command
from tinhso.config.logs import JsonLines
from tinhso.config.province import THERE_ALREADY


def test_the_deployment_checks_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tinhso.config.settings.production",
        "TINHSO_SECRET_KEY": "kX9" + "".join(chr(97 + n % 26) for n in range(60)) + "Q7",
        "TINHSO_HOSTS": "dichvucong.example.vn",
        "TINHSO_HOME": str(tmp_path),
        "TINHSO_DATABASE_URL": "postgres://tinhso@127.0.0.1:5432/tinhso",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tinhso.config.cli", "manage", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_production_refuses_to_start_without_a_secret() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "TINHSO_SECRET_KEY"}
    environment["DJANGO_SETTINGS_MODULE"] = "tinhso.config.settings.production"
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "TINHSO_SECRET_KEY" in done.stderr


def test_a_supervisor_asks_for_health_without_an_account(client: Client, db: None) -> None:
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.json() == {"ready": True, "database": True}
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_answer_carries_its_request_id_and_what_it_may_not_use(client: Client, db: None) -> None:
    answer = client.get("/health/live", headers={"X-Request-ID": "proxy-0123456789"})
    assert answer.headers["X-Request-ID"] == "proxy-0123456789"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    made_up = client.get("/health/live", headers={"X-Request-ID": "x\ty<script>"}).headers["X-Request-ID"]
    assert len(made_up) == 32


def test_a_logged_error_tells_its_place_and_not_what_was_typed() -> None:
    try:
        raise IntegrityError("Key (identity_number)=(038190000123) already exists")
    except IntegrityError:
        record = logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, "Internal Server Error: %s", ("/",), None
        )
        record.exc_info = sys.exc_info()
    line = JsonLines().format(record)
    told = json.loads(line)
    assert told["error"] == "django.db.utils.IntegrityError"
    assert "test_production_settings.py" in told["places"][-1]
    assert "038190000123" not in line


@pytest.mark.django_db
def test_nobody_gets_the_published_password_in_production(
    settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}
    outcome = "3 cơ quan, 5 cán bộ"

    def steps(**options: object) -> list[object]:
        given.update(options)
        return [("province", lambda: outcome)]

    settings.DEMO_ALLOWED = False
    monkeypatch.setattr("django.core.management.call_command", lambda *_, **__: None)
    monkeypatch.setattr("tinhso.config.commands.assets.build", lambda _: None)
    monkeypatch.setattr("tinhso.config.province.steps", steps)
    prepare_command.run(argparse.Namespace(province=False, no_province=False, full_staff=False))
    assert given == {}
    prepare_command.run(argparse.Namespace(province=True, no_province=False, full_staff=False))
    assert given["samples"] is False
    assert given["password"] != prepare_command.DEMO_PASSWORD
    assert str(given["password"]) in capsys.readouterr().out
    # A second call made no accounts: there is no password to tell.
    outcome = THERE_ALREADY
    prepare_command.run(argparse.Namespace(province=True, no_province=False, full_staff=False))
    assert str(given["password"]) not in capsys.readouterr().out
