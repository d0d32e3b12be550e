"""The tables of dossiers. What must hold for every row is a constraint here."""

from __future__ import annotations

from tinhso.modules.dossiers.models.actions import (
    Apology,
    Closing,
    FormVersion,
    PaymentRequest,
    SupplementFile,
    SupplementItem,
    SupplementRequest,
)
from tinhso.modules.dossiers.models.digitised import Digitisation
from tinhso.modules.dossiers.models.dossiers import UNFINISHED, Dossier, Paper, Party
from tinhso.modules.dossiers.models.drafts import Draft, DraftFile
from tinhso.modules.dossiers.models.emergency import EmergencyAccess
from tinhso.modules.dossiers.models.inheriting import Inheritance
from tinhso.modules.dossiers.models.instructing import Instruction
from tinhso.modules.dossiers.models.looking import PinFailure, SavedFilter, Visit
from tinhso.modules.dossiers.models.parts import HandOver, Part, PartResult
from tinhso.modules.dossiers.models.portal import PortalPacket
from tinhso.modules.dossiers.models.printed import Printout, Result
from tinhso.modules.dossiers.models.ratings import Rated, Rating
from tinhso.modules.dossiers.models.supporting import Support
from tinhso.modules.dossiers.models.watching import DelayGround, Sign, WatchRun, WatchThreshold
from tinhso.modules.dossiers.models.work import DeadlineChange, Pause, Task

__all__ = [
    "UNFINISHED",
    "Apology",
    "Closing",
    "DeadlineChange",
    "DelayGround",
    "Digitisation",
    "Dossier",
    "Draft",
    "DraftFile",
    "EmergencyAccess",
    "FormVersion",
    "HandOver",
    "Inheritance",
    "Instruction",
    "Paper",
    "Part",
    "PartResult",
    "Party",
    "Pause",
    "PaymentRequest",
    "PinFailure",
    "PortalPacket",
    "Printout",
    "Rated",
    "Rating",
    "Result",
    "SavedFilter",
    "Sign",
    "SupplementFile",
    "SupplementItem",
    "SupplementRequest",
    "Support",
    "Task",
    "Visit",
    "WatchRun",
    "WatchThreshold",
]
