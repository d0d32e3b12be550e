"""Writes of the directory, by noun: organisations, staff, the import, the reference province."""
