"""The pages of the shell itself: how it is displayed, its style guide, and the page of an expired form."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.context import THEME_COOKIE, THEMES
from tinhso.kernel.ui.styleguide import samples

YEAR = timedelta(days=365)


def _way_back(request: HttpRequest, wanted: str) -> str:
    """`wanted` if it is an address of ours, as a path; else the start page."""
    if wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        parts = urlsplit(wanted)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return "/"


@guarded("ui.display")
def display(request: ActorRequest) -> HttpResponse:
    """Choose the theme. It lives in a cookie, so that the page has its colours before any script runs."""
    back = _way_back(request, request.POST.get("back") or request.META.get("HTTP_REFERER", ""))
    if request.method == "POST" and request.POST.get("theme") in THEMES:
        response = HttpResponseRedirect(back)
        response.set_cookie(
            THEME_COOKIE, request.POST["theme"], max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
        return response
    if back == reverse("ui:display"):
        back = "/"
    return render(request, "ui/display.html", {"back": back, "themes": list(THEMES.items())})


@guarded("ui.styleguide")
def styleguide(request: ActorRequest) -> HttpResponse:
    """Every component in every state; `?as=citizen` in the citizens' frame."""
    template = "ui/styleguide_citizen.html" if request.GET.get("as") == "citizen" else "ui/styleguide.html"
    return render(request, template, samples(request.now))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Shown when a form's token is too old or missing; the typed text waits in the browser (see forms.js).

    The form is not offered for sending again from here: that would let another site's form pass with one click.
    """
    back = _way_back(request, request.META.get("HTTP_REFERER", ""))
    return render(request, "ui/csrf_failure.html", {"back": back}, status=403)
