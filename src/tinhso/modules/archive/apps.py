from __future__ import annotations

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "tinhso.modules.archive"
    label = "archive"
    verbose_name = "Kho dữ liệu số"

    def ready(self) -> None:
        from tinhso.modules.archive import permissions, subscribers
        from tinhso.modules.archive.queries import catalogue, own_data
        from tinhso.modules.archive.queries.documents import kept_at
        from tinhso.modules.archive.services import proving
        from tinhso.modules.archive.web import menu
        from tinhso.modules.directory.api import Records, register_records, register_stays
        from tinhso.modules.identity.api import Holding, register_holding

        permissions.declare_all()
        register_holding(
            Holding(
                "archive",
                "Kho giấy tờ",
                claim=proving.claim,
                adopt=proving.adopt,
                looks=own_data.looks,
                export=own_data.export,
            )
        )
        subscribers.subscribe_all()
        catalogue.register_kinds()
        menu.register()
        register_records(Records("documents", "Giấy tờ trong kho", kept_at))
        register_stays(
            {"archive.Document.issuer", "archive.Document.keeper"},
            because="giấy tờ trong kho không bao giờ bị sửa; ai kế thừa thì xem được (queries.documents.kept_by)",
        )
        register_stays(
            {
                "archive.AccountLink.organisation",
                "archive.DocumentUse.agency",
                "archive.HoldingFigure.organisation",
                "archive.ImportBatch.organisation",
            },
            because="nơi đã làm việc đó, vào lúc đó",
        )
