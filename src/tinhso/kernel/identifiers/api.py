"""The door of identifiers: numbers that neither repeat nor skip, and the codes that the law shapes. See README.md."""

from __future__ import annotations

from tinhso.kernel.identifiers.rules import (
    DossierCode,
    agency_code_error,
    dossier_code,
    new_agency_code,
    old_agency_code,
    parse_dossier_code,
    personal_id_error,
    tax_code_error,
)
from tinhso.kernel.identifiers.services import next_number

__all__ = [
    "DossierCode",
    "agency_code_error",
    "dossier_code",
    "new_agency_code",
    "next_number",
    "old_agency_code",
    "parse_dossier_code",
    "personal_id_error",
    "tax_code_error",
]
