"""How the library of accounts works with our users: citizens sign up themselves, officers never do."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.password_validation import MinimumLengthValidator

from tinhso.kernel.access.api import User

_MISMATCH = "Thông tin đăng nhập hoặc mật khẩu không đúng. Kiểm tra phím Caps Lock và bộ gõ tiếng Việt, rồi thử lại."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Vietnamese messages, and a new account is a citizen's."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Tài khoản này đang bị khóa.",
        "cannot_remove_primary_email": "Không xóa được thư điện tử chính. Hãy chọn địa chỉ khác làm chính trước.",
        "duplicate_email": "Tài khoản của bạn đã có địa chỉ này.",
        "email_password_mismatch": _MISMATCH,
        "phone_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
        "email_taken": "Thư điện tử này đã thuộc một tài khoản khác.",
        "enter_current_password": "Mật khẩu hiện nay chưa đúng.",
        "incorrect_code": "Mã chưa đúng.",
        "incorrect_password": "Mật khẩu chưa đúng.",
        "invalid_or_expired_key": "Liên kết đã hết hạn hoặc không đúng.",
        "invalid_login": _MISMATCH,
        "invalid_password_reset": "Liên kết đặt lại mật khẩu không đúng hoặc đã dùng rồi.",
        "max_email_addresses": "Mỗi tài khoản có tối đa %d địa chỉ thư điện tử.",
        "too_many_login_attempts": (
            "Nhập sai quá nhiều lần nên tạm dừng đăng nhập. Hãy thử lại sau 5 phút, hoặc đặt lại mật khẩu."
        ),
        "unknown_email": "Không có tài khoản nào dùng thư điện tử này.",
        "unverified_primary_email": "Thư điện tử chính phải được xác nhận.",
        "username_taken": "Số điện thoại này đã có tài khoản. Hãy đăng nhập, hoặc đặt lại mật khẩu nếu bạn quên.",
        "select_only_one": "Chỉ chọn một.",
        "same_as_current": "Giá trị mới phải khác giá trị hiện nay.",
        "rate_limited": "Bạn thao tác quá nhanh. Hãy đợi ít phút rồi thử lại.",
    }

    def save_user(self, request: Any, user: Any, form: Any, commit: bool = True) -> Any:
        """A person who signs up is a citizen, whatever the form holds; the phone number is the name to sign in."""
        data = form.cleaned_data
        user.kind = User.Kind.CITIZEN
        user.full_name = data["full_name"]
        user.username = user.phone = data["username"]
        user.set_password(data["password1"])
        if commit:
            user.save()
        return user

    def get_password_change_redirect_url(self, request: Any) -> str:
        return "/identity/after-login/"


class PasswordLength(MinimumLengthValidator):
    """Says it in Vietnamese; Django's own translation lacks this sentence."""

    def get_error_message(self) -> str:
        return f"Mật khẩu quá ngắn: cần ít nhất {self.min_length} ký tự."

    def get_help_text(self) -> str:
        return f"Ít nhất {self.min_length} ký tự."
