"""The materialised path: where an organisation stands in the tree, readable in one query."""

from __future__ import annotations

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat

from tinhso.modules.directory.models import Organisation

MAX_DEPTH = 12


class TreeTooDeep(Exception):
    """Deeper than any administration is: a mistake in the data."""


def settle_paths() -> None:
    """Give every organisation without a path its place, from the top down; one UPDATE per level of the tree."""
    number = Concat(Cast("pk", CharField()), Value("/"))
    unplaced = Organisation.objects.filter(path="")
    unplaced.filter(parent__isnull=True).update(path=Concat(Value("/"), number))
    parent_path = Organisation.objects.filter(pk=OuterRef("parent_id")).values("path")[:1]
    for _ in range(MAX_DEPTH):
        if not unplaced.exclude(parent__path="").update(path=Concat(Subquery(parent_path), number)):
            break
    if unplaced.exists():
        raise TreeTooDeep("Cây cơ quan sâu quá mức cho phép.")
