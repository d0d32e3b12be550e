"""Exactly one relay on SQLite, where rows cannot be locked one by one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from django.db import connection


class SoleRelay:
    """A lock of the operating system on a file beside the database. It goes with its process, even after `kill -9`,
    so the next relay takes over at once and no lease has to run out."""

    def __init__(self) -> None:
        self._path = _lock_path()
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """True when this process may relay: it holds the lock, or the database needs none."""
        if self._path is None or self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock_path() -> Path | None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or name == ":memory:" or "mode=memory" in name:
        return None
    return Path(f"{name}.relay-lock")
