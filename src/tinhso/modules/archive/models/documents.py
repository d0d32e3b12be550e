"""Kinds of documents, whose they are, and the documents themselves."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from tinhso.kernel.search import SearchColumn
from tinhso.modules.archive.rules.documents import (
    HOLDER_TITLES,
    ORIGIN_TITLES,
    PROOF_TITLES,
    TRUST_TITLES,
)

USER = "access.User"
FILE = "files.FileRef"
ORGANISATION = "directory.Organisation"


class DocumentKind(models.Model):
    """A kind of document: loại giấy tờ. A code that documents refer to is never deleted, only ended."""

    code = models.CharField("mã loại", max_length=60, unique=True)
    name = models.CharField("tên loại giấy tờ", max_length=300)
    usual_validity = models.CharField("thời hạn thường gặp", max_length=12, blank=True)
    note = models.CharField("ghi chú", max_length=300, blank=True)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True)

    class Meta:
        verbose_name = "loại giấy tờ"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="archive_kind_days"
            )
        ]

    def __str__(self) -> str:
        return self.name


class KindMapping(models.Model):
    """Which paper asked for by a procedure, or which result of it, is of which kind, and in which days."""

    class Part(models.TextChoices):
        PAPER = "paper", "Thành phần hồ sơ"
        RESULT = "result", "Kết quả"

    kind = models.ForeignKey(DocumentKind, on_delete=models.PROTECT, related_name="+")
    procedure_code = models.CharField("mã thủ tục", max_length=30)
    part = models.CharField(max_length=10, choices=Part.choices)
    key = models.CharField("mã giấy tờ trong thủ tục", max_length=60)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True)

    class Meta:
        verbose_name = "giấy tờ của thủ tục thuộc loại nào"
        constraints = [
            models.UniqueConstraint(fields=["procedure_code", "part", "key", "kind"], name="archive_mapping_once"),
        ]


class Holder(models.Model):
    """Whose the documents are: one record per person (citizen's number) or organisation (its code)."""

    kind = models.CharField(max_length=12, choices=list(HOLDER_TITLES.items()))
    number = models.CharField("số định danh hoặc mã", max_length=30)
    # As proven by a card, an account or the national identity; "" until then, whatever anybody typed.
    full_name = models.CharField("tên", max_length=300, blank=True)
    created_at = models.DateTimeField("tạo lúc")

    class Meta:
        verbose_name = "chủ kho"
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="archive_holder_once")]

    @property
    def ref(self) -> str:
        """How audit names this store."""
        return f"store:{self.pk}"


class AccountLink(models.Model):
    """An account that was proven to be the holder's (or to speak for the organisation). Ended, never deleted."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    is_person = models.BooleanField()
    proof = models.CharField(max_length=10, choices=list(PROOF_TITLES.items()))
    evidence = models.CharField("đã xem giấy tờ gì", max_length=300)
    proven_at = models.DateTimeField()
    proven_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    proven_by_name = models.CharField(max_length=300)
    organisation = models.ForeignKey(ORGANISATION, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "tài khoản của chủ kho"
        constraints = [
            models.UniqueConstraint(fields=["holder", "user"], condition=Q(ended_at__isnull=True), name="archive_link_once"),
            # A person has one account at a time, and an account is one person's.
            models.UniqueConstraint(
                fields=["holder"], condition=Q(ended_at__isnull=True, is_person=True), name="archive_link_one_account"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True, is_person=True), name="archive_link_one_person"
            ),
        ]  # fmt: skip


class Document(models.Model):
    """A document in the store: giấy tờ trong kho. The database refuses to alter or delete a row; what happens to it
    later stands beside it (`DocumentEnding`, `OwnershipCheck`, `DocumentUse`)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    proof = models.CharField(max_length=10, choices=list(PROOF_TITLES.items()))
    owner_name = models.CharField("tên chủ, như được khai", max_length=300)
    kind = models.ForeignKey(DocumentKind, on_delete=models.PROTECT, related_name="+")
    name = models.TextField("tên giấy tờ")
    about_name = models.CharField("cấp cho", max_length=300, blank=True)
    number = models.CharField("số, ký hiệu", max_length=100, blank=True)
    issuer = models.ForeignKey(ORGANISATION, null=True, on_delete=models.PROTECT, related_name="+")
    issuer_name = models.CharField("cơ quan cấp, như ghi trên giấy", max_length=300)
    issued_date = models.DateField("ngày cấp")
    valid_from = models.DateField("có giá trị từ")
    valid_until = models.DateField("có giá trị đến hết", null=True)
    origin = models.CharField(max_length=10, choices=list(ORIGIN_TITLES.items()))
    trust = models.CharField(max_length=10, choices=list(TRUST_TITLES.items()))
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("mã băm SHA-256 của tệp", max_length=64)
    page_count = models.PositiveIntegerField("số trang", null=True)
    scanned_by_name = models.CharField("người số hóa", max_length=300, blank=True)
    compared_by_name = models.CharField("người đối chiếu", max_length=300, blank=True)
    compared_at = models.DateTimeField("đối chiếu lúc", null=True)
    # The agency that answers for the copy: issued it, scanned it, or holds the old book. None: the owner alone.
    keeper = models.ForeignKey(ORGANISATION, null=True, on_delete=models.PROTECT, related_name="+")
    source_ref = models.CharField("nguồn", max_length=80, unique=True)
    source_note = models.CharField("nguồn, cho người đọc", max_length=300, blank=True)
    search_text = SearchColumn()
    added_at = models.DateTimeField("vào kho lúc")

    class Meta:
        verbose_name = "giấy tờ trong kho"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="archive_document_validity",
            ),
            models.CheckConstraint(
                condition=~Q(trust="compared", origin="digitised") | Q(compared_at__isnull=False),
                name="archive_compared_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "kind", "-issued_date"], name="archive_holder_kind"),
            models.Index(fields=["issuer", "number"], name="archive_issuer_number"),
            models.Index(fields=["keeper", "origin", "added_at"], name="archive_keeper_origin"),
            models.Index(fields=["id"], condition=Q(proof="typed"), name="archive_owner_typed"),
        ]

    @property
    def ref(self) -> str:
        """How audit names this document."""
        return f"document:{self.pk}"


class DocumentEnding(models.Model):
    """Why a document no longer holds before its day: replaced by another, or revoked."""

    class How(models.TextChoices):
        REPLACED = "replaced", "Được thay thế"
        REVOKED = "revoked", "Bị thu hồi"

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)
    replaced_by = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    ended_at = models.DateTimeField()
    ended_by_name = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(how="replaced", replaced_by__isnull=False) | Q(how="revoked", replaced_by__isnull=True),
                name="archive_ending_whole",
            )
        ]


class OwnershipCheck(models.Model):
    """Somebody found out that a held-back document is the holder's after all."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField("căn cứ", max_length=500)
    checked_at = models.DateTimeField()
    checked_by_name = models.CharField(max_length=300)
