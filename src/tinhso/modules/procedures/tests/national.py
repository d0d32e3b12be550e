"""The stand-in of the national database (tools/doubles), served over HTTP to tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tinhso.modules.procedures.services.national import NationalDatabase
from tools.doubles.national_catalogue import PASSWORD, USERNAME, Control, server


class Double:
    """`control` tells it how to behave; `records` is what it serves, to be changed at will."""

    def __init__(self, made: ThreadingHTTPServer) -> None:
        self._national: Any = made.RequestHandlerClass.national  # type: ignore[attr-defined]  # set by `server`
        self.port = made.server_address[1]

    @property
    def control(self) -> Control:
        found: Control = self._national.control
        return found

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._national.original
        return found

    @property
    def calls(self) -> int:
        return int(self._national.calls)

    def source(self, seconds: float = 5.0, password: str = PASSWORD) -> NationalDatabase:
        url = f"http://127.0.0.1:{self.port}"
        return NationalDatabase(url=url, username=USERNAME, password=password, seconds=seconds)


@contextmanager
def national_database(*codes: str) -> Iterator[Double]:
    """`codes`: serve only these of the real catalogue (none: all)."""
    made = server(0, Control(codes=list(codes)))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Double(made)
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
