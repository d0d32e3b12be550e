"""Writing to the catalogue: import, load, publish. One function, one use case, one transaction."""

from __future__ import annotations

from tinhso.modules.procedures.services.importing import CannotImport, ImportReport, import_catalogue
from tinhso.modules.procedures.services.loading import CannotLoad, LoadReport, load_modelled
from tinhso.modules.procedures.services.offering import set_offerings
from tinhso.modules.procedures.services.publishing import CannotPublish, draft_version, publish

__all__ = [
    "CannotImport",
    "CannotLoad",
    "CannotPublish",
    "ImportReport",
    "LoadReport",
    "draft_version",
    "import_catalogue",
    "load_modelled",
    "publish",
    "set_offerings",
]
