"""The door of identity: a person's record, for prefilling what they have told once; the first key of the provider."""

from __future__ import annotations

from tinhso.modules.identity.queries import PersonInfo, person
from tinhso.modules.identity.rules import same_name
from tinhso.modules.identity.services.acting import (
    Held,
    Principal,
    held_now,
    holder_of,
    principal_of,
    principal_record,
    told_under,
)
from tinhso.modules.identity.services.filings import Filing, Filings, register_filings
from tinhso.modules.identity.services.holdings import Holding, Look, OwnData, OwnFile, register_holding
from tinhso.modules.identity.services.keys import ensure_key
from tinhso.modules.identity.services.mandates import Representative, mandate_subject, representatives
from tinhso.modules.identity.services.mandates_kept import MandateTold, RequestTold, mandate_told, request_told
from tinhso.modules.identity.services.people import (
    DEMO_CITIZENS,
    CannotSavePerson,
    DemoCitizen,
    save_person,
    seed_demo_citizens,
)
from tinhso.modules.identity.services.proving import (
    CannotComeIn,
    prove_at_counter,
    proven_account,
    release_at_counter,
    vouched_nationally,
)

__all__ = [
    "DEMO_CITIZENS",
    "CannotComeIn",
    "CannotSavePerson",
    "DemoCitizen",
    "Filing",
    "Filings",
    "Held",
    "Holding",
    "Look",
    "MandateTold",
    "OwnData",
    "OwnFile",
    "PersonInfo",
    "Principal",
    "Representative",
    "RequestTold",
    "ensure_key",
    "held_now",
    "holder_of",
    "mandate_subject",
    "mandate_told",
    "person",
    "principal_of",
    "principal_record",
    "prove_at_counter",
    "proven_account",
    "register_filings",
    "register_holding",
    "release_at_counter",
    "representatives",
    "request_told",
    "same_name",
    "save_person",
    "seed_demo_citizens",
    "told_under",
    "vouched_nationally",
]
