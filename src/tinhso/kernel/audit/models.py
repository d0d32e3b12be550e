"""The audit trail as tables. Triggers (see `guards`) keep them append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """Who did what to which object, and what changed. Only `seq` and `chain_digest` are filled in later, once."""

    object_ref = models.CharField("đối tượng", max_length=120)
    object_number = models.PositiveIntegerField("thứ tự trong đối tượng")
    prev_object_digest = models.CharField("mã băm dòng trước của đối tượng", max_length=64, blank=True)
    recorded_us = models.BigIntegerField("thời điểm, micro giây UTC")
    who_kind = models.CharField("loại người thực hiện", max_length=20)
    # Not a foreign key: an entry outlives the account, and access stands above audit.
    who_user_id = models.BigIntegerField("tài khoản", null=True)
    who_label = models.CharField("người thực hiện", max_length=300)
    action = models.CharField("việc", max_length=80)
    reason = models.TextField("lý do", blank=True)
    # Canonical JSON as text: a jsonb column would give back other bytes than those that were hashed.
    before = models.TextField("trước", blank=True)
    after = models.TextField("sau", blank=True)
    digest = models.CharField("mã băm", max_length=64)
    seq = models.BigIntegerField("số thứ tự chung", null=True, unique=True)
    chain_digest = models.CharField("mã băm chuỗi chung", max_length=64, blank=True)

    class Meta:
        verbose_name = "dòng nhật ký"
        constraints = [
            models.UniqueConstraint(fields=["object_ref", "object_number"], name="audit_entry_object_chain"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(seq__isnull=True), name="audit_entry_unsealed"),
        ]


class ObjectHead(models.Model):
    """The end of each object's chain. Kept by a trigger; its row lock orders the writers of one object."""

    object_ref = models.CharField("đối tượng", max_length=120, primary_key=True)
    count = models.PositiveIntegerField("số dòng", default=0)
    digest = models.CharField("mã băm dòng cuối", max_length=64, blank=True)

    class Meta:
        verbose_name = "đầu chuỗi của đối tượng"


class AuditDay(models.Model):
    """A day's span of the chain over all entries, linked to the day before. The day is that of sealing, in Vietnam."""

    day = models.DateField("ngày", primary_key=True)
    first_seq = models.BigIntegerField("số đầu")
    last_seq = models.BigIntegerField("số cuối")
    count = models.PositiveIntegerField("số dòng")
    digest = models.CharField("mã băm ngày", max_length=64)

    class Meta:
        verbose_name = "ngày nhật ký"


class SealState(models.Model):
    """One row: how far the sealing has come. Its row lock lets one sealer work at a time."""

    last_seq = models.BigIntegerField("số cuối", default=0)
    chain_digest = models.CharField("mã băm chuỗi chung", max_length=64, blank=True)

    class Meta:
        verbose_name = "trạng thái niêm phong"
