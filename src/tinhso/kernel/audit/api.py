"""The door of audit: an append-only, hash-linked trail of who did what to which object. See README.md."""

from __future__ import annotations

from tinhso.kernel.audit.queries import AuditEntry, DaySeal, days, lines_of, proof, trail
from tinhso.kernel.audit.services import Change, Who, record, record_look, record_many, seal
from tinhso.kernel.audit.verification import Verdict, verify, verify_object

__all__ = [
    "AuditEntry",
    "Change",
    "DaySeal",
    "Verdict",
    "Who",
    "days",
    "lines_of",
    "proof",
    "record",
    "record_look",
    "record_many",
    "seal",
    "trail",
    "verify",
    "verify_object",
]
