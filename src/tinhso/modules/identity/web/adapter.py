"""How the library of accounts works with our users: citizens sign up themselves, officers never do."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.urls import reverse

from tinhso.kernel.access.api import User, actor_of
from tinhso.kernel.access.web import local_day
from tinhso.kernel.clock import now
from tinhso.modules.identity.services import sessions
from tinhso.modules.identity.web import assurance, browsers

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

    # Guessing passwords. Whoever guesses uses up the limit of where they guess from; a browser in which the person has
    # signed in before has a limit of its own, so that nobody can keep a person out of their account.

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        login = str(credentials.get("email") or credentials.get("username") or "").lower()
        known = browsers.known_browser(request, login)
        if known:
            wanted = [("login_failed_known", f"{known}|{login}")]
        else:
            wanted = [
                ("login_failed_here", f"{self.get_client_ip(request)}|{login}"),
                ("login_failed_anywhere", login),
            ]
        used: list[ratelimit.RateLimitUsage] = []
        for action, key in (("password_ip", None), *wanted):
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if not usage:
                for one in used:
                    one.rollback()
                raise self.validation_error("too_many_login_attempts")
            used.append(usage)
        self._used = used

    def _rollback_login_failed_rl_usage(self) -> None:
        for usage in getattr(self, "_used", ()):
            usage.rollback()

    def _delete_login_attempts_cached_email(self, request: Any, **credentials: Any) -> None:
        """After a password was set anew by e-mail: this browser belongs to the account's owner."""
        login = str(credentials.get("email") or credentials.get("username") or "").lower()
        ratelimit.clear(request, app="allauth.account", action="login_failed_anywhere", key=login)
        ratelimit.clear(
            request, app="allauth.account", action="login_failed_here", key=f"{self.get_client_ip(request)}|{login}"
        )

    # Sessions.

    def post_login(self, request: Any, user: Any, **kwargs: Any) -> Any:
        """After the library has noted the session: it begins by our rules, and the trail has the sign-in."""
        response = super().post_login(request, user, **kwargs)
        moment = now()
        browsers.begin(request, user.username, moment)
        assurance.settle(request, user)
        counter = browsers.counter_computer(request)
        if counter is not None and not sessions.is_shared(counter):
            counter = None  # Retired since.
        if counter is not None:
            browsers.settle(request, counter)
        actor = actor_of(user, on=local_day(moment))
        sessions.begin_session(session_key=request.session.session_key or "", counter=counter, actor=actor, now=moment)
        return response

    def logout(self, request: Any) -> None:
        """The session ends here and in the systems that it opened; those that want a page for it get one."""
        pages = sessions.sign_out(session_key=request.session.session_key or "", now=now())
        super().logout(request)
        if pages:
            request.session[browsers.SIGNED_OUT_PAGES] = pages

    def get_logout_redirect_url(self, request: Any) -> str:
        # The library asks before it signs out in one place, after it in another.
        key = request.session.session_key or ""
        if browsers.SIGNED_OUT_PAGES in request.session or sessions.opened_pages(session_key=key):
            return reverse("identity:signed_out")
        return str(super().get_logout_redirect_url(request))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of the second factor lie encrypted in the database; messages and names in Vietnamese."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": "Tài khoản đã bật xác thực hai lớp nên không thêm được thư điện tử. Hãy tắt trước khi thêm.",
        "cannot_delete_authenticator": "Không tắt được xác thực hai lớp.",
        "cannot_generate_recovery_codes": "Hãy bật ứng dụng tạo mã hoặc khóa truy cập trước khi tạo mã dự phòng.",
        "incorrect_code": "Mã chưa đúng. Xem lại mã đang hiện trong ứng dụng, và giờ của điện thoại.",
        "unverified_email": "Hãy xác nhận thư điện tử trước.",
    }

    def _get_site_name(self) -> str:
        return f"Tỉnh số {settings.PROVINCE['name']}"

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        from allauth.mfa.models import Authenticator

        return f"Khóa truy cập {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    """From the installation's secret, for this purpose only."""
    key = hashlib.sha256(f"identity.second_factor|{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class PasswordLength(MinimumLengthValidator):
    """Says it in Vietnamese; Django's own translation lacks this sentence."""

    def get_error_message(self) -> str:
        return f"Mật khẩu quá ngắn: cần ít nhất {self.min_length} ký tự."

    def get_help_text(self) -> str:
        return f"Ít nhất {self.min_length} ký tự."
