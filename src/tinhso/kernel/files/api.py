"""The door of files: contents kept once under their hash, sniffed, scanned, never altered. See README.md."""

from __future__ import annotations

from tinhso.kernel.files.queries import (
    CannotOpen,
    FileDamaged,
    FileInfo,
    StoreReport,
    check_all,
    info,
    infos,
    open_file,
)
from tinhso.kernel.files.responses import respond
from tinhso.kernel.files.rules import ACCEPTED, FileRefused, megabytes
from tinhso.kernel.files.services import discard, rescan, store, sweep

__all__ = [
    "ACCEPTED",
    "CannotOpen",
    "FileDamaged",
    "FileInfo",
    "FileRefused",
    "StoreReport",
    "check_all",
    "discard",
    "info",
    "infos",
    "megabytes",
    "open_file",
    "rescan",
    "respond",
    "store",
    "sweep",
]
