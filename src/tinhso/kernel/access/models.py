"""Who may act: users and their dated role grants."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person or a program that signs in. What it may do is told by `RoleGrant`, not by flags."""

    class Kind(models.TextChoices):
        CITIZEN = "citizen", "Người dân, doanh nghiệp"
        OFFICER = "officer", "Cán bộ, công chức"
        OPERATOR = "operator", "Quản trị kỹ thuật"
        SERVICE = "service", "Hệ thống"

    username = models.CharField("tên đăng nhập", max_length=150, unique=True)
    full_name = models.CharField("họ và tên", max_length=300)
    email = models.EmailField("thư điện tử", blank=True)
    phone = models.CharField("điện thoại", max_length=20, blank=True)
    kind = models.CharField("loại tài khoản", max_length=10, choices=Kind.choices)
    is_active = models.BooleanField("đang hoạt động", default=True)
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "kind"]

    class Meta:
        verbose_name = "tài khoản"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["citizen", "officer", "operator", "service"]), name="user_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name


class RoleGrant(models.Model):
    """A role that a user holds over one organisation, or over it and all below it, between two dates."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField("vai trò", max_length=60)
    # The organisation lives in a higher layer (directory); the kernel knows only its number.
    organisation_id = models.BigIntegerField("cơ quan")
    subtree = models.BooleanField("cả cơ quan cấp dưới", default=False)
    valid_from = models.DateField("từ ngày")
    valid_until = models.DateField("đến hết ngày", null=True, blank=True)
    ground = models.CharField("căn cứ", max_length=500)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField("cấp lúc", auto_now_add=True)

    class Meta:
        verbose_name = "vai trò được cấp"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation_id", "valid_from"], name="rolegrant_once_per_start"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="rolegrant_dates_in_order",
            ),
        ]
        indexes = [models.Index(fields=["user", "valid_from"])]
