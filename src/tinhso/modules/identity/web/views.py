"""A person's own record, and where to go after signing in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.ui.registry import nav_items
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.identity.queries import person
from tinhso.modules.identity.rules import PROOF_TITLES, Proof, clean_phone, clean_text
from tinhso.modules.identity.services.national import connected
from tinhso.modules.identity.services.people import CannotSavePerson, save_person

FIELDS = ("full_name", "identity_number", "birth_date", "phone", "email", "address")


@guarded("identity.home")
def after_login(request: ActorRequest) -> HttpResponse:
    """Citizens go to their dossiers, officers to the first page of their menu: for most of them the desk."""
    if request.actor.kind == "citizen":
        names = ["dossiers:mine"]
    else:
        names = [item.url_name for item in nav_items("officer") if allow(request.actor, item.permission)]
    for name in (*names, "procedures:home"):
        try:
            return HttpResponseRedirect(reverse(name))
        except NoReverseMatch:
            continue
    return HttpResponseRedirect("/")


@guarded("identity.profile")
def profile(request: ActorRequest) -> HttpResponse:
    """What a citizen tells about themselves once; every form takes it from here."""
    errors: dict[str, str] = {}
    known = person(request.actor.user_id or 0)
    if request.method == "POST":
        values = {name: clean_text(request.POST.get(name, "")) for name in FIELDS}
        values["phone"] = clean_phone(values["phone"])
        values["identity_number"] = values["identity_number"].replace(" ", "").replace(".", "")
        try:
            birth_date = parse_date(values["birth_date"])
        except ValueError:
            birth_date = None
        try:
            save_person(values=values, birth_date=birth_date, actor=request.actor, now=request.now)
        except CannotSavePerson as refusal:
            errors = refusal.errors
        else:
            messages.success(request, "Đã lưu thông tin cá nhân.")
            return HttpResponseRedirect(reverse("identity:profile"))
    else:
        values = {name: str(getattr(known, name) or "") for name in FIELDS}
    context = {
        "values": values,
        "known": known,
        "proof": PROOF_TITLES[Proof(known.proof)] if known else "",
        "national": connected(),
        "errors": errors,
        "summary": [(name, errors[name]) for name in FIELDS if name in errors],
    }
    return render(request, "identity/profile.html", context, status=422 if errors else 200)
