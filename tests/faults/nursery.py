"""A process that has loaded Django and forks what the tests kill. One command per line on stdin, one answer on stdout:

prepare                            create the tables               → ok
relay                              start a relay                   → its process number
publish <publisher> <count> <file> publish; note what is committed → its process number
enqueue <number>                   queue a job                     → ok
record                             write an audit entry            → ok
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import OperationalError, connection, connections, transaction  # noqa: E402

from tests.faults.listeners import TABLES, Struck, strike  # noqa: E402
from tinhso.kernel.access.api import SYSTEM  # noqa: E402
from tinhso.kernel.audit.api import record  # noqa: E402
from tinhso.kernel.events.api import publish, run_relay  # noqa: E402
from tinhso.kernel.jobs.api import enqueue  # noqa: E402

KEYS = 7
children: list[int] = []


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        command, *words = line.split()
        print(COMMANDS[command](*words), flush=True)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


def prepare() -> str:
    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute(TABLES[connection.vendor])
    connections.close_all()
    return "ok"


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        children.append(child)
        return child
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(quiet, descriptor)
    try:
        work()
    finally:
        os._exit(0)


def relay() -> int:
    return fork(run_relay)


def start_publisher(publisher: str, count: str, file: str) -> int:
    return fork(lambda: publish_many(int(publisher), int(count), file))


def publish_many(publisher: int, count: int, file: str) -> None:
    chance = random.Random(publisher)
    acknowledged = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(count):
        key = f"thing:{chance.randrange(KEYS)}"
        while not publish_one(Struck(publisher=publisher, number=number), key):
            connection.close()
        os.write(acknowledged, f"{publisher} {number}\n".encode())
        time.sleep(0.002)


def publish_one(event: Struck, key: str) -> bool:
    try:
        with transaction.atomic():
            publish(event, key=key)
    except OperationalError:
        return False
    return True


def enqueue_one(number: str) -> str:
    with transaction.atomic():
        enqueue(strike, number=int(number))
    connections.close_all()
    return "ok"


def record_one() -> str:
    with transaction.atomic():
        record(who=SYSTEM, action="faults.record", object_ref="fault:1", now=datetime.now(UTC))
    connections.close_all()
    return "ok"


COMMANDS: dict[str, Callable[..., object]] = {
    "prepare": prepare,
    "relay": relay,
    "publish": start_publisher,
    "enqueue": enqueue_one,
    "record": record_one,
}

if __name__ == "__main__":
    main()
