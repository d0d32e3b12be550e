"""How long notices are kept: addresses and texts of messages three months, notices a year."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from tinhso.kernel.access.api import Actor, require
from tinhso.modules.notifications.models import Message, Notice
from tinhso.modules.notifications.rules import MessageState

TEXTS = timedelta(days=90)
NOTICES = timedelta(days=365)
_BATCH = 5000


def prune(*, actor: Actor, now: datetime) -> int:
    """Empty what is no longer needed, a batch at a time; returns how many rows were touched. That a message was sent,
    when and over which channel stays as long as its notice."""
    require(actor, "notifications.send")
    old = Message.objects.filter(~Q(address=""), ~Q(state=MessageState.QUEUED), queued_at__lt=now - TEXTS)
    numbers = list(old.order_by("queued_at").values_list("pk", flat=True)[:_BATCH])
    emptied = Message.objects.filter(pk__in=numbers).update(address="", subject="", text="", values={})
    gone = list(
        Notice.objects.filter(created_at__lt=now - NOTICES).order_by("created_at").values_list("pk", flat=True)[:_BATCH]
    )
    Notice.objects.filter(pk__in=gone).delete()
    return emptied + len(gone)
