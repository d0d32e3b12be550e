"""Writing to the catalogue: import, load, publish. One function, one use case, one transaction."""

from __future__ import annotations

from tinhso.modules.procedures.services.deciding import CannotDecide, Decided, approve_changes, refuse_changes
from tinhso.modules.procedures.services.drafting import (
    CannotDraft,
    CannotSubmit,
    save_draft,
    send_back,
    start_draft,
    submit_for_review,
    take_back,
    withdraw,
)
from tinhso.modules.procedures.services.importing import CannotImport, ImportReport, import_catalogue
from tinhso.modules.procedures.services.loading import CannotLoad, LoadReport, load_modelled
from tinhso.modules.procedures.services.offering import set_offerings
from tinhso.modules.procedures.services.publishing import (
    CannotPublish,
    CannotRetire,
    install_version,
    publish,
    retire,
)
from tinhso.modules.procedures.services.synchronising import CannotSynchronise, advance, decide_run, start_run

__all__ = [
    "CannotDecide",
    "CannotDraft",
    "CannotImport",
    "CannotLoad",
    "CannotPublish",
    "CannotRetire",
    "CannotSubmit",
    "CannotSynchronise",
    "Decided",
    "ImportReport",
    "LoadReport",
    "advance",
    "approve_changes",
    "decide_run",
    "import_catalogue",
    "install_version",
    "load_modelled",
    "publish",
    "refuse_changes",
    "retire",
    "save_draft",
    "send_back",
    "set_offerings",
    "start_draft",
    "start_run",
    "submit_for_review",
    "take_back",
    "withdraw",
]
