"""Who a citizen is: one record per person, kept beside the account."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q


class Person(models.Model):
    """What a person tells about themselves once, so that no form asks it again. `verified_at`: by the national
    electronic identity (not connected yet); until then it is the person's own statement."""

    user = models.OneToOneField("access.User", on_delete=models.CASCADE, related_name="+")
    identity_number = models.CharField("số định danh cá nhân", max_length=12, blank=True)
    birth_date = models.DateField("ngày sinh", null=True, blank=True)
    address = models.CharField("địa chỉ liên hệ", max_length=300, blank=True)
    verified_at = models.DateTimeField("định danh điện tử lúc", null=True, blank=True)
    updated_at = models.DateTimeField("cập nhật lúc")

    class Meta:
        verbose_name = "người dân"
        constraints = [
            models.UniqueConstraint(
                fields=["identity_number"],
                condition=Q(verified_at__isnull=False) & ~Q(identity_number=""),
                name="person_verified_once",
            ),
        ]

    @property
    def access_organisation_ids(self) -> Collection[int]:
        return ()

    @property
    def access_owner_id(self) -> int | None:
        return self.user_id
