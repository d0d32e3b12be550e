"""Papers that a clerk scanned and compared at intake."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tinhso.modules.dossiers.models.references import DOCUMENT, DOCUMENT_KIND, USER


class Digitisation(models.Model):
    """What a clerk attests of the digital copy of the paper that names it: số hóa, đối chiếu. `document`: set once it is
    in the store."""

    kind = models.ForeignKey(DOCUMENT_KIND, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("số, ký hiệu", max_length=100, blank=True)
    issuer_name = models.CharField("cơ quan cấp", max_length=300)
    issued_date = models.DateField("ngày cấp")
    valid_until = models.DateField("có giá trị đến hết", null=True)
    page_count = models.PositiveIntegerField("số trang")
    compared_with = models.CharField("đối chiếu với", max_length=10)
    digitised_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    digitised_by_name = models.CharField(max_length=300)
    digitised_at = models.DateTimeField("số hóa, đối chiếu lúc")
    document = models.ForeignKey(DOCUMENT, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "việc số hóa giấy tờ"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("issued_date")),
                name="digitisation_validity",
            ),
            models.CheckConstraint(condition=Q(compared_with__in=["original", "copy"]), name="digitisation_compared"),
        ]
