"""What was done with documents: used in a dossier, looked at, shared."""

from __future__ import annotations

import uuid

from django.db import models

from tinhso.modules.archive.models.documents import ORGANISATION, USER, Document, Holder


class DocumentUse(models.Model):
    """Proof that a document was used instead of a paper: dùng lại. Frozen: `snapshot` is the document as it stood
    then, `digest` the SHA-256 over it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    dossier_ref = models.CharField(max_length=40)
    dossier_code = models.CharField("mã hồ sơ", max_length=60)
    paper_key = models.CharField(max_length=60)
    paper_name = models.TextField()
    agency = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField("căn cứ", max_length=300)
    used_at = models.DateTimeField()
    used_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    used_by_name = models.CharField(max_length=300)
    snapshot = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = "lần dùng lại giấy tờ"
        constraints = [
            models.UniqueConstraint(fields=["document", "dossier_ref", "paper_key"], name="archive_use_once"),
        ]
        indexes = [models.Index(fields=["agency", "used_at"], name="archive_use_agency_time")]


class StoreLook(models.Model):
    """An officer's look into somebody's store, with its purpose; the person sees each. `document` None: the list."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=300)
    workplace = models.CharField(max_length=300)
    purpose = models.CharField("mục đích", max_length=300)
    looked_at = models.DateTimeField()

    class Meta:
        verbose_name = "lượt xem kho"
        indexes = [
            models.Index(fields=["holder", "-looked_at"], name="archive_look_holder"),
            models.Index(fields=["user", "-looked_at"], name="archive_look_user"),
        ]


class ShareCode(models.Model):
    """A code that lets somebody see one document once, until a time. Only the code's hash is kept."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField("đưa cho ai, để làm gì", max_length=200)
    made_at = models.DateTimeField()
    until_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "mã chia sẻ giấy tờ"
        indexes = [models.Index(fields=["document", "-made_at"], name="archive_share_document")]
