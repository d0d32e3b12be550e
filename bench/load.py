"""A load of users over HTTP, measured from outside: requests per second and how long each took."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What a run showed. Times in milliseconds; the warm-up is not counted."""

    users: int
    seconds: float
    requests: int
    failures: int
    per_second: float
    median_ms: float
    p95_ms: float
    p99_ms: float
    first_failure: str = ""


@dataclass
class _Tally:
    times: list[tuple[float, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


Step = Callable[[], bool]
"""One request of one user: True when the answer was right; raises `StopIteration` when there is no work left."""


def run_users(make_user: Callable[[int], Step], *, users: int, seconds: float, warm_up: float) -> Figures:
    """`users` threads, each repeating its step, for `warm_up + seconds`; counted are the last `seconds`."""
    tallies = [_Tally() for _ in range(users)]
    steps = [make_user(number) for number in range(users)]
    began = time.perf_counter()
    counted_from, until = began + warm_up, began + warm_up + seconds

    def work(step: Step, tally: _Tally) -> None:
        while (start := time.perf_counter()) < until:
            try:
                right = step()
            except StopIteration:
                tally.failures.append("no work left")
                return
            except (OSError, http.client.HTTPException) as error:
                right = False
                tally.failures.append(repr(error))
            finished = time.perf_counter()
            if start >= counted_from:
                if right:
                    tally.times.append((start, finished - start))
                else:
                    tally.failures.append("wrong answer")

    threads = [threading.Thread(target=work, args=pair) for pair in zip(steps, tallies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(took * 1000 for tally in tallies for _, took in tally.times)
    failures = [text for tally in tallies for text in tally.failures]
    last = max((start + took for tally in tallies for start, took in tally.times), default=until)
    counted = max(last, until) - counted_from
    return Figures(
        users=users,
        seconds=round(counted, 2),
        requests=len(times),
        failures=len(failures),
        per_second=round(len(times) / counted, 1),
        median_ms=round(statistics.median(times), 1) if times else 0.0,
        p95_ms=round(_at(times, 0.95), 1),
        p99_ms=round(_at(times, 0.99), 1),
        first_failure=failures[0] if failures else "",
    )


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
