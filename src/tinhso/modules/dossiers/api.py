"""The door of dossiers: what other modules, the web and the commands call."""

from __future__ import annotations

from tinhso.modules.dossiers.queries.reading import (
    Access,
    DossierNotFound,
    DossierView,
    PaperInfo,
    ResultInfo,
    TaskInfo,
    dossier_view,
    may_see,
    result_by_token,
)
from tinhso.modules.dossiers.rules import (
    Channel,
    DeliveryState,
    MoneyState,
    PaperKind,
    State,
    SyncState,
    TaskKind,
    Timeliness,
)
from tinhso.modules.dossiers.services.drafts import (
    CannotSave,
    CannotStart,
    DraftNotFound,
    adopt,
    attach,
    detach,
    discard,
    save_applicant,
    save_group,
    start,
)
from tinhso.modules.dossiers.services.filters import CannotSaveFilter, delete_filter, save_filter
from tinhso.modules.dossiers.services.intake import CannotAccept, CannotRefuse, accept, receive_at_counter, refuse
from tinhso.modules.dossiers.services.printing import ensure_receipt, ensure_refusal, ensure_result
from tinhso.modules.dossiers.services.returning import CannotReturn, CannotTakeFee, give_back, take_fee
from tinhso.modules.dossiers.services.routing import CannotAct, CannotAssign, act, assign, claim, open_tasks_for
from tinhso.modules.dossiers.services.submitting import (
    CannotSubmit,
    Problem,
    ReceivedPaper,
    Submitted,
    submit,
)
from tinhso.modules.dossiers.services.tracking import CannotTrack, open_by_pin, renew_pin

__all__ = [
    "Access",
    "CannotAccept",
    "CannotAct",
    "CannotAssign",
    "CannotRefuse",
    "CannotReturn",
    "CannotSave",
    "CannotSaveFilter",
    "CannotStart",
    "CannotSubmit",
    "CannotTakeFee",
    "CannotTrack",
    "Channel",
    "DeliveryState",
    "DossierNotFound",
    "DossierView",
    "DraftNotFound",
    "MoneyState",
    "PaperInfo",
    "PaperKind",
    "Problem",
    "ReceivedPaper",
    "ResultInfo",
    "State",
    "Submitted",
    "SyncState",
    "TaskInfo",
    "TaskKind",
    "Timeliness",
    "accept",
    "act",
    "adopt",
    "assign",
    "attach",
    "claim",
    "delete_filter",
    "detach",
    "discard",
    "dossier_view",
    "ensure_receipt",
    "ensure_refusal",
    "ensure_result",
    "give_back",
    "may_see",
    "open_by_pin",
    "open_tasks_for",
    "receive_at_counter",
    "refuse",
    "renew_pin",
    "result_by_token",
    "save_applicant",
    "save_filter",
    "save_group",
    "start",
    "submit",
    "take_fee",
]
