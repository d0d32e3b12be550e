"""The door of files: contents kept once under their hash, sniffed, scanned, never altered. See README.md."""

from __future__ import annotations

from tinhso.kernel.files.parcels import Member, drop_parcel, keep_parcel, members
from tinhso.kernel.files.queries import (
    CannotOpen,
    FileDamaged,
    FileInfo,
    StoreReport,
    check_all,
    info,
    infos,
    open_file,
    page_count,
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
    "Member",
    "StoreReport",
    "check_all",
    "discard",
    "drop_parcel",
    "info",
    "infos",
    "keep_parcel",
    "megabytes",
    "members",
    "open_file",
    "page_count",
    "rescan",
    "respond",
    "store",
    "sweep",
]
