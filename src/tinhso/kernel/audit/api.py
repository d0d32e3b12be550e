"""The door of audit: an append-only, hash-linked trail of who did what to which object. See README.md."""

from __future__ import annotations

from tinhso.kernel.audit.queries import AuditEntry, DaySeal, days, proof, trail
from tinhso.kernel.audit.services import Who, record, seal
from tinhso.kernel.audit.verification import Verdict, verify, verify_object

__all__ = [
    "AuditEntry",
    "DaySeal",
    "Verdict",
    "Who",
    "days",
    "proof",
    "record",
    "seal",
    "trail",
    "verify",
    "verify_object",
]
