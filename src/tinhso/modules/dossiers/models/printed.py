"""What was printed of a dossier: the forms of the one-stop mechanism, and its result."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.dossiers import Dossier
from tinhso.modules.dossiers.models.references import FILE, ORGANISATION, USER


class Printout(models.Model):
    """A printed form of the one-stop mechanism (01–07), numbered by office, year and form; never altered."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=2)
    number = models.PositiveIntegerField()
    office = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    file = models.ForeignKey(FILE, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "form", "number"], name="printout_number_once"),
            models.UniqueConstraint(
                fields=["dossier", "form"], condition=Q(form__in=["01", "03"]), name="printout_once_per_dossier"
            ),
        ]


class Result(models.Model):
    """The result of a dossier: kết quả giải quyết. `file` is set as soon as it is printed. A wrong one is replaced by
    another that names it; the old one stays and is no longer current."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    is_current = models.BooleanField(default=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="+")
    correction_reason = models.TextField("lý do đính chính", blank=True)
    # Who issues: the agency of the last part. Null in results of before this was kept: the competent agency.
    organisation = models.ForeignKey(ORGANISATION, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    number = models.PositiveIntegerField()
    notation = models.CharField("số, ký hiệu", max_length=60)
    issued_at = models.DateTimeField()
    signer = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=300)
    signer_title = models.CharField(max_length=300)
    verify_token = models.CharField(max_length=40, unique=True)
    file = models.ForeignKey(FILE, null=True, on_delete=models.PROTECT, related_name="+")
    # Proof of the return.
    received_by_name = models.CharField(max_length=300, blank=True)
    received_by_identity = models.CharField(max_length=20, blank=True)
    return_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier"], condition=Q(is_current=True), name="result_current_once"),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(correction_reason=""), name="result_replaced_with_reason"
            ),
        ]
