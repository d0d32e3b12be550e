"""Addresses that take a POST only. Whoever comes with a GET (after signing in again, from the address bar of a refused
answer) is led to the page where the button stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def post_else(page: str, *, of_dossier: bool = False) -> Callable[[View], View]:
    """`page`: the address name to lead to, with the dossier's `public_id` if `of_dossier`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return redirect(page, kwargs["public_id"]) if of_dossier else redirect(page)
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return view(request, *args, **kwargs)

        inner.methods = ("POST",)  # type: ignore[attr-defined]  # For the rights table: a GET only leads away.
        return inner

    return decorate
