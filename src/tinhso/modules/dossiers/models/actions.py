"""What is done with a dossier beside its route: supplements, payments asked, apologies, its end before a result.

Rows are added and answered, never written over: they are the history that an inspection reads.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.printed import Printout
from tinhso.modules.dossiers.models.references import DOCUMENT, FILE, ORGANISATION, USER
from tinhso.modules.dossiers.rules import CLOSING_TITLES, ITEM_TITLES


class SupplementRequest(models.Model):
    """One request to the person to complete the dossier (form 02). Open until it is answered or the dossier ends."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    # The number of form 02, drawn at once: a pause names it before the paper is printed.
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    reason = models.TextField("lý do")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    requested_by_name = models.CharField(max_length=300)
    answer_by_at = models.DateTimeField("hạn bổ sung")
    # What the person has written so far: by pointer, and by number of a free item.
    values = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField("đóng khi hồ sơ kết thúc", null=True)
    printout = models.ForeignKey(Printout, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "number"], name="supplement_number_once"),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                name="supplement_open_once",
            ),
        ]

    @property
    def reference(self) -> str:
        """How other papers name it."""
        return f"phiếu yêu cầu bổ sung số {self.number:02d} năm {self.year}"


class SupplementItem(models.Model):
    """One thing to put right. `target`: a pointer of the form, the key of a paper, or empty for a free item."""

    request = models.ForeignKey(SupplementRequest, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=list(ITEM_TITLES.items()))
    target = models.CharField(max_length=300, blank=True)
    label = models.CharField(max_length=500)
    note = models.TextField("cần sửa thế nào")
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="supplementitem_position_once"),
            models.CheckConstraint(
                condition=Q(kind="text", target="") | (~Q(kind="text") & ~Q(target="")),
                name="supplementitem_has_target",
            ),
        ]


class SupplementFile(models.Model):
    """A file uploaded for an answer not sent yet, or taken from the person's store (`document`; then `file` is the
    document's). `paper_key`: of the paper, or "item-2" for a free item."""

    request = models.ForeignKey(SupplementRequest, on_delete=models.CASCADE, related_name="+")
    paper_key = models.CharField(max_length=60)
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(DOCUMENT, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()


class FormVersion(models.Model):
    """The answers as they stood until they were replaced, numbered from 1; the present ones are the dossier's."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    form_data = models.JSONField()
    replaced_at = models.DateTimeField()
    replaced_by_name = models.CharField(max_length=300)
    ground = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "number"], name="formversion_number_once")]


class PaymentRequest(models.Model):
    """The person was asked to pay before the work goes on. Open until it is settled or the dossier ends."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    amount = models.BigIntegerField("số tiền (đồng)")
    reason = models.TextField()
    requested_at = models.DateTimeField()
    requested_by_name = models.CharField(max_length=300)
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=300, blank=True)
    settlement = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="paymentrequest_amount_positive"),
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(settled_at__isnull=True), name="paymentrequest_open_once"
            ),
        ]


class Apology(models.Model):
    """An apology for being late with a new day (form 04). The original due time stays with the dossier."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    reason = models.TextField()
    due_before = models.DateTimeField()
    new_due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    signer = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=300)
    signer_title = models.CharField(max_length=300)
    printout = models.ForeignKey(Printout, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "number"], name="apology_number_once"),
            models.CheckConstraint(condition=Q(new_due_at__gt=F("due_before")), name="apology_later"),
        ]


class Closing(models.Model):
    """The end of a dossier without a result (form 05): the person withdrew it, or the agency stopped."""

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=list(CLOSING_TITLES.items()))
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    ground = models.TextField("căn cứ", blank=True)
    reason = models.TextField("lý do", blank=True)
    channel = models.CharField("yêu cầu nhận qua", max_length=10, blank=True)
    closed_at = models.DateTimeField()
    closed_by_name = models.CharField(max_length=300)
    closed_by_title = models.CharField(max_length=300, blank=True)
    papers_returned = models.JSONField("giấy tờ trả lại", default=list)
    printout = models.ForeignKey(Printout, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "year", "number"], name="closing_number_once")]
        indexes = [models.Index(fields=["closed_at"], name="closing_when")]
