"""Slow work of the store: unpacking parcels and writing an import. Safe to repeat."""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.kernel.jobs.api import job
from tinhso.modules.archive import api


@job(name="archive.unpack")
def unpack(*, batch_id: int) -> None:
    """Take in the files of an import's waiting parcels."""
    api.unpack(batch_id=batch_id, actor=SYSTEM, now=now())


@job(name="archive.apply_import")
def apply_import(*, batch_id: int) -> None:
    """Write a confirmed import."""
    api.apply_import(batch_id=batch_id, actor=SYSTEM, now=now())
