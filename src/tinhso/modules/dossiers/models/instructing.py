"""Instructions of leaders on a dossier (chỉ đạo, Thông tư 11/2025, function 27), with their answers."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import USER


class Instruction(models.Model):
    """What a leader asks of one person about a dossier, until when, and what they answered. It moves nothing: neither
    the state nor a step, nor the due time. Answered or taken back once; a further word is another instruction."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    text = models.TextField("nội dung chỉ đạo")
    given_at = models.DateTimeField("giao lúc")
    given_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    given_by_name = models.CharField(max_length=300)
    addressee = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    addressee_name = models.CharField(max_length=300)
    answer_by_at = models.DateTimeField("trả lời trước")
    answer = models.TextField("trả lời", blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField("thu hồi lúc", null=True)
    withdrawn_reason = models.TextField("lý do thu hồi", blank=True)

    class Meta:
        verbose_name = "chỉ đạo"
        constraints = [
            models.CheckConstraint(condition=Q(answer_by_at__gt=F("given_at")), name="instruction_time_in_order"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(withdrawn_at__isnull=True), name="instruction_one_end"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | ~Q(answer=""), name="instruction_answer_has_words"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "id"], name="instruction_dossier"),
            models.Index(
                fields=["addressee", "answer_by_at"],
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                name="instruction_open_addressee",
            ),
            models.Index(
                fields=["answer_by_at"],
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                name="instruction_open_due",
            ),
        ]
