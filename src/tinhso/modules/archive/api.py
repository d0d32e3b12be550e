"""The door of the store: keep documents, offer them instead of papers, freeze the proof of their use."""

from __future__ import annotations

from tinhso.modules.archive.queries.documents import (
    DocumentInfo,
    HolderInfo,
    document,
    documents_by_id,
    holders_of_account,
)
from tinhso.modules.archive.queries.offering import Offer, is_kind, kind_codes, kinds, kinds_of_papers, offers
from tinhso.modules.archive.queries.proofs import ReuseCount, UseInfo, reuse_counts, use_info
from tinhso.modules.archive.rules.documents import Origin, Proof, Standing, Trust, clean_number, until_after
from tinhso.modules.archive.services.importing import apply as apply_import
from tinhso.modules.archive.services.importing import unpack
from tinhso.modules.archive.services.keeping import CannotKeep, NewDocument, Owner, keep, keep_own, revoke, usual_until
from tinhso.modules.archive.services.kinds import kind_of_result, load_kinds
from tinhso.modules.archive.services.proving import CannotProve, prove_at_counter
from tinhso.modules.archive.services.using import CannotUse, Use, note_look, stores_for, use

__all__ = [
    "CannotKeep",
    "CannotProve",
    "CannotUse",
    "DocumentInfo",
    "HolderInfo",
    "NewDocument",
    "Offer",
    "Origin",
    "Owner",
    "Proof",
    "ReuseCount",
    "Standing",
    "Trust",
    "Use",
    "UseInfo",
    "apply_import",
    "clean_number",
    "document",
    "documents_by_id",
    "holders_of_account",
    "is_kind",
    "keep",
    "keep_own",
    "kind_codes",
    "kind_of_result",
    "kinds",
    "kinds_of_papers",
    "load_kinds",
    "note_look",
    "offers",
    "prove_at_counter",
    "reuse_counts",
    "revoke",
    "stores_for",
    "unpack",
    "until_after",
    "use",
    "use_info",
    "usual_until",
]
