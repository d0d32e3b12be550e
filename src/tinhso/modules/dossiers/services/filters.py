"""Filters of the officer's list, kept under a name."""

from __future__ import annotations

from django.db import transaction

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.modules.dossiers.models import SavedFilter

FILTERS_PER_USER = 30


class CannotSaveFilter(ValueError):
    """No name, or too many."""


@transaction.atomic
def save_filter(*, name: str, query: str, actor: Actor) -> int:
    """Keep a filter; a name used again is written over. Raises `CannotSaveFilter`."""
    require(actor, "dossiers.list")
    name = " ".join(name.split())[:100]
    if not name:
        raise CannotSaveFilter("Đặt tên cho bộ lọc trước khi lưu.")
    mine = SavedFilter.objects.filter(user_id=account_of(actor))
    if mine.count() >= FILTERS_PER_USER and not mine.filter(name=name).exists():
        raise CannotSaveFilter(f"Mỗi người lưu tối đa {FILTERS_PER_USER} bộ lọc. Hãy xóa bớt.")
    saved, _ = SavedFilter.objects.update_or_create(
        user_id=account_of(actor), name=name, defaults={"query": query[:1000]}
    )
    return saved.pk


@transaction.atomic
def delete_filter(*, filter_id: int, actor: Actor) -> None:
    """Forget one of one's own filters; another's is left alone."""
    require(actor, "dossiers.list")
    SavedFilter.objects.filter(pk=filter_id, user_id=account_of(actor)).delete()
