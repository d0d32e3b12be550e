"""Where people go on to other systems, and come out of them: the library's pages, with our questions before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.idp.oidc import views as library
from allauth.idp.oidc.internal.clientkit import is_redirect_uri_allowed
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.modules.identity.models import RelyingSystem
from tinhso.modules.identity.services.systems import begin_at_system
from tinhso.modules.identity.web.browsers import SIGNED_OUT_PAGES
from tinhso.modules.identity.web.provider import remember_sid

KINDS = {
    RelyingSystem.Audience.OFFICERS: {"officer", "operator"},
    RelyingSystem.Audience.CITIZENS: {"citizen"},
    RelyingSystem.Audience.EVERYBODY: {"citizen", "officer", "operator"},
}
LOCATION = "Location"


@never_cache
@csrf_exempt  # The library checks it where a person answers; a system may ask by a POST of its own.
@guarded("identity.sign_in_at_system")
def authorize(request: ActorRequest) -> HttpResponseBase:
    """The person comes from a system and goes back with a code: only to a registered address, and only with PKCE."""
    asked = _asked(request)
    client_id = str(asked.get("client_id", ""))[:100]
    system = (
        RelyingSystem.objects.select_related("client").filter(client_id=client_id, retired_at__isnull=True).first()
        if client_id and "\0" not in client_id
        else None
    )
    if system is None:
        return _refused(request, "Hệ thống gọi đến chưa được đăng ký, hoặc đã thôi kết nối.")
    if request.actor.kind != "nobody" and request.actor.kind not in KINDS[_audience(system)]:
        who = system.get_audience_display().lower()
        name: Any = system.client
        return _refused(request, f"«{name.name}» chỉ dành cho {who}. Hãy đăng xuất và dùng tài khoản khác.", status=403)
    has_proof = asked.get("code_challenge") and asked.get("code_challenge_method") == "S256"
    if request.method == "GET" and not has_proof:
        return _without_pkce(request, system.client, asked)
    response: HttpResponse = _told(library.authorization(request))
    _begin(request, system, response)
    leads_away = response.status_code == 302 and bool(urlsplit(response[LOCATION]).netloc)
    if request.method == "GET" and leads_away and _came_out_of_a_page_of_ours(request):
        return _onward(request, system, response[LOCATION])
    _allow_way_back(response, system)
    return response


def _came_out_of_a_page_of_ours(request: Any) -> bool:
    """As the browser says: where it does not (old ones, plain http), by the page that it names."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched:
        return bool(fetched == "same-origin")
    return origin_of(request.headers.get("Referer", "")) == f"{request.scheme}://{request.get_host()}"


def _onward(request: Any, system: RelyingSystem, address: str) -> HttpResponse:
    """The person has just given a password or a code. Browsers hold every step that follows a form to the policy of the
    form's page, which leads to no other system: so the steps end here, in a page that goes on by itself."""
    client: Any = system.client
    response = render(request, "identity/onward.html", {"name": client.name, "address": address})
    response["Refresh"] = f"0; url={address}"
    return response


def _asked(request: Any) -> Mapping[str, Any]:
    """What the system asked for. In the answer of the consent page it is inside the part that the library has signed."""
    if request.method == "POST" and request.POST.get("request"):
        try:
            found: Mapping[str, Any] = Signer().unsign_object(request.POST["request"])[1]
        except BadSignature:
            raise PermissionDenied from None
        return found
    return request.GET if request.method == "GET" else request.POST  # type: ignore[no-any-return]


def _told(response: HttpResponse) -> HttpResponse:
    """The library answers 200 to a mistake of the system that it tells the person; its forms come unrendered."""
    if response.status_code == 200 and not isinstance(response, TemplateResponse):
        response.status_code = 400
    return response


def _audience(system: RelyingSystem) -> RelyingSystem.Audience:
    return RelyingSystem.Audience(system.audience)


def _refused(request: Any, reason: str, *, status: int = 400) -> HttpResponse:
    return render(request, "idp/oidc/error.html", {"reason": reason}, status=status)


def _without_pkce(request: Any, client: Any, asked: Any) -> HttpResponseBase:
    """Told to the system if the address is its own; else to the person."""
    uri = asked.get("redirect_uri", "")
    if "#" in uri or not is_redirect_uri_allowed(uri, client.get_redirect_uris(), False):
        return _refused(request, "Hệ thống gọi đến gửi sai địa chỉ quay về.")
    answer = {"error": "invalid_request", "error_description": "PKCE with S256 is required"}
    if asked.get("state"):
        answer["state"] = asked["state"]
    response = HttpResponse(status=302)
    response[LOCATION] = f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(answer)}"
    return response


def _code_of(response: HttpResponseBase) -> str:
    if response.status_code != 302:
        return ""
    return parse_qs(urlsplit(response[LOCATION]).query).get("code", [""])[0]


def _begin(request: Any, system: RelyingSystem, response: HttpResponseBase) -> None:
    code = _code_of(response)
    if code:
        sid = begin_at_system(
            client_id=system.client_id, session_key=request.session.session_key, actor=request.actor, now=request.now
        )
        remember_sid(code, sid)


def _allow_way_back(response: Any, system: RelyingSystem | None) -> None:
    """Browsers hold the answer of a form to the policy of its page: the consent may lead to the system."""
    if system is not None and response.status_code == 200:
        client: Any = system.client
        origins = [origin_of(uri) for uri in client.get_redirect_uris()]
        response._csp_update = {"form-action": origins}


def origin_of(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


@never_cache
@csrf_exempt
@guarded("identity.sign_out_from_system")
def end_session(request: ActorRequest) -> HttpResponseBase:
    """A system sends the person to sign out here too. Other systems' pages are loaded before they go back."""
    response: HttpResponse = _told(library.logout(request))
    if response.status_code == 302 and SIGNED_OUT_PAGES in request.session:
        request.session["signed_out_next"] = response[LOCATION]
        return redirect("identity:signed_out")
    if response.status_code == 200:
        client_id = (request.GET.get("client_id") or request.POST.get("client_id") or "")[:100]
        system = RelyingSystem.objects.select_related("client").filter(client_id=client_id).first()
        _allow_way_back(response, system)
    return response


@never_cache
@guarded("identity.signed_out")
def signed_out(request: ActorRequest) -> HttpResponse:
    """The systems that were signed in through this session are asked, in the browser, to forget it."""
    pages = [page.rsplit("|", 1) for page in request.session.pop(SIGNED_OUT_PAGES, [])]
    following = request.session.pop("signed_out_next", "/")
    issuer = settings.PUBLIC_ORIGIN.rstrip("/")
    addresses = [
        f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode({'iss': issuer, 'sid': sid})}" for uri, sid in pages
    ]
    response = render(request, "identity/signed_out.html", {"addresses": addresses, "following": following})
    response._csp_update = {"frame-src": [origin_of(uri) for uri, _ in pages]}  # type: ignore[attr-defined]
    return response


@guarded("identity.sign_in_at_system")
def no_devices(request: ActorRequest) -> HttpResponse:
    """The library names this page; signing in of devices by a code is not offered."""
    raise Http404("Chưa có cách đăng nhập này.")
