from __future__ import annotations

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "tinhso.modules.scorecards"
    label = "scorecards"
    verbose_name = "Chấm điểm theo Quyết định 766"
