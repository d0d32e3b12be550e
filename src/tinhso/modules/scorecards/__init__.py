"""Scores of agencies by Quyết định 766/QĐ-TTg."""
