"""Caluma 11.3 (PyPI, in an environment of its own) doing the same work: completing a step of a case over HTTP.

Its authorisation stays open, as it comes; its own documentation's set-up, under gunicorn with two processes.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.load import Step

HERE = Path(__file__).parent
PORT = 8191

# Runs inside Caluma's own environment.
PREPARE = """
import django, sys
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from caluma.caluma_workflow import api, models
from caluma.caluma_user.models import BaseUser
cases = int(sys.argv[1])
steps = ["receive", "examine", "check", "approve", "hand_over"]
if not models.Workflow.objects.filter(slug="route").exists():
    workflow = models.Workflow.objects.create(slug="route", name="route", is_published=True)
    tasks = [models.Task.objects.create(slug=s, name=s, type="simple") for s in steps]
    workflow.start_tasks.add(tasks[0])
    for here, there in zip(tasks, tasks[1:]):
        flow = models.Flow.objects.create(next=f"'{there.slug}'|task")
        models.TaskFlow.objects.create(workflow=workflow, task=here, flow=flow)
workflow = models.Workflow.objects.get(slug="route")
missing = cases - models.WorkItem.objects.filter(status="ready", task_id="receive").count()
for _ in range(max(0, missing)):
    api.start_case(workflow=workflow, user=BaseUser())
for number in models.WorkItem.objects.filter(status="ready").values_list("pk", flat=True)[:cases]:
    print(number)
"""


def environment(home: Path, database: str) -> dict[str, str]:
    return {
        **{key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"},
        "DJANGO_SETTINGS_MODULE": "caluma.settings.django",
        "ENV": "production",
        "SECRET_KEY": "bench",
        "DEBUG": "false",
        "ALLOWED_HOSTS": "*",
        "DATABASE_NAME": database,
        "DATABASE_USER": os.environ.get("BENCH_PGUSER", "postgres"),
        "DATABASE_PASSWORD": "",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": "5432",
        "MEDIA_STORAGE_SERVICE": "minio",
        "MINIO_STORAGE_ACCESS_KEY": "x",
        "MINIO_STORAGE_SECRET_KEY": "x",
        "MINIO_STORAGE_AUTO_CREATE_MEDIA_BUCKET": "false",
        "VISIBILITY_CLASSES": "caluma.caluma_core.visibilities.Any",
        "PERMISSION_CLASSES": "caluma.caluma_core.permissions.AllowAny",
    }


def install(home: Path) -> Path:
    """Caluma's own virtual environment, pinned and hashed; made once. Returns its bin folder."""
    venv = home / "caluma"
    if not (venv / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run(
            [str(venv / "bin/pip"), "install", "--quiet", "--require-hashes", "-r", str(HERE / "caluma.txt")],
            check=True,
        )
        (venv / ".installed").touch()
    return venv / "bin"


@contextlib.contextmanager
def serving(home: Path, *, cases: int, database: str = "bench_caluma") -> Iterator[list[str]]:
    """Caluma with `cases` open cases; yields the ids of their ready work items."""
    binaries = install(home)
    env = environment(home, database)
    subprocess.run(["dropdb", "-h", "127.0.0.1", "-U", "postgres", "--if-exists", database], check=True)
    subprocess.run(["createdb", "-h", "127.0.0.1", "-U", "postgres", database], check=True)
    prepared = subprocess.run(
        [str(binaries / "python"), "-c", PREPARE, str(cases)], env=env, check=True, capture_output=True, text=True
    )
    server = subprocess.Popen(
        [str(binaries / "gunicorn"), "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{PORT}", "caluma.wsgi:application"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait()
        yield prepared.stdout.split()
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait() -> None:
    for _ in range(150):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("POST", "/graphql/", '{"query":"{__typename}"}', {"Content-Type": "application/json"})
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Caluma did not start")


COMPLETE = """mutation($id: ID!) { completeWorkItem(input: {id: $id}) { workItem {
  id status case { id workItems(filter: [{status: READY}]) { edges { node { id } } } } } } }"""


def user_maker(work_items: list[str]) -> Callable[[int], Step]:
    """Each user completes the ready work item of one case after the other, following the case to its end."""
    queue = iter(work_items)
    lock = threading.Lock()

    def make_user(_: int) -> Step:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        present: list[str] = []

        def step() -> bool:
            if not present:
                with lock:
                    present.append(next(queue))
            body = json.dumps({"query": COMPLETE, "variables": {"id": present.pop()}})
            connection.request("POST", "/graphql/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
            item = (answer.get("data") or {}).get("completeWorkItem")
            if not item or item["workItem"]["status"] != "COMPLETED":
                return False
            import base64

            for edge in itertools.islice(item["workItem"]["case"]["workItems"]["edges"], 1):
                present.append(base64.b64decode(edge["node"]["id"]).decode().split(":")[1])
            return True

        return step

    return make_user
