from __future__ import annotations

from django.urls import path

from tinhso.modules.dossiers.web import portal
from tinhso.modules.dossiers.web.citizen.urls import urlpatterns as citizen_urls
from tinhso.modules.dossiers.web.officer.urls import urlpatterns as officer_urls

app_name = "dossiers"
urlpatterns = [path("dossiers/portal/", portal.door, name="portal"), *citizen_urls, *officer_urls]
