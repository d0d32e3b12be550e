"""What a store offers instead of a paper that is asked for. Sets, whatever the number of papers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tinhso.kernel.text import sort_key
from tinhso.modules.archive.models import Document, DocumentKind, Holder, KindMapping
from tinhso.modules.archive.queries.documents import DocumentInfo, HolderInfo, holder_info, infos_of
from tinhso.modules.archive.rules.documents import Standing

# Newest first: a longer history is on the store's own page.
OFFERS_MOST = 50


@dataclass(frozen=True)
class Offer:
    """For one paper: what can be used (the most trusted and newest first), and what is there but cannot, and why."""

    usable: tuple[DocumentInfo, ...]
    unusable: tuple[DocumentInfo, ...]


TRUST_ORDER = {"issued": 0, "compared": 1, "indexed": 2, "copied": 3, "declared": 4}


def kinds_of_papers(procedure_code: str, on: date) -> dict[str, set[int]]:
    """Key of a paper of the procedure → the kinds of documents that can stand for it on a day. One query."""
    found: dict[str, set[int]] = {}
    rows = KindMapping.objects.filter(_in_force(on), procedure_code=procedure_code, part=KindMapping.Part.PAPER)
    for key, kind_id in rows.values_list("key", "kind_id"):
        found.setdefault(key, set()).add(kind_id)
    return found


def is_kind(kind_id: int, *, on: date) -> bool:
    """Is there such a kind on a day?"""
    return DocumentKind.objects.filter(_in_force(on), pk=kind_id).exists()


def kinds(on: date) -> list[tuple[int, str, str]]:
    """Number, name and usual validity (ISO 8601, "" for none) of the kinds in force, by name. One query."""
    rows = DocumentKind.objects.filter(_in_force(on)).values_list("pk", "name", "usual_validity")
    return sorted(rows, key=lambda row: sort_key(row[1]))


def kind_codes() -> dict[str, int]:
    """Code of a kind → its number, ended ones too. One query."""
    return dict(DocumentKind.objects.values_list("code", "pk"))


def _in_force(on: date) -> Q:
    return (Q(valid_until__isnull=True) | Q(valid_until__gte=on)) & Q(valid_from__lte=on)


def holders_by_number(numbers: Collection[str]) -> list[HolderInfo]:
    """The stores of these numbers; made-up numbers have none. One query."""
    wanted = {number for number in numbers if number}
    return [holder_info(row) for row in Holder.objects.filter(number__in=wanted)] if wanted else []


def offers(
    *, holder_ids: Collection[int], procedure_code: str, paper_keys: Collection[str], on: date
) -> Mapping[str, Offer]:
    """Key of a paper → what these stores hold of its kinds; papers of no kind, or with nothing there, are left out.
    Four queries at most, none without a store."""
    if not holder_ids or not paper_keys:
        return {}
    kinds = {key: wanted for key, wanted in kinds_of_papers(procedure_code, on).items() if key in paper_keys}
    if not kinds:
        return {}
    every = set().union(*kinds.values())
    rows = Document.objects.filter(holder_id__in=holder_ids, kind_id__in=every).order_by("-issued_date", "-pk")
    found = [document for document in infos_of(rows[:OFFERS_MOST], on) if document.standing != Standing.WITHHELD]
    made = {}
    for key, wanted in kinds.items():
        here = [document for document in found if document.kind_id in wanted]
        usable = sorted((d for d in here if d.usable), key=lambda d: TRUST_ORDER[d.trust])
        if here:
            made[key] = Offer(tuple(usable), tuple(d for d in here if not d.usable))
    return made
