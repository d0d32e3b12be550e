"""The forms of signing in, in our words. The library checks; we name the fields and the errors.

`error_list` is what `<c-error-summary>` shows: (id of the control, message), the whole form's errors first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account import forms as library
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as second
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext

from tinhso.modules.identity.rules import PHONE, clean_phone, clean_text
from tinhso.modules.identity.services.national import connected

LOGIN_LABEL = "Số điện thoại, tên đăng nhập hoặc thư điện tử"
LONG_ENOUGH = "Ít nhất 10 ký tự. Nên dùng một câu dễ nhớ với bạn, khó đoán với người khác."


class Named:
    """Vietnamese labels and messages over the library's fields."""

    labels: dict[str, str] = {}
    helps: dict[str, str] = {}
    missing: dict[str, str] = {}
    fields: dict[str, forms.Field]
    errors: Any
    auto_id: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")
            field.error_messages["required"] = self.missing.get(name, f"Nhập {str(field.label).lower()}.")
            field.error_messages["invalid"] = f"{field.label} chưa đúng."
            field.widget.attrs.pop("placeholder", None)

    def add_error(self, field: str | None, error: Any) -> None:
        """The library's one sentence that stands outside its table of messages, in our words."""
        if str(error) == gettext("You must type the same password each time."):
            error = "Hai mật khẩu vừa nhập chưa giống nhau. Hãy nhập lại."
        super().add_error(field, error)  # type: ignore[misc]

    @property
    def error_list(self) -> Sequence[tuple[str, str]]:
        found = [("", str(message)) for message in self.errors.get("__all__", ())]
        for name in self.fields:
            found.extend((f"id_{name}", str(message)) for message in self.errors.get(name, ()))
        return found


class LoginForm(Named, library.LoginForm):  # type: ignore[misc]
    labels = {"login": LOGIN_LABEL, "password": "Mật khẩu", "remember": "Giữ đăng nhập trên máy này"}
    missing = {"login": "Nhập số điện thoại hoặc tên đăng nhập.", "password": "Nhập mật khẩu."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    @property
    def national_identity(self) -> bool:
        return connected()

    def clean_login(self) -> str:
        login = str(self.cleaned_data["login"]).strip()
        phone = clean_phone(login)
        return phone if PHONE.match(phone) else login


class SignupForm(Named, library.SignupForm):  # type: ignore[misc]
    """A citizen signs up by phone number; the number is the name one signs in with."""

    labels = {
        "full_name": "Họ và tên",
        "username": "Số điện thoại",
        "password1": "Mật khẩu",
        "password2": "Nhập lại mật khẩu",
    }
    helps = {
        "full_name": "Viết đầy đủ, như trên thẻ căn cước.",
        "username": "Dùng để đăng nhập và để cán bộ liên hệ khi cần.",
        "password1": LONG_ENOUGH,
    }
    missing = {
        "full_name": "Nhập họ và tên, như trên thẻ căn cước.",
        "username": "Nhập số điện thoại.",
        "password1": "Đặt mật khẩu.",
        "password2": "Nhập lại mật khẩu.",
    }
    field_order = ["full_name", "username", "password1", "password2"]

    full_name = forms.CharField(
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": "Họ và tên tối đa 300 ký tự. Hãy rút gọn."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget = forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        )

    def clean_full_name(self) -> str:
        return clean_text(str(self.cleaned_data["full_name"]))

    def clean_username(self) -> str:
        phone = clean_phone(str(self.cleaned_data["username"]))
        if not PHONE.match(phone):
            raise forms.ValidationError("Số điện thoại gồm 10 chữ số, bắt đầu bằng 0, ví dụ 0912345678.")
        return str(get_adapter().clean_username(phone))


class ChangePasswordForm(Named, library.ChangePasswordForm):  # type: ignore[misc]
    labels = {"oldpassword": "Mật khẩu hiện nay", "password1": "Mật khẩu mới", "password2": "Nhập lại mật khẩu mới"}
    helps = {"password1": LONG_ENOUGH}


class SetPasswordForm(Named, library.SetPasswordForm):  # type: ignore[misc]
    labels = {"password1": "Mật khẩu mới", "password2": "Nhập lại mật khẩu mới"}
    helps = {"password1": LONG_ENOUGH}


class ResetPasswordForm(Named, library.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": "Thư điện tử"}
    helps = {"email": "Địa chỉ đã ghi trong thông tin cá nhân của tài khoản."}


class ResetPasswordKeyForm(Named, library.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = SetPasswordForm.labels
    helps = SetPasswordForm.helps


class ReauthenticateForm(Named, library.ReauthenticateForm):  # type: ignore[misc]
    labels = {"password": "Mật khẩu"}


class AddEmailForm(Named, library.AddEmailForm):  # type: ignore[misc]
    labels = {"email": "Thư điện tử"}


class _Code(Named):
    labels = {"code": "Mã xác thực"}
    helps = {"code": "Sáu chữ số đang hiện trong ứng dụng tạo mã, hoặc một mã dự phòng."}


class AuthenticateForm(_Code, second.AuthenticateForm):  # type: ignore[misc]
    """The code of the second factor, at sign-in."""


class ReauthenticateCodeForm(_Code, second.ReauthenticateForm):  # type: ignore[misc]
    """The same, when one proves again that it is oneself."""


class ActivateTOTPForm(_Code, totp.ActivateTOTPForm):  # type: ignore[misc]
    helps = {"code": "Sáu chữ số mà ứng dụng vừa hiện."}
