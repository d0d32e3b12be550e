from __future__ import annotations

from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "tinhso.modules.dossiers"
    label = "dossiers"
    verbose_name = "Hồ sơ"

    def ready(self) -> None:
        from tinhso.modules.directory.api import register_open_work
        from tinhso.modules.dossiers import permissions, subscribers
        from tinhso.modules.dossiers.queries import catalogues, holding_own, mandates, own_data
        from tinhso.modules.dossiers.queries.by_version import open_by_version
        from tinhso.modules.dossiers.queries.holding import open_work
        from tinhso.modules.dossiers.services import belonging, inheriting, inheriting_parts, texting
        from tinhso.modules.identity.api import Filings, Holding, register_filings, register_holding
        from tinhso.modules.procedures.api import register_open_dossiers

        permissions.declare_all()
        catalogues.register()
        texting.register()
        register_filings(Filings(mandates.listing, mandates.counts))
        register_holding(
            Holding(
                "dossiers",
                "Hồ sơ",
                claim=belonging.claim,
                adopt=belonging.adopt,
                looks=holding_own.looks,
                export=own_data.export,
            )
        )
        inheriting.register()
        inheriting_parts.register()
        register_open_work("dossiers", open_work)
        register_open_dossiers(open_by_version)
        subscribers.subscribe_all()
        from tinhso.modules.dossiers.web.citizen import menu as citizen_menu

        citizen_menu.register()
        from tinhso.modules.dossiers.web.officer import menu as officer_menu

        officer_menu.register()
        from tinhso.modules.dossiers.web.officer import envelope

        envelope.register()
