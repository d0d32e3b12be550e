"""What came from the national portal, by the portal's own code."""

from __future__ import annotations

from django.db import models

from tinhso.modules.dossiers.models.dossiers import Dossier


class PortalPacket(models.Model):
    """A dossier of the national portal: `portal_code` is the correlation for good, `digest` that of what was sent. The same
    packet again is the same dossier; another content under the code is refused and counted."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="+")
    portal_code = models.CharField("mã hồ sơ trên Cổng quốc gia", max_length=60, unique=True)
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField("nộp trên Cổng lúc")
    received_at = models.DateTimeField("nhận lúc")
    repeats = models.PositiveIntegerField("số lần gửi lại", default=0)
    contested = models.PositiveIntegerField("số lần gửi nội dung khác", default=0)
    contested_at = models.DateTimeField(null=True)
    # What the portal said last that it holds.
    held_state = models.SmallIntegerField(null=True)
    held_at = models.DateTimeField(null=True)
