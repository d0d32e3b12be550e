"""What lower modules hold, as foreign keys name it."""

from __future__ import annotations

USER = "access.User"
FILE = "files.FileRef"
ORGANISATION = "directory.Organisation"
VERSION = "procedures.ProcedureVersion"
