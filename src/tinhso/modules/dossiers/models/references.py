"""What lower modules hold, as foreign keys name it."""

from __future__ import annotations

USER = "access.User"
FILE = "files.FileRef"
ORGANISATION = "directory.Organisation"
REFORM = "directory.Reform"
VERSION = "procedures.ProcedureVersion"
CHARGE = "payments.Charge"
DOCUMENT = "archive.Document"
DOCUMENT_KIND = "archive.DocumentKind"
DOCUMENT_USE = "archive.DocumentUse"
ENVELOPE = "post.Envelope"
