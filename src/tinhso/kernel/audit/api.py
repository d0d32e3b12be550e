"""The door of audit: an append-only, hash-linked trail of who did what to which object. See README.md."""

from __future__ import annotations

from tinhso.kernel.audit.services import Who, record, seal

__all__ = ["Who", "record", "seal"]
