"""Signing in and the person's own record. The library's names (`account_login`, …) stand without a namespace."""

from __future__ import annotations

from allauth.idp.oidc import views as library
from django.urls import include, path

from tinhso.modules.identity.web import (
    lost_factors,
    mandates,
    mandates_officer,
    national,
    own_data,
    security,
    signing_in,
    systems,
    views,
)

own_urls = [
    path("profile/", views.profile, name="profile"),
    path("sessions/", security.sessions, name="sessions"),
    path("counter/", security.counter, name="counter"),
    path("systems/", systems.listing, name="systems"),
    path("systems/new/", systems.register, name="system_new"),
    path("systems/<int:system_id>/", systems.show, name="system"),
    path("national/", national.begin, name="national"),
    path("national/back/", national.back, name="national_back"),
    path("national/merge/", national.merge, name="national_merge"),
    path("data/", own_data.show, name="own_data"),
    path("data/ask/", own_data.ask_for_it, name="own_data_ask"),
    path("data/<uuid:public_id>/", own_data.download, name="own_data_file"),
    path("mandates/", mandates.show, name="mandates"),
    path("mandates/new/", mandates.new, name="mandate_new"),
    path("mandates/ask/", mandates.ask_for, name="mandate_ask"),
    path("mandates/act/", mandates.act, name="mandate_act"),
    path(
        "mandates/requests/<int:mandate_request_id>/withdraw/",
        mandates.withdraw_request,
        name="mandate_request_withdraw",
    ),
    path(
        "mandates/requests/<int:mandate_request_id>/document/",
        mandates.request_document,
        name="mandate_request_document",
    ),
    path("mandates/<int:mandate_id>/", mandates.one, name="mandate"),
    path("mandates/<int:mandate_id>/document/", mandates.document, name="mandate_document"),
    path("mandates/enter/", mandates_officer.entered, name="mandate_enter"),
    path("mandates/list/", mandates_officer.listing, name="mandate_list"),
    path("mandates/<int:mandate_id>/review/", mandates_officer.review, name="mandate_review"),
    path("mandates/<int:mandate_id>/end/", mandates_officer.end_it, name="mandate_end"),
    path("mandates/requests/<int:mandate_request_id>/", mandates_officer.request_review, name="mandate_request"),
    path("mandates/requests/<int:mandate_request_id>/decide/", mandates_officer.decide, name="mandate_decide"),
    path("lost-factors/", lost_factors.listing, name="lost_factors"),
    path("lost-factors/ask/", lost_factors.ask, name="ask_factor_removal"),
    path("lost-factors/<int:removal_id>/decide/", lost_factors.decide, name="decide_factor_removal"),
    path("signed-out/", signing_in.signed_out, name="signed_out"),
]

# OpenID Connect: the library's addresses under the library's names, ours before two of them.
provider_urls = [
    path(".well-known/openid-configuration", library.configuration, name="configuration"),
    path(".well-known/jwks.json", library.jwks, name="jwks"),
    path("identity/o/authorize", signing_in.authorize, name="authorization"),
    path("identity/o/logout", signing_in.end_session, name="logout"),
    path("identity/o/token", library.token, name="token"),
    path("identity/o/revoke", library.revoke, name="revoke"),
    path("identity/o/introspect", library.introspect, name="introspect"),
    path("identity/o/userinfo", library.user_info, name="userinfo"),
    path("identity/o/device", signing_in.no_devices, name="device_authorization"),
    path("identity/o/device/code", signing_in.no_devices, name="device_code"),
]

urlpatterns = [
    path("identity/after-login/", views.after_login, name="home_after_login"),
    path("identity/", include((own_urls, "identity"))),
    path("identity/", include("allauth.account.urls")),
    path("identity/2fa/", include("allauth.mfa.urls")),
    path("", include(([path("", include((provider_urls, "oidc")))], "idp"))),
]
