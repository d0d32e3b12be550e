"""«Is it still you?» before something is signed, published or granted. What was typed goes on with the answer."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import reauthenticate
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from tinhso.modules.identity.services.national import connected
from tinhso.modules.identity.services.sessions import note_proof

PASSWORD, CODE, CREDENTIAL = "_proof_password", "_proof_code", "_proof_credential"
# Whoever has neither password nor second factor proves by the national identity, in another tab.
NATIONAL = "_proof_national"
OWN = {PASSWORD, CODE, CREDENTIAL, NATIONAL, "csrfmiddlewaretoken"}


def proven(request: Any) -> bool:
    """Signed in or proved again within `STEP_UP_MINUTES`, or proved by what this request brings."""
    records = get_authentication_records(request, request.user)
    seconds = (settings.STEP_UP_MINUTES or 0) * 60
    if records and time.time() - records[-1]["at"] < seconds:
        return True
    if not any(request.POST.get(name) for name in (PASSWORD, CODE, CREDENTIAL, NATIONAL)):
        return False
    request.proof_error = _check(request)
    if request.proof_error:
        return False
    note_proof(actor=request.actor, now=request.now)
    return True


def _check(request: Any) -> str:
    """What is wrong with the proof; "" when it is good. Whoever has a second factor proves by it."""
    user = request.user
    if is_mfa_enabled(user):
        if request.POST.get(CREDENTIAL):
            key = ReauthenticateWebAuthnForm({"credential": request.POST[CREDENTIAL]}, user=user)
            if not key.is_valid():
                return "Khóa truy cập không được chấp nhận. Hãy thử lại."
            reauthenticate(request, key.cleaned_data["credential"])
            return ""
        form = ReauthenticateForm({"code": request.POST.get(CODE, "").replace(" ", "")}, user=user)
        if not form.is_valid():
            return str(next(iter(form.errors.values()))[0])
        form.save()
        return ""
    if request.POST.get(NATIONAL):
        return "Chưa thấy xác nhận bằng định danh điện tử. Hãy bấm «Mở định danh điện tử» trước."
    try:
        right = get_adapter().reauthenticate(user, request.POST.get(PASSWORD, ""))
    except ValidationError as refusal:
        return str(refusal.messages[0])
    if not right:
        return "Mật khẩu chưa đúng. Hãy nhập lại."
    reauthenticate_by_password(request)
    return ""


def ask(request: Any) -> HttpResponseBase:
    """The page that asks. Files cannot go along: they are named so that they are chosen again."""
    error = getattr(request, "proof_error", "")
    second = is_mfa_enabled(request.user)
    keys = second and is_mfa_enabled(request.user, types=[Authenticator.Type.WEBAUTHN])
    codes = second and is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES])
    field = CODE if codes else PASSWORD
    context = {
        "kept": [(name, value) for name, values in request.POST.lists() if name not in OWN for value in values],
        "files": [upload.name for name in request.FILES for upload in request.FILES.getlist(name)],
        "second": second,
        "codes": codes,
        "keys": {"request_options": webauthn.begin_authentication(request.user)} if keys else None,
        "field": field,
        "credential": CREDENTIAL,
        "national": NATIONAL if not second and connected() and not request.user.has_usable_password() else "",
        "error": error,
        "summary": [(field, error)] if error else [],
        "minutes": settings.STEP_UP_MINUTES,
    }
    response: HttpResponse = render(request, "identity/step_up.html", context, status=422 if error else 200)
    return response
