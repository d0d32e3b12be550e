"""What runs in the processes that get killed: two subscribers that write down each delivery in a table without any
constraint, so that a doubled or a disordered one would be seen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps import AppConfig
from django.db import connection

from tinhso.kernel.events import Event

TABLES = {
    "sqlite": "CREATE TABLE fault_effect (id integer PRIMARY KEY AUTOINCREMENT, subscriber text, event_id integer, at real)",
    "postgresql": "CREATE TABLE fault_effect (id bigserial PRIMARY KEY, subscriber text, event_id bigint, at double precision)",
}


@dataclass(frozen=True)
class Struck(Event):
    name: ClassVar[str] = "faults.struck"
    publisher: int
    number: int


def write_effect(subscriber: str, event_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fault_effect (subscriber, event_id, at) VALUES (%s, %s, %s)",
            [subscriber, event_id, time.time()],
        )


class ListenersConfig(AppConfig):
    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        from tinhso.kernel.events.api import subscribe
        from tinhso.kernel.jobs.api import job

        def steady(event: Struck, context: Any) -> None:
            write_effect("faults.steady", context.event_id)
            time.sleep(0.001)  # room for a kill between the effect and the commit

        def shaky(event: Struck, context: Any) -> None:
            write_effect("faults.shaky", context.event_id)
            if context.event_id % 40 == 0 and context.attempt == 1:
                raise ConnectionError("the first attempt fails")

        subscribe(Struck, name="faults.steady")(steady)
        subscribe(Struck, name="faults.shaky")(shaky)
        job(name="faults.strike")(strike)


def strike(*, number: int) -> None:
    write_effect("job", number)
