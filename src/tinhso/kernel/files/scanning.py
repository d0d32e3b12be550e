"""The ClamAV hook: clamd is asked over its socket when the settings name one.

`FILES_CLAMD_SOCKET`: a path ("/run/clamav/clamd.ctl") or "host:port"; "" for no scanning.
"""

from __future__ import annotations

from pathlib import Path
from socket import socket
from typing import Any, Literal

import clamd
from django.conf import settings

SECONDS = 30.0

Finding = Literal["off", "pending", "clean", "infected"]


class _WholeSends:
    """A socket whose `send` sends all: the library takes a partial send, which a slow clamd causes, for a whole one."""

    def __init__(self, inner: socket) -> None:
        self._inner = inner

    def send(self, data: bytes) -> int:
        self._inner.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Network(clamd.ClamdNetworkSocket):  # type: ignore[misc]
    clamd_socket: Any

    def _init_socket(self) -> None:
        super()._init_socket()
        self.clamd_socket = _WholeSends(self.clamd_socket)


class _Local(clamd.ClamdUnixSocket):  # type: ignore[misc]
    clamd_socket: Any

    def _init_socket(self) -> None:
        super()._init_socket()
        self.clamd_socket = _WholeSends(self.clamd_socket)


def scan(path: Path) -> Finding:
    """Scan a file. "pending": clamd did not answer, or could not; it is asked again later."""
    address = settings.FILES_CLAMD_SOCKET
    if not address:
        return "off"
    host, colon, port = address.rpartition(":")
    client = (
        _Network(host=host, port=int(port), timeout=SECONDS)
        if colon and port.isdigit()
        else _Local(path=address, timeout=SECONDS)
    )
    try:
        with path.open("rb") as file:
            answer = client.instream(file) or {}
    except (clamd.ClamdError, OSError, ValueError):
        return "pending"
    verdict = (answer.get("stream") or ("ERROR", None))[0]
    if verdict == "FOUND":
        return "infected"
    return "clean" if verdict == "OK" else "pending"
